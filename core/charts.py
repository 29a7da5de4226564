"""Geometry of small charts, so that the template only draws: templates/components/chart.html."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from math import ceil, floor, log10

from babel.dates import format_skeleton

from core.money import locale_of

WIDTH, HEIGHT = 480, 240
LEFT, RIGHT, TOP, BOTTOM = 56, 8, 12, 28


LETTER, GAP = 10.5, 10
"""Room of a letter and between two labels in the view box's units, at the size that a phone shows."""
MOST_NAMED = 7
"""More names under an axis than these nobody reads."""
LONGEST_NAME = 17
"""Letters that stand beside a bar that lies."""


@dataclass(frozen=True)
class Point:
    """One value: what it is called, how much, how that is said, and whether it is the one to look at."""

    label: str
    value: float
    text: str
    now: bool = False


@dataclass(frozen=True)
class Mark:
    """A point with its place in the drawing, in the units of the view box."""

    point: Point
    x: float
    y: float
    width: float
    height: float
    middle: float
    named: bool

    @property
    def name(self) -> str:
        """The label, as much of it as stands beside a bar."""
        return shortened(self.point.label, LONGEST_NAME)


@dataclass(frozen=True)
class Chart:
    """A drawn chart. `title` states the finding, `unit` what the axis counts; `kind` is "bar" or "line"."""

    title: str
    unit: str
    kind: str
    marks: list[Mark]
    ticks: list[tuple[float, str]]
    path: str = ""
    area: str = ""
    label_heading: str = ""
    width: int = field(default=WIDTH)
    height: int = field(default=HEIGHT)
    left: int = field(default=LEFT)
    right: int = field(default=WIDTH - RIGHT)
    bottom: int = field(default=HEIGHT - BOTTOM)


def day_label(day: date) -> str:
    """A day under an axis, as people of the active language write it short: 9 Nov, 11月9日, 11월 9일."""
    return format_skeleton("MMMd", datetime.combine(day, time.min), locale=locale_of())


def step_of(top: float) -> float:
    """A step of 1, 2 or 5 times a power of ten that divides 0..top into at most five parts."""
    rough = max(top, 1) / 4
    power = 10.0 ** floor(log10(rough))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough)


def _width(text: str) -> int:
    """In letters: Chinese and Korean characters are twice as wide."""
    return sum(2 if ord(character) > 0x2E7F else 1 for character in text)


def shortened(text: str, letters: int) -> str:
    """As much of it as has room in so many letters, with an ellipsis where something is left out."""
    if _width(text) <= letters:
        return text
    while text and _width(text) > letters - 1:
        text = text[:-1]
    return f"{text.rstrip()}…"


def draw(
    *, title: str, unit: str, points: Sequence[Point], kind: str = "bar", label_heading: str = "", scale: float = 1
) -> Chart:
    """Place the points of one series (values ≥ 0). Axis numbers are divided by `scale`, 100 for minor units of TWD."""
    top = max((point.value for point in points), default=0) / scale
    step = step_of(top)
    last = max(1, ceil(top / step)) * step
    floor_y, room = HEIGHT - BOTTOM, HEIGHT - BOTTOM - TOP
    slot = (WIDTH - LEFT - RIGHT) / max(1, len(points))
    label = max((_width(point.label) for point in points), default=0) * LETTER + GAP
    every = max(1, ceil(len(points) / MOST_NAMED), ceil(label / slot))
    marks = []
    for index, point in enumerate(points):
        height = round(point.value / scale / last * room, 1)
        left = LEFT + index * slot
        marks.append(
            Mark(
                point=point,
                x=round(left + slot * 0.16, 1),
                y=round(floor_y - height, 1),
                width=round(slot * 0.68, 1),
                height=height,
                middle=round(left + slot / 2, 1),
                named=index % every == 0,
            )
        )
    ticks = [
        (round(floor_y - part * step / last * room, 1), short(part * step)) for part in range(round(last / step) + 1)
    ]
    line = " ".join(f"{'L' if index else 'M'}{mark.middle} {mark.y}" for index, mark in enumerate(marks))
    area = f"{line} L{marks[-1].middle} {floor_y} L{marks[0].middle} {floor_y} Z" if marks else ""
    return Chart(title, unit, kind, marks, ticks, line, area, label_heading)


def short(number: float) -> str:
    """An axis number in few characters: 800, 1.5k, 20k, 3M."""
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if number >= size:
            return f"{number / size:g}{letter}"
    return f"{number:g}"


RANK_ROW, RANK_LEFT, RANK_RIGHT = 32, 190, 44


@dataclass(frozen=True)
class Ranking:
    """Bars that lie, for names too long to stand under an axis: templates/components/ranking.html."""

    title: str
    unit: str
    marks: list[Mark]
    ticks: list[tuple[float, str]]
    label_heading: str
    height: int
    width: int = WIDTH
    left: int = RANK_LEFT
    bottom: int = 0


def rank(*, title: str, unit: str, points: Sequence[Point], label_heading: str = "") -> Ranking:
    """Place values (≥ 0) below each other in the order given, names to the left of their bars."""
    top = max((point.value for point in points), default=0)
    step = step_of(top)
    last = max(1, ceil(top / step)) * step
    room = WIDTH - RANK_LEFT - RANK_RIGHT
    bottom = TOP + RANK_ROW * len(points)
    marks = [
        Mark(
            point=point,
            x=RANK_LEFT,
            y=TOP + RANK_ROW * index + 5,
            width=round(point.value / last * room, 1),
            height=RANK_ROW - 10,
            middle=TOP + RANK_ROW * index + RANK_ROW / 2,
            named=True,
        )
        for index, point in enumerate(points)
    ]
    ticks = [
        (round(RANK_LEFT + part * step / last * room, 1), short(part * step)) for part in range(round(last / step) + 1)
    ]
    return Ranking(title, unit, marks, ticks, label_heading, height=bottom + BOTTOM, bottom=bottom)
