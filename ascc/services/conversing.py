"""A voucher in a conversation: shown there, and what becomes of it with this provider told there step by step."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from ascc.models import Transmission, Voucher, VoucherStep
from chat.models import Conversation, Message
from chat.queries.shoppers import Shopper
from chat.services.agreeing import Thing, Told, tell_steps
from chat.services.beginning import FirstWords, begin_conversation
from chat.services.conversations import shopper_voice
from chat.services.messages import Posting, post
from orders.models import Side
from stores.models import Store

What = VoucherStep.What
TOLD = frozenset(
    {
        What.SENT,
        What.TAKEN_BACK,
        What.ACCEPTED,
        What.DECLINED,
        What.RETURNED,
        What.APPOINTED,
        What.TIME_LOST,
        What.ON_THE_WAY,
        What.STARTED,
        What.REPORTED,
        What.REDEEMED,
        What.DISPUTED,
        What.DECIDED,
        What.REWARDED,
    }
)
SIDES = {VoucherStep.Side.CUSTOMER: Side.CUSTOMER, VoucherStep.Side.PROVIDER: Side.STORE}


def card_of(*, voucher: Voucher) -> dict[str, str]:
    """What a message keeps of a voucher that it shows."""
    return {"voucher": voucher.code}


def step_mark(*, step: VoucherStep) -> str:
    """The client id of the message that tells of this step."""
    return f"voucher-step-{step.pk}"


@transaction.atomic
def talk_about(*, shopper: Shopper, store: Store | None, voucher: Voucher, text: str, now: datetime) -> Conversation:
    """Begin (or go on with) the shopper's conversation with a store or, without one, the center, and show the voucher.

    Raises Blocked, TooMany, Invalid.
    """
    conversation = begin_conversation(shopper=shopper, store=store, words=FirstWords(text=text), now=now)
    voice = shopper_voice(conversation=conversation)
    shown = Posting(voice, Message.Kind.VOUCHER, voucher.about, card_of(voucher=voucher))
    post(conversation=conversation, postings=[shown], now=now)
    return conversation


def show_voucher(*, voucher_id: int, now: datetime) -> None:
    """Every step since it was handed over in a conversation that is not told there yet; its cards are drawn again."""
    sent = (
        Transmission.objects.filter(voucher=voucher_id)
        .select_related("voucher", "conversation")
        .order_by("-id")
        .first()
    )
    if sent is None or sent.conversation is None:
        return
    steps = VoucherStep.objects.filter(
        union_id=sent.union_id, voucher=voucher_id, at__gte=sent.sent_at, what__in=TOLD
    ).order_by("id")
    thing, about = Thing(Message.Kind.VOUCHER, card_of(voucher=sent.voucher)), sent.voucher.about
    told = [
        Told(thing, step_mark(step=step), SIDES.get(VoucherStep.Side(step.side), ""), step.actor_id, about)
        for step in steps
    ]
    tell_steps(
        union_id=sent.union_id,
        ref=sent.conversation.ref,
        thing=thing,
        steps=told,
        now=now,
    )
