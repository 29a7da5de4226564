"""Which of a union's rules speaks now: enabled, of a store in this visit, not too often, its conditions met."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from chat.conditions.facts import Facts, Place
from chat.conditions.tree import holds, leaves_of

QUIET = 60.0
"""Seconds after one invitation in which no other rule speaks to the same visitor."""


@dataclass(frozen=True)
class Rule:
    """A rule as it is kept in a process's memory. Times in seconds since 1970; `store` is a slug or an empty text."""

    pk: int
    ref: str
    store: str
    conditions: dict[str, Any]
    priority: int = 0
    cooldown: float = 3600.0
    limit: int = 3
    begins: float | None = None
    ends: float | None = None
    place: Place | None = None
    store_id: int | None = None
    shown: dict[str, Any] = field(default_factory=dict, hash=False)

    @cached_property
    def asks_presence(self) -> bool:
        """Whether its own conditions speak of it; else somebody has to be there."""
        return any(name == "manager_present" for name, _value in leaves_of(self.conditions))


def choose(rules: Iterable[Rule], facts: Facts, *, now: float) -> Rule | None:
    """The first rule, in the given order, that may speak to this visit now.

    A rule of a store speaks only to who is at that store's pages. A visitor is met by one rule at a time, by the same
    rule again only after its cooldown, and never more often than its limit (0: no limit).
    """
    visit = facts.visit
    met_at = visit.met_at
    if met_at and now - met_at < QUIET:
        return None
    for rule in rules:
        if rule.store and rule.store != visit.page.strip("/").partition("/")[0]:
            continue
        if (rule.begins is not None and now < rule.begins) or (rule.ends is not None and now >= rule.ends):
            continue
        if rule.limit and visit.times_met(rule.ref) >= rule.limit:
            continue
        last = visit.last_met(rule.ref)
        if last and now - last < rule.cooldown:
            continue
        facts.store, facts.store_place = rule.store, rule.place
        if not rule.asks_presence and not facts.manager_present:
            continue
        if holds(rule.conditions, facts):
            return rule
    return None
