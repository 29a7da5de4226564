"""The whole platform as real processes, for journeys: what `make run` starts, in a folder and on a port of its own."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pytest

from martunion import child, embedded
from tests.prepared import put_prepared_database

FIRST_START = 480.0
RUN_LINES = """
import contextlib, io, json, sys, traceback
from django.db import connections
from django_scopes import scopes_disabled
for line in sys.stdin:
    printed, wrong = io.StringIO(), ""
    try:
        with contextlib.redirect_stdout(printed), scopes_disabled():
            exec(json.loads(line), {})
    except BaseException:
        wrong = traceback.format_exc()
    connections.close_all()
    print(json.dumps([printed.getvalue(), wrong]), flush=True)
"""
"""Runs the code that it reads, a piece of JSON in a line each; says what it printed and what went wrong."""


@dataclass(frozen=True)
class LiveSite:
    """A running site: its address, its data folder and its one terminal's log."""

    address: str
    data: Path
    log: Path
    environment: dict[str, str]

    def manage(self, *arguments: str, stdin: str = "") -> str:
        """Run manage.py against the site's servers; its output. Raises CalledProcessError."""
        command = [sys.executable, "manage.py", *arguments]
        result = subprocess.run(
            command,
            cwd=embedded.BASE_DIR,
            env=self.environment,
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
        )
        if result.returncode != 0:
            raise subprocess.CalledProcessError(result.returncode, command, result.stdout, result.stderr)
        return result.stdout

    def python(self, code: str) -> str:
        """Run code inside the site's Django, outside any union's scope; what it prints. Fails with its traceback."""
        shell = self.shell
        assert shell.stdin is not None
        assert shell.stdout is not None
        shell.stdin.write(json.dumps(code) + "\n")
        shell.stdin.flush()
        answer = shell.stdout.readline()
        assert answer, f"the shell has ended with {shell.wait()}"
        printed, wrong = json.loads(answer)
        if wrong:
            pytest.fail(wrong)
        return str(printed)

    @cached_property
    def shell(self) -> "subprocess.Popen[str]":
        """One Django for everything that a journey looks up: starting it anew costs seconds each time."""
        return subprocess.Popen(
            [sys.executable, "manage.py", "shell", "--no-imports", "-c", RUN_LINES],
            cwd=embedded.BASE_DIR,
            env=self.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def close(self) -> None:
        """End the shell, if there is one."""
        if "shell" in self.__dict__:
            self.shell.communicate()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Beside what a journey missed stands what the site's terminal said."""
    report = yield
    site = getattr(item, "funcargs", {}).get("live_site")
    if report.failed and site is not None:
        report.sections.append(("the site's terminal", site.log.read_text(errors="replace")[-6000:]))
    return report


def free_port() -> int:
    """A loopback port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def site_environment(data: Path, port: int, **more: str) -> dict[str, str]:
    """The environment of a person who types `make run`: none of the suite's own variables."""
    ours = {"DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE", "MAKELEVEL", "MAKEFLAGS"}
    kept = {name: value for name, value in os.environ.items() if name not in ours and not name.startswith("PYTEST_")}
    return kept | {"DATA": str(data), "PORT": str(port)} | more


def wait_for_answer(address: str, process: "subprocess.Popen[bytes]", log: Path, patience: float) -> None:
    """Return when the site is ready; fail with its log when it ends or stays silent."""
    limit = time.monotonic() + patience
    while time.monotonic() < limit and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{address}/readyz", timeout=3):
                return
        except (OSError, urllib.error.URLError):
            time.sleep(0.1)
    pytest.fail(f"the site did not start at {address}:\n{log.read_text(errors='replace')[-6000:]}")


@pytest.fixture(scope="session")
def live_site() -> Iterator[LiveSite]:
    """The demo, started once per test process that asks for it."""
    data = Path(tempfile.mkdtemp(prefix="martunion-site-"))
    port = free_port()
    put_prepared_database(data)
    log = data / "terminal.log"
    environment = site_environment(data, port)
    with log.open("wb") as output:
        process = child.spawn(
            [sys.executable, "manage.py", "demo"],
            death_signal=signal.SIGTERM,
            env=environment,
            output=output,
            cwd=embedded.BASE_DIR,
        )
    address = f"http://127.0.0.1:{port}"
    try:
        wait_for_answer(address, process, log, FIRST_START)
        site = LiveSite(address=address, data=data, log=log, environment=environment)
        yield site
        site.close()
    finally:
        child.stop(process, steps=((signal.SIGTERM, 30.0),))
        shutil.rmtree(data, ignore_errors=True)
