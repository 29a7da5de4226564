"""What comes back of urgent orders: not paid goes to the sale, cancelled and returned goes to the shelf, each once."""

from datetime import timedelta

import pytest

from orders.models import CartLine, Order, OrderLine
from orders.queries.cart_review import review_cart
from orders.services.calling_off import call_off_pieces
from orders.services.cancelling import cancel_order
from orders.services.cart import add_to_cart
from orders.services.checkout import choose_delivery
from orders.services.purchase import pay, payment_failed
from orders.services.returns import Received, approve_return, ask_return, receive_return
from orders.services.urgent import wait_for_urgent
from stores.errors import UrgentBusy, UrgentLimit, UrgentSoldOut
from stores.models import StockLevel, UrgentClaim, UrgentLevel, UrgentPlace
from stores.services.urgent import finish_sales
from tests.factories.accounts import UserFactory
from tests.factories.orders import NOW, market
from tests.factories.urgent import HOUR, buy, is_proven, ready, take, urgent_sale
from tests.orders.selling import moved_to

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture
def place():
    return market()


def level_of(sale) -> tuple[int, int, int, int]:
    level = UrgentLevel.objects.get(pk=sale.pk)
    return level.left, level.held, level.sold, level.returned


def shelf(place) -> tuple[int, int]:
    """On hand and available, with everything booked."""
    finish_sales(now=NOW)
    level = StockLevel.objects.get(variant=place.bread)
    return level.on_hand, level.available


def paid(place, sale, *, quantity=1, user=None) -> Order:
    purchase = buy(ready(take(sale, quantity=quantity, user=user), place))
    pay(purchase=purchase, now=NOW)
    return Order.objects.select_related("union", "store", "purchase").get(purchase=purchase)


def test_order_cancelled_while_its_sale_runs_goes_to_the_shelf_and_stays_bought_in_the_sale(place):
    sale = urgent_sale(place.bread, quantity=2, per_shopper=2)
    user = UserFactory()
    order = paid(place, sale, quantity=2, user=user)
    cancel_order(order=order, actor=None, reason="too much", now=NOW)
    assert shelf(place) == (10, 10) and level_of(sale) == (0, 0, 2, 0) and is_proven(sale)
    # Sold out stays sold out, and whoever gave back does not begin anew.
    with pytest.raises(UrgentSoldOut):
        take(sale)
    with pytest.raises(UrgentLimit):
        take(sale, user=user)
    cart = add_to_cart(union=place.union, user=None, token="", variant_id=place.bread.pk, quantity=2, now=NOW)
    line = CartLine.objects.get(cart=cart)
    assert (line.seen_price, line.urgent_id) == (350, None)


def test_piece_called_off_goes_to_the_shelf_and_to_nobody_who_waits(place):
    sale = urgent_sale(place.bread, quantity=3)
    order = paid(place, sale, quantity=2)
    take(sale)
    wait_for_urgent(union=place.union, user=None, token="", ref=sale.ref, quantity=1, now=NOW)
    line = OrderLine.objects.get(order=order)
    call_off_pieces(order=order, pieces={line.pk: 1}, actor=None, reason="one is enough", now=NOW)
    assert shelf(place) == (9, 8) and level_of(sale) == (0, 1, 2, 0) and is_proven(sale)
    assert UrgentPlace.objects.count() == 1
    with pytest.raises(UrgentBusy):
        take(sale)


def test_piece_that_comes_back_after_delivery_goes_to_the_shelf(place):
    sale = urgent_sale(place.bread)
    order = moved_to(paid(place, sale, quantity=2), "delivered")
    line = OrderLine.objects.get(order=order)
    asked = ask_return(order=order, pieces={line.pk: 1}, reason="Stale", actor=None, now=NOW)
    approved = approve_return(returned=asked, answer="Bring it", actor=None, now=NOW)
    receive_return(returned=approved, pieces={approved.lines.get().pk: Received(restock=1)}, actor=None, now=NOW)
    assert shelf(place) == (9, 8) and level_of(sale) == (1, 0, 2, 0) and is_proven(sale)


@pytest.mark.parametrize("is_booked", [False, True])
def test_order_cancelled_before_its_payment_failed_comes_back_once(place, is_booked):
    sale = urgent_sale(place.bread)
    cart = ready(take(sale, quantity=2), place)
    cart = add_to_cart(union=place.union, user=None, token=cart.token, variant_id=place.lamp.pk, quantity=1, now=NOW)
    choose_delivery(cart=cart, choices={place.second.pk: place.counter.pk})
    cart.refresh_from_db()
    purchase = buy(cart)
    if is_booked:
        finish_sales(now=NOW)
    order = Order.objects.select_related("union").get(purchase=purchase, store=place.first)
    cancel_order(order=order, actor=None, reason="changed my mind", now=NOW)
    payment_failed(union=place.union, reference=purchase.number, now=NOW)
    assert shelf(place) == (10, 9) and level_of(sale) == (1, 0, 2, 0) and is_proven(sale)
    assert not UrgentClaim.objects.filter(held__gt=0).exists()
    assert list(CartLine.objects.filter(cart__state="open").values_list("variant", flat=True)) == [place.lamp.pk]


def test_payment_that_fails_adds_to_what_was_claimed_meanwhile(place):
    sale = urgent_sale(place.bread, per_shopper=3)
    user = UserFactory()
    purchase = buy(ready(take(sale, user=user, quantity=2), place))
    take(sale, user=user)
    payment_failed(union=place.union, reference=purchase.number, now=NOW)
    line = CartLine.objects.get(cart__state="open", cart__user=user)
    assert (line.quantity, line.urgent_id) == (3, sale.pk)
    (shown,) = review_cart(cart=line.cart, now=NOW).lines
    assert shown.is_claimed and level_of(sale) == (0, 3, 0, 0) and is_proven(sale)


def test_nobody_waits_any_longer_when_all_is_sold(place):
    sale = urgent_sale(place.bread, quantity=1)
    cart = ready(take(sale), place)
    _sale, token = wait_for_urgent(union=place.union, user=None, token="", ref=sale.ref, quantity=1, now=NOW)
    finish_sales(now=NOW)
    assert UrgentPlace.objects.count() == 1
    buy(cart)
    finish_sales(now=NOW)
    assert UrgentPlace.objects.count() == 0
    with pytest.raises(UrgentSoldOut):
        take(sale, token=token)
    finish_sales(now=NOW + 2 * HOUR)
    assert level_of(sale) == (0, 0, 1, 0) and is_proven(sale)
