"""Conditions in words: `all of: cart worth at least NT$3,000; none of: is a member`."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chat.conditions import LEAVES
from chat.conditions.tree import FLAG, HOURS
from core.money import format_money

TITLES = {
    "cart_value": gettext_lazy("cart worth at least"),
    "item_value": gettext_lazy("looks at an item worth at least"),
    "page": gettext_lazy("has seen pages below"),
    "product": gettext_lazy("has seen the product"),
    "pages": gettext_lazy("pages in this visit, at least"),
    "empty_searches": gettext_lazy("searches without result, at least"),
    "time_on_page": gettext_lazy("seconds on the page, at least"),
    "visits": gettext_lazy("visits, at least"),
    "first_visit": gettext_lazy("is here for the first time"),
    "signed_in": gettext_lazy("is signed in"),
    "member": gettext_lazy("is a preferred buyer"),
    "list": gettext_lazy("is on the list"),
    "code": gettext_lazy("came with the code"),
    "within_km": gettext_lazy("is within kilometres of the store"),
    "manager_present": gettext_lazy("somebody is there to answer"),
    "hour": gettext_lazy("hours of the day"),
}
MONEY = {"cart_value", "item_value"}


def in_words(tree: dict[str, Any], currency: str, *, depth: int = 0) -> str:
    """A tree as a sentence in the active language."""
    if not tree:
        return _("always")
    for how, title in (("all", _("all of")), ("any", _("any of"))):
        if how in tree:
            inner = "; ".join(in_words(part, currency, depth=depth + 1) for part in tree[how])
            return f"{title} ({inner})" if depth else f"{title}: {inner}"
    if "not" in tree:
        return _("not: %(condition)s") % {"condition": in_words(tree["not"], currency, depth=depth + 1)}
    return leaf_in_words(tree["if"], tree["value"], currency)


def leaf_in_words(name: str, value: Any, currency: str) -> str:
    """One condition."""
    title = str(TITLES[name])
    shape = LEAVES[name].shape
    if shape == FLAG:
        return title if value else _("not: %(condition)s") % {"condition": title}
    if shape == HOURS:
        return f"{title} {value[0]}–{value[1]}"
    if name in MONEY:
        return f"{title} {format_money(value, currency)}"
    return f"{title} {value}".strip()
