"""The program is killed in the middle of answering, again and again, before the platform itself: nothing is lost."""

import os
import re
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection
from django.utils import timezone

from martunion import child, embedded
from matching.models import MatchResponse
from stores.services.keys import issue_key
from tests.connector.lines import running
from tests.factories.matching import caller, shopper, thrown
from tests.factories.stores import TaxClassFactory
from tests.factories.unions import UnionFactory
from tests.site import free_port

pytestmark = pytest.mark.django_db(transaction=True)
WISHES = 24
SLOW = """
import time

def answer(call):
    time.sleep(0.1)
    return {"title": "Lamp " + call["request"], "price": 2500}
"""


@pytest.fixture
def site(transactional_db, tmp_path: Path) -> Iterator[str]:
    """Daphne, as `make run` starts it, on the test's database."""
    name = connection.settings_dict["NAME"]
    url = os.environ["DATABASE_URL"].replace(f"/{embedded.DATABASE}?", f"/{name}?")
    port = free_port()
    log = tmp_path / "daphne.log"
    with log.open("wb") as output:
        daphne = child.spawn(
            [sys.executable, "-m", "daphne", "-b", "127.0.0.1", "-p", str(port), "martunion.asgi:application"],
            death_signal=signal.SIGKILL,
            env={**os.environ, "DATABASE_URL": url},
            output=output,
            cwd=embedded.BASE_DIR,
        )
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        child.stop(daphne, steps=((signal.SIGTERM, 10.0),))
        sys.stdout.write(log.read_text(errors="replace")[-3000:])


def answered() -> int:
    return MatchResponse.objects.count()


def wait_for(count: int, folder: Path) -> None:
    limit = time.monotonic() + 60
    while answered() < count:
        assert time.monotonic() < limit, (folder / "terminal.log").read_text()
        time.sleep(0.02)


def test_killed_and_started_again_it_answers_every_call_once(site, tmp_path):
    union = UnionFactory(slug="harbour")
    TaxClassFactory(union=union)
    store = caller(union)
    plain = issue_key(union=union, name="List", scopes=["calls:write"], actor=None, store=store)[1]
    (tmp_path / "slow.py").write_text(SLOW)
    config = tmp_path / "martunion-connector.toml"
    config.write_text(f'site = "{site}"\nkey = "{plain}"\n[list]\nfunction = "slow:answer"\n')

    def wish(number: int) -> str:
        return thrown(union, by=shopper(union, visitor=f"v{number}"), now=timezone.now()).ref

    refs = [wish(number) for number in range(WISHES // 2)]
    for killed_after in (2, 5, 9):
        with running(config):
            wait_for(killed_after, tmp_path)
        # Killed; a call that nobody hears.
        refs.append(wish(100 + killed_after))
    with running(config):
        wait_for(12, tmp_path)
        # While it listens.
        refs += [wish(200 + number) for number in range(WISHES - len(refs))]
        wait_for(WISHES, tmp_path)
        time.sleep(0.5)
    found = list(MatchResponse.objects.order_by("id").values_list("request__ref", "state", "version", "by", "title"))
    assert sorted(ref for ref, *_rest in found) == sorted(refs)
    assert {(state, version, by) for _ref, state, version, by, _title in found} == {("offered", 1, "program")}
    assert all(title == f"Lamp {ref}" for ref, _state, _version, _by, title in found)
    assert len(re.findall("Connected to", (tmp_path / "terminal.log").read_text())) >= 4
