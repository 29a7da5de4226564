"""What a shopper is to a union: paying member, holder of codes, on pre-qualified lists.

Engagement rules and routing ask here, so that neither knows how dues, codes and lists are kept.
"""

from __future__ import annotations

from chat.queries.shoppers import Shopper


def is_member(shopper: Shopper) -> bool:
    """Whether the shopper is a preferred buyer whose dues are paid."""
    return False


def codes_of(shopper: Shopper) -> frozenset[str]:
    """The campaigns (their short names) whose sign-in codes the shopper has used and that still hold."""
    return frozenset()


def lists_of(shopper: Shopper) -> frozenset[str]:
    """The pre-qualified lists (their short names) the shopper stands on."""
    return frozenset()
