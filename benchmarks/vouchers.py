"""Vouchers: issuing a backlog, redeeming at tills, checking signatures, and looking things up among ten million.

Floors: a bare multi-row INSERT of the very rows that were issued into tables with the same indexes, batch by batch in
turn with issuing; pgbench with the bare conditional UPDATE and the ledger's rows; the bare Ed25519 check of the library.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from benchmarks.goods import seed
from benchmarks.machine import ROOT, Machine, machine
from benchmarks.measures import Measure
from benchmarks.voucher_rows import BARE, in_hand, kept, sold

CLIENTS = 16
FLOOR = Path(__file__).parent / "floor"
ISSUED, KEPT, REDEEMED, COMPARED = 1_000_000, 10_000_000, 60_000, 100_000
OF_INSERT, GROWTH = 0.5, 1.1


def run(*, quick: bool) -> list[Measure]:
    issued, many, redeemed = (20_000, 100_000, 8_000) if quick else (ISSUED, KEPT, REDEEMED)
    seconds = "3" if quick else "10"
    with machine() as here:
        seed(here, "ours", unions=1, goods=100)
        here.psql('CREATE DATABASE "large" TEMPLATE "ours"')
        here.psql(sold(issued // 2), name="ours")
        said = {"run": child(here, "ours", "issue")}
        assert said["run"]["issued"] == issued, said
        here.psql(BARE, name="ours")
        said["turns"] = child(here, "ours", "compare", str(min(issued, COMPARED)))
        here.psql(in_hand(redeemed), name="ours")
        said["redeem"] = child(here, "ours", "redeem", str(CLIENTS), seconds)
        options = ("-M", "prepared", "-D", "n=0")
        said["pgbench"] = here.pgbench(
            FLOOR / "redemption.sql", "ours", *options, seconds=float(seconds), clients=CLIENTS
        )
        said["verify"] = child(here, "ours", "verify", "500" if quick else "5000")
        here.psql(sold(500), name="large")
        child(here, "large", "promise", "insured")
        here.psql(kept(many), name="large")
        said["look"] = child(here, "large", "look")
    return measures_of(said, many)


def measures_of(said: dict[str, Any], many: int) -> list[Measure]:
    """What the parts of a run said, as measures; `many` vouchers were looked things up among."""
    made, turns = said["run"], said["turns"]
    issuing = Measure("issuing, in turn with its floor", "vouchers/s", turns["ours"], turns["bare"])
    issuing.goal = f"≥ {OF_INSERT} of a bare multi-row INSERT of the same rows"
    issuing.holds = turns["ours"] >= OF_INSERT * turns["bare"]
    proved = Measure("the same, the floor with foreign keys", "vouchers/s", turns["ours"], turns["proved"])
    memory = Measure("its memory at the end, after a tenth", "MB", made["whole_mb"], made["tenth_mb"])
    memory.goal, memory.holds = f"≤ {GROWTH} ×", made["whole_mb"] <= GROWTH * made["tenth_mb"]
    return [
        issuing,
        proved,
        Measure(f"{made['issued']:,} vouchers in one catch-up run", "vouchers/s", made["per_second"]),
        memory,
        Measure(f"redemptions, {CLIENTS} clients", "/s", said["redeem"]["per_second"], said["pgbench"]),
        Measure("signature checks, with the key's look-up", "/s", said["verify"]["per_second"], said["verify"]["bare"]),
        *(_looked(many, one) for one in said["look"]),
    ]


def _looked(many: int, one: dict[str, Any]) -> Measure:
    measure = Measure(f"{one['what']}, of {many:,} vouchers", "ms", one["ms"])
    if not one["what"].startswith("worker"):
        measure.goal, measure.holds = "no table read whole", not one["scans"]
    return measure


def child(here: Machine, name: str, *arguments: str) -> Any:
    """What a process of its own on that database says."""
    result = subprocess.run(
        [sys.executable, "-m", "benchmarks.voucher_work", *arguments],
        cwd=ROOT,
        env=here.environment(name, DJANGO_SETTINGS_MODULE="benchmarks.settings"),
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode:
        raise RuntimeError(result.stdout[-2000:] + result.stderr[-3000:])
    return json.loads(result.stdout.splitlines()[-1])
