"""Composing an order: lines of one store, some at a price of its own, held until the shopper has had time to look."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.errors import DomainError, Invalid, constraint_of
from core.outbox import publish
from core.references import new_reference, new_secret
from orders.errors import BadQuantity, CartFull, ProposalOver, VariantNotSold
from orders.events import DRAFT_CHANGED
from orders.models import Cart, CartLine, OrderDraft, PriceProposal, Side, StoreDelivery
from orders.services.cart import MOST_LINES, MOST_OF_ONE, hold_owner
from orders.services.contact import Contact
from orders.services.proposals.agreeing import pieces_of
from orders.services.proposals.offering import offer_price
from stores.models import DeliveryOption, Product, Store, Variant
from stores.services.stock import HoldWant, set_holds

LASTS = timedelta(hours=2)
LONGEST = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class DraftLine:
    """So many of a variant, or of what `words` say. `price` (of one, minor units): the store's own instead of the
    catalogue's; words need one.
    """

    quantity: int
    variant: Variant | None = None
    words: str = ""
    price: int | None = None
    kind: str = Product.Kind.GOODS


@transaction.atomic
def compose_draft(
    *,
    store: Store,
    lines: Sequence[DraftLine],
    contact: Contact,
    actor: User | None,
    now: datetime,
    option: DeliveryOption | None = None,
    note: str = "",
    conversation: str = "",
    key: str = "",
    lasting: timedelta = LASTS,
) -> OrderDraft:
    """An order waiting for the shopper's yes, its pieces held until then: all of it or nothing.

    `store` comes with union and membership; a line's price must be within the rights of `actor`. A price of the store's
    own is an offer to this shopper: buying accepts it. The same `key` gives the same draft. Raises Invalid,
    BadQuantity, VariantNotSold, OutOfStock, BeyondRights, CartFull; what is about one line says which (`line`).
    """
    if key and (made := OrderDraft.objects.filter(union_id=store.union_id, key=key).first()):
        return made
    if not lines:
        raise Invalid(_("Put something into the order first."), field="lines")
    if len(lines) > MOST_LINES:
        raise CartFull
    if option is not None and (option.store_id != store.pk or not option.is_active):
        raise Invalid(_("This way of delivery is not offered any more."), field="delivery")
    lasting = max(timedelta(minutes=5), min(lasting, LONGEST))
    cart = _cart(store, contact, now=now)
    wants = []
    for number, line in _together(lines):
        with about_line(number=number):
            if not 1 <= line.quantity <= MOST_OF_ONE:
                raise BadQuantity(field="quantity")
            _check_sold(store, line.variant)
            if line.variant is not None and line.price in (None, line.variant.price):
                put = _line(cart, store, line.variant, line.quantity, line.variant.price, None, now=now)
                wants.append(HoldWant(hold_owner(line_id=put.pk), line.variant.pk, line.quantity))
                continue
            if line.price is None:
                raise Invalid(_("Name a price."), field="price")
            proposal = offer_price(
                store=store,
                price=line.price,
                side=Side.STORE,
                contact=contact,
                actor=actor,
                now=now,
                variant=line.variant,
                words=line.words,
                kind=line.kind,
                quantity=line.quantity,
                lasting=lasting,
                told=False,
            )
            wants += pieces_of(proposal=proposal)
            _line(cart, store, line.variant, line.quantity, line.price, proposal, now=now)
    # At once, whatever is bought at which price: stock is always locked in one order.
    set_holds(union=store.union, wants=wants, now=now, lasting=lasting)
    if option is not None:
        StoreDelivery.objects.create(union_id=store.union_id, cart=cart, store=store, option=option)
    return _draft(
        store, cart, note=note, conversation=conversation, key=key, actor=actor, now=now, expires_at=now + lasting
    )


@transaction.atomic
def draft_of_proposal(*, proposal: PriceProposal, actor: User | None, now: datetime) -> OrderDraft:
    """The order that an agreed price becomes when it is bought where it was agreed; the same one when asked again.

    `proposal` comes with union and store. Raises ProposalOver.
    """
    current = PriceProposal.objects.select_for_update(no_key=True).get(union_id=proposal.union_id, pk=proposal.pk)
    key = f"proposal:{proposal.pk}"
    if made := OrderDraft.objects.filter(union_id=proposal.union_id, key=key).first():
        return made
    if current.state != PriceProposal.State.ACCEPTED or current.expires_at <= now:
        raise ProposalOver(state=current.state)
    contact = Contact(proposal.user, proposal.name, proposal.email, "", proposal.language)
    cart = _cart(proposal.store, contact, now=now)
    _line(cart, proposal.store, proposal.variant, proposal.quantity, proposal.price, proposal, now=now)
    return _draft(
        proposal.store,
        cart,
        note="",
        conversation=proposal.conversation,
        key=key,
        actor=actor,
        now=now,
        expires_at=current.expires_at,
    )


@contextmanager
def about_line(*, number: int) -> Iterator[None]:
    """A refusal from within says which line, counted from 0, it is about."""
    try:
        yield
    except DomainError as refusal:
        refusal.facts["line"] = number
        raise


def _together(lines: Sequence[DraftLine]) -> list[tuple[int, DraftLine]]:
    """The same variant at the same price named twice is one line; at two prices it is refused. With their numbers."""
    found: dict[object, tuple[int, DraftLine]] = {}
    for number, line in enumerate(lines):
        key = line.variant.pk if line.variant else ("words", number)
        first, before = found.get(key, (number, None))
        if before is not None:
            if before.price != line.price:
                with about_line(number=number):
                    raise Invalid(_("One thing has one price."), field="price")
            line = DraftLine(before.quantity + line.quantity, line.variant, line.words, line.price, line.kind)
        found[key] = (first, line)
    return list(found.values())


def _check_sold(store: Store, variant: Variant | None) -> None:
    if variant is not None and (
        variant.store_id != store.pk or not variant.is_active or not variant.product.is_published
    ):
        raise VariantNotSold


def _cart(store: Store, contact: Contact, *, now: datetime) -> Cart:
    return Cart.objects.create(
        union_id=store.union_id,
        user=contact.user,
        token=new_secret(),
        state=Cart.State.DRAFT,
        email=contact.email,
        recipient=contact.name,
        phone=contact.phone,
        touched_at=now,
    )


def _line(
    cart: Cart,
    store: Store,
    variant: Variant | None,
    quantity: int,
    price: int,
    proposal: PriceProposal | None,
    *,
    now: datetime,
) -> CartLine:
    return CartLine.objects.create(
        union_id=store.union_id,
        cart=cart,
        store_id=store.pk,
        variant=variant,
        proposal=proposal,
        quantity=quantity,
        seen_price=price,
        added_at=now,
    )


def _draft(
    store: Store,
    cart: Cart,
    *,
    note: str,
    conversation: str,
    key: str,
    actor: User | None,
    now: datetime,
    expires_at: datetime,
) -> OrderDraft:
    draft = OrderDraft(
        union_id=store.union_id,
        store=store,
        cart=cart,
        number=new_reference(store.union.prefix),
        key=key[:80],
        note=note.strip()[:500],
        conversation=conversation[:64],
        composed_by=actor,
        made_at=now,
        changed_at=now,
        expires_at=expires_at,
    )
    try:
        with transaction.atomic():
            draft.save(force_insert=True)
    except IntegrityError as error:
        if constraint_of(error) == "order_draft_key_once":
            # The same request at the same moment has composed it: all of this is taken back.
            raise Invalid(_("This order has just been composed."), field="key") from error
        raise
    publish(DRAFT_CHANGED, aggregate=f"draft:{draft.pk}", draft_id=draft.pk, to_state=str(OrderDraft.State.OPEN))
    return draft
