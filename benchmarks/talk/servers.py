"""Servers with sockets, started for a measurement and gone after it."""

from __future__ import annotations

import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from benchmarks.machine import ROOT, WORK, Machine
from martunion import child

SOCKETIO = Path(__file__).parent / "socketio"
ASGI = {
    "daphne": ["daphne", "-b", "127.0.0.1", "-p", "{port}", "--verbosity", "0", "{application}"],
    "swift": ["martunion.swift", "--port", "{port}", "--application", "{application}"],
}  # fmt: skip


@contextmanager
def asgi_server(kind: str, application: str, *, environment: dict[str, str]) -> Iterator[int]:
    """One process of Daphne or of our leaner server; gives its port."""
    port = free_port()
    command = [part.format(port=port, application=application) for part in ASGI[kind]]
    yield from _run([sys.executable, "-m", *command], environment, port)


@contextmanager
def socketio_server(here: Machine) -> Iterator[int]:
    """The peer in Node, its packages from npm below benchmarks/.work."""
    home = WORK / "socketio"
    if not (home / "node_modules").exists():
        shutil.copytree(SOCKETIO, home, dirs_exist_ok=True)
        subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--silent"], cwd=home, check=True)
    shutil.copy(SOCKETIO / "server.js", home / "server.js")
    port = free_port()
    address = here.addresses["REDIS_URL"]
    parts = urlsplit(address)
    redis = {"REDIS_SOCKET": parts.path} if parts.scheme == "unix" else {"REDIS_URL": address}
    assert not parse_qs(parts.query).get("password")
    yield from _run(
        [str(shutil.which("node")), str(home / "server.js")], here.environment(PORT=str(port), **redis), port
    )


def has_node() -> bool:
    """Whether the peer can run on this machine."""
    return bool(shutil.which("node") and shutil.which("npm"))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


_running: dict[int, int] = {}


def process_at(port: int) -> int:
    """The process id of the server that was started at this port."""
    return _running[port]


def _run(command: list[str], environment: dict[str, str], port: int) -> Iterator[int]:
    log = Path(tempfile.mkstemp(prefix="martunion-bench-", suffix=".log")[1])
    with log.open("wb") as output:
        process = child.spawn(command, death_signal=signal.SIGTERM, env=environment, output=output, cwd=ROOT)
    _running[port] = process.pid
    try:
        for _ in range(600):
            if process.poll() is not None:
                raise RuntimeError(log.read_text(errors="replace")[-3000:])
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        yield port
    finally:
        child.stop(process, steps=((signal.SIGTERM, 5.0), (signal.SIGKILL, 5.0)))
        said = log.read_text(errors="replace")
        if said.strip():
            print(said[-2000:], file=sys.stderr)
        log.unlink(missing_ok=True)
