"""What a store's rule answers to a shopper's offer: pure arithmetic, and the same words as a person's answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


class Rule(Protocol):
    """Prices of one piece in minor units; None: the rule says nothing about that."""

    accept_from: int | None
    counter_with: int | None
    floor: int | None
    most_rounds: int


@dataclass(frozen=True, slots=True)
class Answer:
    """`accept`, `counter` (with `price`) or `decline`."""

    move: str
    price: int | None = None


def answer_to(*, offer: int, rule: Rule, rounds: int, standing: int | None, list_price: int | None) -> Answer | None:
    """What is answered to `offer` for one piece; None leaves it to a person.

    `rounds`: how often the rule has answered this shopper lately. `standing` is the store's own last price in this
    proposal: it is never asked more than that again, and an offer that reaches it is taken. What is accepted or named
    is never below the rule's floor, unless the store has named less itself.
    """
    if rounds >= rule.most_rounds:
        return None
    floor = rule.floor or 0
    if standing is not None and offer >= standing:
        return Answer("accept")
    if offer < floor:
        return Answer("decline")
    if rule.accept_from is not None and offer >= rule.accept_from:
        return Answer("accept")
    if rule.counter_with is None:
        return None
    named = min(price for price in (rule.counter_with, standing, list_price) if price is not None)
    if named <= offer:
        return Answer("accept")
    return Answer("counter", named) if named >= floor else None
