"""The way that led to a purchase: kept with consent, for thirty days back, erased on withdrawal; the purchase stays."""

import itertools
import statistics
import sys
import time
from datetime import UTC, datetime

import pytest
from django.core import signing
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from core.outbox import deliver_waiting
from orders.models import Purchase, PurchasePath
from orders.queries.cart_review import review_cart
from orders.services.paths import keep_path
from orders.services.purchase import pay, place_purchase
from tests.factories.orders import market as new_market
from tests.factories.orders import ready_cart
from tests.factories.unions import UnionFactory
from unions.middleware.visitor import COOKIE, SALT
from unions.models import BrowsedDay, BrowsingEvent
from unions.services.browsing import copy_events, forget_visitor, make_month, note_request
from unions.visits import CART, DWELL, PAGE, PRODUCT, PURCHASE, REDIRECT, SEARCH, Event

pytestmark = pytest.mark.django_db
LATER = itertools.count()


def did(union, kind, visitor="v1", **more):
    """One after the other, also within the same thousandth of a second."""
    at = time.time() + next(LATER) / 1000
    note_request(union=union, visitor=visitor, user=None, event=Event(kind, at, **more))


def bought(there, visitor="v1", now=None):
    now = now or datetime.now(UTC)
    cart = ready_cart(there, now=now)
    digest = review_cart(cart=cart, now=now).digest
    purchase = place_purchase(cart=cart, digest=digest, language="en", origin="website", now=now)
    pay(purchase=purchase, now=now)
    did(there.union, PURCHASE, visitor, page="/checkout/", words=purchase.number, value=purchase.total)
    return purchase


def settle():
    copy_events()
    while deliver_waiting(now=datetime.now(UTC)):
        pass


def shown(path):
    return [(step["kind"], step.get("page", ""), step.get("seconds", 0)) for step in path.steps]


def test_what_led_to_a_purchase_is_kept_with_it():
    there = new_market()
    did(there.union, REDIRECT, page="/bakery/")
    did(there.union, PRODUCT, page="/bakery/bread/", product="bakery/bread", value=350)
    did(there.union, DWELL, page="/bakery/bread/", seconds=10)
    did(there.union, DWELL, page="/bakery/bread/", seconds=30)
    did(there.union, SEARCH, "v2", page="/search/", words="lamp", results=1)
    purchase = bought(there)
    settle()
    path = PurchasePath.objects.get()
    assert (path.purchase, path.union, path.visitor, path.source) == (purchase, there.union, "v1", "redirect")
    assert shown(path) == [("redirect", "/bakery/", 0), ("product", "/bakery/bread/", 30)]
    assert path.left_out == 0
    assert path.began_at < path.bought_at
    assert BrowsedDay.objects.count() == 1


def test_keeping_twice_is_keeping_once_and_the_next_way_begins_after_the_purchase():
    there = new_market(stock=20)
    did(there.union, SEARCH, page="/search/", words="bread", results=1)
    first = bought(there)
    did(there.union, PAGE, page="/lamps/")
    second = bought(there)
    settle()
    at = PurchasePath.objects.get(purchase=second).bought_at
    assert keep_path(union_id=there.union.pk, visitor="v1", number=second.number, at=at).purchase == second
    assert {path.purchase_id: (path.source, shown(path)) for path in PurchasePath.objects.all()} == {
        first.pk: ("search", [("search", "/search/", 0)]),
        second.pk: ("direct", [("page", "/lamps/", 0)]),
    }


def test_of_a_long_way_the_beginning_and_the_end_are_kept():
    there = new_market()
    for n in range(120):
        note_request(union=there.union, visitor="v1", user=None, event=Event(PAGE, time.time(), page=f"/p/{n}/"))
    bought(there)
    settle()
    path = PurchasePath.objects.get()
    pages = [step["page"] for step in path.steps]
    assert (len(pages), path.left_out, pages[0], pages[19], pages[20], pages[-1]) == (
        100,
        20,
        "/p/0/",
        "/p/19/",
        "/p/40/",
        "/p/119/",
    )


def test_who_withdraws_before_it_is_copied_leaves_no_way_and_keeps_the_purchase():
    there = new_market()
    did(there.union, PAGE, page="/bakery/")
    purchase = bought(there)
    forget_visitor(visitor="v1")
    settle()
    assert PurchasePath.objects.count() == 0
    assert Purchase.objects.get() == purchase


