"""The whole platform as real processes, for journeys: what `make run` starts, in a folder and on a port of its own."""

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
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from martunion import child, embedded

FIRST_START = 480.0


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
        """Run code inside the site's Django, outside any union's scope; what it prints."""
        lines = ["from django_scopes import scopes_disabled", "with scopes_disabled():"]
        lines += [f"    {line}" for line in code.splitlines()]
        return self.manage("shell", "--no-imports", "-c", "\n".join(lines))


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
        yield LiveSite(address=address, data=data, log=log, environment=environment)
    finally:
        child.stop(process, steps=((signal.SIGTERM, 30.0),))
        shutil.rmtree(data, ignore_errors=True)
