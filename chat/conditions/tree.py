"""Conditions that combine: `{"all": […]}`, `{"any": […]}`, `{"not": …}` and leaves `{"if": name, "value": …}`.

`check` is the schema; `holds` the one way in which a tree is evaluated, by sockets and by the preview alike.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from core.errors import Invalid

if TYPE_CHECKING:
    from chat.conditions.facts import Facts

DEEPEST = 6
MOST_LEAVES = 40
MOST_AMOUNT = 10**13
LONGEST = 160
PRODUCT = re.compile(r"[a-z0-9-]+/[a-z0-9-]+")

NUMBER, TEXT, PAGE, ITEM, FLAG, HOURS = "number", "text", "page", "item", "flag", "hours"


@dataclass(frozen=True)
class Leaf:
    """One thing that can be asked. `shape` says what its value is; `met` compares it with what is known."""

    shape: str
    met: Callable[[Facts, Any], bool]
    most: int = MOST_AMOUNT


LEAVES: dict[str, Leaf] = {
    "cart_value": Leaf(NUMBER, lambda facts, least: facts.visit.cart >= least),
    "item_value": Leaf(NUMBER, lambda facts, least: facts.visit.item >= least),
    "page": Leaf(PAGE, lambda facts, start: any(page.startswith(start) for page in facts.visit.pages)),
    "product": Leaf(ITEM, lambda facts, item: item in facts.visit.products),
    "pages": Leaf(NUMBER, lambda facts, least: facts.visit.seen >= least, 1000),
    "empty_searches": Leaf(NUMBER, lambda facts, least: facts.visit.empty_searches >= least, 1000),
    "time_on_page": Leaf(NUMBER, lambda facts, least: facts.visit.seconds >= least, 24 * 3600),
    "visits": Leaf(NUMBER, lambda facts, least: facts.visit.visits >= least, 10_000),
    "first_visit": Leaf(FLAG, lambda facts, wanted: (facts.visit.visits <= 1) == wanted),
    "signed_in": Leaf(FLAG, lambda facts, wanted: facts.signed_in == wanted),
    "member": Leaf(FLAG, lambda facts, wanted: facts.member == wanted),
    "list": Leaf(TEXT, lambda facts, name: name in facts.lists if name else bool(facts.lists)),
    "code": Leaf(TEXT, lambda facts, name: name in facts.codes if name else bool(facts.codes)),
    "within_km": Leaf(NUMBER, lambda facts, most: facts.distance is not None and facts.distance <= most, 20_000),
    "manager_present": Leaf(FLAG, lambda facts, wanted: facts.manager_present == wanted),
    "hour": Leaf(HOURS, lambda facts, span: _between(facts.hour, span[0], span[1])),
}


def _between(hour: int, first: int, last: int) -> bool:
    """From `first` up to, not including, `last`; over midnight where `last` is smaller."""
    return first <= hour < last if first <= last else hour >= first or hour < last


def holds(tree: dict[str, Any], facts: Facts) -> bool:
    """Whether what is known meets the tree. An empty tree asks nothing and holds."""
    if "all" in tree:
        return all(holds(part, facts) for part in tree["all"])
    if "any" in tree:
        return any(holds(part, facts) for part in tree["any"])
    if "not" in tree:
        return not holds(tree["not"], facts)
    if not tree:
        return True
    return LEAVES[tree["if"]].met(facts, tree["value"])


def leaves_of(tree: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """(name, value) of every leaf."""
    for part in tree.get("all", tree.get("any", [])):
        yield from leaves_of(part)
    if "not" in tree:
        yield from leaves_of(tree["not"])
    if "if" in tree:
        yield tree["if"], tree["value"]


def check(tree: Any) -> dict[str, Any]:
    """The tree itself, if it is one. Raises Invalid with `field` conditions and `at`, the place in the tree."""
    checked = _checked(tree, at="conditions", depth=1)
    if sum(1 for _leaf in leaves_of(checked)) > MOST_LEAVES:
        raise Invalid(_("At most 40 conditions in one rule."), field="conditions", at="conditions")
    return checked


def _checked(tree: Any, *, at: str, depth: int) -> dict[str, Any]:
    if not isinstance(tree, dict):
        raise _wrong(at, _("A condition is an object."))
    if depth > DEEPEST:
        raise _wrong(at, _("At most 6 levels."))
    if not tree:
        if depth == 1:
            return {}
        raise _wrong(at, _("This condition is empty."))
    names = set(tree)
    if names in ({"all"}, {"any"}):
        name = names.pop()
        parts = tree[name]
        if not isinstance(parts, list) or not 0 < len(parts) <= MOST_LEAVES:
            raise _wrong(at, _("Name at least one condition, and at most 40."))
        return {name: [_checked(part, at=f"{at}.{name}[{n}]", depth=depth + 1) for n, part in enumerate(parts)]}
    if names == {"not"}:
        return {"not": _checked(tree["not"], at=f"{at}.not", depth=depth + 1)}
    if names != {"if", "value"} or not isinstance(tree["if"], str) or tree["if"] not in LEAVES:
        raise _wrong(at, _("This condition is not known."))
    return {"if": tree["if"], "value": _value(LEAVES[tree["if"]], tree["value"], at)}


def _value(leaf: Leaf, value: Any, at: str) -> Any:
    fine: bool
    if leaf.shape == NUMBER:
        fine = type(value) is int and 0 <= value <= leaf.most
    elif leaf.shape == FLAG:
        fine = type(value) is bool
    elif leaf.shape == HOURS:
        fine = isinstance(value, list) and len(value) == 2 and all(type(h) is int and 0 <= h <= 24 for h in value)
    else:
        fine = isinstance(value, str) and len(value) <= LONGEST and value.isprintable()
        if leaf.shape == PAGE:
            fine = fine and value.startswith("/")
        elif leaf.shape == ITEM:
            fine = fine and PRODUCT.fullmatch(value) is not None
    if not fine:
        raise _wrong(at, _("The value does not fit this condition."))
    return value


def _wrong(at: str, words: Any) -> Invalid:
    return Invalid(words, field="conditions", at=at)
