"""Prices, from both sides. Every `ack` carries the proposal's id and state."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from chat.frames import SHOPPER, frame
from chat.frames.dealing import BOTH, Table, key_of, said_at, table_of
from chat.frames.reading import number_of, text_of
from chat.queries.deals import proposal_in_conversation, store_talked_to, variant_talked_of
from chat.services.agreeing import show_draft, show_proposal
from core.errors import Invalid
from orders.models import PriceProposal
from orders.services.cart import MOST_OF_ONE
from orders.services.drafts import draft_of_proposal
from orders.services.proposals import accept_price, counter_price, decline_price, offer_price
from orders.services.proposals.offering import LARGEST

PRICES = "proposals:write"


@frame("proposal", of=BOTH)
def propose(session: Any, asked: dict[str, Any]) -> dict[str, Any]:
    """`{"conversation": ref, "variant": id or "words": …, "quantity": 1…999, "price": of one, "note": …}`"""
    table, now = table_of(session, asked, needs=PRICES), timezone.now()
    words = text_of(asked, "words", most=200)
    variant = None if words else variant_talked_of(table.conversation, number_of(asked, "variant", least=1))
    made = offer_price(
        store=store_talked_to(table.conversation),
        price=_price(asked),
        side=table.side,
        contact=table.contact,
        actor=table.actor,
        now=now,
        variant=variant,
        words=words,
        quantity=number_of(asked, "quantity", least=1, most=MOST_OF_ONE),
        note=text_of(asked, "note", most=500),
        conversation=table.conversation.ref,
        asker=table.asker,
        address=table.address,
        key=key_of(table, asked),
    )
    return _shown(made)


@frame("counter", of=BOTH)
def counter(session: Any, asked: dict[str, Any]) -> dict[str, Any]:
    """`{"conversation": ref, "proposal": id, "price": of one, "expected": the price it answers to, "note": …}`"""
    table = table_of(session, asked, needs=PRICES)
    return _shown(
        counter_price(
            proposal=_at(table, asked),
            price=_price(asked),
            expected=_expected(asked),
            **said_at(table, asked),
        )
    )


@frame("accept_proposal", of=BOTH)
def accept(session: Any, asked: dict[str, Any]) -> dict[str, Any]:
    """`{"conversation": ref, "proposal": id, "expected": the price that is accepted}`"""
    table = table_of(session, asked, needs=PRICES)
    expected = _expected(asked)
    if expected is None:
        raise Invalid(field="expected")
    return _shown(accept_price(proposal=_at(table, asked), expected=expected, **said_at(table, asked)))


@frame("decline_proposal", of=BOTH)
def decline(session: Any, asked: dict[str, Any]) -> dict[str, Any]:
    """`{"conversation": ref, "proposal": id, "note": …}`: also one's own; a shopper lets go of an agreed price."""
    table = table_of(session, asked, needs=PRICES)
    return _shown(decline_price(proposal=_at(table, asked), **said_at(table, asked)))


@frame("order_proposal", of=SHOPPER)
def order(session: Any, asked: dict[str, Any]) -> dict[str, Any]:
    """`{"conversation": ref, "proposal": id}`: the agreed price becomes an order to look at, confirm and pay."""
    table, now = table_of(session, asked, needs=PRICES), timezone.now()
    draft = draft_of_proposal(proposal=_at(table, asked), actor=None, now=now)
    show_draft(draft_id=draft.pk, now=now)
    return {"draft": draft.pk, "state": draft.state}


def _at(table: Table, asked: dict[str, Any]) -> PriceProposal:
    return proposal_in_conversation(table.conversation, number_of(asked, "proposal", least=1))


def _price(asked: dict[str, Any]) -> int:
    return number_of(asked, "price", least=1, most=LARGEST)


def _expected(asked: dict[str, Any]) -> int | None:
    return number_of(asked, "expected", most=LARGEST) if "expected" in asked else None


def _shown(proposal: PriceProposal) -> dict[str, Any]:
    show_proposal(proposal_id=proposal.pk, now=timezone.now())
    return {
        "proposal": proposal.pk,
        "number": proposal.number,
        "state": proposal.state,
        "price": proposal.price,
        "by": proposal.proposed_by,
        "expires_at": proposal.expires_at.isoformat(),
    }
