"""What shops keep of a person who buys, and what has to be delivered before they can be erased."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import partial

from allauth.account.models import EmailAddress
from django.db.models import Q, QuerySet, Window
from django.db.models.functions import Lower, RowNumber
from django.utils.translation import gettext as _

from accounts.models import User
from core.personal import Files, Tables, closes, holds_back, keeps, keeps_files, rows_of
from orders.models import (
    Bill,
    Cart,
    CreditNote,
    Customer,
    CustomerResponse,
    HandOver,
    Order,
    OrderChange,
    OrderLine,
    PriceProposal,
    ProposalStep,
    Purchase,
    PurchasePath,
    Reservation,
    ReservationChange,
    ResponseEntry,
    Return,
    ReturnLine,
    ReturnStep,
    RunStep,
    Shipment,
    Substitution,
    TrackingEvent,
)
from orders.services.forgetting import close_carts, hold_orders, join_guests_purchases, open_responses, open_returns
from orders.services.responses.picturing import stored_picture
from orders.services.returns.photos import photo_storage
from stores.services.urgent import stands_in_sales

WHERE = ("phone", "line1", "line2", "city", "region", "postal_code", "country")
AT_ONCE = 100


def _theirs(user: User) -> Q:
    """Also what they did as a guest with an address proved to be theirs."""
    proved = EmailAddress.objects.filter(user=user, verified=True).values(low=Lower("email"))
    return Q(user=user) | Q(user=None, email__in=proved)


def _orders(user: User) -> QuerySet[Order]:
    return Order.objects.filter(purchase__in=Purchase.objects.filter(_theirs(user)))


def _responses(user: User) -> QuerySet[CustomerResponse]:
    return CustomerResponse.objects.filter(_theirs(user) | Q(order__in=_orders(user))).order_by("pk")


@keeps("orders")
def orders_of(user: User) -> Tables:
    """Everything from the cart to the parcel."""
    proved = EmailAddress.objects.filter(user=user, verified=True).values(low=Lower("email"))
    theirs = _theirs(user)
    yield "customer", rows_of(Customer.objects.filter(theirs).order_by("pk"), "union__slug", "email", "name", *WHERE)
    bought = Purchase.objects.filter(theirs).order_by("pk")
    money = ("currency", "total")
    who = ("email", "recipient", *WHERE, "note")
    yield "purchases", rows_of(bought, "union__slug", "number", "placed_at", "origin", *money, *who)
    orders = Order.objects.filter(purchase__in=bought).order_by("pk")
    what = (
        "purchase__number",
        "number",
        "store__slug",
        "state",
        "placed_at",
        "delivered_at",
        "deadline",
        "wish",
        "cancel_reason",
    )
    yield "orders", rows_of(orders, "union__slug", *what, "currency", "goods_total", "delivery_total", "total")
    lines = OrderLine.objects.filter(order__in=orders).order_by("pk")
    yield "lines", rows_of(lines, "order__number", "sku", "title", "options", "quantity", "unit_price", "total")
    paths = PurchasePath.objects.filter(purchase__in=bought).order_by("pk")
    yield (
        "ways_to_purchases",
        rows_of(paths, "purchase__number", "began_at", "bought_at", "source", "steps", "left_out"),
    )
    carts = Cart.objects.filter(user=user).order_by("pk")
    yield "carts", rows_of(carts, "union__slug", "state", "email", "recipient", *WHERE, "note", "touched_at")
    held = Reservation.objects.filter(user=user).order_by("pk")
    steps = ReservationChange.objects.filter(reservation__in=held).order_by("reservation_id", "pk")
    yield "reservations_followed", rows_of(steps, "reservation__number", "at", "to_state", "side", "starts_at", "note")
    times = ("number", "state", "title", "starts_at", "ends_at", "name", "email", "phone", "note")
    yield "reservations", rows_of(held, "union__slug", *times)
    offers = PriceProposal.objects.filter(user=user).order_by("pk")
    terms = ("number", "state", "title", "quantity", "price", "currency", "name", "email", "note", "made_at")
    yield "price_proposals", rows_of(offers, "union__slug", *terms)
    said = ProposalStep.objects.filter(proposal__in=offers).order_by("proposal_id", "pk")
    yield "price_proposals_followed", rows_of(said, "proposal__number", "at", "to_state", "side", "price", "note")
    bills = Bill.objects.filter(email__in=proved).order_by("pk")
    yield "payments_asked", rows_of(bills, "union__slug", "number", "title", "email", "asked_at", "expires_at")
    yield from _after_the_sale(user)


def _after_the_sale(user: User) -> Tables:
    """How the orders were dealt with, handed over and changed, and what was said about them.

    Notes among colleagues are about the work, and stand with the work.
    """
    orders = _orders(user)
    moves = OrderChange.objects.filter(order__in=orders).order_by("order_id", "pk")
    yield "orders_followed", rows_of(moves, "order__number", "at", "to_state", "note")
    parcels = Shipment.objects.filter(order__in=orders).order_by("pk")
    way = ("carrier", "tracking_number", "tracking_url", "state", "sent_at", "delivered_at")
    yield "parcels", rows_of(parcels, "order__number", "number", *way)
    told = TrackingEvent.objects.filter(shipment__in=parcels).order_by("shipment_id", "at", "pk")
    yield "parcels_followed", rows_of(told, "shipment__number", "at", "state", "place", "words")
    handed = HandOver.objects.filter(order__in=orders).order_by("pk")
    yield "handed_over", rows_of(handed, "order__number", "how", "signed_by", "at")
    done = RunStep.objects.filter(run__order__in=orders).order_by("run_id", "position")
    yield "steps", rows_of(done, "run__order__number", "step__title", "state", "signed_by", "closed_at")
    instead = Substitution.objects.filter(order__in=orders).order_by("pk")
    offered = ("line__title", "quantity", "title", "unit_price", "state", "words", "offered_at", "decided_at")
    yield "substitutions", rows_of(instead, "order__number", *offered)
    back = Return.objects.filter(order__in=orders).order_by("pk")
    said = ("state", "side", "wish", "reason", "answer", "currency", "total", "requested_at", "settled_at")
    yield "returns", rows_of(back, "union__slug", "number", "order__number", *said)
    pieces = ReturnLine.objects.filter(returned__in=back).order_by("pk")
    yield "returned_pieces", rows_of(pieces, "returned__number", "sku", "title", "quantity", "unit_price", "total")
    way_back = ReturnStep.objects.filter(returned__in=back).order_by("returned_id", "pk")
    yield "returns_followed", rows_of(way_back, "returned__number", "at", "to_state", "side", "note")
    given = CreditNote.objects.filter(order__in=orders).order_by("pk")
    back_for = ("number", "kind", "goods", "delivery", "total", "side", "reason", "at")
    yield "credit_notes", rows_of(given, "order__number", *back_for)
    asked = _responses(user)
    what = ("number", "kind", "state", "store__slug", "order__number", "product__slug", "name", "email", "words")
    rated = ("satisfaction", "satisfaction_words", "made_at", "resolved_at")
    yield "responses", rows_of(asked, "union__slug", *what, *rated)
    words = ResponseEntry.objects.filter(response__in=asked, is_internal=False).order_by("response_id", "pk")
    yield "responses_said", rows_of(words, "response__number", "at", "voice", "step", "words", "pictures")


@keeps_files("orders")
def pictures_of(user: User) -> Files:
    """Photographs of returns, pictures in responses, signatures at the counter and in steps of procedures: by union,
    number and name.
    """
    orders = _orders(user)
    back = Return.objects.filter(order__in=orders).exclude(photo="").order_by("pk")
    for union, number, path in back.values_list("union__slug", "number", "photo").iterator(chunk_size=AT_ONCE):
        yield f"returns/{union}/{number}.webp", partial(_photo, path)
    shown = ResponseEntry.objects.filter(response__in=_responses(user), is_internal=False).exclude(pictures=[])
    found = shown.order_by("pk").values_list("union__slug", "union_id", "response__number", "pictures")
    for union, union_id, number, names in found.iterator(chunk_size=AT_ONCE):
        for name in names:
            yield (
                f"responses/{union}/{number}/{name}.webp",
                partial(stored_picture, union_id=union_id, number=number, name=name),
            )
    signed = HandOver.objects.filter(order__in=orders, signature__isnull=False).order_by("pk")
    drawn = signed.values_list("union__slug", "order__number", "signature")
    for union, number, signature in drawn.iterator(chunk_size=AT_ONCE):
        yield f"signatures/{union}/{number}.png", partial(bytes, signature)
    # Whose order was given another way may have signed in the same place of both.
    nth = Window(RowNumber(), partition_by="run__order", order_by="pk")
    steps = RunStep.objects.filter(run__order__in=orders, signature__isnull=False).annotate(nth=nth).order_by("pk")
    on_the_way = steps.values_list("union__slug", "run__order__number", "nth", "signature")
    for union, number, which, signature in on_the_way.iterator(chunk_size=AT_ONCE):
        yield f"signatures/{union}/{number}-step-{which}.png", partial(bytes, signature)


def _photo(path: str) -> bytes:
    with photo_storage().open(path) as stored:
        content: bytes = stored.read()
    return content


@holds_back
def orders_under_way(user: User) -> Iterator[str]:
    """A parcel cannot be delivered to nobody."""
    waiting = Order.objects.filter(purchase__user=user, state__in=Order.UNDER_WAY).order_by("pk")
    for number in waiting.values_list("number", flat=True)[:20]:
        yield _("Order %(number)s is still on its way to you.") % {"number": number}
    for number in Reservation.objects.filter(user=user, state=Reservation.State.CONFIRMED).values_list(
        "number", flat=True
    )[:20]:
        yield _("Reservation %(number)s still stands.") % {"number": number}
    for number in (
        open_returns().filter(order__purchase__user=user).order_by("pk").values_list("number", flat=True)[:20]
    ):
        yield _("Return %(number)s is not settled yet.") % {"number": number}
    asked = open_responses().filter(Q(user=user) | Q(order__purchase__user=user)).order_by("pk")
    for number in asked.values_list("number", flat=True)[:20]:
        yield _("What you asked under %(number)s is still open. Say there that it is settled.") % {"number": number}


def has_open_cart(user: User) -> bool:
    """Or waits for pieces of an urgent sale."""
    carts = Cart.objects.filter(user=user, state__in=[Cart.State.OPEN, Cart.State.DRAFT])
    return carts.exists() or stands_in_sales(user_id=user.pk)


@closes(has_open_cart)
def close(*, user: User, now: datetime) -> None:
    """Orders, then carts, as those lock them who ask for a return, and who buy.

    What they bought as a guest becomes theirs, so that it is erased.
    """
    hold_orders(user=user)
    close_carts(user=user, now=now)
    join_guests_purchases(user=user)
