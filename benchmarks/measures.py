"""One measure of ours with its floor and its peer, as a table for people and as JSON for programs."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

RESULTS = Path(__file__).parent / "results"


@dataclass
class Measure:
    """`goal` is what `holds` was judged by, in words; what was not measured is None."""

    measure: str
    unit: str
    ours: float | None
    floor: float | None = None
    peer: float | None = None
    goal: str = ""
    holds: bool | None = None

    @property
    def of_floor(self) -> float | None:
        return ratio(self.ours, self.floor)

    @property
    def of_peer(self) -> float | None:
        return ratio(self.ours, self.peer)

    def as_row(self) -> dict[str, Any]:
        return {
            **{name: value for name, value in asdict(self).items() if name not in {"goal", "holds"}},
            "of_floor": self.of_floor,
            "of_peer": self.of_peer,
            "goal": self.goal,
            "holds": self.holds,
        }


def ratio(one: float | None, other: float | None) -> float | None:
    """Three significant digits of one / other."""
    return float(f"{one / other:.3g}") if one is not None and other else None


def show(measures: list[Measure]) -> None:
    table = Table()
    for title in ("measure", "unit", "ours", "floor", "peer", "of floor", "of peer", "goal", "holds"):
        table.add_column(title, justify="left" if title in {"measure", "unit", "goal"} else "right")
    for one in measures:
        cells = [one.ours, one.floor, one.peer, one.of_floor, one.of_peer]
        holds = {True: "yes", False: "no", None: ""}[one.holds]
        table.add_row(one.measure, one.unit, *map(_cell, cells), one.goal, holds)
    Console().print(table)


def write(name: str, measures: list[Measure]) -> None:
    RESULTS.mkdir(exist_ok=True)
    rows = [one.as_row() for one in measures]
    (RESULTS / f"{name}.json").write_text(json.dumps(rows, indent=1, ensure_ascii=False) + "\n")


def _cell(value: float | None) -> str:
    return "" if value is None else f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
