"""How each of the two unions invites people: a campaign with a code, a circle of buyers, a room."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from chat.models import BuyerPlan, ListImport, PreferredBuyer, Room, SavedReply
from chat.queries.codes import plain_code
from chat.services.codes import Person, issue_codes, save_campaign

if TYPE_CHECKING:
    from tests.architecture.two_unions import Place


def invited(place: Place, there: Any) -> dict[str, str]:
    """A campaign with a code, a membership and a room."""
    union, store, marker, now = place.union, place.store, place.marker, timezone.now()
    campaign = save_campaign(
        union=union, store=store, campaign=None, actor=None, now=now, short="spring", name=f"{marker} spring",
        kind="list", words=f"{marker} words",
    )  # fmt: skip
    person = Person(name=f"{marker} Ada", email=f"ada@{union.slug}.example", address=f"{marker} Street", language="en")
    [code] = issue_codes(campaign=campaign, persons=[person], max_uses=None, now=now)
    reply = SavedReply.objects.create(union=union, store=store, shortcut="open", text=f"{marker} hours")
    run = ListImport.objects.create(
        union=union,
        campaign=campaign,
        ref="SAME-RUN",
        name=f"{marker}.csv",
        path="",
        at=now,
        moved_at=now,
        state="done",
    )
    plan = BuyerPlan.objects.create(
        union=union, store=store, ref="SAME-PLAN", name=f"{marker} friends", terms=marker, amount=900,
        currency=union.currency, created_at=now,
    )  # fmt: skip
    buyer = PreferredBuyer.objects.create(
        union=union, plan=plan, customer=place.people["shopper"], ref=f"{marker}-MEMBER", amount=900,
        currency=union.currency, period="month", terms=marker, joined_at=now, state="active",
        paid_until=now + timedelta(days=9),
    )  # fmt: skip
    room = Room.objects.create(
        union=union, store=store, product=there.bread.product, variant=there.bread, ref="SAME-ROOM",
        title=f"{marker} room", opened_at=now,
    )  # fmt: skip
    return {
        "access": plain_code(code, union),
        "nonce": code.nonce,
        "reply": str(reply.pk),
        "short": campaign.short,
        "run": run.ref,
        "plan": plan.ref,
        "membership": buyer.ref,
        "room": room.ref,
    }
