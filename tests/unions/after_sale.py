"""Somebody after the sale, for the tests of personal data: what they and the shop said, signed, showed and changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.core.files.storage import default_storage, storages

from core.outbox import deliver_waiting
from orders.models import (
    Bill,
    CreditNote,
    CustomerResponse,
    HandOver,
    Order,
    OrderLine,
    ResponseEntry,
    Return,
    RunStep,
    Shipment,
    Substitution,
)
from orders.services.calling_off import call_off_pieces
from orders.services.contact import Contact
from orders.services.fulfilment import deliver_order, pack_order, ship_order
from orders.services.handing import ask_for_proof, hand_over_signed
from orders.services.procedures import StepWish
from orders.services.responses import answer_response, note_response, rate_response, say_it_is_settled, take_in_review
from orders.services.responses.by_customer import write_more
from orders.services.returns import Received, approve_return, ask_return, receive_return, refund_return
from orders.services.runs.deposits import ask_deposit
from orders.services.runs.doing import note_step, skip_step
from orders.services.substituting import Offer, decline_substitute, offer_substitute
from orders.services.tracking import record_event
from payments.models import LedgerEntry, Refund
from stores.models import Review, StockMovement, UrgentBooking, UrgentSale
from stores.services.reviews import report_review, write_review
from tests.factories.accounts import UserFactory
from tests.factories.orders import NOW, Market, PurchaseFactory
from tests.factories.procedures import steps, walking
from tests.factories.stores import ReviewFactory, VariantFactory
from tests.factories.urgent import buy, ready, take, urgent_sale
from tests.orders.responding import asked, picture
from tests.orders.selling import bought, fresh, line_of, moved_to
from tests.orders.test_hand_over import drawing

SECRET = "Trevithick"
EMAIL = "ada@example.com"
STEPS = (
    StepWish("Deposit", kind="take_deposit", deposit=500),
    StepWish("Check", kind="quality_check"),
    StepWish("Wrap"),
    StepWish("Sign", kind="signature"),
)
Commits = Callable[[], Any]


@dataclass
class AfterSale:
    """What came of it."""

    order: Order
    collected: Order
    walked: Order
    returned: Return
    response: CustomerResponse
    about_store: CustomerResponse
    review: Review
    sale: UrgentSale


def after_sale(there: Market, *, user: Any, commits: Commits) -> AfterSale:
    """Every room that comes after the sale, each word of it with the person's name; nothing of it is open any more."""
    order, collected = bought(there, pieces=4, user=user)
    order = _changed(there, moved_to(order, "accepted"), user=user, commits=commits)
    order = _delivered(order, user=user)
    returned = _returned(order, user=user, commits=commits)
    collected = moved_to(collected, "packed")
    ask_for_proof(store=collected.store, proof="signature", actor=None, now=NOW)
    hand_over_signed(order=collected, drawing=drawing(), name=f"Mr {SECRET}", actor=None, now=NOW)
    walked = _walked(there, user=user)
    response, about_store = _asked(there, order, user=user)
    review = _reviewed(there, order, user=user)
    sale = _hurried(there, user=user)
    Order.objects.exclude(state="cancelled").update(state="completed", cancel_reason=f"{SECRET} never came")
    while deliver_waiting(now=datetime.now(UTC) + timedelta(hours=2)):
        pass
    return AfterSale(fresh(order), fresh(collected), walked, returned, response, about_store, review, sale)


def _changed(there: Market, order: Order, *, user: Any, commits: Commits) -> Order:
    with commits():
        call_off_pieces(order=order, pieces={line_of(order).pk: 1}, actor=user, reason=f"{SECRET} eats less", now=NOW)
    rolls = VariantFactory(store=there.first, price=300, stock=10, product__title="Rolls")
    offer = Offer(line_id=line_of(order).pk, quantity=1, variant=rolls, words=f"For {SECRET}: rolls?", otherwise="keep")
    made = offer_substitute(order=order, offer=offer, until=NOW + timedelta(days=1), actor=None, now=NOW)
    found = Substitution.objects.select_related("union", "order__union", "line", "variant").get(pk=made.pk)
    decline_substitute(substitution=found, actor=user, now=NOW)
    return fresh(order)


