"""From an empty cart to a paid order, and what stands in the way."""

from threading import Barrier, Thread

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from orders.models import Cart, Order, Purchase
from payments.models import PaymentAccount, PaymentRequest
from stores.models import StockLevel
from tests.api.client import Api, key_for
from tests.api.story import DETAILS, bought, buy, fill, review
from tests.factories.accounts import UserFactory
from tests.factories.orders import market
from tests.factories.payments import PaymentAccountFactory
from tests.factories.stores import VariantFactory

pytestmark = pytest.mark.django_db(transaction=True)


def levels(place) -> list[tuple[int, int]]:
    return [
        StockLevel.objects.values_list("on_hand", "held").get(pk=variant.pk) for variant in (place.bread, place.lamp)
    ]


def code(response) -> tuple[int, str]:
    assert response["Content-Type"] == "application/problem+json", response.content
    return response.status_code, response.json()["code"]


def test_guest_buys_from_two_stores_in_three_requests(place, guest):
    filled = fill(guest, place)
    assert (filled.status_code, filled.json()["pieces"]) == (201, 3)
    told = review(guest, filled.json()["token"], delivery={place.first.slug: place.parcel.pk}).json()
    assert (told["total"], told["missing"], told["changes"]) == ({"amount": 3500, "currency": "GBP"}, [], [])
    purchase = bought(guest, filled.json()["token"], told["digest"]).json()
    assert purchase["total"] == {"amount": 3500, "currency": "GBP"}
    assert (purchase["payment"]["state"], [order["state"] for order in purchase["orders"]]) == (
        "authorized",
        ["paid", "paid"],
    )
    assert {order["store"] for order in purchase["orders"]} == {place.first.slug, place.second.slug}
    kept = Purchase.objects.get()
    assert (kept.number, kept.origin, kept.recipient) == (purchase["number"], "api", "Ada Trevithick")
    assert purchase["tracking_url"].endswith(f"/u/{place.union.slug}/track/{kept.token}/")
    assert levels(place) == [(8, 0), (9, 0)]


def test_whole_purchase_takes_few_statements(place, guest):
    with CaptureQueriesContext(connection) as captured:
        buy(guest, place)
    assert len(captured) <= 21, [query["sql"] for query in captured]


def test_statements_of_a_purchase_do_not_grow_with_its_lines(place, guest):
    def statements(lines) -> int:
        with CaptureQueriesContext(connection) as captured:
            token = guest.post("cart/lines/", {"lines": lines}).json()["token"]
            digest = review(guest, token).json()["digest"]
            assert bought(guest, token, digest, key=str(len(lines))).status_code == 201
        return len(captured)

    goods = VariantFactory.create_batch(3, store=place.first)
    one = statements([{"variant": goods[0].pk, "quantity": 1}])
    three = statements([{"variant": variant.pk, "quantity": 1} for variant in goods])
    assert three == one


def test_cart_can_be_filled_by_store_and_sku(place, guest):
    filled = guest.post(
        "cart/lines/", {"lines": [{"store": place.first.slug, "sku": place.bread.sku, "quantity": 2}]}
    ).json()
    told = guest.get("cart/", Cart_Token=filled["token"]).json()
    assert [(line["sku"], line["quantity"]) for part in told["stores"] for line in part["lines"]] == [
        (place.bread.sku, 2)
    ]


def test_cart_lines_are_all_added_or_none(place, guest):
    lines = [{"variant": place.bread.pk, "quantity": 1}, {"variant": place.lamp.pk, "quantity": 11}]
    response = guest.post("cart/lines/", {"lines": lines})
    assert code(response) == (409, "out_of_stock")
    assert (response.json()["available"], levels(place), Cart.objects.count()) == (10, [(10, 0), (10, 0)], 0)
    other = market()
    lines[1] = {"variant": other.bread.pk, "quantity": 1}
    assert code(guest.post("cart/lines/", {"lines": lines})) == (404, "not_sold")
    unknown = {"store": place.second.slug, "sku": place.bread.sku, "quantity": 1}
    assert code(guest.post("cart/lines/", {"lines": [unknown]})) == (404, "not_sold")
    assert (levels(place), Cart.objects.count()) == ([(10, 0), (10, 0)], 0)


