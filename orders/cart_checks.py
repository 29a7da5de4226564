"""What apps above this one have to say about a cart before it is bought."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from orders.cart_review import CartReview

Check = Callable[..., None]
"""Called with the review and `now`; sets `refusal` on lines that cannot be bought as they stand."""
_checks: list[Check] = []


def check(rule: Check) -> Check:
    """Register a check: `@check def rule(review, *, now)`. Most carts should cost it no query."""
    _checks.append(rule)
    return rule


def check_lines(review: CartReview, *, now: datetime) -> None:
    """Let all of them look at it."""
    for rule in _checks:
        rule(review, now=now)
