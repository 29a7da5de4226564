"""A product with its price and stock of this moment."""

from __future__ import annotations

from datetime import datetime

from django.db.models import QuerySet
from django.http import QueryDict

from chat.cards import Card, Reader, card, number_in, press, refusing
from chat.models import Conversation, Message
from chat.queries.deals import store_talked_to
from chat.services.agreeing import contact_of, show_draft, show_proposal
from core.errors import Invalid, NotFound
from orders.forms.proposals import DealForm
from orders.services.drafts import DraftLine, compose_draft
from orders.services.proposals import offer_price
from stores.models import Variant
from stores.queries.goods import card_of_product


@card("product")
def draw_product(message: Message, reader: Reader) -> Card:
    """`{"product": id}`"""
    product = card_of_product(reader.union, number_in(message, "product"))
    if product is None:
        raise NotFound
    variants = list(_variants(reader, number_in(message, "product")))
    form = None
    if variants and reader.conversation.state != Conversation.State.ENDED:
        form = reader.sent or _form(message, reader, variants)
    return Card("talk/cards/product.html", {"product": product, "form": form})


@press("product")
def press_product(message: Message, reader: Reader, sent: QueryDict, now: datetime) -> None:
    """`do`: offer (either side names a price), compose (the store puts it into an order for the shopper)."""
    variants = list(_variants(reader, number_in(message, "product")))
    form = _form(message, reader, variants, sent)
    with refusing(form):
        said, talk = form.cleaned_data, reader.conversation
        chosen = next(one for one in variants if str(one.pk) == said["variant"])
        contact = contact_of(conversation=talk)
        if sent.get("do") == "offer":
            proposal = offer_price(
                store=store_talked_to(talk),
                price=said["price"] or 0,
                side=reader.side,
                contact=contact,
                actor=reader.user,
                now=now,
                variant=chosen,
                quantity=said["quantity"],
                conversation=talk.ref,
                asker=f"visitor:{talk.visitor}" if talk.visitor else "",
                address=reader.address,
            )
            show_proposal(proposal_id=proposal.pk, now=now)
        elif sent.get("do") == "compose" and not reader.is_shopper:
            draft = compose_draft(
                store=store_talked_to(talk),
                lines=[DraftLine(said["quantity"], chosen, price=said["price"])],
                contact=contact,
                actor=reader.user,
                conversation=talk.ref,
                now=now,
            )
            show_draft(draft_id=draft.pk, now=now)
        else:
            raise Invalid(field="do")


def _variants(reader: Reader, product_id: int) -> QuerySet[Variant]:
    """What of it the store of this conversation sells."""
    return Variant.objects.filter(
        union=reader.union, store=reader.conversation.store_id, product=product_id, is_active=True
    ).select_related("product")


def _form(message: Message, reader: Reader, variants: list[Variant], sent: QueryDict | None = None) -> DealForm:
    return DealForm(
        sent,
        variants=variants,
        currency=reader.union.currency,
        needs_price=reader.is_shopper,
        auto_id=f"id_{message.seq}_%s",
    )