def _delivered(order: Order, *, user: Any) -> Order:
    pack_order(order=order, actor=None, now=NOW)
    way = {"carrier": "Royal Mail", "tracking_number": f"RM-{SECRET}", "tracking_url": f"https://rm.example/{SECRET}"}
    ship_order(order=fresh(order), actor=None, now=NOW, **way)
    parcel = Shipment.objects.select_related("union", "order__union").get(order=order)
    told = {"state": "in_transit", "source": "manual", "external_id": "1", "at": NOW, "now": NOW}
    record_event(shipment=parcel, place=f"near {SECRET}", words=f"{SECRET} rang", **told)
    deliver_order(order=fresh(order), actor=None, now=NOW)
    return fresh(order)


def _returned(order: Order, *, user: Any, commits: Commits) -> Return:
    line = OrderLine.objects.get(order=order)
    asked = ask_return(
        order=order, pieces={line.pk: 1}, reason=f"{SECRET} is unwell", actor=user, now=NOW, photo=picture("stale.png")
    )
    approve_return(returned=asked, answer=f"Come by, {SECRET}", actor=None, now=NOW)
    receive_return(returned=asked, pieces={asked.lines.get().pk: Received(restock=1)}, actor=None, now=NOW)
    with commits():
        refund_return(returned=asked, actor=None, now=NOW)
    return Return.objects.get(pk=asked.pk)


def _walked(there: Market, *, user: Any) -> Order:
    bought_there = PurchaseFactory(union=there.union, user=user, email=EMAIL, recipient=SECRET)
    if user is None:
        bought_there.customer = Order.objects.first().purchase.customer
        bought_there.save()
    walked = walking(there.second, *STEPS, purchase=bought_there)
    deposit, check, wrap, sign = RunStep.objects.filter(run__order=walked).select_related(
        "union", "step", "store__membership", "run__order__purchase", "run__order__union"
    )
    RunStep.objects.filter(run__order=walked).update(state="open", ready_at=NOW)
    ask_deposit(step=deposit, actor=None, now=NOW)
    for step in (check, wrap, sign):
        step.refresh_from_db()
    note_step(step=check, ticked=[], note=f"{SECRET} is picky", actor=None, now=NOW)
    skip_step(step=wrap, reason=f"{SECRET} wants none", actor=None, now=NOW)
    note_step(step=sign, ticked=[], signed_by=SECRET, actor=None, now=NOW)
    assert len(steps(walked)) == 4
    return walked


def _asked(there: Market, order: Order, *, user: Any) -> tuple[CustomerResponse, CustomerResponse]:
    who = Contact(user, f"Ada {SECRET}", EMAIL, "", "en")
    made = asked(there.first, order=order, words=f"{SECRET} asks", contact=who, actor=user, files=[picture()])
    answer_response(response=made, words=f"Dear {SECRET}", voice="store", actor=None, now=NOW, files=[picture()])
    note_response(response=made, words=f"{SECRET} again", voice="store", actor=None, now=NOW)
    write_more(response=made, words=f"{SECRET} thanks", actor=user, now=NOW, files=[picture()])
    say_it_is_settled(response=made, actor=user, now=NOW)
    rate_response(response=made, stars=4, words=f"{SECRET} is content", actor=user, now=NOW)
    # Without signing in, under an address that is proved to be the person's.
    guest = asked(there.first, words=f"Open late, {SECRET} wonders", contact=Contact(None, SECRET, EMAIL, "", "en"))
    say_it_is_settled(response=guest, actor=None, now=NOW)
    return CustomerResponse.objects.get(pk=made.pk), CustomerResponse.objects.get(pk=guest.pk)


