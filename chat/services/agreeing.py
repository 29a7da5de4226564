"""What was agreed stands in the conversation: every step of a price, a time or an order is a message there, once.

Whoever makes a step calls these at once; the handlers of the orders' events call them again for steps that were made
elsewhere (a mailed link, the API, a rule, the clock). A step's message has a client id of its own, so it comes once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from chat.models import Conversation, Message, Participant
from chat.services.messages import Posting, post
from chat.services.showing import show_card
from core.money import format_money
from orders.models import OrderDraft, PriceProposal, ProposalStep, Reservation, ReservationChange, Side
from orders.services.contact import Contact


@dataclass(frozen=True)
class Thing:
    """What a message shows as a card: its kind and the card's content."""

    kind: str
    card: dict[str, Any]


@dataclass(frozen=True)
class Told:
    """One step of a thing: who took it (`side`, empty for the clock), and what its message says in short."""

    thing: Thing
    client_id: str
    side: str
    actor_id: int | None
    text: str


def contact_of(*, conversation: Conversation) -> Contact:
    """The shopper, as the conversation knows them."""
    return Contact(
        conversation.customer, conversation.shopper_name, conversation.shopper_email, "", conversation.language
    )


def show_proposal(*, proposal_id: int, now: datetime) -> None:
    """Every step of a price proposal that is not told yet; shown cards of it are drawn again."""
    proposal = PriceProposal.objects.filter(pk=proposal_id).first()
    if proposal is None or not proposal.conversation:
        return
    tell_steps(
        union_id=proposal.union_id,
        ref=proposal.conversation,
        thing=_price(proposal),
        steps=_prices_in(proposal.union_id, proposal.conversation),
        now=now,
    )


def _prices_in(union_id: int, ref: str) -> list[Told]:
    """The steps of all prices of a conversation, in their order.

    A card shows at once what was answered elsewhere, while its message waits for the worker: what the other side does
    about it must not come to stand above it.
    """
    steps = ProposalStep.objects.filter(
        union_id=union_id, proposal__union_id=union_id, proposal__conversation=ref
    ).select_related("proposal")
    return [
        Told(
            _price(step.proposal),
            step_id(step=step),
            step.side,
            step.actor_id,
            f"{step.proposal.quantity} × {step.proposal.full_title}: "
            f"{format_money(step.price, step.proposal.currency)}",
        )
        for step in steps.order_by("id")
    ]


def _price(proposal: PriceProposal) -> Thing:
    return Thing(Message.Kind.PROPOSAL, {"proposal": proposal.pk})


def step_id(*, step: ProposalStep) -> str:
    """The client id of the message that tells of this step."""
    return f"proposal-step-{step.pk}"


def show_reservation(*, reservation_id: int, now: datetime) -> None:
    """The same of a reservation."""
    reservation = Reservation.objects.filter(pk=reservation_id).first()
    if reservation is None or not reservation.conversation:
        return
    changes = ReservationChange.objects.filter(union_id=reservation.union_id, reservation=reservation).order_by("id")
    thing = Thing(Message.Kind.RESERVATION, {"reservation": reservation.pk})
    told = [
        Told(thing, change_id(change=change), change.side, change.actor_id, reservation.title) for change in changes
    ]
    tell_steps(
        union_id=reservation.union_id,
        ref=reservation.conversation,
        thing=thing,
        steps=told,
        now=now,
    )


def change_id(*, change: ReservationChange) -> str:
    """The same of a step of a reservation."""
    return f"reservation-step-{change.pk}"


def show_draft(*, draft_id: int, now: datetime) -> None:
    """A composed order is one message, below the prices that were agreed before; its card becomes the order's."""
    draft = OrderDraft.objects.filter(pk=draft_id).first()
    if draft is None or not draft.conversation:
        return
    side = Side.STORE if draft.composed_by_id else Side.CUSTOMER
    thing = Thing(Message.Kind.ORDER, {"draft": draft.pk})
    told = Told(thing, f"draft-{draft.pk}", side, draft.composed_by_id, draft.number)
    tell_steps(
        union_id=draft.union_id,
        ref=draft.conversation,
        thing=thing,
        steps=[*_prices_in(draft.union_id, draft.conversation), told],
        now=now,
    )


@transaction.atomic
def tell_steps(*, union_id: int, ref: str, thing: Thing, steps: Sequence[Told], now: datetime) -> None:
    """Each step becomes a message, once. Shown cards of `thing`, and of what a step was told of, are drawn again.

    Nothing is added to a conversation that has ended; its cards still show how things stand.
    """
    conversation = (
        Conversation.objects.select_for_update(no_key=True, of=("self",)).filter(union=union_id, ref=ref).first()
    )
    if conversation is None:
        return
    changed = [thing]
    if conversation.state != Conversation.State.ENDED:
        known = set(
            Message.objects.filter(
                union=union_id, conversation=conversation, client_id__in=[step.client_id for step in steps]
            ).values_list("client_id", flat=True)
        )
        untold = [step for step in steps if step.client_id not in known]
        postings = [
            Posting(_voice(conversation, step, now=now), step.thing.kind, step.text, step.thing.card, step.client_id)
            for step in untold
        ]
        if postings:
            post(conversation=conversation, postings=postings, now=now)
        for step in untold:
            if step.thing not in changed:
                changed.append(step.thing)
    for each in changed:
        show_card(conversation=conversation, kind=str(each.kind), card=each.card)


def _voice(conversation: Conversation, step: Told, *, now: datetime) -> Participant:
    """The shopper's; the one who acted for the store, else who is in for it, else the platform's own."""
    voices = Participant.objects.filter(union_id=conversation.union_id, conversation=conversation)
    if step.side == Side.CUSTOMER:
        return voices.get(role=Participant.Role.SHOPPER)
    if step.side == Side.STORE:
        staff = voices.exclude(role__in=[Participant.Role.SHOPPER, Participant.Role.SYSTEM])
        for user_id in (step.actor_id, conversation.manager_id):
            if user_id and (own := staff.filter(user=user_id).order_by("-pk").first()):
                return own
    system, _made = voices.get_or_create(
        union_id=conversation.union_id,
        conversation=conversation,
        role=Participant.Role.SYSTEM,
        defaults={"joined_at": now},
    )
    return system
