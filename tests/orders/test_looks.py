"""Whoever of the staff opens a page with a customer's name is noted, and the page asks the database nothing more."""

from types import SimpleNamespace

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from core.live import redis_connection
from orders.models import Return
from orders.services.returns import ask_return
from orders.views.manage import bulk, orders, parcels, responses, returns, work
from tests.factories.accounts import UserFactory
from tests.factories.orders import NOW, OrderFactory, PurchaseFactory, market
from tests.factories.procedures import walking
from tests.factories.stores import StoreStaffFactory
from tests.factories.unions import UnionStaffFactory
from tests.manage.people import signed_in
from tests.orders.responding import asked
from tests.orders.selling import bought, line_of, moved_to
from unions.models import Look
from unions.services.looks import STREAM, copy_looks

pytestmark = pytest.mark.django_db
PAGES = {
    "orders/{order}/": (orders, "looked_at"),
    "orders/{order}/slip/": (orders, "looked_at"),
    "returns/{returned}/": (returns, "looked_at"),
    "responses/{response}/": (responses, "looked_at_asker"),
    "parcels/{parcel}/": (parcels, "looked_at"),
    "steps/{walked}/1/": (work, "looked_at"),
    "orders/slips/?order={order}": (bulk, "looked_at_all"),
    "orders/slips.pdf?order={order}": (bulk, "looked_at_all"),
}


@pytest.fixture
def counter():
    """A store in which one customer's order has been through everything; its staff, signed in."""
    there, customer = market(), UserFactory(name="Ada")
    order = moved_to(bought(there, user=customer)[0], "delivered")
    returned = ask_return(order=order, pieces={line_of(order).pk: 1}, reason="Stale", actor=customer, now=NOW)
    response = asked(there.first, order=order, actor=customer)
    walked = walking(there.first, purchase=PurchaseFactory(union=there.union, user=customer))
    user = StoreStaffFactory(store=there.first, permissions=["orders"]).user
    numbers = {
        "order": order.number,
        "returned": returned.number,
        "response": response.number,
        "parcel": order.shipments.get().number,
        "walked": walked.number,
    }
    home = f"/manage/{there.union.slug}/{there.first.slug}/"
    return SimpleNamespace(
        there=there, customer=customer, order=order, walked=walked, user=user, numbers=numbers, home=home,
        client=signed_in(user),
    )  # fmt: skip


def queries(client: Client, address: str) -> int:
    client.get(address)
    with CaptureQueriesContext(connection) as seen:
        assert client.get(address).status_code == 200
    return len(seen)


@pytest.mark.parametrize("page", PAGES)
def test_opening_the_page_is_noted_with_customer_and_order_and_costs_no_query(counter, monkeypatch, page):
    address = counter.home + page.format(**counter.numbers)
    module, name = PAGES[page]
    with monkeypatch.context() as without:
        without.setattr(module, name, lambda *_: None)
        before = queries(counter.client, address)
    assert redis_connection().xlen(STREAM) == 0
    assert queries(counter.client, address) == before
    assert copy_looks() == 2
    number = counter.walked.number if page.startswith("steps") else counter.order.number
    looks = set(Look.objects.values_list("staff", "person", "kind", "reference", "place"))
    assert looks == {(counter.user.pk, counter.customer.pk, "order", number, counter.there.first.name)}


def test_a_question_of_somebody_who_bought_nothing_is_noted_under_its_own_number(counter):
    response = asked(counter.there.first, words="Is there rye in it?")
    counter.client.get(f"{counter.home}responses/{response.number}/")
    copy_looks()
    look = Look.objects.get()
    assert (look.kind, look.reference, look.person) == ("customer", response.number, None)


def test_slips_of_several_orders_are_a_look_at_each(counter):
    others = [OrderFactory(store=counter.there.first, state="accepted") for _each in range(2)]
    counter.client.get(f"{counter.home}orders/slips.pdf")
    assert copy_looks() == 2
    assert set(Look.objects.values_list("reference", flat=True)) == {order.number for order in others}


def test_a_return_whose_sale_is_not_known_names_nobody(counter):
    rows = {"union": counter.there.union, "store": counter.there.first, "currency": "GBP", "total": 1}
    Return.objects.create(number="R-1", external_id="1", state="refunded", requested_at=NOW, **rows)
    assert counter.client.get(f"{counter.home}returns/R-1/").status_code == 200
    assert copy_looks() == 0


def test_the_office_is_noted_when_it_opens_a_response(counter):
    office = UnionStaffFactory(union=counter.there.union).user
    response = asked(counter.there.first, words="Please help.", actor=counter.customer)
    assert signed_in(office).get(f"/admin/orders/customerresponse/{response.pk}/change/").status_code == 200
    copy_looks()
    look = Look.objects.get()
    assert (look.staff, look.kind, look.reference, look.place) == (
        office,
        "customer",
        response.number,
        counter.there.union.name,
    )


def test_the_customer_reads_which_shop_looked_and_not_who(counter):
    counter.client.get(f"{counter.home}returns/{counter.numbers['returned']}/")
    copy_looks()
    page = signed_in(counter.customer).get("/account/privacy/").content.decode()
    assert (counter.order.number in page, counter.there.first.name in page, counter.user.email in page) == (
        True,
        True,
        False,
    )


def test_a_stranger_is_refused_and_not_noted(counter):
    stranger = signed_in(UserFactory())
    for page in PAGES:
        assert stranger.get(counter.home + page.format(**counter.numbers)).status_code in (403, 404)
    assert copy_looks() == 0