def _reviewed(there: Market, order: Order, *, user: Any) -> Review:
    said = {"title": SECRET, "words": f"{SECRET} likes it", "author_name": f"Ada {SECRET}", "language": "en"}
    review = write_review(
        union=there.union, store=there.first, product=there.bread.product, author=user, order_number=order.number,
        stars=2, now=NOW, files=[picture(), picture()], **said,
    )  # fmt: skip
    public = take_in_review(review=review, now=NOW)
    assert public is not None
    answer_response(response=public, words=f"Sorry, {SECRET}", voice="store", actor=UserFactory(), now=NOW)
    report_review(review=review, asker="user:0", reason="private", words=f"{SECRET} lives there", now=NOW)
    other = ReviewFactory(product=there.lamp.product, words="Bright")
    asker = f"user:{user.pk}" if user else "hash-of-an-address"
    report_review(review=other, asker=asker, reason="advert", words=f"{SECRET} saw this before", now=NOW)
    return review


def _hurried(there: Market, *, user: Any) -> UrgentSale:
    sale = urgent_sale(there.bread, per_shopper=2)
    token = "" if user else "a-guests-cart"
    buy(ready(take(sale, user=user, token=token), there, token=f"bank:of-{there.union.pk}", email=EMAIL))
    if user is not None:
        take(sale, user=user)
    return sale


def books() -> dict[str, list[tuple[Any, ...]]]:
    """Sums, states and pieces: what has to stay."""
    return {
        "orders": list(Order.objects.order_by("pk").values_list("number", "state", "total", "given_back")),
        "lines": list(OrderLine.objects.order_by("pk").values_list("title", "quantity", "cancelled", "returned")),
        "credits": list(CreditNote.objects.order_by("pk").values_list("number", "kind", "total", "asked_at")),
        "refunds": list(Refund.objects.order_by("pk").values_list("reference", "amount", "state")),
        "ledger": list(LedgerEntry.objects.order_by("pk").values_list("pk", "amount")),
        "returns": list(Return.objects.order_by("pk").values_list("number", "state", "total", "settled_at")),
        "parcels": list(Shipment.objects.order_by("pk").values_list("number", "carrier", "state", "delivered_at")),
        "handed": list(HandOver.objects.order_by("pk").values_list("how", "at")),
        "steps": list(RunStep.objects.order_by("pk").values_list("state", "closed_at")),
        "instead": list(Substitution.objects.order_by("pk").values_list("title", "unit_price", "state")),
        "responses": list(
            CustomerResponse.objects.order_by("pk").values_list("number", "kind", "state", "satisfaction", "made_at")
        ),
        "said": list(ResponseEntry.objects.order_by("pk").values_list("step", "voice", "to_state")),
        "reviews": list(Review.objects.order_by("pk").values_list("stars", "is_visible")),
        "bills": list(Bill.objects.order_by("pk").values_list("number", "title", "payment__amount")),
        "urgent": list(UrgentBooking.objects.order_by("pk").values_list("quantity", "reference")),
        "stock": list(StockMovement.objects.order_by("pk").values_list("kind", "quantity", "reference")),
    }


def files() -> dict[str, bool]:
    """Every picture that the database names, by path, and whether it is there."""
    found: dict[str, bool] = {}
    for path in Return.objects.exclude(photo="").values_list("photo", flat=True):
        found[path] = storages["returns"].exists(path)
    shown = ResponseEntry.objects.exclude(pictures=[]).values_list("union_id", "response__number", "pictures")
    for union_id, number, names in shown:
        for name in names:
            path = f"responses/{union_id}/{number}/{name}.webp"
            found[path] = storages["talk"].exists(path)
    for pictures in Review.objects.exclude(pictures=[]).values_list("pictures", flat=True):
        for each in pictures:
            found[each["path"]] = default_storage.exists(each["path"])
    return found


def are_there(paths: dict[str, bool]) -> list[str]:
    """Which of these files can still be read."""
    stores = (storages["returns"], storages["talk"], default_storage)
    return [path for path in paths if any(store.exists(path) for store in stores)]
