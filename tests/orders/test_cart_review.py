"""What is shown before paying: exact amounts, today's prices and stock, and a digest of all of it."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.utils import translation

from core.errors import Invalid, NotAllowed
from orders.models import Cart
from orders.queries.cart_review import review_cart
from orders.services.checkout import CheckoutDetails, choose_delivery, save_details
from stores.models import OpeningHours, SpecialDay
from stores.queries.shop import store_of, store_row
from stores.services.stock import release_lapsed_holds, take_out
from stores.views.shop.words import ways_of
from tests.factories.accounts import UserFactory
from tests.factories.orders import DETAILS, NOW, CartFactory, PaymentAccountFactory, filled_cart, market, ready_cart
from tests.factories.stores import DeliveryOptionFactory, StoreFactory, VariantFactory

pytestmark = pytest.mark.django_db


def test_review_adds_up_to_the_last_penny():
    place = market()
    review = review_cart(cart=ready_cart(place), now=NOW)
    bakery, lamps = review.parts
    assert [
        (line.title, line.options, line.quantity, line.unit_price, line.tax, line.total) for line in review.lines
    ] == [
        ("Bread", "large", 2, 350, 0, 700),
        ("Lamp", "", 1, 2400, 400, 2400),
    ]
    assert (bakery.goods_total, bakery.delivery_total, bakery.tax_total, bakery.total) == (700, 400, 67, 1100)
    assert (lamps.goods_total, lamps.delivery_total, lamps.tax_total, lamps.total) == (2400, 0, 400, 2400)
    assert (review.goods_total, review.delivery_total, review.tax_total, review.total) == (3100, 400, 467, 3500)
    assert [(rate.rate_bp, rate.gross, rate.tax, rate.net) for rate in review.taxes] == [
        (0, 700, 0, 700),
        (2000, 2800, 467, 2333),
    ]
    assert (review.missing, review.changes, review.needs_address) == ([], [], True)


@pytest.mark.parametrize("stores", [1, 3])
def test_review_is_one_query(stores, django_assert_num_queries):
    place = market()
    wants = [(VariantFactory(store=StoreFactory(union=place.union)), 1) for _ in range(stores)]
    cart = filled_cart(place, wants=wants)
    with django_assert_num_queries(1):
        review = review_cart(cart=cart, now=NOW)
        assert len(review.parts) == stores


def test_review_expects_delivery_in_the_unions_own_days():
    place = market(time_zone="Asia/Taipei")
    late = datetime(2026, 3, 2, 17, 0, tzinfo=UTC)  # already the third in Taipei
    bakery = review_cart(cart=ready_cart(place, now=late), now=late).parts[0]
    assert (bakery.delivery.earliest, bakery.delivery.latest) == (date(2026, 3, 4), date(2026, 3, 6))
    assert bakery.deadline == datetime(2026, 3, 6, 15, 59, 59, tzinfo=UTC)


def test_review_promises_what_the_products_page_promises():
    place = market()
    # NOW is a Monday; the bakery opens on weekdays but Wednesday, its van drives on Fridays, not on the sixth.
    for weekday in (0, 1, 3, 4):
        OpeningHours.objects.create(
            union=place.union, store=place.first, weekday=weekday, opens=time(8), closes=time(17)
        )
    bakery = review_cart(cart=ready_cart(place), now=NOW).parts[0]
    assert (bakery.delivery.earliest, bakery.delivery.latest) == (date(2026, 3, 3), date(2026, 3, 5))
    place.parcel.weekdays = "4"
    place.parcel.save()
    SpecialDay.objects.create(union=place.union, store=place.first, date=date(2026, 3, 6), reason="Feast")
    bakery = review_cart(cart=ready_cart(place), now=NOW).parts[0]
    assert (bakery.delivery.earliest, bakery.delivery.latest) == (date(2026, 3, 13), date(2026, 3, 13))
    assert bakery.deadline == datetime(2026, 3, 13, 23, 59, 59, tzinfo=UTC)
    shop = store_of(store_row(place.union, place.first.slug, now=NOW))
    with translation.override("en"):
        assert [text for _way, text in ways_of(shop, place.union, NOW)] == ["Arrives Fri 13 Mar"]


def test_review_says_options_in_the_readers_language():
    place = market()
    product = place.bread.product
    product.translations = {"ko": {"title": "빵", "options": {"size": "크기", "large": "큰 것"}}}
    product.save()
    cart = ready_cart(place)
    assert next(review_cart(cart=cart, now=NOW, language="ko").lines).options == "큰 것"
    assert next(review_cart(cart=cart, now=NOW, language="en").lines).options == "large"


def test_a_wish_for_a_service_reaches_the_order_and_stays_when_nothing_is_said_of_it():
    place = market()
    place.bread.product.kind = "service"
    place.bread.product.save()
    cart = ready_cart(place)
    choices = {place.first.pk: place.parcel.pk}
    choose_delivery(cart=cart, choices=choices, wishes={place.first.pk: " Friday after four "})
    before = review_cart(cart=cart, now=NOW, language="en")
    assert [part.wish for part in before.parts] == ["Friday after four", ""]
    choose_delivery(cart=cart, choices=choices)
    assert review_cart(cart=cart, now=NOW, language="en").digest == before.digest
    choose_delivery(cart=cart, choices=choices, wishes={place.first.pk: ""})
    assert review_cart(cart=cart, now=NOW, language="en").digest != before.digest


def test_review_makes_delivery_free_from_its_goods_value():
    place = market()
    place.parcel.free_from = 700
    place.parcel.save()
    bakery = review_cart(cart=ready_cart(place), now=NOW).parts[0]
    assert (bakery.delivery_total, bakery.tax_total, bakery.total) == (0, 0, 700)


def test_review_takes_the_first_delivery_offered_when_none_was_chosen():
    place = market()
    DeliveryOptionFactory(store=place.first, name="Boat", position=5)
    review = review_cart(cart=filled_cart(place), now=NOW)
    assert [part.delivery.name for part in review.parts] == ["Parcel", "Counter"]
    assert review.missing == ["contact", "address", "payment"]


def test_review_does_not_deliver_where_the_store_does_not():
    place = market()
    place.parcel.countries = "FR, ES"
    place.parcel.save()
    review = review_cart(cart=ready_cart(place), now=NOW)
    assert review.parts[0].delivery is None
    assert review.missing == ["delivery"]
    assert review.changes == ["Bakery no longer offers the delivery you chose."]


def test_review_tells_what_changed_since_the_cart_was_filled():
    place = market(stock=2)
    cart = ready_cart(place)
    place.lamp.price = 2500
    place.lamp.save()
    later = NOW + timedelta(minutes=11)
    release_lapsed_holds(now=later)
    take_out(variant=place.bread, quantity=1, actor=None, reason="broken", now=later)
    review = review_cart(cart=cart, now=later)
    assert review.changes == ["Only 1 left of Bread.", "Lamp now costs £25.00 instead of £24.00."]
    assert review.missing == ["lines"]


def test_review_knows_that_a_store_was_suspended():
    place = market()
    cart = ready_cart(place)
    place.second.membership.state = "suspended"
    place.second.membership.save()
    review = review_cart(cart=cart, now=NOW)
    assert review.changes == ["Lamp is not sold here any more."]
    assert review.missing == ["lines"]


def test_review_counts_pieces_held_for_the_cart_itself():
    place = market(stock=2)
    lines = list(review_cart(cart=ready_cart(place), now=NOW).lines)
    assert [(line.can_have, line.is_short) for line in lines] == [(2, False), (2, False)]
    assert lines[0].reserved_until == NOW + timedelta(minutes=10)


def test_review_of_an_empty_cart_cannot_be_paid():
    review = review_cart(cart=CartFactory(), now=NOW)
    assert (review.is_empty, review.total, review.is_ready) == (True, 0, False)


def test_review_of_an_unverified_account_cannot_be_paid():
    place = market()
    cart = ready_cart(place)
    cart.payment_account.state = "pending"
    cart.payment_account.save()
    assert review_cart(cart=cart, now=NOW).missing == ["payment"]


def test_review_speaks_the_shoppers_language():
    place = market(languages=["en", "ko"])
    product = place.bread.product
    product.translations = {"ko": {"title": "빵"}}
    product.save()
    cart = ready_cart(place)
    assert next(review_cart(cart=cart, now=NOW, language="ko").lines).title == "빵"
    assert next(review_cart(cart=cart, now=NOW, language="en").lines).title == "Bread"


def test_digest_says_what_differs():
    place = market()
    cart = ready_cart(place)
    before = review_cart(cart=cart, now=NOW)
    assert before.changes_since(before.digest) == []
    place.bread.price = 400
    place.bread.save()
    place.counter.price = 100
    place.counter.save()
    save_details(cart=cart, details=CheckoutDetails(email="ada@example.com", recipient="Eva"), now=NOW)
    after = review_cart(cart=cart, now=NOW)
    assert after.changes_since(before.digest) == [
        "Bread: now 2 at £4.00 each.",
        "The delivery from Lamps has changed.",
        "The name, address or note has changed.",
        "The total is now £37.00.",
    ]


def test_choose_delivery_refuses_another_stores_option():
    place = market()
    cart = ready_cart(place)
    with pytest.raises(Invalid):
        choose_delivery(cart=cart, choices={place.first.pk: place.counter.pk})
    with pytest.raises(Invalid):
        choose_delivery(cart=cart, choices={place.first.pk: market().parcel.pk, place.second.pk: place.counter.pk})
    assert dict(cart.deliveries.values_list("store_id", "option_id")) == {
        place.first.pk: place.parcel.pk,
        place.second.pk: place.counter.pk,
    }


def test_save_details_refuses_another_persons_account():
    place = market()
    cart = filled_cart(place, user=UserFactory())
    with pytest.raises(NotAllowed):
        save_details(cart=cart, details=DETAILS, account=PaymentAccountFactory(user=UserFactory()), now=NOW)
    assert Cart.objects.get(pk=cart.pk).email == ""


@pytest.mark.parametrize(
    ("kinds", "active", "offered"),
    [
        (["goods"], ["digital", "delivery", "pickup"], ["delivery", "pickup"]),
        (["service"], ["delivery", "digital", "pickup"], ["digital", "pickup"]),
        (["goods", "service"], ["digital", "pickup", "delivery"], ["pickup", "delivery"]),
        (["goods"], ["digital"], ["digital"]),
        (["service"], ["delivery"], ["delivery"]),
    ],
)
def test_review_offers_the_ways_that_suit_the_goods(kinds, active, offered):
    place = market()
    place.parcel.delete()
    for position, kind in enumerate(active):
        DeliveryOptionFactory(store=place.first, kind=kind, name=kind, position=position)
    wants = [(VariantFactory(store=place.first, product__kind=kind), 1) for kind in kinds]
    (part,) = review_cart(cart=filled_cart(place, wants=wants), now=NOW).parts
    assert [choice.kind for choice in part.choices] == offered
    assert part.delivery.kind == offered[0]
