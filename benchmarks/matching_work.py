"""What the matching benchmark does inside the platform, in a process of its own: `python -m benchmarks.matching_work WHAT`."""

from __future__ import annotations

import csv
import json
import os
import sys
import time
from collections.abc import Callable
from statistics import median
from typing import Any

import django

from benchmarks.machine import ROOT
from benchmarks.wants import CLASSES, stands_in

QUERIES = ROOT.parent / "shared" / "data" / "wands_queries" / "query.csv"


def suggest() -> dict[str, Any]:
    """Of another shop's queries: for how many the first, or one of five, is right; all, and those never tuned on."""
    from matching.queries.signals import suggest_codes

    with QUERIES.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE) if row["query_class"]]
    suggest_codes("warm, also the vocabulray")
    right = {"all": [0, 0, 0, 0, 0], "held_out": [0, 0, 0, 0, 0]}
    took = []
    for row in rows:
        began = time.perf_counter()
        codes = [code.code for code in suggest_codes(row["query"], limit=5)]
        took.append(1000 * (time.perf_counter() - began))
        same, near = CLASSES[row["query_class"]]
        said = (
            any(stands_in(code, same) for code in codes[:1]),
            any(stands_in(code, same) for code in codes),
            any(stands_in(code, near) for code in codes[:1]),
            any(stands_in(code, near) for code in codes),
            True,
        )
        for name in ("all", "held_out") if int(row["query_id"]) % 2 else ("all",):
            right[name] = [count + one for count, one in zip(right[name], said, strict=True)]
    took.sort()
    shares = {name: [round(100 * count / counts[4], 1) for count in counts[:4]] for name, counts in right.items()}
    return {"queries": len(rows), "right": shares, "ms": median(took), "p95": took[int(0.95 * len(took))]}


def subscribers() -> dict[str, Any]:
    """A wish to one union and to all of them among the seeded subscriptions: in the database, and in Python as well."""
    from django.db import connection
    from django.utils import timezone

    from matching.queries.subscribers import SUBSCRIBERS, subscribers_for
    from unions.models import SignalCode, Union

    unions = list(Union.objects.order_by("id"))
    codes = SignalCode.objects.filter(ancestors__len=4).order_by("code").values_list("ancestors", flat=True)
    wishes = [list(ancestors) for ancestors in codes[:: max(1, len(codes) // 100)]]
    found = {}
    for name, reached in (("one", unions[:1]), ("all", unions)):
        wish = {
            "unions": reached,
            "chosen": None,
            "budget": 5_000,
            "currency": "GBP",
            "latitude": 50.2,
            "longitude": -5.1,
        }

        def ask(ancestors: list[str], wish: dict[str, Any] = wish) -> int:
            return len(subscribers_for(codes=ancestors, reach_km=None, now=timezone.now(), **wish))

        values = {
            **{key: wish[key] for key in ("budget", "latitude", "longitude")},
            "unions": [union.pk for union in reached],
            "same_money": [union.pk for union in reached],
            "reach": None,
        }

        def explained(ancestors: list[str], values: dict[str, Any] = values) -> float:
            with connection.cursor() as cursor:
                cursor.execute(
                    f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {SUBSCRIBERS}", {**values, "codes": ancestors}
                )
                return float(cursor.fetchone()[0][0]["Execution Time"])

        for ancestors in wishes:
            ask(ancestors)
        found[name] = {
            "stores": median(map(ask, wishes)),
            "database": median(min(explained(ancestors) for _ in range(3)) for ancestors in wishes),
            "python": median(min(_milliseconds(ask, ancestors) for _ in range(3)) for ancestors in wishes),
        }
    return found


def _milliseconds(work: Callable[[Any], Any], argument: Any) -> float:
    began = time.perf_counter()
    work(argument)
    return 1000 * (time.perf_counter() - began)


WORK = {"suggest": suggest, "subscribers": subscribers}

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "benchmarks.settings")
    django.setup()
    print(json.dumps(WORK[sys.argv[1]]()))
