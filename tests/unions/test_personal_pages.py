"""The privacy page: a copy of everything, who looked, being erased; and the office's list of looks."""

import io
import zipfile
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from django.db import connection, transaction
from django.db.utils import IntegrityError
from django.test.utils import CaptureQueriesContext

from core.live import redis_connection
from core.outbox import deliver_waiting
from orders.models import GoodsDay, PurchasePath, SearchDay, VisitDay
from orders.services.visit_days import count_day
from tests.factories.accounts import UserFactory
from tests.factories.orders import NOW, OrderFactory, PurchaseFactory
from tests.factories.orders import market as new_market
from tests.factories.unions import UnionFactory, UnionStaffFactory, owner_of
from tests.orders.test_visit_days import DAY, filled
from tests.unions.test_browsing import browser, noted
from unions.models import BrowsingEvent, Look, PersonalFile
from unions.services import looks
from unions.services.browsing import copy_events
from unions.services.looks import STREAM, copy_looks, note_look
from unions.services.personal_files import make_personal_file
from unions.services.retaining import forget_what_is_old

pytestmark = pytest.mark.django_db

PRIVACY = "/account/privacy/"


def copies_made():
    for asked in PersonalFile.objects.filter(state="asked"):
        make_personal_file(file_id=asked.pk, now=datetime.now(UTC))


def test_a_person_asks_for_a_copy_sees_how_far_it_is_and_fetches_it(client):
    user = UserFactory(name="Ada")
    client.force_login(user)
    assert "Make the file" in client.get(PRIVACY).content.decode()
    assert client.post(f"{PRIVACY}file/")["Location"] == PRIVACY
    assert client.post(f"{PRIVACY}file/")["Location"] == PRIVACY
    part = client.get(f"{PRIVACY}file/", headers={"HX-Request": "true"}).content.decode()
    assert "Being made: 0 of 9 parts" in part
    assert 'hx-trigger="every 2s"' in part
    copies_made()
    key = PersonalFile.objects.get().key
    page = client.get(PRIVACY).content.decode()
    assert f"{PRIVACY}file/{key}.zip" in page
    answer = client.get(f"{PRIVACY}file/{key}.zip")
    content = b"".join(answer.streaming_content)
    assert b"Ada" in zipfile.ZipFile(io.BytesIO(content)).read("account/person.json")
    client.force_login(UserFactory())
    assert client.get(f"{PRIVACY}file/{key}.zip").status_code == 404


def test_a_browser_without_a_sign_in_takes_its_own_record_away():
    union = UnionFactory(slug="harbour")
    noted(union, "/tea/")
    noted(union, "/others/", visitor="v2")
    copy_events()
    answer = browser().get(f"{PRIVACY}visits.csv")
    words = b"".join(answer.streaming_content).decode()
    assert "/tea/" in words
    assert "/others/" not in words


def test_the_own_address_typed_erases_and_signs_out(client):
    user = UserFactory(email="ada@example.com")
    client.force_login(user)
    assert "This is not the address" in client.post(f"{PRIVACY}erase/", {"email": "eve@x.org"}).content.decode()
    user.refresh_from_db()
    assert user.email == "ada@example.com"
    assert client.post(f"{PRIVACY}erase/", {"email": "Ada@example.com"})["Location"] == "/"
    user.refresh_from_db()
    assert user.email.endswith("@erased.invalid")
    assert client.get(f"{PRIVACY}erase/")["Location"].startswith("/account/login/")


def test_what_is_under_way_stands_on_the_page_instead_of_the_button(client):
    there, user = new_market(), UserFactory()
    order = OrderFactory(store=there.first, purchase=PurchaseFactory(union=there.union, user=user), state="paid")
    client.force_login(user)
    page = client.get(f"{PRIVACY}erase/").content.decode()
    assert f"Order {order.number} is still on its way to you." in page
    assert "Erase me" not in page
    client.post(f"{PRIVACY}erase/", {"email": user.email})
    user.refresh_from_db()
    assert user.is_active


def test_opening_an_order_is_noted_for_office_and_customer_and_costs_no_query(client):
    there, user = new_market(), UserFactory()
    order = OrderFactory(store=there.first, purchase=PurchaseFactory(union=there.union, user=user), state="paid")
    owner = owner_of(there.first.membership)
    client.force_login(owner)
    address = f"/manage/{there.union.slug}/{there.first.slug}/orders/{order.number}/"
    client.get(address)
    assert redis_connection().xlen(STREAM) == 1
    assert (copy_looks(), copy_looks()) == (1, 0)
    look = Look.objects.get()
    assert (look.staff, look.person, look.kind, look.reference, look.place) == (
        owner,
        user,
        "order",
        order.number,
        there.first.name,
    )
    client.force_login(user)
    page = client.get(PRIVACY).content.decode()
    assert order.number in page
    assert there.first.name in page
    assert owner.email not in page
    client.force_login(UserFactory())
    assert order.number not in client.get(PRIVACY).content.decode()


def test_looks_are_listed_for_their_own_office_only(client):
    here, elsewhere = new_market(), new_market()
    for there in (here, elsewhere):
        order = OrderFactory(store=there.first, state="paid", number=f"NR-{there.union.pk}")
        client.force_login(UnionStaffFactory(union=there.union).user)
        assert client.get(f"/admin/orders/order/{order.pk}/change/").status_code == 200
        assert client.get(f"/admin/orders/purchase/{order.purchase_id}/change/").status_code == 200
    assert copy_looks() == 4
    page = client.get("/admin/unions/look/").content.decode()
    assert f"NR-{elsewhere.union.pk}" in page
    assert f"NR-{here.union.pk}" not in page


