"""What goes into a cart is held at once, exactly, and never more than there is."""

from datetime import timedelta

import pytest

from core.errors import NotFound
from core.references import new_secret
from orders.errors import BadQuantity, CartFull, VariantNotSold
from orders.models import Cart, CartLine
from orders.services import cart as carts
from orders.services.cart import (
    add_to_cart,
    find_cart,
    forget_idle_carts,
    merge_carts,
    remove_line,
    set_quantity,
)
from orders.services.cart_lines import Want, add_all_to_cart
from stores.models import Product, StockHold, StockLevel, StockMovement
from stores.services.stock import OutOfStock, release_lapsed_holds
from tests.factories.accounts import UserFactory
from tests.factories.orders import NOW, filled_cart, market
from tests.factories.stores import ProductFactory, VariantFactory

pytestmark = pytest.mark.django_db


def level(variant) -> tuple[int, int]:
    return StockLevel.objects.values_list("on_hand", "held").get(pk=variant.pk)


def add(place, variant, quantity=1, *, token="t" * 43, user=None, now=NOW):
    return add_to_cart(union=place.union, user=user, token=token, variant_id=variant.pk, quantity=quantity, now=now)


def test_add_to_cart_makes_the_cart_and_holds_the_pieces():
    place = market()
    cart = add(place, place.bread, 2)
    line = CartLine.objects.get(cart=cart)
    assert (line.store, line.variant, line.quantity, line.seen_price) == (place.first, place.bread, 2, 350)
    assert (cart.pieces, cart.token, cart.state, cart.user_id) == (2, "t" * 43, "open", None)
    assert level(place.bread) == (10, 2)
    hold = StockHold.objects.get()
    assert (hold.owner, hold.quantity) == (f"cart-line:{line.pk}", 2)
    assert (hold.expires_at, hold.last_until) == (NOW + timedelta(minutes=10), NOW + timedelta(hours=1))
    movement = StockMovement.objects.latest("id")
    assert (movement.kind, movement.quantity, movement.held_change, movement.reference) == (
        "reserved",
        0,
        2,
        hold.owner,
    )


def test_add_to_cart_tells_who_watches_however_much_is_added(monkeypatch, django_capture_on_commit_callbacks):
    place = market()
    told = []
    monkeypatch.setattr("stores.services.stock.announce", told.append)
    with django_capture_on_commit_callbacks(execute=True):
        add(place, place.bread, 2)
    one = StockMovement.objects.latest("id").pk
    with django_capture_on_commit_callbacks(execute=True):
        wants = [Want(3, variant_id=place.bread.pk)]
        add_all_to_cart(union=place.union, user=None, token="s" * 43, wants=wants, now=NOW)
    all_at_once = StockMovement.objects.latest("id").pk
    assert told == [
        {
            f"stock.{place.bread.product_id}": {
                "type": "stock",
                "variants": [{"id": place.bread.pk, "available": available, "seq": seq}],
            }
        }
        for available, seq in [(8, one), (5, all_at_once)]
    ]


def test_add_to_cart_is_one_statement(django_assert_num_queries):
    place = market()
    add(place, place.bread)
    with django_assert_num_queries(3):  # SAVEPOINT and RELEASE are of the test's own transaction
        add(place, place.bread)


def test_add_to_cart_again_adds_to_the_line_and_the_hold():
    place = market()
    add(place, place.bread, 2)
    cart = add(place, place.bread, 3, now=NOW + timedelta(minutes=5))
    assert CartLine.objects.get().quantity == 5
    assert (StockHold.objects.get().quantity, StockHold.objects.get().expires_at) == (5, NOW + timedelta(minutes=15))
    assert level(place.bread) == (10, 5)
    assert cart.pieces == 5


def test_add_to_cart_never_prolongs_a_hold_past_its_limit():
    place = market()
    for minute in range(0, 60, 9):
        add(place, place.bread, now=NOW + timedelta(minutes=minute))
    assert StockHold.objects.get().expires_at == NOW + timedelta(hours=1)


