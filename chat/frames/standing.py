"""What a shopper is told of themselves when they connect: paying member, and where."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from chat.frames import SHOPPER, greeting
from chat.frames.sessions import ShopperSession
from chat.queries.members import memberships_here
from core.localized import localized


@greeting(of=SHOPPER)
def member_of(session: ShopperSession) -> dict[str, Any]:
    """`member_of`: `[{"store": slug or "", "name": …, "plan": …}]`, empty for others."""
    if session.shopper.user is None:
        return {"member_of": []}
    found = memberships_here(session.union, session.shopper.user, now=timezone.now())
    return {
        "member_of": [
            {
                "store": each.plan.store.slug if each.plan.store else "",
                "name": localized(each.plan.store or session.union, "name"),
                "plan": localized(each.plan, "name"),
            }
            for each in found
        ]
    }
