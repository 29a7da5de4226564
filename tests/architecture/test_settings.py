"""Settings from the environment: production refuses what a laptop may do."""

import os
import subprocess
import sys

import pytest

from martunion.embedded import BASE_DIR

PRODUCTION = {
    "DEBUG": "0",
    "SECRET_KEY": "x7Qp" * 16,
    "ALLOWED_HOSTS": "union.example",
    "DATABASE_URL": "postgresql://shop:p%40ss@database:5433/martunion",
    "REDIS_URL": "redis://:secret@redis:6379/0",
}
READ = (
    "from martunion.settings import DATABASES; d = DATABASES['default']; "
    "print(d['USER'], d['PASSWORD'], d['HOST'], d['PORT'])"
)


def read_settings(environment: dict[str, str], code: str = READ) -> "subprocess.CompletedProcess[str]":
    clean = {name: value for name, value in os.environ.items() if name not in {*PRODUCTION, "DATA", "STATIC_ROOT"}}
    return subprocess.run(
        [sys.executable, "-c", code], cwd=BASE_DIR, env=clean | environment, capture_output=True, text=True, check=False
    )


def test_production_reads_its_addresses():
    result = read_settings(PRODUCTION)
    assert result.stdout.split() == ["shop", "p@ss", "database", "5433"], result.stderr


@pytest.mark.parametrize("name", ["SECRET_KEY", "ALLOWED_HOSTS", "DATABASE_URL", "REDIS_URL"])
def test_production_refuses_to_start_without(name: str):
    result = read_settings({key: value for key, value in PRODUCTION.items() if key != name})
    assert result.returncode == 1
    assert f"Set {name} in the environment: production does not start without it." in result.stderr


@pytest.mark.parametrize(
    ("name", "value"),
    [("SECRET_KEY", "a-development-secret-that-production-refuses-to-start-with"), ("ALLOWED_HOSTS", "*")],
)
def test_production_refuses_the_default(name: str, value: str):
    result = read_settings(PRODUCTION | {name: value})
    assert result.returncode == 1
    assert f"Set {name}" in result.stderr


@pytest.mark.parametrize(
    ("environment", "shown"), [({}, "False True"), ({"DEBUG_PAGES": "1"}, "True True"), (PRODUCTION, "False False")]
)
def test_djangos_pages_about_mistakes_are_shown_only_when_asked_for(environment: dict[str, str], shown: str):
    code = "from martunion.settings import DEBUG, ON_LAPTOP; print(DEBUG, ON_LAPTOP)"
    assert read_settings({"DEBUG_PAGES": "", **environment}, code).stdout.strip() == shown
    assert read_settings(PRODUCTION | {"DEBUG_PAGES": "1"}, code).stdout.strip() == "False False"


def test_data_folder_does_not_depend_on_the_current_folder():
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); from martunion.embedded import data_folder; print(data_folder())"
    )
    clean = {name: value for name, value in os.environ.items() if name != "DATA"}
    for given, expected in [({}, BASE_DIR / ".data"), ({"DATA": "other"}, BASE_DIR / "other")]:
        result = subprocess.run(
            [sys.executable, "-c", code, BASE_DIR],
            cwd="/",
            env=clean | given,
            capture_output=True,
            text=True,
            check=True,
        )
        assert result.stdout.strip() == str(expected)


def test_every_task_of_the_clock_is_known_to_the_workers():
    from django.conf import settings

    from martunion.celery import app

    app.loader.import_default_modules()
    asked = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    assert sorted(asked - set(app.tasks)) == []