def test_add_to_cart_takes_the_last_piece_and_no_more():
    place = market(stock=3)
    add(place, place.bread, 3)
    assert level(place.bread) == (3, 3)
    assert Product.objects.get(pk=place.bread.product_id).in_stock is False
    with pytest.raises(OutOfStock) as refusal:
        add(place, place.bread, 1, token=new_secret())
    assert refusal.value.facts == {"variant_id": place.bread.pk, "available": 0}
    assert (Cart.objects.count(), CartLine.objects.count(), level(place.bread)) == (1, 1, (3, 3))


def test_add_to_cart_takes_what_another_cart_held_too_long():
    place = market(stock=3)
    add(place, place.bread, 3)
    later = NOW + timedelta(minutes=11)
    add(place, place.bread, 2, token=new_secret(), now=later)
    assert level(place.bread) == (3, 2)


def test_add_to_cart_holds_all_pieces_again_when_the_hold_had_lapsed():
    place = market()
    add(place, place.bread, 4)
    release_lapsed_holds(now=NOW + timedelta(minutes=11))
    assert level(place.bread) == (10, 0)
    add(place, place.bread, 1, now=NOW + timedelta(minutes=12))
    assert (CartLine.objects.get().quantity, StockHold.objects.get().quantity) == (5, 5)
    assert level(place.bread) == (10, 5)


def test_add_to_cart_of_a_service_holds_nothing():
    place = market()
    service = VariantFactory(store=place.first, tracks_stock=False)
    cart = add(place, service, 2)
    assert (cart.pieces, StockHold.objects.count()) == (2, 0)


@pytest.mark.parametrize("quantity", [0, -1, 1000])
def test_add_to_cart_refuses_a_quantity_out_of_bounds(quantity):
    place = market()
    with pytest.raises(BadQuantity):
        add(place, place.bread, quantity)
    assert not Cart.objects.exists()


def test_add_to_cart_refuses_more_than_999_of_one():
    place = market(stock=2000)
    add(place, place.bread, 990)
    with pytest.raises(BadQuantity):
        add(place, place.bread, 10)
    assert (CartLine.objects.get().quantity, level(place.bread)) == (990, (2000, 990))


def test_add_to_cart_refuses_more_than_a_hundred_lines(monkeypatch):
    monkeypatch.setattr(carts, "MOST_LINES", 2)
    place = market()
    cart = filled_cart(place)
    third = VariantFactory(store=place.first)
    with pytest.raises(CartFull):
        add(place, third, token=cart.token)
    assert (cart.lines.count(), level(third)) == (2, (10, 0))


@pytest.mark.parametrize("what", ["variant", "product", "store", "membership", "union"])
def test_add_to_cart_refuses_what_is_not_sold_here(what):
    place = market()
    variant, union = place.bread, place.union
    if what == "variant":
        variant.is_active = False
        variant.save()
    elif what == "product":
        variant.product.is_published = False
        variant.product.save()
    elif what == "store":
        variant.store.is_published = False
        variant.store.save()
    elif what == "membership":
        variant.store.membership.state = "suspended"
        variant.store.membership.save()
    else:
        union = market().union
    with pytest.raises(VariantNotSold):
        add_to_cart(union=union, user=None, token="t" * 43, variant_id=variant.pk, quantity=1, now=NOW)
    assert (Cart.objects.count(), level(variant)) == (0, (10, 0))


def test_add_to_cart_of_a_person_keeps_one_open_cart():
    place, user = market(), UserFactory()
    first = add(place, place.bread, user=user, token="")
    second = add(place, place.lamp, user=user, token="anything")
    assert first.pk == second.pk
    assert (second.user_id, second.pieces) == (user.pk, 2)
    assert find_cart(union=place.union, user=user, token="").pk == first.pk


def test_add_to_cart_starts_another_cart_when_the_tokens_cart_was_bought():
    place = market()
    first = add(place, place.bread)
    Cart.objects.update(state="bought")
    second = add(place, place.bread)
    assert second.pk != first.pk
    assert second.token != first.token


def test_add_to_cart_never_reaches_a_persons_cart_by_its_token():
    place, user = market(), UserFactory()
    own = add(place, place.bread, user=user)
    other = add(place, place.lamp, token=own.token)
    assert other.pk != own.pk
    assert find_cart(union=place.union, user=None, token=own.token) is None


