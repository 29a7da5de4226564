"""From the product's button to the receipt, as a browser without scripts walks it; and who may see what."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from orders.models import Cart, CartLine, Order, Purchase
from orders.queries.cart_review import review_cart
from orders.services.purchase import pay, place_purchase
from payments.models import PaymentAccount
from stores.models import Review, StockLevel
from tests.factories.accounts import AddressFactory, UserFactory
from tests.factories.orders import OrderFactory, PaymentAccountFactory, PurchaseFactory, filled_cart, market, ready_cart
from tests.factories.stores import DeliveryOptionFactory, StoreFactory

pytestmark = pytest.mark.django_db

DETAILS = {
    "email": "ada@example.com",
    "recipient": "Ada Trevithick",
    "line1": "3 Lemon Street",
    "city": "Truro",
    "postal_code": "TR1 2LZ",
    "country": "GB",
    "payment": "once",
}


def page(name: str, place, **kwargs) -> str:
    return reverse(f"orders:{name}", kwargs={"union": place.union.slug, **kwargs})


def put(client, place, variant, quantity=1):
    return client.post(page("add", place), {"variant": variant.pk, "quantity": quantity})


def details(place, token="bank:approves", **other) -> dict:
    return {
        **DETAILS,
        "token": token,
        f"delivery-{place.first.pk}": place.parcel.pk,
        f"delivery-{place.second.pk}": place.counter.pk,
        **other,
    }


def confirmed(client, place) -> dict:
    """The hidden fields of the verifying page."""
    shown = client.get(page("review", place)).content.decode()
    return dict(re.findall(r'name="(cart|digest)" value="([^"]+)"', shown))


def bought(client, place, token="bank:approves") -> Purchase:
    put(client, place, place.bread, 2)
    put(client, place, place.lamp)
    client.post(page("checkout", place), details(place, token))
    client.post(page("place", place), confirmed(client, place))
    return Purchase.objects.latest("id")


def test_a_guest_buys_from_two_stores(client):
    place = market()
    assert put(client, place, place.bread, 2).url == page("cart", place)
    put(client, place, place.lamp)
    cart = client.get(page("cart", place))
    assert "Bread" in cart.content.decode() and "£31.00" in cart.content.decode()
    answer = client.post(page("checkout", place), details(place))
    assert answer.url == page("review", place)
    shown = client.get(page("review", place)).content.decode()
    for text in ("Bakery", "Lamps", "Parcel", "Counter", "3 Lemon Street", "Pay £35.00", "£4.67"):
        assert text in shown
    answer = client.post(page("place", place), confirmed(client, place))
    purchase = Purchase.objects.get()
    assert answer.url == page("track", place, token=purchase.token)
    tracking = client.get(answer.url).content.decode()
    assert "Thank you!" in tracking
    assert list(purchase.orders.values_list("state", flat=True)) == ["paid", "paid"]
    receipt = client.get(page("receipt", place, token=purchase.token)).content.decode()
    for text in ("0 %", "20 %", "£4.67", "£35.00", "Ada Trevithick"):
        assert text in receipt
    place.union.contact_address = "Unit 4, Truro"
    place.union.save()
    receipt = client.get(page("receipt", place, token=purchase.token)).content.decode()
    assert f"<dd>{place.union.name}, Unit 4, Truro</dd>" in receipt


def test_the_whole_purchase_takes_at_most_forty_statements(client, django_assert_max_num_queries):
    place = market()
    with django_assert_max_num_queries(40) as counted:
        bought(client, place)
    assert Purchase.objects.get().orders.filter(state="paid").count() == 2
    assert len(counted) == 34


def test_pressing_twice_and_going_back_lead_to_the_same_purchase(client):
    place = market()
    put(client, place, place.lamp)
    client.post(page("checkout", place), details(place))
    fields = confirmed(client, place)
    first = client.post(page("place", place), fields)
    again = client.post(page("place", place), fields)
    elsewhere = Client().post(page("place", place), fields)
    assert first.url == again.url == elsewhere.url
    assert (Purchase.objects.count(), StockLevel.objects.get(variant=place.lamp).on_hand) == (1, 9)


def test_a_changed_price_is_shown_before_anything_is_placed(client):
    place = market()
    put(client, place, place.lamp)
    client.post(page("checkout", place), details(place))
    fields = confirmed(client, place)
    place.lamp.price = 2500
    place.lamp.save()
    answer = client.post(page("place", place), fields, follow=True)
    shown = answer.content.decode()
    assert "Lamp: now 1 at £25.00 each." in shown
    assert "was £24.00 each" in shown
    assert "Pay £25.00" in shown
    assert Purchase.objects.count() == 0
    client.post(page("place", place), confirmed(client, place))
    assert Purchase.objects.get().total == 2500


def test_a_declined_payment_puts_everything_back_into_the_cart(client):
    place = market()
    purchase = bought(client, place, token="bank:declines-funds")
    assert set(purchase.orders.values_list("state", flat=True)) == {"cancelled"}
    shown = client.get(page("checkout", place)).content.decode()
    assert "3 Lemon Street" in shown
    cart = Cart.objects.get(state="open")
    assert list(cart.lines.order_by("id").values_list("variant", "quantity")) == [
        (place.bread.pk, 2),
        (place.lamp.pk, 1),
    ]
    client.post(page("checkout", place), details(place))
    client.post(page("place", place), confirmed(client, place))
    assert list(Purchase.objects.latest("id").orders.values_list("state", flat=True)) == ["paid", "paid"]
    assert StockLevel.objects.values_list("on_hand", "held").get(variant=place.bread) == (8, 0)


def test_a_bank_that_asks_is_visited_and_the_page_moves_on(client):
    place = market()
    put(client, place, place.lamp)
    client.post(page("checkout", place), details(place, token="bank:asks-confirmation"))
    answer = client.post(page("place", place), confirmed(client, place))
    purchase = Purchase.objects.get()
    track = page("track", place, token=purchase.token)
    assert answer.url.startswith("/account/payment-accounts/bank/")
    assert "Waiting for your bank" in client.get(track).content.decode()
    back = client.post(answer.url, {"decision": "approve"})
    assert back.url == page("back", place, token=purchase.token)
    assert client.get(back.url).url == track
    assert "Thank you!" in client.get(track).content.decode()
    assert purchase.orders.get().state == "paid"


def test_tracking_answers_nothing_when_nothing_has_changed(client):
    place = market()
    purchase = bought(client, place)
    track = page("track", place, token=purchase.token)
    seen = re.search(r'hx-get="([^"]+)"', client.get(track).content.decode())[1]
    assert client.get(seen, headers={"HX-Request": "true"}).status_code == 204


def test_times_are_the_unions_own(client):
    purchase = PurchaseFactory(union__time_zone="Asia/Taipei", placed_at=datetime(2026, 3, 2, 20, 30, tzinfo=UTC))
    OrderFactory(purchase=purchase, store=StoreFactory(union=purchase.union), state=Order.State.PAID)

    shown = client.get(page("track", purchase, token=purchase.token)).content.decode()

    assert "3 March 2026, 04:30" in shown
    assert "20:30" not in shown


def test_the_shopper_cancels_one_order_and_keeps_the_other(client):
    place = market()
    purchase = bought(client, place)
    bakery, lamps = purchase.orders.order_by("id")
    client.post(page("cancel", place, token=purchase.token, number=bakery.number))
    assert list(purchase.orders.order_by("id").values_list("state", flat=True)) == ["cancelled", "paid"]
    Order.objects.filter(pk=lamps.pk).update(state="packed")
    answer = client.post(page("cancel", place, token=purchase.token, number=lamps.number), follow=True)
    assert "can no longer be cancelled" in answer.content.decode()
    lamps.refresh_from_db()
    assert lamps.state == "packed"


def test_the_shopper_confirms_receipt(client):
    place = market()
    purchase = bought(client, place)
    order = purchase.orders.order_by("id")[0]
    Order.objects.filter(pk=order.pk).update(state="shipped")
    client.post(page("received", place, token=purchase.token, number=order.number))
    order.refresh_from_db()
    assert order.state == "delivered"


def test_a_link_of_one_union_opens_nothing_in_another(client):
    place, other = market(), market()
    purchase = bought(client, place)
    for name in ("track", "receipt"):
        assert client.get(page(name, other, token=purchase.token)).status_code == 404
        assert client.get(page(name, place, token="x" * 43)).status_code == 404
    number = purchase.orders.all()[0].number
    assert client.post(page("cancel", other, token=purchase.token, number=number)).status_code == 404
    assert set(purchase.orders.values_list("state", flat=True)) == {"paid"}


def test_nobody_buys_another_persons_cart(client):
    place = market()
    cart = ready_cart(place, user=UserFactory())
    digest = review_cart(cart=cart, now=timezone.now()).digest
    client.force_login(UserFactory())
    assert client.post(page("place", place), {"cart": cart.token, "digest": digest}).status_code == 404
    assert Client().post(page("place", place), {"cart": cart.token, "digest": digest}).status_code == 404
    assert Purchase.objects.count() == 0


def test_nobody_changes_another_cart(client):
    place = market()
    other = filled_cart(place)
    put(client, place, place.lamp)
    line = other.lines.first()
    client.post(page("change", place, line=line.pk), {"quantity": 9})
    client.post(page("remove", place, line=line.pk))
    assert CartLine.objects.get(pk=line.pk).quantity == 2


def test_a_person_uses_address_and_account_of_their_own(client):
    place, user = market(), UserFactory(name="Ada")
    AddressFactory(user=user, line1="9 Quay Street")
    mine = PaymentAccountFactory(user=user, label="My account")
    other = PaymentAccountFactory(user=UserFactory(), label="Not mine")
    client.force_login(user)
    put(client, place, place.lamp)
    shown = client.get(page("checkout", place)).content.decode()
    assert "9 Quay Street" in shown and "My account" in shown and "Not mine" not in shown
    answer = client.post(page("checkout", place), details(place, payment=str(other.pk)))
    assert answer.status_code == 200
    client.post(page("checkout", place), details(place, payment=str(mine.pk)))
    client.post(page("place", place), confirmed(client, place))
    purchase = Purchase.objects.get()
    assert (purchase.user, purchase.customer.user) == (user, user)
    assert PaymentAccount.objects.count() == 2
    assert purchase.number in client.get(reverse("orders:list")).content.decode()
    number = purchase.orders.get().number
    assert client.get(reverse("orders:order", kwargs={"number": number})).url.endswith(f"#{number}")
    client.force_login(UserFactory())
    assert client.get(reverse("orders:order", kwargs={"number": number})).status_code == 404
    assert purchase.number not in client.get(reverse("orders:list")).content.decode()


def test_a_guests_cart_is_merged_at_sign_in(client):
    place, user = market(), UserFactory(password="a long enough pass phrase")
    put(client, place, place.bread, 2)
    client.post(reverse("account_login"), {"login": user.email, "password": "a long enough pass phrase"})
    cart = Cart.objects.get(user=user)
    assert cart.lines.get().quantity == 2
    assert client.get(page("cart", place)).context["review"].pieces == 2


def test_missing_details_stay_on_the_form_with_what_was_written(client):
    place = market()
    put(client, place, place.bread)
    answer = client.post(page("checkout", place), details(place, line1="", recipient="Ada"))
    shown = answer.content.decode()
    assert answer.status_code == 200
    assert "Street and number</a>: Needed for the delivery." in shown and 'value="Ada"' in shown
    assert Cart.objects.get().recipient == ""


def test_an_empty_cart_offers_the_first_step_and_has_no_checkout(client):
    place = market()
    assert "Your cart is empty" in client.get(page("cart", place)).content.decode()
    assert client.get(page("checkout", place)).url == page("cart", place)
    assert client.get(page("review", place)).url == page("cart", place)


def test_adding_too_much_says_how_much_there_is(client):
    place = market(stock=3)
    answer = client.post(page("add", place), {"variant": place.bread.pk, "quantity": 4}, follow=True)
    assert "Only 3 of this can be had now." in answer.content.decode()
    assert not CartLine.objects.exists()


def test_adding_with_htmx_answers_the_count_and_a_word(client):
    place = market()
    answer = client.post(page("add", place), {"variant": place.bread.pk, "quantity": 2}, headers={"HX-Request": "true"})
    assert '<span hx-swap-oob="innerHTML:[data-cart-count]">2</span>' in answer.content.decode()
    assert "set aside for 10 minutes" in answer["HX-Trigger"]


def test_looking_around_costs_no_query_for_the_cart(client, django_assert_num_queries):
    place = market()
    from django.test import RequestFactory

    from orders.cookies import RememberedCarts

    put(client, place, place.bread, 2)
    request = RequestFactory().get("/")
    request.COOKIES = {name: morsel.value for name, morsel in client.cookies.items()}
    with django_assert_num_queries(0):
        assert RememberedCarts(request).pieces(place.union.slug) == 2
        request.COOKIES = {f"cart-{place.union.slug}": "forged"}
        assert RememberedCarts(request).pieces(place.union.slug) == 0


@pytest.mark.parametrize("lines", [1, 3])
def test_the_cart_page_takes_a_fixed_number_of_queries(client, lines, django_assert_num_queries):
    place = market()
    for variant in [place.bread, place.lamp, market().bread][:lines]:
        put(client, place, variant)
    with django_assert_num_queries(4):  # the fourth: which service programs the union has now
        client.get(page("cart", place))


def test_an_old_link_still_shows_the_purchase(client):
    place = market()
    cart = ready_cart(place)
    purchase = place_purchase(
        cart=cart,
        digest=review_cart(cart=cart, now=timezone.now() - timedelta(days=9)).digest,
        language="en",
        origin="website",
        now=timezone.now() - timedelta(days=9),
    )
    pay(purchase=purchase, now=timezone.now())
    assert f"Purchase {purchase.number}" in client.get(page("track", place, token=purchase.token)).content.decode()


def test_a_phone_that_cannot_be_rung_is_refused_and_stays_to_be_mended(client):
    place = market()
    put(client, place, place.bread)
    answer = client.post(page("checkout", place), details(place, phone="abc")).content.decode()
    assert "Phone</a>: Please write it with all its digits." in answer and 'value="abc"' in answer
    assert "choose the files again" not in answer


def test_an_address_is_asked_for_only_when_something_is_delivered_to_it(client):
    place = market()
    DeliveryOptionFactory(store=place.first, kind="pickup", name="Shop door", price=0, position=9)
    put(client, place, place.bread)
    answer = client.post(page("checkout", place), details(place, line1=""))
    assert "Street and number</a>: Needed for the delivery." in answer.content.decode()
    door = place.first.delivery_options.get(kind="pickup")
    answer = client.post(page("checkout", place), details(place, line1="", **{f"delivery-{place.first.pk}": door.pk}))
    assert answer.url == page("review", place)


def test_the_buyer_reviews_what_has_arrived_once(client):
    place, user = market(), UserFactory(name="Ada")
    client.force_login(user)
    purchase = bought(client, place)
    bakery = purchase.orders.order_by("id")[0]
    line = bakery.lines.get()
    address = page("write_review", place, token=purchase.token, number=bakery.number, line=line.pk)
    said = {"stars": "4", "title": "Crusty", "words": "Gone within a day.", "author_name": "Ada"}
    assert client.post(address, said).status_code == 404
    Order.objects.filter(pk=bakery.pk).update(state="delivered", changed_at=timezone.now())
    assert address in client.get(page("track", place, token=purchase.token)).content.decode()
    assert client.get(address).status_code == 200
    assert client.post(address, said).url == page("track", place, token=purchase.token)
    review = Review.objects.get()
    assert (review.product, review.store, review.stars, review.order_number) == (
        place.bread.product,
        place.first,
        4,
        bakery.number,
    )
    assert "reviewed this purchase already" in client.post(address, said).content.decode()
    shown = client.get(address, follow=True).content.decode()
    assert "You gave 4 stars" in shown and address not in shown
    client.force_login(UserFactory())
    assert client.post(address, said).status_code == 404
    assert Review.objects.count() == 1