def test_guest_may_name_the_cart_and_repeat(place, guest):
    name = "n" * 40
    first = fill(guest, place, Cart_Token=name, Idempotency_Key="once")
    again = fill(guest, place, Cart_Token=name, Idempotency_Key="once")
    assert first.json() == again.json() == {"token": name, "pieces": 3}
    assert (again["Idempotency-Replayed"], levels(place)) == ("true", [(10, 2), (10, 1)])
    assert code(fill(guest, place, Cart_Token="guessable")) == (422, "invalid")


def test_lines_are_changed_and_taken_out(place, guest):
    token = fill(guest, place).json()["token"]
    address = f"cart/lines/{place.first.slug}/{place.bread.sku}/"
    assert guest.ask("PUT", address, {"quantity": 5}, Cart_Token=token).json()["pieces"] == 6
    assert levels(place) == [(10, 5), (10, 1)]
    assert guest.ask("DELETE", address, Cart_Token=token).json()["pieces"] == 1
    assert code(guest.ask("DELETE", address, Cart_Token=token)) == (404, "not_found")
    assert levels(place) == [(10, 0), (10, 1)]


def test_cart_is_opened_empty_and_found_by_its_token_only(place, guest):
    opened = guest.post("cart/")
    assert (opened.status_code, opened.json()["missing"]) == (201, ["lines", "contact"])
    assert guest.get("cart/", Cart_Token=opened.json()["token"]).status_code == 200
    assert code(guest.get("cart/")) == (404, "not_found")
    assert code(guest.get("cart/", Cart_Token="x" * 43)) == (404, "not_found")
    assert code(Api(market().union).get("cart/", Cart_Token=opened.json()["token"])) == (404, "not_found")


def test_customer_has_a_cart_without_a_token(place, customer):
    PaymentAccountFactory(user=customer.user, is_default=True)
    filled = fill(customer, place)
    assert filled.json() == {"token": None, "pieces": 3}
    told = customer.ask("PUT", "checkout/", DETAILS).json()
    assert told["missing"] == []
    purchase = bought(customer, None, told["digest"]).json()
    assert purchase["payment"]["state"] == "authorized"
    assert Purchase.objects.get().user == customer.user
    assert customer.get(f"purchases/{purchase['number']}/").json() == purchase
    assert customer.get("orders/").json()["results"][0]["purchase"] == purchase["number"]


def test_customer_adds_and_verifies_a_payment_account(place, customer):
    added = customer.post("payment-accounts/", {"token": "bank:approves"}).json()
    assert (added["state"], added["is_default"]) == ("pending", False)
    wrong = customer.post(f"payment-accounts/{added['id']}/verify/", {"code": "0000"})
    assert code(wrong) == (422, "wrong_code")
    verified = customer.post(f"payment-accounts/{added['id']}/verify/", {"code": "2468"}).json()
    assert (verified["state"], verified["is_default"]) == ("verified", True)
    fill(customer, place)
    told = customer.ask("PUT", "checkout/", {**DETAILS, "payment": {"account": added["id"]}}).json()
    assert (told["missing"], told["payment"]) == ([], verified["label"])
    assert customer.ask("DELETE", f"payment-accounts/{added['id']}/").status_code == 204
    assert customer.get("payment-accounts/").json() == {"results": []}


def test_customers_do_not_pay_from_each_others_accounts(place, customer):
    other = PaymentAccountFactory(user=UserFactory())
    stranger = Api(place.union, key_for(place.union, user=other.user))
    name = stranger.get("payment-accounts/").json()["results"][0]["id"]
    fill(customer, place)
    response = customer.ask("PUT", "checkout/", {**DETAILS, "payment": {"account": name}})
    assert (code(response), Cart.objects.get().payment_account) == ((404, "not_found"), None)
    assert code(customer.ask("DELETE", f"payment-accounts/{name}/")) == (404, "not_found")


@pytest.mark.parametrize(
    ("token", "payment", "order"),
    [("bank:declines-funds", "failed", "cancelled"), ("bank:asks-confirmation", "created", "placed")],
)
def test_purchase_tells_what_the_bank_said(place, guest, token, payment, order):
    purchase = buy(guest, place, pay=token)
    assert purchase["payment"]["state"] == payment
    assert {told["state"] for told in purchase["orders"]} == {order}
    assert purchase["payment"]["failure_code"] == ("insufficient_funds" if payment == "failed" else "")
    assert purchase["payment"]["confirm_url"].startswith("http") is (payment == "created")


