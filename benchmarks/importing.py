"""A year of a real shop's sales: 541,909 rows. The floor copies the same files into one bare table."""

from __future__ import annotations

import csv
import resource
import subprocess
import sys
import time
from pathlib import Path

from benchmarks.machine import ROOT, Machine, machine
from benchmarks.measures import Measure

SALES = ROOT.parent / "shared" / "data" / "uci_online_retail" / "by-day"
MOST_SECONDS, MOST_MEGABYTES = 120, 500


def run(*, quick: bool) -> list[Measure]:
    if not SALES.is_dir():
        print(f"The real sales are not here ({SALES}): not measured.", file=sys.stderr)
        return []
    with machine() as here:
        here.manage("migrate", "--verbosity=0")
        floor = _bare(here)
        begun = time.perf_counter()
        process = subprocess.run(
            [sys.executable, "manage.py", "import_csv", "orders", str(SALES), "--map", "docs/import/uci_orders.toml"],
            cwd=ROOT,
            env=here.environment(),
            capture_output=True,
            text=True,
            check=True,
        )
        seconds = time.perf_counter() - begun
    assert process.stdout.startswith("541,909 rows read"), process.stdout[:200]
    megabytes = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1000
    one = Measure("541,909 rows of orders", "s", seconds, floor)
    one.goal, one.holds = f"< {MOST_SECONDS} s", seconds < MOST_SECONDS
    two = Measure("its memory at most", "MB", megabytes)
    two.goal, two.holds = f"< {MOST_MEGABYTES} MB", megabytes < MOST_MEGABYTES
    return [one, two]


def _bare(here: Machine) -> float:
    """Seconds to parse all files with the csv module and copy them into a table of texts."""
    import psycopg

    here.psql("CREATE TABLE bare (a text, b text, c text, d text, e text, f text, g text, h text)")
    begun = time.perf_counter()
    with (
        psycopg.connect(here.addresses["DATABASE_URL"]) as connection,
        connection.cursor() as cursor,
        cursor.copy("COPY bare FROM STDIN") as copy,
    ):
        for file in sorted(Path(SALES).iterdir()):
            with file.open(encoding="utf-8", newline="") as text:
                rows = csv.reader(text)
                next(rows)
                for row in rows:
                    copy.write_row(row)
    seconds = time.perf_counter() - begun
    assert here.psql("SELECT count(*) FROM bare") == "541909"
    return seconds