def test_withdrawing_afterwards_erases_the_way_and_keeps_the_purchase():
    there = new_market()
    did(there.union, PAGE, page="/bakery/")
    purchase = bought(there)
    bought(there, "v2")
    settle()
    assert PurchasePath.objects.count() == 2
    forget_visitor(visitor="v1")
    settle()
    assert PurchasePath.objects.get().visitor == "v2"
    assert Purchase.objects.filter(pk=purchase.pk).exists()


def test_a_number_of_another_union_keeps_nothing():
    there, elsewhere = new_market(), UnionFactory()
    purchase = bought(there)
    settle()
    PurchasePath.objects.all().delete()
    did(elsewhere, PURCHASE, page="/checkout/", words=purchase.number)
    settle()
    assert PurchasePath.objects.count() == 0


def test_what_is_older_than_thirty_days_did_not_lead_to_it():
    there = new_market()
    now = datetime.now(UTC)
    old = datetime.fromtimestamp(now.timestamp() - 31 * 86400, UTC)
    make_month(year=old.year, month=old.month)
    BrowsingEvent.objects.create(at=old, entry="1-0", union=there.union, visitor="v1", kind="page", page="/old/")
    did(there.union, PAGE, page="/new/")
    bought(there)
    settle()
    assert shown(PurchasePath.objects.get()) == [("page", "/new/", 0)]


@pytest.mark.parametrize(("consent", "kinds"), [("yes", ["cart", "checkout", "checkout", "purchase"]), ("no", [])])
def test_a_purchase_on_the_pages_is_noted_step_by_step_with_consent_only(consent, kinds):
    there = new_market()
    client = Client(headers={"User-Agent": "Mozilla/5.0 Firefox"})
    client.cookies[COOKIE] = signing.dumps("v1", salt=SALT)
    client.cookies["consent"] = consent
    start = f"/u/{there.union.slug}"
    client.post(f"{start}/cart/add/", {"variant": there.bread.pk, "quantity": 1})
    client.get(f"{start}/checkout/")
    form = {
        "email": "ada@example.com",
        "recipient": "Ada",
        "line1": "3 Lemon Street",
        "city": "Truro",
        "postal_code": "TR1 2LZ",
        "country": "GB",
        "phone": "01872 555 010",
        "payment": "once",
        "token": "bank:approves",
        f"delivery-{there.first.pk}": there.parcel.pk,
    }
    client.post(f"{start}/checkout/", form)
    page = client.get(f"{start}/checkout/review/")
    assert page.status_code == 200, page.headers
    review = page.context["review"]
    client.post(f"{start}/checkout/place/", {"cart": review.cart.token, "digest": review.digest})
    purchase = Purchase.objects.get()
    settle()
    events = list(BrowsingEvent.objects.order_by("at", "entry"))
    assert [event.kind for event in events] == kinds
    if kinds:
        item = f"{there.first.slug}/{there.bread.product.slug}"
        assert (events[0].product, events[0].value) == (item, 350)
        assert (events[1].words, events[1].page, events[2].page) == (
            there.first.slug,
            "/checkout/",
            "/checkout/review/",
        )
        assert (events[3].words, events[3].value) == (purchase.number, purchase.total)
        assert [kind for kind, _page, _seconds in shown(purchase.path)] == ["cart", "checkout", "checkout"]
    assert PurchasePath.objects.count() == (1 if kinds else 0)


def test_changing_the_cart_is_no_good_put_in():
    there = new_market()
    did(there.union, CART, page="/cart/", value=0)
    bought(there)
    settle()
    assert "product" not in PurchasePath.objects.get().steps[0]


def test_with_consent_a_page_on_the_way_asks_the_database_no_more_than_without():
    """Run with -s to see what it takes."""
    there = new_market()
    asked, took = {}, {}
    for consent in ("no", "yes"):
        client = Client(headers={"User-Agent": "Mozilla/5.0 Firefox"})
        client.cookies[COOKIE] = signing.dumps(f"v-{consent}", salt=SALT)
        client.cookies["consent"] = consent
        start = f"/u/{there.union.slug}"
        client.post(f"{start}/cart/add/", {"variant": there.bread.pk, "quantity": 1})
        client.get(f"{start}/checkout/")
        with CaptureQueriesContext(connection) as queries:
            client.get(f"{start}/checkout/")
        asked[consent] = len(queries)
        times = []
        for _round in range(20):
            began = time.perf_counter()
            client.get(f"{start}/checkout/")
            times.append(time.perf_counter() - began)
        took[consent] = statistics.median(times) * 1000
    sys.stdout.write(
        f"\ncheckout page, median of 20: {took['no']:.1f} ms without recording, {took['yes']:.1f} ms with\n"
    )
    assert asked["yes"] == asked["no"]
