"""The suite's own servers: every test process has a PostgreSQL and a Redis of its own in a temporary folder.

They start before Django reads its settings, so DJANGO_SETTINGS_MODULE is set here and not in pyproject.toml.
"""

import functools
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import django
import hypothesis
import pytest
from hypothesis import HealthCheck
from xdist.scheduler import LoadScopeScheduling

from martunion import child, embedded, translations
from tests.prepared import put_prepared_database

pytest_plugins = ["tests.browser", "tests.site"]

# No test is timed: how long an example takes says how busy the machine is. With `CI` set the same code gets the same
# examples, so that nobody's change is refused for what it has nothing to do with; everybody else looks for new ones.
hypothesis.settings.register_profile(
    "martunion",
    deadline=None,
    derandomize="CI" in os.environ,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
hypothesis.settings.load_profile("martunion")


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Start the servers in the process that runs tests (not in pytest-xdist's controller)."""
    if not hasattr(config, "workerinput"):
        # Once, before the workers could do it at the same time.
        translations.compile_catalogs()
        if config.getoption("numprocesses", None):
            # Importing the Celery application named the settings; a worker must not read them before its servers run.
            os.environ.pop("DJANGO_SETTINGS_MODULE", None)
            return
    folder = Path(tempfile.mkdtemp(prefix="martunion-tests-"))
    servers = embedded.EmbeddedServers(folder, durable=False)
    servers.acquire()
    put_prepared_database(folder)
    config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))
    config.add_cleanup(servers.stop)
    servers.start()
    os.environ.update(servers.addresses)
    os.environ["DATA"] = str(folder)
    os.environ["STATIC_ROOT"] = tempfile.mkdtemp(prefix="static-", dir=folder)
    os.environ["DJANGO_SETTINGS_MODULE"] = "martunion.settings"
    django.setup()
    from django.conf import settings
    from django.db import connection

    # Every test client builds the middleware anew; looking for all static files each time would take longest.
    settings.WHITENOISE_USE_FINDERS = False
    # The tests' database begins as a copy of the migrated one.
    connection.settings_dict["TEST"]["TEMPLATE"] = embedded.DATABASE


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A journey may have to wait for its site, which first lives through the demo's weeks of trade."""
    for item in items:
        if "journeys" in item.path.parts and not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(600))


class WholeFiles(LoadScopeScheduling):
    """Keeps a file's tests in one process, for its module fixtures, all journeys in one, for their site, and all races.

    pytest-xdist's own `loadgroup` would do, but its way of marking tests is lost on pytest 9.2.
    """

    def _split_scope(self, nodeid: str) -> str:
        path = nodeid.partition("::")[0]
        return next((folder for folder in ("journeys", "races") if f"/{folder}/" in path), path)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> WholeFiles:
    """Distribute as above."""
    return WholeFiles(config, log)


@pytest.fixture(autouse=True)
def _net_under_the_application_only(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Factories and assertions look across unions; what the application runs by itself has the net on, as elsewhere.

    A request of the test client, a command and a task begin outside every union; sockets begin so in any case.
    """
    from celery.app.task import Task
    from django.core.management.base import BaseCommand
    from django.test.client import ClientHandler
    from django_scopes import scope, scopes_disabled

    def with_net(entrance: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(entrance)
        def enter(*args: Any, **kwargs: Any) -> Any:
            with scope():
                return entrance(*args, **kwargs)

        return enter

    for owner, name in ((ClientHandler, "__call__"), (BaseCommand, "execute"), (Task, "__call__")):
        monkeypatch.setattr(owner, name, with_net(getattr(owner, name)))
    with scopes_disabled():
        yield


@pytest.fixture(autouse=True)
def _empty_redis() -> Iterator[None]:
    """Sessions, caches, limits and queued tasks of one test are not the next one's."""
    yield
    import redis

    with redis.from_url(os.environ["REDIS_URL"]) as connection:
        connection.flushall()


@pytest.fixture(autouse=True)
def _no_language_left() -> Iterator[None]:
    """A page leaves its language in the thread; the next request chooses anew, and so does the next test."""
    yield
    from django.utils import translation

    translation.deactivate()


@pytest.fixture(autouse=True)
def _local_files(settings, tmp_path: Path) -> None:
    """Uploaded pictures and mail of a test go with it; passwords are hashed cheaply."""
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


EMPTY = """
DO $$
DECLARE
    name regclass;
    found boolean;
BEGIN
    SET LOCAL session_replication_role = replica;
    FOREACH name IN ARRAY %s::regclass[] LOOP
        EXECUTE format('SELECT EXISTS (SELECT FROM %%s)', name) INTO found;
        IF found THEN
            EXECUTE format('DELETE FROM %%s', name);
        END IF;
    END LOOP;
END $$
"""
"""A test fills a few tables with a few rows. TRUNCATE makes new files for all tables and all their indexes instead."""


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker) -> Iterator[None]:
    """After a test with transactions of its own only what it filled is emptied. At the end the database is dropped,
    also when a thread of a test that has ended still holds a connection."""
    from django.db import connection
    from django.db.backends.postgresql.operations import DatabaseOperations

    def sql_flush(self: Any, style: Any, tables: list[str], **_options: Any) -> list[str]:
        names = ", ".join(f"'{self.quote_name(table)}'" for table in tables)
        return [EMPTY % f"ARRAY[{names}]"] if tables else []

    DatabaseOperations.sql_flush = sql_flush  # type: ignore[method-assign]
    yield

    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


@pytest.fixture
def celery_worker(transactional_db) -> Iterator[None]:
    """A real worker process on the test's database; tasks are queued as in production, nothing is eager."""
    from django.conf import settings
    from django.db import connection

    # The tests' database, not the one that the environment names.
    url = os.environ["DATABASE_URL"].replace(f"/{embedded.DATABASE}?", f"/{connection.settings_dict['NAME']}?")
    command = [sys.executable, "-m", "celery", "-A", "martunion", "worker", "--pool=solo", "--loglevel=WARNING"]
    command += ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    log = Path(settings.MEDIA_ROOT).parent / "worker.log"
    with log.open("wb") as output:
        worker = child.spawn(
            command,
            death_signal=signal.SIGKILL,
            env={**os.environ, "DATABASE_URL": url},
            output=output,
            cwd=embedded.BASE_DIR,
        )
    try:
        yield
    finally:
        child.stop(worker, steps=((signal.SIGTERM, 10.0),))
        sys.stdout.write(log.read_text(errors="replace"))


@pytest.fixture(autouse=True)
def _nothing_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    """What an earlier test's data looked like is none of this one's business.

    Unions are looked up with every request, so that counts of queries do not hang on the clock;
    tests/unions/test_lately.py looks at what is remembered.
    """
    from core import memory
    from unions.middleware import union

    memory.forget()
    monkeypatch.setattr(union, "LATELY", 0)
