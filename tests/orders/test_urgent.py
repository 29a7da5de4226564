"""Buying in an urgent sale: from the claim over cart and review to the order, and back when nobody pays."""

from datetime import timedelta

import pytest

from orders.errors import ReviewChanged
from orders.models import Cart, CartLine, Order, OrderLine
from orders.queries.cart_review import review_cart
from orders.services.cancelling import cancel_order
from orders.services.cart import add_to_cart, merge_carts, remove_line, set_quantity, stay_held
from orders.services.cart_lines import Want, add_all_to_cart
from orders.services.purchase import mark_paid, pay, payment_failed
from orders.services.refill import take_up_cart
from orders.services.urgent import stop_waiting, take_urgent, wait_for_urgent
from stores.errors import UrgentBusy, UrgentLimit, UrgentOver, UrgentSoldOut
from stores.models import StockHold, StockLevel, StockMovement, UrgentBooking, UrgentClaim, UrgentLevel, UrgentPlace
from stores.queries.urgent import shopper_key, standing_of
from stores.services.urgent import end_sale, finish_sales
from tests.factories.accounts import UserFactory
from tests.factories.orders import NOW, market
from tests.factories.urgent import HOUR, buy, is_proven, ready, take, urgent_sale

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture
def place():
    return market()


@pytest.fixture
def sale(place):
    return urgent_sale(place.bread)


def level_of(sale) -> tuple[int, int, int, int]:
    level = UrgentLevel.objects.get(pk=sale.pk)
    return level.left, level.held, level.sold, level.returned


def line_of(cart) -> tuple[int, int, bool]:
    line = CartLine.objects.get(cart=cart)
    return line.quantity, line.seen_price, line.urgent_id is not None


def test_taking_from_a_sale_costs_its_price_and_no_piece_of_the_shelf(place, sale, django_assert_num_queries):
    with django_assert_num_queries(3):
        # The statement within its savepoint: a test is a transaction already.
        cart = take(sale, quantity=2)
    assert cart.pieces == 2 and line_of(cart) == (2, 200, True)
    assert level_of(sale) == (1, 2, 0, 0)
    assert (StockLevel.objects.get(variant=place.bread).available, StockHold.objects.count()) == (7, 1)
    review = review_cart(cart=cart, now=NOW)
    (line,) = review.lines
    assert (line.unit_price, line.is_claimed, line.reserved_until) == (200, True, NOW + 10 * MINUTE)
    assert review.changes == [] and is_proven(sale)


def test_looking_at_the_cart_does_not_prolong_a_claim(sale):
    cart = take(sale)
    later = NOW + 5 * MINUTE
    stay_held(review=review_cart(cart=cart, now=later), now=later)
    assert UrgentClaim.objects.get().expires_at == NOW + 10 * MINUTE


def test_more_of_it_and_less_of_it_stay_within_the_sale(sale):
    cart = take(sale)
    cart = take(sale, token=cart.token)
    assert line_of(cart) == (2, 200, True) and level_of(sale) == (1, 2, 0, 0)
    set_quantity(cart=cart, line_id=CartLine.objects.get().pk, quantity=3, now=NOW)
    assert level_of(sale) == (0, 3, 0, 0)
    with pytest.raises(UrgentBusy):
        set_quantity(cart=cart, line_id=CartLine.objects.get().pk, quantity=4, now=NOW)
    set_quantity(cart=cart, line_id=CartLine.objects.get().pk, quantity=1, now=NOW)
    assert level_of(sale) == (2, 1, 0, 0) and line_of(cart) == (1, 200, True)
    remove_line(cart=cart, line_id=CartLine.objects.get().pk, now=NOW)
    assert level_of(sale) == (3, 0, 0, 0) and is_proven(sale)


