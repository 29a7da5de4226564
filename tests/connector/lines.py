"""A union's end of the line for tests of the whole program, and the program as its user starts it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from martunion.embedded import BASE_DIR

PACKAGE = BASE_DIR / "connector"
MAIN = [sys.executable, "-m", "martunion_connector"]


def environment() -> dict[str, str]:
    """Of somebody who has installed the package and nothing else of ours."""
    return {**os.environ, "PYTHONPATH": str(PACKAGE)}


def typed(*words: str, folder: Path, seconds: float = 90) -> tuple[int, str]:
    """What the command says to a person, and its exit code."""
    done = subprocess.run(
        [*MAIN, *words],
        cwd=folder,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=seconds,
        check=False,
    )
    return done.returncode, done.stdout


def written(folder: Path, site: str, rows: str = "", *, key: str = "mu_conformance", more: str = "") -> Path:
    """A configuration with a list beside it."""
    (folder / "list.csv").write_text(rows or "sku,title,price,stock\nL-1,Brass desk lamp,25.00,3\n")
    config = folder / "martunion-connector.toml"
    config.write_text(f'site = "{site}"\nkey = "{key}"\n[list]\nfile = "list.csv"\n[log]\nfile = "log/c.log"\n{more}')
    return config


@contextmanager
def running(config: Path) -> Iterator[subprocess.Popen[bytes]]:
    """The program at work; killed at the end if it still is."""
    with (config.parent / "terminal.log").open("ab") as output:
        program = subprocess.Popen(
            [*MAIN, "run", "--config", str(config)], env=environment(), stdout=output, stderr=subprocess.STDOUT
        )
    try:
        yield program
    finally:
        if program.poll() is None:
            program.send_signal(signal.SIGKILL)
        program.wait(30)
