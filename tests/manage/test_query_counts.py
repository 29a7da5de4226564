"""Every list of the management pages runs a fixed number of queries, whatever the number of rows."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from stores.models import ApiKey, Picture, SpecialDay, StaffInvitation
from tests.factories.orders import OrderFactory
from tests.factories.parcels import carrier_service
from tests.factories.stores import (
    CategoryFactory,
    DeliveryOptionFactory,
    OpeningHoursFactory,
    ProductFactory,
    StoreFactory,
    StoreStaffFactory,
    VariantFactory,
)

pytestmark = pytest.mark.django_db

# Union, person and store with access are three of them (staff need one more for their permissions).
PAGES = {
    "": 11,
    "orders/": 6,
    "orders/{order}/": 14,
    "orders/pick-list/": 5,
    "orders/slips/": 5,
    "parcels/": 6,
    "parcels/{parcel}/": 6,
    "parcels/carriers/": 6,
    "parcels/upload/": 3,
    "parcels/counter/": 4,
    "catalogue/": 8,
    "catalogue/loaf/": 8,
    "stock/": 6,
    "stock/LOAF-1/": 6,
    "stock-movements/": 4,
    "hours/": 7,
    "delivery/": 4,
    "team/": 6,
    "keys/": 4,
}


def add_more(shop, at):
    """One more of everything that the pages list."""
    store, union = shop.store, shop.store.union
    product = ProductFactory(store=store, category=CategoryFactory(union=union), title=f"More {at}")
    VariantFactory(product=product, stock=1)
    variant = VariantFactory(product=shop.product, options={"size": str(at)})
    Picture.objects.create(union=union, product=shop.product, sizes=[{"path": "a.webp"}], position=at)
    order = OrderFactory(store=store, state="paid")
    order.changes.create(
        union=union, order=order, to_state="paid", actor=StoreStaffFactory(store=store).user, at=order.placed_at
    )
    shop.order.changes.create(
        union=union,
        to_state="paid",
        actor=StoreStaffFactory(store=store, permissions=["orders"]).user,
        at=order.placed_at,
    )
    shop.order.lines.create(union=union, variant=variant, title="More", quantity=1, unit_price=1, total=1)
    shop.order.shipments.create(union=union, carrier="Post")
    further = OrderFactory(store=store, state="accepted")
    parcel = shop.order.shipments.order_by("id")[0]
    row = further.lines.get()
    parcel.lines.create(union=union, order_line=row, quantity=1)
    parcel.events.create(
        union=union, state="in_transit", at=order.placed_at, told_at=order.placed_at, source="csv", external_id=str(at),
        actor=StoreStaffFactory(store=store).user,
    )  # fmt: skip
    carrier_service(union, slug=f"post-{at}")
    OpeningHoursFactory(store=store, weekday=at)
    SpecialDay.objects.create(union=union, store=store, date=f"2050-01-0{at}", reason="Stocktaking")
    DeliveryOptionFactory(store=store)
    StaffInvitation.objects.create(
        union=union, store=store, email=f"{at}@example.com", invited_at=order.placed_at, expires_at="2050-01-01T00:00Z"
    )
    ApiKey.objects.create(union=union, store=store, name="Till", key_hash=str(at), scopes=["orders:read"])


def queries(client, url):
    client.get(url)
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert client.get(url).status_code == 200
    return [row["sql"] for row in captured.captured_queries if not row["sql"].startswith(("SAVEPOINT", "RELEASE"))]


@pytest.mark.parametrize(("path", "count"), PAGES.items(), ids=PAGES)
def test_page_runs_as_many_queries_with_one_row_as_with_three(shop, path, count):
    client = shop.owner()
    add_more(shop, 1)
    url = shop.url(path.format(order=shop.order.number, parcel=shop.order.shipments.order_by("id")[0].number))
    with_one = queries(client, url)
    add_more(shop, 2)
    add_more(shop, 3)
    with_three = queries(client, url)
    assert (len(with_one), len(with_three)) == (count, count)


def test_chooser_runs_as_many_queries_with_two_stores_as_with_four(shop):
    client = shop.owner()
    counts = []
    for _ in range(2):
        StoreFactory(membership=shop.store.membership)
        StoreFactory(membership=shop.store.membership)
        counts.append(len(queries(client, "/manage/")))
    assert counts == [5, 5]
