"""Ways into rooms: a product's page, a store's and the union's home invite, without a query on each look."""

from datetime import timedelta

import pytest
from django.utils import timezone

from chat.models import RoomGuest
from chat.queries.rooms import gatherings
from chat.queries.shoppers import Shopper
from chat.services.presence import register_manager
from chat.services.rooms import buy_item, close_room, come_in, hold_item, open_room_around, present
from core import memory
from stores.models import StockLevel
from stores.services.stock import take_out
from tests.factories.accounts import UserFactory
from tests.factories.stores import ProductFactory, StoreFactory, VariantFactory
from tests.factories.unions import UnionFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def store():
    return StoreFactory(union=UnionFactory(slug="harbour"), slug="clay")


def room_around(store, title="Moon jar", **fields):
    product = ProductFactory(store=store, union=store.union, title=title, slug=title.lower().replace(" ", "-"))
    variant = VariantFactory(product=product, stock=1)
    values = {"title": "", "hold_minutes": 5, "presenter": None, "now": timezone.now()} | fields
    return open_room_around(store=store, variant=variant, **values)


def guests_in(room, count):
    for number in range(count):
        come_in(room=room, shopper=Shopper(union=room.union, visitor=f"v{number}"), now=timezone.now())


def test_gatherings_tell_who_presents_and_how_many_are_here(store, django_assert_num_queries):
    room = room_around(store)
    present(
        room=room,
        manager=register_manager(user=UserFactory(name="Mrs. Lin"), union=store.union, store=store),
        now=timezone.now(),
    )
    guests_in(room, 2)
    RoomGuest.objects.filter(visitor="v1").update(seen_at=timezone.now() - timedelta(minutes=5))
    for rooms in (1, 3):
        while len(gatherings(store.union, now=timezone.now())) < rooms:
            room_around(store, f"Bowl {StockLevel.objects.count()}")
        with django_assert_num_queries(1):
            found = gatherings(store.union, now=timezone.now())
        assert len(found) == rooms
        first = found[0]
        assert (first.product_id, first.title, first.presenter, first.here) == (
            room.product_id, "Moon jar", "Mrs. Lin", 1,
        )  # fmt: skip


def test_gatherings_leave_out_what_is_closed_sold_or_of_another_union(store):
    closed, sold, elsewhere = room_around(store, "Closed"), room_around(store, "Sold"), room_around(StoreFactory())
    close_room(room=closed, now=timezone.now())
    take_out(variant=sold.variant, quantity=1, actor=None, reason="sold at the counter", now=timezone.now())
    assert gatherings(store.union, now=timezone.now()) == []
    assert [each.product_id for each in gatherings(elsewhere.union, now=timezone.now())] == [elsewhere.product_id]


def test_gatherings_keep_what_somebody_holds_or_has_in_the_cart(store):
    room, now = room_around(store), timezone.now()
    shopper = Shopper(union=store.union, visitor="v1")
    guest = come_in(room=room, shopper=shopper, now=now)
    hold_item(room=room, guest=guest, now=now)
    assert len(gatherings(store.union, now=now)) == 1
    buy_item(room=room, guest=guest, shopper=shopper, token="", now=now)
    assert len(gatherings(store.union, now=now)) == 1


@pytest.mark.parametrize(
    ("page", "words"),
    [
        ("/u/harbour/clay/moon-jar/", "2 people are looking at this together"),
        ("/u/harbour/clay/", "2 people are here"),
        ("/u/harbour/", "2 people are here"),
    ],
)
def test_pages_invite_into_an_open_room(store, client, page, words):
    room = room_around(store)
    guests_in(room, 2)
    content = client.get(page).content.decode()
    assert words in content
    assert 'href="/u/harbour/clay/moon-jar/room/"' in content
    close_room(room=room, now=timezone.now())
    memory.forget()
    content = client.get(page).content.decode()
    assert "moon-jar/room/" not in content


def test_product_page_takes_no_query_more_while_the_rooms_are_known(store, client, django_assert_num_queries):
    room_around(store)
    client.get("/u/harbour/clay/moon-jar/")
    with django_assert_num_queries(2):
        client.get("/u/harbour/clay/moon-jar/")


def test_who_talks_alone_stays_in_the_room(store, client):
    room = room_around(store)
    address = "/u/harbour/clay/moon-jar/room/"
    answer = client.post(address, {"talk": "1"})
    ref = room.store.conversations.get().ref
    assert (answer.status_code, answer["Location"]) == (302, f"{address}?talk={ref}")
    page = client.get(answer["Location"]).content.decode()
    assert f'data-conversation="{ref}"' in page
    client.cookies.clear()
    assert f'data-conversation="{ref}"' not in client.get(answer["Location"]).content.decode()
