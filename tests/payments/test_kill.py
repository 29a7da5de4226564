"""kill -9 before every single statement: the next worker ends in the same place."""

import json
import os
import subprocess
import sys

import pytest
from django.db import connection

from martunion import embedded


@pytest.mark.django_db(transaction=True)
@pytest.mark.timeout(300)
@pytest.mark.parametrize("story", ["settlement", "part", "completion"])
def test_a_kill_at_any_statement_makes_no_difference(story):
    url = os.environ["DATABASE_URL"].replace(f"/{embedded.DATABASE}?", f"/{connection.settings_dict['NAME']}?")
    result = subprocess.run(
        [sys.executable, "-m", "tests.payments.killed_worker", story],
        cwd=embedded.BASE_DIR,
        env={**os.environ, "DATABASE_URL": url},
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    report = json.loads(result.stdout.splitlines()[-1])
    assert report["wrong"] == []
    assert report["rounds"] > 20
