"""Columns that many lists share: money as people write it, states in their colours, links."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from core.money import format_money

Column = Callable[[Any, Any], Any]

STATE = _("state")
STATE_COLOURS: dict[str, str] = {
    "applied": "warning",
    "active": "success",
    "suspended": "danger",
    "placed": "info",
    "paid": "success",
    "accepted": "info",
    "packed": "info",
    "shipped": "info",
    "delivered": "success",
    "completed": "success",
    "cancelled": "danger",
    "created": "info",
    "authorized": "info",
    "captured": "success",
    "failed": "danger",
    "pending": "warning",
    "processing": "info",
    "transit": "info",
    "done": "success",
    "requested": "warning",
    "received": "info",
    "refunded": "success",
    "declined": "danger",
    "verified": "success",
    "revoked": "danger",
}


def money(field: str, label: Any, *, currency: Callable[[Any], str] = lambda row: row.currency) -> Column:
    """A sortable column of an amount in minor units."""

    @display(description=label, ordering=field)
    def column(self: Any, row: Any) -> str:
        amount = getattr(row, field)
        return "—" if amount is None else format_money(amount, currency(row))

    return column


def percent(field: str, label: Any) -> Column:
    """A rate in basis points as per cent."""

    @display(description=label, ordering=field)
    def column(self: Any, row: Any) -> str:
        return f"{getattr(row, field) / 100:g} %"

    return column


def state(field: str = "state", label: Any = STATE, colours: Mapping[str, str] = STATE_COLOURS) -> Column:
    """A state in words on its colour."""

    @display(description=label, ordering=field)
    def column(self: Any, row: Any) -> SafeString:
        return badge(getattr(row, f"get_{field}_display")(), colours.get(getattr(row, field), ""))

    return column


def once(method: Callable[[Any, Any], Any]) -> Column:
    """Ask the database once per row: a page's template reads a field's words several times."""

    @wraps(method)
    def column(self: Any, row: Any) -> Any:
        words = row.__dict__.setdefault("_office_words", {})
        if method.__name__ not in words:
            words[method.__name__] = method(self, row)
        return words[method.__name__]

    return column


def badge(words: Any, colour: str = "") -> SafeString:
    """Words on a colour: success, info, warning, danger or none. Reads the same in lists and on pages."""
    return format_html('<span class="office-badge {}">{}</span>', colour, words)


def named(field: str, label: Any) -> Column:
    """A related thing by its name alone, where its page is not for everyone who sees this one."""

    @display(description=label, ordering=field)
    def column(self: Any, row: Any) -> str:
        thing = getattr(row, field)
        return "—" if thing is None else str(thing)

    return column


def link(thing: Any, text: str = "") -> SafeString | str:
    """A link to a thing's own page in the administration; a dash for nothing."""
    if thing is None:
        return "—"
    meta = thing._meta
    address = reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[thing.pk])
    return format_html('<a class="office-link" href="{}">{}</a>', address, text or str(thing))


def linked(field: str, label: Any) -> Column:
    """A related thing as a link to its page; the list must select it."""

    @display(description=label, ordering=field)
    def column(self: Any, row: Any) -> SafeString | str:
        return link(getattr(row, field))

    return column
