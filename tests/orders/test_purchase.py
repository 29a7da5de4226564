"""One cart, one purchase; all of it or nothing; paid or cancelled, never both."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.models import OutboxEvent
from orders.errors import AmountTooLarge, CartNotReady, ReviewChanged
from orders.models import Cart, CartLine, Customer, Order, OrderChange, OrderLine, Purchase
from orders.queries.cart_review import review_cart
from orders.services import purchase as purchases
from orders.services.cancelling import cancel_order
from orders.services.cart import add_to_cart, set_quantity
from orders.services.purchase import mark_paid, pay, payment_failed, place_purchase
from orders.services.refill import refill_token
from payments.models import PaymentRequest, PaymentSplit
from payments.services.requests import give_up_unanswered
from stores.models import StockHold, StockLevel, StockMovement
from stores.services.stock import OutOfStock, release_lapsed_holds, take_out
from tests.factories.accounts import UserFactory
from tests.factories.orders import NOW, filled_cart, market, ready_cart
from tests.factories.stores import VariantFactory

pytestmark = pytest.mark.django_db


def level(variant) -> tuple[int, int]:
    return StockLevel.objects.values_list("on_hand", "held").get(pk=variant.pk)


def place(cart, *, digest=None, now=NOW, language="en"):
    digest = digest or review_cart(cart=cart, now=now, language=language).digest
    return place_purchase(cart=cart, digest=digest, language=language, origin="website", now=now)


def states(purchase) -> list[str]:
    return list(purchase.orders.order_by("id").values_list("state", flat=True))


def nothing_happened(there) -> bool:
    return (Purchase.objects.count(), Order.objects.count(), PaymentRequest.objects.count()) == (0, 0, 0) and [
        level(variant) for variant in there.variants
    ] == [(10, 2), (10, 1)]


def test_place_purchase_freezes_everything_a_receipt_needs():
    there = market(commission_bp=500, commission_tax_bp=2000)
    purchase = place(ready_cart(there))
    assert (purchase.total, purchase.currency, purchase.language) == (3500, "GBP", "en")
    kept = Purchase.objects.get()
    assert (kept.pk, kept.number, kept.token, kept.recipient, kept.postal_code, kept.country) == (
        purchase.pk,
        purchase.number,
        purchase.token,
        "Ada Trevithick",
        "TR1 2LZ",
        "GB",
    )
    bakery, lamps = Order.objects.order_by("id")
    assert (bakery.store, bakery.membership, bakery.state) == (there.first, there.first.membership, "placed")
    assert (bakery.goods_total, bakery.delivery_total, bakery.tax_total, bakery.total) == (700, 400, 67, 1100)
    assert (bakery.delivery_kind, bakery.delivery_name, bakery.delivery_tax_bp) == ("delivery", "Parcel", 2000)
    assert (bakery.commission_bp, bakery.commission_tax_bp) == (500, 2000)
    assert bakery.deadline == datetime(2026, 3, 5, 23, 59, 59, tzinfo=UTC)
    assert (lamps.store, lamps.total, lamps.tax_total, lamps.delivery_kind) == (there.second, 2400, 400, "pickup")
    fields = ("order", "variant", "sku", "title", "options", "quantity", "unit_price", "tax_bp", "tax", "total")
    assert list(OrderLine.objects.order_by("id").values_list(*fields)) == [
        (bakery.pk, there.bread.pk, there.bread.sku, "Bread", "large", 2, 350, 0, 0, 700),
        (lamps.pk, there.lamp.pk, there.lamp.sku, "Lamp", "", 1, 2400, 2000, 400, 2400),
    ]
    assert list(OrderChange.objects.values_list("order", "from_state", "to_state", "at").order_by("id")) == [
        (bakery.pk, "", "placed", NOW),
        (lamps.pk, "", "placed", NOW),
    ]


def test_place_purchase_turns_holds_into_sales():
    there = market()
    purchase = place(ready_cart(there))
    assert (level(there.bread), level(there.lamp), StockHold.objects.count()) == ((8, 0), (9, 0), 0)
    sold = StockMovement.objects.filter(kind="sold").order_by("id").values_list("quantity", "held_change", "reference")
    assert sorted(sold) == [(-2, -2, purchase.number), (-1, -1, purchase.number)]


def test_place_purchase_asks_for_one_payment_with_a_split_per_order():
    there = market(commission_bp=500)
    purchase = place(ready_cart(there))
    request = PaymentRequest.objects.get()
    assert (request.reference, request.amount, request.state) == (purchase.number, 3500, "created")
    assert set(PaymentSplit.objects.values_list("reference", "amount", "commission_bp")) == {
        (number, total, 500) for number, total in Order.objects.values_list("number", "total")
    }


def test_place_purchase_remembers_the_customer_once():
    there = market()
    first = place(ready_cart(there))
    second = place(ready_cart(there))
    customer = Customer.objects.get()
    assert (customer.email, customer.name, customer.user_id) == ("ada@example.com", "Ada Trevithick", None)
    assert first.customer_id == second.customer_id or set(Purchase.objects.values_list("customer_id", flat=True)) == {
        customer.pk
    }


def test_place_purchase_of_a_guest_does_not_rewrite_a_persons_record():
    there, user = market(), UserFactory()
    place(ready_cart(there, user=user))
    Customer.objects.update(name="Countess Ada")
    place(ready_cart(there))
    assert Customer.objects.values_list("user", "name").get() == (user.pk, "Countess Ada")


def test_place_purchase_twice_returns_the_same_purchase():
    there = market()
    cart = ready_cart(there)
    digest = review_cart(cart=cart, now=NOW).digest
    first = place(cart, digest=digest)
    again = place(Cart.objects.select_related("union").get(pk=cart.pk), digest=digest)
    assert (again.pk, again.number) == (first.pk, first.number)
    assert (Purchase.objects.count(), Order.objects.count(), level(there.bread)) == (1, 2, (8, 0))
    assert OutboxEvent.objects.filter(kind="orders.purchase_placed").count() == 1


@pytest.mark.parametrize("what", ["price", "stock", "delivery", "membership", "quantity", "added", "address"])
def test_place_purchase_refuses_when_anything_changed_since_the_review(what):
    there = market()
    cart = ready_cart(there)
    digest = review_cart(cart=cart, now=NOW).digest
    if what == "price":
        there.lamp.price = 2399
        there.lamp.save()
    elif what == "stock":
        release_lapsed_holds(now=NOW + timedelta(hours=2))
        take_out(variant=there.lamp, quantity=10, actor=None, reason="flood", now=NOW)
    elif what == "delivery":
        there.parcel.price = 401
        there.parcel.save()
    elif what == "membership":
        there.first.membership.state = "suspended"
        there.first.membership.save()
    elif what == "quantity":
        set_quantity(cart=cart, line_id=cart.lines.first().pk, quantity=3, now=NOW)
    elif what == "added":
        add_to_cart(
            union=there.union,
            user=None,
            token=cart.token,
            variant_id=VariantFactory(store=there.first).pk,
            quantity=1,
            now=NOW,
        )
    else:
        Cart.objects.update(line1="4 Lemon Street")
        cart.line1 = "4 Lemon Street"
    with pytest.raises(ReviewChanged) as refusal:
        place(cart, digest=digest)
    assert refusal.value.changes
    assert (Purchase.objects.count(), Order.objects.count(), PaymentRequest.objects.count()) == (0, 0, 0)
    assert not StockMovement.objects.filter(kind="sold").exists()
    assert Cart.objects.get(pk=cart.pk).state == "open"


def test_place_purchase_says_what_is_missing():
    there = market()
    with pytest.raises(CartNotReady) as refusal:
        place(filled_cart(there))
    assert refusal.value.facts == {"missing": ["contact", "address", "payment"]}
    assert nothing_happened(there)


def test_place_purchase_refuses_an_amount_beyond_reason(monkeypatch):
    monkeypatch.setattr(purchases, "LARGEST_TOTAL", 3499)
    there = market()
    with pytest.raises(AmountTooLarge):
        place(ready_cart(there))
    assert nothing_happened(there)


def test_place_purchase_takes_stock_afresh_when_the_hold_lapsed():
    there = market()
    cart = ready_cart(there)
    later = NOW + timedelta(minutes=30)
    release_lapsed_holds(now=later)
    place(cart, now=later)
    assert (level(there.bread), level(there.lamp)) == ((8, 0), (9, 0))


def test_place_purchase_never_sells_what_another_cart_holds():
    there = market(stock=2)
    cart = ready_cart(there)
    later = NOW + timedelta(minutes=30)
    release_lapsed_holds(now=later)
    filled_cart(there, wants=[(there.bread, 1)], now=later)
    with pytest.raises((CartNotReady, OutOfStock)):
        place(cart, now=later)
    assert (Purchase.objects.count(), level(there.bread)) == (0, (2, 1))


def test_place_purchase_of_something_free_needs_no_payment():
    there = market()
    gift = VariantFactory(store=there.second, price=0)
    cart = ready_cart(there, wants=[(gift, 1)])
    Cart.objects.update(payment_account=None)
    cart.payment_account = None
    purchase = place(cart)
    assert pay(purchase=purchase, now=NOW) is None
    assert (states(purchase), PaymentRequest.objects.count()) == (["paid"], 0)


def test_place_purchase_keeps_titles_in_the_shoppers_language():
    there = market(languages=["en", "zh-hant"])
    there.bread.product.translations = {"zh-hant": {"title": "麵包"}}
    there.bread.product.save()
    place(ready_cart(there), language="zh-hant")
    assert OrderLine.objects.get(variant=there.bread).title == "麵包"


def test_pay_makes_every_order_paid_once(django_capture_on_commit_callbacks):
    there = market()
    purchase = place(ready_cart(there))
    assert pay(purchase=purchase, now=NOW).state == "authorized"
    assert pay(purchase=purchase, now=NOW).state == "authorized"
    mark_paid(union=there.union, reference=purchase.number, now=NOW)
    assert states(purchase) == ["paid", "paid"]
    assert OrderChange.objects.filter(to_state="paid").count() == 2
    kinds = list(OutboxEvent.objects.filter(kind__startswith="orders.").order_by("id").values_list("kind", flat=True))
    assert kinds == ["orders.purchase_placed", "orders.purchase_paid", "orders.order_paid", "orders.order_paid"]


def in_cart(purchase) -> list[tuple[int, int]]:
    """What the guest has in the cart that was filled again."""
    lines = CartLine.objects.filter(cart__token=refill_token(purchase=purchase), cart__state="open")
    return list(lines.order_by("variant_id").values_list("variant_id", "quantity"))


def test_pay_declined_cancels_and_gives_the_stock_back_once():
    there = market()
    purchase = place(ready_cart(there, token="bank:declines-funds"))
    request = pay(purchase=purchase, now=NOW)
    payment_failed(union=there.union, reference=purchase.number, now=NOW)
    assert request.state == "failed"
    assert states(purchase) == ["cancelled", "cancelled"]
    assert in_cart(purchase) == [(there.bread.pk, 2), (there.lamp.pk, 1)]
    assert (level(there.bread), level(there.lamp)) == ((10, 2), (10, 1))
    assert StockMovement.objects.filter(kind="returned").count() == 2
    assert OutboxEvent.objects.filter(kind="orders.order_cancelled").count() == 2


def test_pay_waits_for_the_payers_confirmation():
    there = market()
    purchase = place(ready_cart(there, token="bank:asks-confirmation"))
    request = pay(purchase=purchase, now=NOW)
    assert (request.state, bool(request.confirm_url)) == ("created", True)
    assert states(purchase) == ["placed", "placed"]


def test_a_payment_that_is_never_answered_ends_cancelled():
    there = market()
    purchase = place(ready_cart(there, token="bank:never-answers"))
    pay(purchase=purchase, now=NOW)
    assert states(purchase) == ["placed", "placed"]
    give_up_unanswered(now=NOW + timedelta(hours=1))
    payment_failed(union=there.union, reference=purchase.number, now=NOW)
    mark_paid(union=there.union, reference=purchase.number, now=NOW)
    assert states(purchase) == ["cancelled", "cancelled"]
    assert in_cart(purchase) == [(there.bread.pk, 2), (there.lamp.pk, 1)]
    assert (level(there.bread), level(there.lamp)) == ((10, 2), (10, 1))


def test_a_failed_purchase_of_a_program_only_gives_its_stock_back():
    there = market()
    purchase = place(ready_cart(there, token="bank:declines-funds"))
    Purchase.objects.filter(pk=purchase.pk).update(origin="api")
    pay(purchase=purchase, now=NOW)
    assert in_cart(purchase) == []
    assert (level(there.bread), level(there.lamp)) == ((10, 0), (10, 0))


def test_an_approval_after_the_cancellation_of_one_order_voids_only_its_part(django_capture_on_commit_callbacks):
    there = market()
    purchase = place(ready_cart(there, token="bank:answers-late"))
    request = pay(purchase=purchase, now=NOW)
    bakery, lamps = purchase.orders.select_related("union").order_by("id")
    cancel_order(order=bakery, actor=None, reason="changed my mind", now=NOW)
    PaymentRequest.objects.filter(pk=request.pk).update(state="authorized")
    PaymentSplit.objects.update(authorized=1100)
    PaymentSplit.objects.filter(reference=lamps.number).update(authorized=2400)
    with django_capture_on_commit_callbacks(execute=True):
        mark_paid(union=there.union, reference=purchase.number, now=NOW)
    assert states(purchase) == ["cancelled", "paid"]
    assert dict(PaymentSplit.objects.values_list("reference", "voided")) == {bakery.number: 1100, lamps.number: 0}


def test_the_whole_purchase_takes_few_statements():
    there = market()
    cart = ready_cart(there)
    digest = review_cart(cart=cart, now=NOW).digest
    cart = Cart.objects.select_related("union").get(pk=cart.pk)
    with CaptureQueriesContext(
        connection,
    ) as placing:
        purchase = place_purchase(cart=cart, digest=digest, language="en", origin="website", now=NOW)
    with CaptureQueriesContext(connection) as paying:
        pay(purchase=purchase, now=NOW)
    assert (len(placing), len(paying)) == (7, 6)
