"""Sockets, process-id files and folders of the embedded servers."""

import hashlib
import os
import re
import signal
import socket
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from martunion.child import Account

# A unix socket's address holds 107 bytes; some names and a lock file's ending come after the folder.
LONGEST_FOLDER = 85
PLAIN_PATH = re.compile(r"[A-Za-z0-9_./-]+")


class StartFailed(Exception):
    """A server did not start; the message says why and what to do."""


def sockets_folder(data: Path, account: Account | None) -> Path:
    """A private folder for the sockets: inside the data folder, or a short one where its path is too long or has
    characters that addresses would have to escape.

    Raises StartFailed when somebody else made the short folder.
    """
    folder = data / "run"
    if len(os.fsencode(folder)) > LONGEST_FOLDER or not PLAIN_PATH.fullmatch(str(folder)):
        digest = hashlib.sha256(os.fsencode(data)).hexdigest()[:10]
        folder = Path(tempfile.gettempdir()) / f"martunion-{os.geteuid()}-{digest}"
    folder.mkdir(mode=0o700, exist_ok=True)
    status = folder.lstat()
    allowed = {os.geteuid()} | ({account.user} if account else set())
    if folder.is_symlink() or status.st_uid not in allowed:
        raise StartFailed(f"{folder} belongs to somebody else. Remove it, or set TMPDIR to a folder of your own.")
    folder.chmod(0o700)
    if account is not None:
        os.chown(folder, account.user, account.group)
    return folder


def runs_in(pid: int, folder: Path) -> bool:
    """Whether a process lives whose current folder this is, as every server's is its data folder."""
    try:
        return Path(f"/proc/{pid}/cwd").resolve(strict=True) == folder.resolve()
    except OSError:
        return False


def read_pid(pid_file: Path) -> int | None:
    """The process id in the first line of a file; None when there is no such file or line."""
    try:
        return int(pid_file.read_text().splitlines()[0])
    except (OSError, ValueError, IndexError):
        return None


def end_orphan(pid_file: Path, steps: Sequence[tuple[int, float]]) -> None:
    """End a server that a killed owner left behind, and remove its process-id file.

    The caller holds the data folder's lock, so a server that still runs there belongs to nobody. A process id that
    went to another program since is left alone; PostgreSQL itself would take it for a living server.
    """
    pid = read_pid(pid_file)
    if pid is None:
        return
    for number, patience in (*steps, (signal.SIGKILL, 5.0)):
        if not runs_in(pid, pid_file.parent):
            break
        os.kill(pid, number)
        limit = time.monotonic() + patience
        while runs_in(pid, pid_file.parent) and time.monotonic() < limit:
            time.sleep(0.02)
    pid_file.unlink(missing_ok=True)


def postmaster_ready(pid_file: Path) -> bool:
    """Whether PostgreSQL says in its postmaster.pid that it takes connections."""
    try:
        lines = pid_file.read_text().splitlines()
    except OSError:
        return False
    return len(lines) >= 8 and lines[7].strip() == "ready"


def redis_ready(path: Path) -> bool:
    """Whether Redis answers a PING (it says LOADING while it reads its file)."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(2)
        try:
            connection.connect(str(path))
            connection.sendall(b"PING\r\n")
            return connection.recv(16).startswith(b"+PONG")
        except OSError:
            return False
