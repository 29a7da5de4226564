"""A database with all migrations applied, made once and copied: migrating takes most of a minute, copying a moment.

It lies in the machine's folder for temporary files under a name made of all migrations and locked versions, so that a
changed migration makes a new one. tests/architecture/test_launcher.py begins with empty folders, as `make run` does.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from martunion import embedded

KEPT = 2 * 24 * 3600
"""Seconds after which one that nobody has used is removed."""


def name_of_tables() -> str:
    """Changes whenever the tables that the migrations make might."""
    base = embedded.BASE_DIR
    files = [*base.glob("*/migrations/*.py"), *base.glob("core/*.py"), base / "requirements" / "development.txt"]
    digest = hashlib.sha256(embedded.POSTGRES_VERSION.encode())
    for file in sorted(files):
        digest.update(str(file.relative_to(base)).encode() + file.read_bytes())
    return digest.hexdigest()[:20]


def put_prepared_database(data: Path) -> None:
    """Let a data folder that is still empty begin with the migrated database."""
    shelf = Path(tempfile.gettempdir()) / f"martunion-prepared-{os.geteuid()}"
    shelf.mkdir(mode=0o700, exist_ok=True)
    prepared = shelf / name_of_tables()
    if not prepared.exists():
        with prepared.with_suffix(".lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not prepared.exists():
                _remove_old(shelf)
                _prepare(prepared)
    os.utime(prepared)
    # Owners too: as root the servers run as somebody else.
    subprocess.run(["cp", "-a", str(prepared / "postgres"), str(data / "postgres")], check=True)


def _prepare(folder: Path) -> None:
    draft = folder.with_suffix(".new")
    shutil.rmtree(draft, ignore_errors=True)
    servers = embedded.EmbeddedServers(draft, durable=False)
    assert servers.acquire()
    servers.start()
    try:
        environment = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
        environment |= {**servers.addresses, "DATA": str(draft)}
        command = [sys.executable, "manage.py", "migrate", "--verbosity=0"]
        subprocess.run(command, cwd=embedded.BASE_DIR, env=environment, check=True)
    finally:
        servers.stop()
    draft.rename(folder)


def _remove_old(shelf: Path) -> None:
    for folder in shelf.iterdir():
        if folder.stat().st_mtime < time.time() - KEPT:
            shutil.rmtree(folder, ignore_errors=True) if folder.is_dir() else folder.unlink(missing_ok=True)
