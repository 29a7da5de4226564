"""Composing an order at the console."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from chat.frames import CONSOLE, frame
from chat.frames.dealing import Table, key_of, table_of
from chat.frames.reading import number_of, text_of
from chat.queries.deals import draft_in_conversation, option_offered, store_talked_to, variant_talked_of
from chat.services.agreeing import show_draft
from core.errors import Invalid
from orders.services.cart import MOST_LINES, MOST_OF_ONE
from orders.services.drafts import DraftLine, about_line, compose_draft, withdraw_draft
from orders.services.proposals.offering import LARGEST

ORDERS = "orders:write"


@frame("compose", of=CONSOLE)
def compose(session: Any, asked: dict[str, Any]) -> dict[str, Any]:
    """`{"conversation": ref, "lines": [{"variant": id or "words": …, "quantity": …, "price": of one}], "delivery": id,
    "note": …}`: `price` and `delivery` may be left out. The shopper gets the card to confirm and pay. An `error` about
    one line carries its number from 0 as `line`, and `field`.
    """
    table, now = table_of(session, asked, needs=ORDERS), timezone.now()
    lines = asked.get("lines")
    if not isinstance(lines, list) or not 1 <= len(lines) <= MOST_LINES:
        raise Invalid(field="lines")
    conversation = table.conversation
    draft = compose_draft(
        store=store_talked_to(conversation),
        lines=[_line(table, line, number) for number, line in enumerate(lines)],
        contact=table.contact,
        actor=table.actor,
        now=now,
        option=option_offered(conversation, number_of(asked, "delivery", least=1)) if asked.get("delivery") else None,
        note=text_of(asked, "note", most=500),
        conversation=conversation.ref,
        key=key_of(table, asked),
    )
    show_draft(draft_id=draft.pk, now=now)
    return {"draft": draft.pk, "number": draft.number}


@frame("withdraw_order", of=CONSOLE)
def withdraw(session: Any, asked: dict[str, Any]) -> None:
    """`{"conversation": ref, "draft": id}`: unless the shopper was faster."""
    table, now = table_of(session, asked, needs=ORDERS), timezone.now()
    draft = draft_in_conversation(table.conversation, number_of(asked, "draft", least=1))
    withdraw_draft(draft=draft, actor=table.actor, now=now)
    show_draft(draft_id=draft.pk, now=now)


def _line(table: Table, line: Any, number: int) -> DraftLine:
    if not isinstance(line, dict):
        raise Invalid(field="lines")
    with about_line(number=number):
        words = text_of(line, "words", most=200)
        return DraftLine(
            quantity=number_of(line, "quantity", least=1, most=MOST_OF_ONE),
            variant=None if words else variant_talked_of(table.conversation, number_of(line, "variant", least=1)),
            words=words,
            price=number_of(line, "price", least=1, most=LARGEST) if line.get("price") is not None else None,
        )
