"""The platform as single processes that can be killed and started again: PostgreSQL, Redis, web, workers.

HTTP is served as in production, by gunicorn with the configuration of `deploy/`.
"""

from __future__ import annotations

import http.client
import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import psycopg

from martunion import child, embedded, server_files
from tests.prepared import put_prepared_database
from tests.site import free_port, site_environment, wait_for_answer

PATIENCE = 90.0


class Gone(Exception):
    """The server did not answer, or broke off its answer."""


class Platform:
    """One data folder with its servers, and the processes that serve from it."""

    def __init__(self, folder: Path, *, durable: bool) -> None:
        self.folder = folder
        self.servers = embedded.EmbeddedServers(folder, durable=durable)
        assert self.servers.acquire()
        put_prepared_database(folder)
        self.servers.start()
        self.port = free_port()
        self.sockets = ""
        self.address = f"http://127.0.0.1:{self.port}"
        self.environment = site_environment(
            folder,
            self.port,
            **self.servers.addresses,
            API_RATE_GUEST="1000000",
            API_RATE_KEY="1000000",
            LOG_LEVEL="WARNING",
            PYTHONWARNINGS="ignore",
            TASK_LOST_AFTER="20",
        )
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.manage("migrate", "--verbosity=0")

    # --- processes -----------------------------------------------------------------------------------------------

    def start_web(self) -> None:
        """Serve, and wait until the site says that it is ready."""
        configuration = str(embedded.BASE_DIR / "deploy" / "gunicorn.conf.py")
        command = ["gunicorn", "-c", configuration, "-b", f"127.0.0.1:{self.port}", "--access-logfile", "/dev/null"]
        self._start("web", [*command, "martunion.wsgi"])
        wait_for_answer(self.address, self.processes["web"], self.log("web"), PATIENCE)

    def start_worker(self, name: str = "worker") -> None:
        """A Celery worker, ready when it has told so."""
        command = ["celery", "-A", "martunion", "worker", "--pool=solo", "--loglevel=INFO", "-n", f"{name}@test"]
        self._start(name, [*command, "--without-gossip", "--without-mingle", "--without-heartbeat"])
        self.wait_until(lambda: " ready." in self.log(name).read_text(errors="replace"))

    def start_beat(self) -> None:
        """Celery beat, as in production; it leaves its schedule in the platform's folder."""
        schedule = str(self.folder / "beat-schedule")
        self._start(
            "beat", ["celery", "-A", "martunion", "beat", "--loglevel=INFO", "--schedule", schedule, "--pidfile="]
        )
        self.wait_until(lambda: "beat: Starting" in self.log("beat").read_text(errors="replace"))

    def start_sockets(self) -> None:
        """Daphne, as in production, on a port of its own: `self.sockets`."""
        port = free_port()
        self.sockets = f"ws://127.0.0.1:{port}"
        self._start("sockets", ["daphne", "-b", "127.0.0.1", "-p", str(port), "martunion.asgi:application"])
        wait_for_answer(f"http://127.0.0.1:{port}", self.processes["sockets"], self.log("sockets"), PATIENCE)

    def _start(self, name: str, command: list[str]) -> None:
        with self.log(name).open("wb") as output:
            self.processes[name] = child.spawn(
                [sys.executable, "-m", *command],
                death_signal=signal.SIGKILL,
                env=self.environment,
                output=output,
                cwd=embedded.BASE_DIR,
            )

    def kill(self, name: str) -> None:
        """`kill -9` of a process and all it has forked."""
        child.stop(self.processes.pop(name), steps=())

    def kill_postgres(self) -> None:
        """`kill -9` of the database server."""
        process = self.servers.processes.pop("PostgreSQL")
        process.kill()
        process.wait()

    def start_postgres(self) -> None:
        """Start it again; it recovers by itself."""
        self.servers.start_postgres(server_files.sockets_folder(self.folder, self.servers.account))

    def kill_redis(self) -> None:
        """`kill -9` of Redis: the queue, sessions, limits and everybody's connections."""
        process = self.servers.processes.pop("Redis")
        process.kill()
        process.wait()

    def start_redis(self) -> None:
        """Start it again with what its append-only file holds."""
        self.servers.start_redis(server_files.sockets_folder(self.folder, self.servers.account))

    def close(self) -> None:
        """End everything."""
        for name in list(self.processes):
            self.kill(name)
        self.servers.stop()

    def log(self, name: str) -> Path:
        return self.folder / f"{name}.log"

    @staticmethod
    def wait_until(ready: Callable[[], Any], patience: float = PATIENCE) -> None:
        """Poll until something is so."""
        limit = time.monotonic() + patience
        while not ready():
            assert time.monotonic() < limit, "it did not come about in time"
            time.sleep(0.05)

    # --- looking inside ------------------------------------------------------------------------------------------

    def manage(self, *arguments: str) -> str:
        """Run manage.py; its output. Fails the test when the command does."""
        result = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=embedded.BASE_DIR,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert result.returncode == 0, result.stdout + result.stderr
        return result.stdout

    def python(self, code: str) -> Any:
        """Run code inside Django, outside any union's scope; the JSON in the last line that it prints."""
        lines = ["from django_scopes import scopes_disabled", "with scopes_disabled():"]
        lines += [f"    {line}" for line in code.splitlines()]
        printed = self.manage("shell", "--no-imports", "-c", "\n".join(lines)).splitlines()
        return json.loads(printed[-1]) if printed else None

    def rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """What the database answers."""
        with psycopg.connect(self.servers.addresses["DATABASE_URL"]) as connection:
            return connection.execute(sql, values).fetchall()

    # --- as its users --------------------------------------------------------------------------------------------

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        """Status and JSON of one request on a connection of its own. Raises Gone."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        content = None if body is None else json.dumps(body)
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            connection.request(method, path, content, {"Content-Type": "application/json", **named})
            response = connection.getresponse()
            text = response.read()
            return response.status, json.loads(text) if text.startswith(b"{") else None
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise Gone(str(error)) from error
        finally:
            connection.close()


def at_once(jobs: list[Callable[[], Any]]) -> list[Any]:
    """Run each job in a thread, all starting together; their results in order."""
    barrier = Barrier(len(jobs))

    def run(job: Callable[[], Any]) -> Any:
        barrier.wait(timeout=PATIENCE)
        return job()

    with ThreadPoolExecutor(len(jobs)) as threads:
        return list(threads.map(run, jobs))