def test_looks_are_added_and_dropped_but_never_changed():
    union, user = UnionFactory(looks_kept_days=30), UserFactory()
    note_look(union=union, staff=user, kind="order", reference="A", place="Bakery", person_id=None)
    note_look(union=union, staff=user, kind="order", reference="own", place="Bakery", person_id=user.pk)
    assert copy_looks() == 1
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        Look.objects.update(reference="B")
    assert Look.objects.get().reference == "A"
    Look.objects.update(staff=None)
    assert forget_what_is_old(now=datetime.now(UTC))["looks"] == 0
    assert forget_what_is_old(now=datetime(2031, 1, 1, tzinfo=UTC))["looks"] == 1


def test_a_redis_that_is_away_fails_no_page_of_orders(client, monkeypatch):
    there = new_market()
    order = OrderFactory(store=there.first, state="paid")
    client.force_login(owner_of(there.first.membership))

    def away():
        raise OSError("away")

    monkeypatch.setattr(looks, "redis_connection", away)
    address = f"/manage/{there.union.slug}/{there.first.slug}/orders/{order.number}/"
    assert client.get(address).status_code == 200


def test_a_store_sees_its_own_part_of_the_way_and_the_office_all_of_it(client):
    there = new_market()
    there.first.slug, there.second.slug = "bakery", "lamps"
    there.first.save()
    there.second.save()
    bought = PurchaseFactory(union=there.union)
    order = OrderFactory(store=there.first, purchase=bought, state="paid")
    at = NOW.isoformat()
    PurchasePath.objects.create(
        union=there.union,
        purchase=bought,
        visitor="v1",
        began_at=NOW,
        bought_at=NOW,
        source="search",
        steps=[
            {"at": at, "kind": "search", "page": "/search/", "words": "loaf", "results": 1},
            {"at": at, "kind": "page", "page": "/lamps/"},
            {"at": at, "kind": "product", "page": "/lamps/secret-lamp/", "product": "lamps/secret-lamp"},
            {"at": at, "kind": "cart", "page": "/cart/", "product": "lamps/secret-lamp"},
            {"at": at, "kind": "product", "page": "/bakery/bread/", "product": "bakery/bread", "seconds": 12},
            {"at": at, "kind": "checkout", "page": "/checkout/", "words": "bakery lamps"},
        ],
    )
    client.force_login(owner_of(there.first.membership))
    page = client.get(f"/manage/{there.union.slug}/bakery/orders/{order.number}/").content.decode()
    assert [words in page for words in ("loaf", "bakery/bread", "12 seconds", "3 steps")] == [True] * 4
    assert "lamps" not in page
    client.force_login(UnionStaffFactory(union=there.union).user)
    office = client.get(f"/admin/orders/purchase/{bought.pk}/change/").content.decode()
    assert ("loaf" in office, "lamps/secret-lamp" in office) == (True, True)


def test_the_page_of_visitors_asks_the_same_queries_for_one_good_and_for_two(client):
    there = filled()
    count_day(union=there.union, day=DAY)
    for model in (VisitDay, GoodsDay, SearchDay):
        model.objects.update(day=datetime.now(UTC).astimezone(ZoneInfo("Asia/Taipei")).date())
    client.force_login(owner_of(there.first.membership))
    asked = []
    for _round in range(2):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            page = client.get("/manage/harbour/bakery/visitors/?days=7").content.decode()
        asked.append(len(queries))
        GoodsDay.objects.filter(product=there.lamp.product).update(store=there.first)
    assert "33 of 100 visitors bought" in page
    assert "moonstone" in page
    assert asked == [10, 10]
    rows = b"".join(client.get("/manage/harbour/bakery/visitors.csv?days=7").streaming_content).decode().splitlines()
    assert rows[1].split(",")[1:] == ["3", "3", "2", "1", "2", "40"]


def test_the_office_sees_visitors_of_its_own_union_only(client):
    there, elsewhere = filled(), UnionFactory()
    count_day(union=there.union, day=DAY)
    VisitDay.objects.update(day=datetime.now(UTC).astimezone(ZoneInfo("Asia/Taipei")).date())
    client.force_login(UnionStaffFactory(union=there.union).user)
    assert "25 of 100 visitors bought" in client.get("/admin/orders/purchase/visitors/").content.decode()
    assert client.get(f"/admin/orders/purchase/visitors/?union={elsewhere.pk}").status_code == 403
    assert client.get("/admin/orders/purchase/visitors.xlsx").status_code == 200
    client.force_login(UnionStaffFactory(union=elsewhere).user)
    assert "Nobody was counted in this time." in client.get("/admin/orders/purchase/visitors/").content.decode()


def test_erasing_leaves_the_record_of_others(client):
    union, ada = UnionFactory(), UserFactory()
    noted(union, "/ada/", user=ada)
    noted(union, "/ben/", visitor="v2")
    copy_events()
    client.force_login(ada)
    client.post(f"{PRIVACY}erase/", {"email": ada.email})
    while deliver_waiting(now=datetime.now(UTC)):
        pass
    assert list(BrowsingEvent.objects.values_list("page", flat=True)) == ["/ben/"]