def test_whoever_adds_without_naming_the_sale_gets_its_price_too(place, sale):
    cart = add_to_cart(union=place.union, user=None, token="", variant_id=place.bread.pk, quantity=1, now=NOW)
    assert line_of(cart) == (1, 200, True)
    cart = add_to_cart(union=place.union, user=None, token=cart.token, variant_id=place.bread.pk, quantity=1, now=NOW)
    assert line_of(cart) == (2, 200, True)
    other = add_all_to_cart(
        union=place.union, user=None, token="", wants=[Want(1, place.bread.pk), Want(1, place.lamp.pk)], now=NOW
    )
    assert sorted(CartLine.objects.filter(cart=other).values_list("seen_price", flat=True)) == [200, 2400]
    # Everything is claimed: the next one has the usual price, from the shelf.
    last = add_to_cart(union=place.union, user=None, token="", variant_id=place.bread.pk, quantity=1, now=NOW)
    assert line_of(last) == (1, 350, False)
    assert is_proven(sale)


def test_before_the_start_and_after_the_end_the_usual_price_holds(place):
    sale = urgent_sale(place.bread, starts_at=NOW + HOUR, ends_at=NOW + 2 * HOUR)
    second = timedelta(seconds=1)
    prices = [
        CartLine.objects.get(
            cart=add_to_cart(union=place.union, user=None, token="", variant_id=place.bread.pk, quantity=1, now=at)
        ).seen_price
        for at in (NOW + HOUR - second, NOW + HOUR, NOW + 2 * HOUR - second, NOW + 2 * HOUR)
    ]
    assert prices == [350, 200, 200, 350]
    with pytest.raises(UrgentOver):
        take(sale, now=NOW + 2 * HOUR)
    with pytest.raises(UrgentOver):
        take(sale, now=NOW)


def test_what_lies_in_the_cart_at_the_usual_price_can_be_taken_at_the_sale_s(place):
    cart = add_to_cart(union=place.union, user=None, token="", variant_id=place.bread.pk, quantity=2, now=NOW)
    sale = urgent_sale(place.bread)
    cart = take(sale, token=cart.token)
    assert line_of(cart) == (1, 200, True)
    assert list(StockHold.objects.values_list("owner", flat=True)) == [f"urgent-sale:{sale.ref}"]
    assert is_proven(sale)


def test_limit_of_one_shopper_holds_in_the_cart_and_after_buying(place):
    sale = urgent_sale(place.bread, quantity=5, per_shopper=2)
    user = UserFactory()
    with pytest.raises(UrgentLimit):
        take(sale, user=user, quantity=3)
    cart = take(sale, user=user, quantity=2)
    with pytest.raises(UrgentLimit):
        take(sale, user=user)
    buy(ready(cart, place))
    with pytest.raises(UrgentLimit):
        take(sale, user=user)
    # Another browser, the same address.
    guest = ready(take(sale, quantity=1), place)
    with pytest.raises(UrgentLimit):
        buy(guest)
    assert Cart.objects.get(pk=guest.pk).state == "open" and Order.objects.count() == 1
    assert buy(ready(take(sale, quantity=2), place, email="bea@example.com"))
    assert level_of(sale)[0] == 0 and is_proven(sale)


def test_purchase_freezes_the_price_and_is_booked_later(place, sale):
    purchase = buy(ready(take(sale, quantity=2), place))
    line = OrderLine.objects.get()
    assert (line.unit_price, line.total, line.urgent_id) == (200, 400, sale.pk)
    assert purchase.total == 400 + 400
    assert (UrgentClaim.objects.get(shopper__startswith="guest").bought, level_of(sale)) == (2, (1, 2, 0, 0))
    assert not StockMovement.objects.filter(kind="sold").exists()
    assert is_proven(sale)
    assert finish_sales(now=NOW) == 1
    level = StockLevel.objects.get(variant=place.bread)
    assert (level.on_hand, level.held, level.available, level_of(sale)) == (8, 1, 7, (1, 0, 2, 0))
    moved = StockMovement.objects.get(kind="sold")
    assert (moved.quantity, moved.held_change, moved.reference) == (-2, -2, purchase.number)
    assert finish_sales(now=NOW) == 0
    assert StockMovement.objects.filter(kind="sold").count() == 1 and is_proven(sale)
    mark_paid(union=place.union, reference=purchase.number, now=NOW)
    assert Order.objects.get().state == "paid"


