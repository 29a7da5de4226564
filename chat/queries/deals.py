"""Prices, times and composed orders of a conversation: only of this one, and only at its store."""

from __future__ import annotations

from typing import Any, TypeVar

from django.db.models import F, Model, Q, QuerySet

from chat.models import Conversation
from core.errors import NotFound
from core.localized import localized
from core.money import format_money
from orders.models import Bookable, Order, OrderDraft, PriceProposal, Purchase, Reservation
from orders.queries.bookables import bookable_by_key, offered_bookables
from orders.queries.drafts import drafts_whole
from orders.queries.proposals import whole as proposals_whole
from orders.queries.reservations import whole as reservations_whole
from payments.models import PaymentRequest
from stores.models import DeliveryOption, Store, Variant
from stores.queries.options import options_text

Found = TypeVar("Found", bound=Model)
MOST_FOUND = 12


def store_talked_to(conversation: Conversation) -> Store:
    """The conversation's store with all that agreements need. Raises NotFound for the union's support."""
    store = (
        Store.objects.filter(union=conversation.union_id, pk=conversation.store_id or 0)
        .select_related("union", "membership")
        .first()
    )
    if store is None:
        raise NotFound
    return store


def proposal_in_conversation(conversation: Conversation, proposal_id: int) -> PriceProposal:
    """Raises NotFound, also for another conversation's."""
    return _one(
        proposals_whole(
            PriceProposal.objects.filter(union=conversation.union_id, conversation=conversation.ref, pk=proposal_id)
        )
    )


def reservation_in_conversation(conversation: Conversation, reservation_id: int) -> Reservation:
    """Raises NotFound, also for another conversation's."""
    return _one(
        reservations_whole(
            Reservation.objects.filter(union=conversation.union_id, conversation=conversation.ref, pk=reservation_id)
        )
    )


def draft_in_conversation(conversation: Conversation, draft_id: int) -> OrderDraft:
    """Raises NotFound, also for another conversation's."""
    return _one(
        drafts_whole(OrderDraft.objects.filter(union=conversation.union_id, conversation=conversation.ref, pk=draft_id))
    )


def order_of_draft(draft: OrderDraft) -> Order:
    """What the composed order became. Raises NotFound."""
    orders = Order.objects.filter(union=draft.union_id, purchase=draft.purchase_id, store=draft.store_id)
    return _one(orders.select_related("store", "purchase__union").prefetch_related("lines"))


def payment_of(purchase: Purchase) -> PaymentRequest | None:
    """The purchase's payment, where it costs something."""
    return PaymentRequest.objects.filter(union=purchase.union_id, reference=purchase.number).first()


def variant_talked_of(conversation: Conversation, variant_id: int) -> Variant:
    """Something the store sells. Raises NotFound."""
    return _one(
        Variant.objects.filter(
            union=conversation.union_id,
            store=conversation.store_id,
            pk=variant_id,
            is_active=True,
            product__is_published=True,
        ).select_related("product")
    )


def option_offered(conversation: Conversation, option_id: int) -> DeliveryOption:
    """A way of delivery of the store. Raises NotFound."""
    return _one(
        DeliveryOption.objects.filter(
            union=conversation.union_id, store=conversation.store_id, pk=option_id, is_active=True
        )
    )


def ways_of_store(store: Store) -> list[DeliveryOption]:
    """How it delivers, in its own order."""
    return list(DeliveryOption.objects.filter(union=store.union_id, store=store, is_active=True))


def goods_to_compose(store: Store, *, words: str) -> list[dict[str, Any]]:
    """What the store sells by words in its title or by its number, each variant with price and stock. One statement."""
    found = Variant.objects.filter(
        union=store.union_id, store=store, is_active=True, product__is_published=True, product__archived_at=None
    )
    if words.strip():
        found = found.filter(Q(product__title__icontains=words.strip()) | Q(sku__iexact=words.strip()))
    ordered = found.select_related("product", "stock").order_by("product__title", "position", "pk")
    return [_good(variant, store.union.currency) for variant in ordered[:MOST_FOUND]]


def _good(variant: Variant, currency: str) -> dict[str, Any]:
    level = getattr(variant, "stock", None)
    return {
        "id": variant.pk,
        "title": localized(variant.product, "title"),
        "options": options_text(variant.options, {"translations": variant.product.translations}),
        "price": variant.price,
        "shown": format_money(variant.price, currency),
        "left": (level.available if level else 0) if variant.tracks_stock else None,
    }


def bookable_talked_of(conversation: Conversation, key: str) -> Bookable:
    """What can be reserved at the store. Raises NotFound."""
    found = bookable_by_key(conversation.union, key)
    if found.store_id != conversation.store_id:
        raise NotFound
    return found


def bookables_talked_of(conversation: Conversation) -> list[Bookable]:
    """All that can be reserved at the store, visits first; also what is only reserved in a conversation. One query."""
    found = offered_bookables(conversation.union).filter(store=conversation.store_id)
    return list(found.order_by(F("product_id").asc(nulls_first=True), F("variant_id").asc(nulls_first=True), "id"))


def _one(found: QuerySet[Found]) -> Found:
    first = found.first()
    if first is None:
        raise NotFound
    return first
