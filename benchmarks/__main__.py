"""`make bench` runs them all, `make bench NAME=purchase` one."""

from __future__ import annotations

import argparse
import sys
from importlib import import_module

from benchmarks.measures import Measure, show, write

# The module that measures each name; the others come with the parts of the platform that they measure.
NAMES = {
    "catalogue": "benchmarks.catalogue",
    "purchase": "benchmarks.purchase",
    "rush": "benchmarks.rush",
    "import": "benchmarks.importing",
    "settlement": "benchmarks.settlement",
    "redirect": "benchmarks.redirect",
    "sockets": "benchmarks.sockets",
    "replay": "benchmarks.replay",
    "vouchers": "benchmarks.vouchers",
    "matching": "benchmarks.matching",
    "dashboards": "benchmarks.dashboards",
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("name", nargs="?", choices=sorted(NAMES), help="all of them when left out")
    parser.add_argument("--quick", action="store_true", help="short and small, to see that it works")
    wanted = parser.parse_args()
    for name in [wanted.name] if wanted.name else NAMES:
        print(f"\n{name}", file=sys.stderr)
        measures: list[Measure] = import_module(NAMES[name]).run(quick=wanted.quick)
        show(measures)
        if not wanted.quick:
            write(name, measures)


if __name__ == "__main__":
    main()