def test_purchase_needs_an_idempotency_key(place, guest):
    token = fill(guest, place).json()["token"]
    digest = review(guest, token).json()["digest"]
    response = guest.post("purchases/", {"digest": digest}, Cart_Token=token)
    assert (code(response), Purchase.objects.count()) == ((400, "idempotency_key_required"), 0)


def test_purchase_sent_again_is_answered_again(place, guest):
    token = fill(guest, place).json()["token"]
    digest = review(guest, token).json()["digest"]
    first = bought(guest, token, digest)
    again = bought(guest, token, digest)
    pressed = bought(guest, token, digest, key="another")
    assert first.json()["number"] == again.json()["number"] == pressed.json()["number"]
    assert again["Idempotency-Replayed"] == "true"
    assert code(bought(guest, token, "other")) == (422, "idempotency_key_reused")
    assert (Purchase.objects.count(), Order.objects.count(), PaymentRequest.objects.count()) == (1, 2, 1)


def test_purchase_sent_many_times_at_once_is_one(place, guest):
    token = fill(guest, place).json()["token"]
    digest = review(guest, token).json()["digest"]
    answers, start = [], Barrier(6)

    def send(key: str) -> None:
        start.wait()
        response = bought(Api(place.union), token, digest, key=key)
        answers.append((response.status_code, response.json().get("number") or response.json()["code"]))
        connections.close_all()

    threads = [Thread(target=send, args=("same" if number < 4 else f"other-{number}",)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    number = Purchase.objects.get().number
    assert {answer for answer in answers if answer[0] == 201} == {(201, number)}
    assert {answer for answer in answers if answer[0] != 201} <= {(409, "idempotency_in_progress")}
    assert (Order.objects.count(), PaymentRequest.objects.count(), levels(place)) == (2, 1, [(8, 0), (9, 0)])


def test_purchase_is_refused_when_a_price_changed_since_the_review(place, guest, bakery):
    token = fill(guest, place).json()["token"]
    digest = review(guest, token).json()["digest"]
    version = bakery.get(f"prices/{place.bread.sku}/")["ETag"]
    assert bakery.ask("PUT", f"prices/{place.bread.sku}/", {"price": 351}, If_Match=version).status_code == 200
    response = bought(guest, token, digest)
    assert code(response) == (409, "review_changed")
    assert response.json()["changes"][0].startswith("Bread")
    assert (Purchase.objects.count(), levels(place)) == (0, [(10, 2), (10, 1)])


def test_purchase_that_is_not_ready_says_what_is_missing(place, guest):
    token = fill(guest, place).json()["token"]
    digest = guest.get("checkout/", Cart_Token=token).json()["digest"]
    response = bought(guest, token, digest)
    assert (code(response), response.json()["missing"]) == (
        (409, "cart_not_ready"),
        ["contact", "address", "payment"],
    )


def test_guest_sees_the_purchase_by_the_carts_token_only(place, guest, customer, bakery, office):
    token = fill(guest, place).json()["token"]
    number = bought(guest, token, review(guest, token).json()["digest"]).json()["number"]
    address = f"purchases/{number}/"
    assert guest.get(address, Cart_Token=token).json()["number"] == number
    assert office.get(address).json()["number"] == number
    for stranger in (guest, customer, bakery):
        assert code(stranger.get(address)) == (404, "not_found")
    assert code(guest.get(address, Cart_Token="x" * 43)) == (404, "not_found")


def test_one_time_account_is_not_made_again_when_the_checkout_is_sent_again(place, guest):
    token = fill(guest, place).json()["token"]
    first = review(guest, token).json()
    assert review(guest, token).json()["digest"] == first["digest"]
    assert PaymentAccount.objects.count() == 1


def test_delivery_is_chosen_by_store(place, guest):
    token = fill(guest, place).json()["token"]
    wrong = review(guest, token, delivery={place.first.slug: place.counter.pk})
    assert code(wrong) == (422, "invalid")
    assert code(review(guest, token, delivery={"nowhere": place.parcel.pk})) == (422, "invalid")
    told = review(guest, token, delivery={place.first.slug: place.parcel.pk, place.second.slug: place.counter.pk})
    assert [part["delivery"] for part in told.json()["stores"]] == [place.parcel.pk, place.counter.pk]
