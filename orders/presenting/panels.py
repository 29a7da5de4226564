"""What higher apps show beside the sales of a store or a union: waiting times, wishes, vouchers."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from django.utils.translation import gettext as _

from core.charts import Chart, Ranking
from core.money import format_money
from orders.queries.spans import Span
from stores.models import Store
from unions.models import Union


@dataclass(frozen=True, slots=True)
class Figure:
    """One number with its name and, below, what it is to be compared with."""

    label: str
    value: str
    note: str = ""
    url: str = ""
    lit: bool = False


@dataclass(frozen=True, slots=True)
class Panel:
    """A group of figures about one thing."""

    name: str
    title: str
    figures: list[Figure]
    charts: list[Chart] = field(default_factory=list)
    rankings: list[Ranking] = field(default_factory=list)
    url: str = ""


class MakesPanel(Protocol):
    """Makes the panel of a store, or of a whole union; None where there is nothing to tell."""

    def __call__(self, *, union: Union, store: Store | None, span: Span, now: datetime) -> Panel | None: ...


further_panels: list[tuple[str, MakesPanel]] = []
"""The permission that a panel asks for, and what makes it; higher apps register theirs when they are ready."""


def panels_of(
    *, union: Union, store: Store | None = None, span: Span, now: datetime, allowed: set[str] | None = None
) -> list[Panel]:
    """All panels, or those that somebody with the permissions `allowed` may see."""
    made = (
        make(union=union, store=store, span=span, now=now)
        for permission, make in further_panels
        if allowed is None or permission in allowed
    )
    return [panel for panel in made if panel is not None]


def compared(now: float | None, before: float | None, said: str) -> str:
    """“+12 % on £400.00 before”: what stands below a figure; `said` is the one before in words."""
    if now is None or not before:
        return _("nothing to compare with")
    return _("%(change)s on %(before)s before") % {"change": change_text(now, before), "before": said}


def change_text(now: float, before: float) -> str:
    """By how much of the one before: +12 %, −8 %, ±0 %; more than ten times is told as such."""
    change = round((now - before) / abs(before) * 100)
    if change >= 1000:
        return _("%(times)d times") % {"times": round(now / before)}
    sign = "+" if change > 0 else "−" if change < 0 else "±"
    return f"{sign}{abs(change)} %"


def money_figure(label: str, now: int, before: int, union: Union) -> Figure:
    """An amount in minor units of the union's currency."""
    currency = union.currency
    return Figure(label, format_money(now, currency), compared(now, before, format_money(before, currency)))


def number_figure(label: str, now: int, before: int) -> Figure:
    """A count."""
    return Figure(label, str(now), compared(now, before, str(before)))


def share_text(share: float | None) -> str:
    """A share of one in whole percents."""
    return "–" if share is None else f"{round(share * 100)} %"