def test_what_is_claimed_is_bought_at_its_price_although_the_sale_is_over(place, sale):
    cart = ready(take(sale, now=NOW + 55 * MINUTE), place, now=NOW + 55 * MINUTE)
    finish_sales(now=NOW + HOUR)
    assert level_of(sale) == (0, 1, 0, 2)
    buy(cart, now=NOW + HOUR + 4 * MINUTE)
    assert OrderLine.objects.get().unit_price == 200
    finish_sales(now=NOW + HOUR + 6 * MINUTE)
    assert level_of(sale) == (0, 0, 1, 2)
    level = StockLevel.objects.get(variant=place.bread)
    assert (level.on_hand, level.held, is_proven(sale)) == (9, 0, True)


def test_lapsed_claim_costs_the_usual_price_with_a_word(place, sale):
    cart = ready(take(sale), place)
    digest = review_cart(cart=cart, now=NOW).digest
    later = NOW + 10 * MINUTE
    review = review_cart(cart=cart, now=later)
    (line,) = review.lines
    assert (line.unit_price, line.is_claimed, line.claim_lapsed) == (350, False, True)
    assert [str(change) for change in review.changes] == [
        "The time at the urgent price is over: Bread now costs £3.50 instead of £2.00."
    ]
    assert review.digest != digest
    finish_sales(now=later)
    # Taken once more it is one piece at the sale's price again, not two.
    cart = take(sale, token=cart.token, now=later)
    assert line_of(cart) == (1, 200, True) and review_cart(cart=cart, now=later).changes == []
    # At the usual price it comes from the shelf.
    finish_sales(now=later + HOUR)
    buy(Cart.objects.select_related("union").get(pk=cart.pk), now=later + 20 * MINUTE)
    sold = OrderLine.objects.get()
    assert (sold.unit_price, sold.urgent_id) == (350, None)
    assert StockLevel.objects.get(variant=place.bread).on_hand == 9 and is_proven(sale)


def test_claim_that_is_swept_while_it_is_bought_is_not_bought(place, sale):
    cart = ready(take(sale), place)
    digest = review_cart(cart=cart, now=NOW).digest
    UrgentClaim.objects.update(held=0)
    UrgentLevel.objects.update(held=0)
    with pytest.raises(ReviewChanged):
        from orders.services.purchase import place_purchase

        place_purchase(cart=cart, digest=digest, language="en", origin="website", now=NOW)
    assert not Order.objects.exists() and not UrgentBooking.objects.exists()


@pytest.mark.parametrize("is_booked", [False, True])
def test_payment_that_fails_gives_the_pieces_back_to_the_sale_for_their_shopper(place, sale, is_booked):
    purchase = buy(ready(take(sale, quantity=2), place, token="bank:declines-funds"))
    if is_booked:
        finish_sales(now=NOW)
    pay(purchase=purchase, now=NOW)
    assert Order.objects.get().state == "cancelled"
    assert level_of(sale) == (1, 2, 0, 0) and is_proven(sale)
    taken = take_up_cart(purchase=purchase, token="", now=NOW)
    assert taken is not None
    (line,) = review_cart(cart=taken[0], now=NOW).lines
    assert (line.quantity, line.unit_price, line.is_claimed) == (2, 200, True)
    level = StockLevel.objects.get(variant=place.bread)
    assert (level.on_hand, level.held, level.available) == (10, 3, 7)
    payment_failed(union=place.union, reference=purchase.number, now=NOW)
    assert level_of(sale) == (1, 2, 0, 0)
    finish_sales(now=NOW + 2 * HOUR)
    assert level_of(sale) == (0, 0, 0, 3) and is_proven(sale)


def test_cancelled_order_lays_its_pieces_on_the_shelf(place, sale):
    purchase = buy(ready(take(sale), place))
    mark_paid(union=place.union, reference=purchase.number, now=NOW)
    order = Order.objects.select_related("union").get()
    cancel_order(order=order, actor=None, reason="too much", now=NOW)
    level = StockLevel.objects.get(variant=place.bread)
    assert level.available == 8
    finish_sales(now=NOW)
    level.refresh_from_db()
    assert (level.on_hand, level.held, level.available) == (10, 2, 8)
    assert level_of(sale) == (2, 0, 1, 0) and is_proven(sale)