def test_set_quantity_changes_line_hold_and_seen_price():
    place = market()
    cart = add(place, place.bread, 2)
    place.bread.price = 360
    place.bread.save()
    cart = set_quantity(cart=cart, line_id=CartLine.objects.get().pk, quantity=7, now=NOW)
    line = CartLine.objects.get()
    assert (line.quantity, line.seen_price, cart.pieces, level(place.bread)) == (7, 360, 7, (10, 7))


def test_set_quantity_beyond_stock_leaves_the_line_as_it_was():
    place = market()
    cart = add(place, place.bread, 2)
    with pytest.raises(OutOfStock):
        set_quantity(cart=cart, line_id=CartLine.objects.get().pk, quantity=11, now=NOW)
    assert (CartLine.objects.get().quantity, level(place.bread)) == (2, (10, 2))


def test_set_quantity_does_not_reach_another_cart():
    place = market()
    mine, other = filled_cart(place), filled_cart(place)
    line = other.lines.first()
    with pytest.raises(NotFound):
        set_quantity(cart=mine, line_id=line.pk, quantity=5, now=NOW)
    assert CartLine.objects.get(pk=line.pk).quantity == line.quantity


def test_set_quantity_zero_and_remove_line_release_the_hold():
    place = market()
    cart = filled_cart(place)
    bread, lamp = cart.lines.order_by("id")
    set_quantity(cart=cart, line_id=bread.pk, quantity=0, now=NOW)
    assert remove_line(cart=cart, line_id=lamp.pk, now=NOW).pieces == 0
    assert (level(place.bread), level(place.lamp)) == ((10, 0), (10, 0))
    assert (cart.lines.count(), StockHold.objects.count()) == (0, 0)


def test_remove_line_does_not_release_another_carts_hold():
    place = market()
    mine, other = filled_cart(place), filled_cart(place)
    remove_line(cart=mine, line_id=other.lines.first().pk, now=NOW)
    assert (other.lines.count(), level(place.bread)) == (2, (10, 4))


def test_merge_carts_makes_the_guests_cart_the_persons():
    place, user = market(), UserFactory()
    guest = filled_cart(place)
    cart = merge_carts(union=place.union, user=user, token=guest.token, now=NOW)
    assert (cart.pk, cart.user_id, cart.pieces) == (guest.pk, user.pk, 3)


def test_merge_carts_adds_up_lines_as_far_as_stock_goes():
    place, user = market(stock=5), UserFactory()
    own = filled_cart(place, user=user, wants=[(place.bread, 2)])
    guest = filled_cart(place, wants=[(place.bread, 2), (place.lamp, 1)])
    cart = merge_carts(union=place.union, user=user, token=guest.token, now=NOW)
    assert (cart.pk, cart.pieces) == (own.pk, 5)
    assert level(place.bread) == (5, 4)
    assert Cart.objects.get(pk=guest.pk).state == "merged"


def test_merge_carts_twice_changes_nothing():
    place, user = market(), UserFactory()
    guest = filled_cart(place)
    merge_carts(union=place.union, user=user, token=guest.token, now=NOW)
    cart = merge_carts(union=place.union, user=user, token=guest.token, now=NOW)
    assert (cart.pieces, level(place.bread)) == (3, (10, 2))


def test_forget_idle_carts_deletes_guests_carts_and_gives_back():
    place = market()
    old = filled_cart(place)
    young = filled_cart(place, now=NOW + timedelta(days=2))
    own = filled_cart(place, user=UserFactory())
    assert forget_idle_carts(before=NOW + timedelta(days=1), now=NOW + timedelta(days=31)) == 1
    assert set(Cart.objects.values_list("pk", flat=True)) == {young.pk, own.pk}
    assert not CartLine.objects.filter(cart=old.pk).exists()
    assert level(place.bread) == (10, 4)


def test_products_of_one_store_share_no_hold():
    place = market()
    other = VariantFactory(product=ProductFactory(store=place.first))
    cart = add(place, place.bread)
    add(place, other, token=cart.token)
    assert StockHold.objects.count() == 2
