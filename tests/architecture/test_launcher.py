"""`make run` as a person meets it: taken ports, closed terminals, killed processes, a second start."""

import fcntl
import os
import pty
import signal
import socket
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from martunion import child, embedded
from tests.prepared import put_prepared_database
from tests.site import free_port, site_environment, wait_for_answer

# Each start takes seconds, and many of them on a busy machine.
pytestmark = pytest.mark.timeout(300)


@dataclass
class Launched:
    """A started `manage.py demo`."""

    process: "subprocess.Popen[bytes]"
    data: Path
    log: Path
    port: int

    def wait_until_ready(self) -> None:
        wait_for_answer(f"http://127.0.0.1:{self.port}", self.process, self.log, 120)

    def output(self) -> str:
        return self.log.read_text(errors="replace")


def living(data: Path) -> dict[int, str]:
    """Command lines of all processes that have this DATA in their environment, or that work inside it (a server that
    writes its title over its environment). A zombie has neither and is not among them."""
    found = {}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            started_with_it = f"DATA={data}".encode() in (entry / "environ").read_bytes().split(b"\0")
            if started_with_it or (entry / "cwd").readlink().is_relative_to(data):
                found[int(entry.name)] = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue
    return found


def wait_for_none(data: Path, patience: float = 15) -> dict[int, str]:
    """What still lives after everything had time to end."""
    limit = time.monotonic() + patience
    while (left := living(data)) and time.monotonic() < limit:
        time.sleep(0.05)
    return left


def launch(data: Path, **environment: str) -> Launched:
    """Start the site without demo unions, in the way a terminal does."""
    port = int(environment.pop("PORT", "0")) or free_port()
    data.mkdir(exist_ok=True)
    log = data.parent / f"{data.name}.terminal"
    with log.open("wb") as output:
        process = child.spawn(
            [sys.executable, "manage.py", "demo"],
            death_signal=signal.SIGTERM,
            env=site_environment(data, port, DEMO="0", **environment),
            output=output,
            cwd=embedded.BASE_DIR,
        )
    return Launched(process, data, log, port)


@pytest.fixture(scope="module")
def data(tmp_path_factory) -> Iterator[Path]:
    """One data folder for the module: each test starts on what the one before left, as a person does."""
    folder = tmp_path_factory.mktemp("launcher") / "data"
    folder.mkdir(mode=0o700)
    put_prepared_database(folder)
    yield folder
    assert wait_for_none(folder) == {}


@pytest.fixture
def running(data: Path) -> Iterator[Launched]:
    """A site that answers."""
    launched = launch(data)
    try:
        launched.wait_until_ready()
        yield launched
    finally:
        child.stop(launched.process, steps=((signal.SIGTERM, 20.0),))
        assert wait_for_none(data) == {}


def pid_of(data: Path, words: str) -> int:
    """The lowest process id whose command line has the words: the parent of its kind."""
    return min(pid for pid, line in living(data).items() if words in line)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_demo_ends_cleanly_on_a_signal(running: Launched, number: int):
    running.process.send_signal(number)
    assert running.process.wait(20) == 0
    assert wait_for_none(running.data) == {}
    assert "database system is shut down" in (running.data / "postgresql.log").read_text()
    assert not (running.data / "postgres" / "postmaster.pid").exists()


def test_closed_terminal_ends_everything(data: Path):
    terminal, inside = pty.openpty()

    def take_terminal() -> None:
        os.setsid()
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)

    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "manage.py", "demo"],
        stdin=inside,
        stdout=inside,
        stderr=inside,
        cwd=embedded.BASE_DIR,
        env=site_environment(data, port, DEMO="0"),
        preexec_fn=take_terminal,
    )
    os.close(inside)
    seen = b""
    while b"martunion is ready" not in seen:
        seen += os.read(terminal, 4096)
    os.close(terminal)
    assert process.wait(20) == 0
    assert wait_for_none(data) == {}
    assert "database system is shut down" in (data / "postgresql.log").read_text()


def test_killed_supervisor_leaves_no_process_and_the_next_start_works(data: Path, running: Launched):
    running.process.kill()
    running.process.wait()
    assert wait_for_none(data) == {}
    started = time.monotonic()
    again = launch(data)
    again.wait_until_ready()
    # Ten seconds are promised on a machine of one's own; this one is busy with other tests.
    assert time.monotonic() - started < 25
    child.stop(again.process, steps=((signal.SIGTERM, 20.0),))


@pytest.mark.parametrize(
    ("words", "name"),
    [("daphne", "web"), ("celery", "worker"), ("postgres -D", "PostgreSQL"), ("redis-server", "Redis")],
)
def test_killed_child_ends_everything_with_a_sentence(running: Launched, words: str, name: str):
    os.kill(pid_of(running.data, words), signal.SIGKILL)
    assert running.process.wait(30) == 1
    assert wait_for_none(running.data) == {}
    assert f"{name} ended unexpectedly, by SIGKILL." in running.output()
    assert "`make run` starts it again" in running.output()


def test_taken_port_is_said_with_a_way_out(data: Path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        launched = launch(data, PORT=str(port))
        assert launched.process.wait(30) == 1
    assert f"Port {port} is taken by another program. Choose another one: PORT=8010 make run" in launched.output()
    assert wait_for_none(data) == {}


def test_second_demo_on_the_same_data_is_refused(running: Launched):
    second = launch(running.data)
    assert second.process.wait(30) == 1
    assert f"is in use by process {running.process.pid}" in second.output()
    assert running.process.poll() is None


def test_command_uses_the_running_servers(running: Launched):
    code = (
        "from django.db import connection as c; k = c.cursor(); k.execute('SHOW data_directory'); print(*k.fetchone())"
    )
    result = subprocess.run(
        [sys.executable, embedded.BASE_DIR / "manage.py", "shell", "--no-imports", "-c", code],
        cwd="/",
        env=site_environment(running.data, running.port),
        capture_output=True,
        text=True,
        check=True,
    )
    assert result.stdout.strip() == str(running.data / "postgres")
    assert running.process.poll() is None


def test_given_addresses_start_nothing(tmp_path: Path):
    folder = tmp_path / "unused"
    environment = site_environment(folder, 1) | {name: os.environ[name] for name in embedded.VARIABLES}
    code = "from django.db import connection as c; k = c.cursor(); k.execute('SELECT 1'); print(*k.fetchone())"
    result = subprocess.run(
        [sys.executable, "manage.py", "shell", "--no-imports", "-c", code],
        cwd=embedded.BASE_DIR,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert result.stdout.strip() == "1"
    assert not folder.exists()