def test_signing_in_takes_the_claim_along(place, sale):
    guest, user = take(sale, quantity=2), UserFactory()
    merged = merge_carts(union=place.union, user=user, token=guest.token, now=NOW)
    merged.union = place.union
    (line,) = review_cart(cart=merged, now=NOW).lines
    assert (line.quantity, line.unit_price, line.is_claimed) == (2, 200, True)
    assert standing_of(sale, shopper_key(user_id=user.pk, token=""), now=NOW).held == 2
    assert level_of(sale) == (1, 2, 0, 0) and is_proven(sale)


def test_two_carts_with_claims_become_one_within_the_limit(place):
    sale = urgent_sale(place.bread, per_shopper=2)
    user = UserFactory()
    own, guest = take(sale, user=user), take(sale, quantity=2)
    merged = merge_carts(union=place.union, user=user, token=guest.token, now=NOW)
    assert merged.pk == own.pk and line_of(own) == (2, 200, True)
    assert level_of(sale) == (1, 2, 0, 0) and is_proven(sale)


def test_guest_waits_under_the_name_of_the_cart_to_come(place):
    sale = urgent_sale(place.bread, quantity=1)
    first = take(sale)
    with pytest.raises(UrgentBusy):
        take(sale)
    _sale, token = wait_for_urgent(union=place.union, user=None, token="", ref=sale.ref, quantity=1, now=NOW)
    assert standing_of(sale, shopper_key(user_id=None, token=token), now=NOW).before == 0
    remove_line(cart=first, line_id=CartLine.objects.get().pk, now=NOW)
    standing = standing_of(sale, shopper_key(user_id=None, token=token), now=NOW)
    assert (standing.held, standing.before) == (1, None)
    with pytest.raises(UrgentBusy):
        take(sale)
    cart = take(sale, token=token)
    assert cart.token == token and line_of(cart) == (1, 200, True)
    assert level_of(sale) == (0, 1, 0, 0) and is_proven(sale)


def test_place_in_the_queue_can_be_given_up(place):
    sale = urgent_sale(place.bread, quantity=1)
    take(sale)
    user = UserFactory()
    wait_for_urgent(union=place.union, user=user, token="", ref=sale.ref, quantity=1, now=NOW)
    assert UrgentPlace.objects.count() == 1
    for _twice in range(2):
        stop_waiting(union=place.union, user=user, token="", ref=sale.ref, now=NOW)
    assert UrgentPlace.objects.count() == 0


def test_sold_out_sale_says_so_and_the_shelf_sells_on(place):
    sale = urgent_sale(place.bread, quantity=1)
    buy(ready(take(sale), place))
    with pytest.raises(UrgentSoldOut):
        take(sale)
    with pytest.raises(UrgentSoldOut):
        wait_for_urgent(union=place.union, user=None, token="", ref=sale.ref, quantity=1, now=NOW)
    cart = add_to_cart(union=place.union, user=None, token="", variant_id=place.bread.pk, quantity=1, now=NOW)
    assert line_of(cart) == (1, 350, False)


def test_ended_sale_leaves_claims_to_be_bought(place, sale):
    cart = ready(take(sale), place)
    end_sale(sale=sale, actor=None, now=NOW + MINUTE)
    with pytest.raises(UrgentOver):
        take_urgent(union=place.union, user=None, token="", ref=sale.ref, quantity=1, now=NOW + MINUTE)
    buy(cart, now=NOW + 2 * MINUTE)
    assert OrderLine.objects.get().unit_price == 200
    finish_sales(now=NOW + 2 * MINUTE)
    assert level_of(sale) == (0, 0, 1, 2) and is_proven(sale)


def test_sale_of_hidden_goods_is_not_sold(place, sale):
    place.bread.product.is_published = False
    place.bread.product.save(update_fields=["is_published"])
    with pytest.raises(Exception) as refusal:
        take(sale)
    assert refusal.value.code == "not_sold"
    assert level_of(sale) == (3, 0, 0, 0)
