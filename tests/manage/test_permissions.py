"""Who may open and send what: every management page, every kind of person."""

import pytest
from django.test import Client
from django.urls import get_resolver

from martunion.urls.manage import urlpatterns
from tests.manage.people import ALL_PERMISSIONS, Shop, other_office, shopper
from tests.manage.rooms import (
    calls,
    goods,
    house,
    orders,
    parcels,
    procedures,
    programs,
    reservations,
    responses,
    returns,
    stock,
)

pytestmark = pytest.mark.django_db

ROOMS = (
    orders,
    returns,
    parcels,
    procedures,
    reservations,
    responses,
    goods,
    stock,
    programs,
    calls,
    house,
)
PAGES = {path: permission for room in ROOMS for path, permission in room.PAGES.items()}
SENT = {path: permission for room in ROOMS for path, permission in room.SENT.items()}


def address(shop: Shop, path: str) -> str:
    """The page's address; what reservations and the like need is made when a page asks for it."""
    names = {name: value for room in ROOMS for name, value in room.names(shop, path).items()}
    return shop.url(path.format(**names))


def state_of(shop: Shop) -> list:
    """Everything that a form of these pages could change."""
    shop.store.refresh_from_db()
    shop.product.refresh_from_db()
    shop.variant.refresh_from_db()
    shop.order.refresh_from_db()
    rows = [shop.store, shop.product, shop.variant, shop.order]
    return [
        [{name: value for name, value in vars(row).items() if not name.startswith("_")} for row in rows],
        [list(model.objects.order_by("pk").values()) for room in ROOMS for model in room.MODELS],
    ]


@pytest.mark.parametrize(("path", "permission"), PAGES.items(), ids=PAGES)
def test_page_opens_for_those_who_may(shop, path, permission):
    url = address(shop, path)
    others = [name for name in ALL_PERMISSIONS if name != permission]
    assert shop.owner().get(url).status_code == 200
    assert shop.office().get(url).status_code == 200
    assert shop.staff(permission or "console").get(url).status_code == 200
    assert shop.staff(*others).get(url).status_code == (403 if permission else 200)
    assert shop.colleague_next_door().get(url).status_code == 404
    assert other_office().get(url).status_code == 404
    assert shopper().get(url).status_code == 404
    anonymous = Client().get(url)
    assert (anonymous.status_code, anonymous.headers["Location"]) == (302, f"/account/login/?next={url}")


@pytest.mark.parametrize(("path", "permission"), SENT.items(), ids=SENT)
def test_form_is_refused_to_those_who_may_not_and_changes_nothing(shop, path, permission):
    url = address(shop, path)
    others = [name for name in ALL_PERMISSIONS if name != permission]
    people = [
        (shop.staff(*others), 403),
        (shop.office(), 403),
        (shop.colleague_next_door(), 404),
        (other_office(), 404),
        (shopper(), 404),
        (Client(), 302),
    ]
    before = state_of(shop)
    assert [person.post(url, {}).status_code for person, _status in people] == [status for _person, status in people]
    assert state_of(shop) == before


def test_every_store_page_of_the_namespace_is_in_these_tables(shop):
    """Settlement has tables of its own in tests/payments, talks and prices in tests/chat and tests/orders."""
    known = {address(shop, path) for path in (*PAGES, *SENT)}
    resolver = get_resolver()
    names = {resolver.resolve(url).url_name for url in known}
    elsewhere = ("chat.", "orders.views.manage.settlement", "orders.views.manage.proposals")
    ours = [pattern for pattern in urlpatterns if not pattern.callback.__module__.startswith(elsewhere)]
    per_store = {pattern.name for pattern in ours if "store" in pattern.pattern.regex.groupindex}
    assert per_store == names


def test_sections_show_what_a_person_may(shop):
    page = shop.staff("stock").get(shop.url())
    assert [section["title"] for section in page.context["sections"]] == [
        "Today",
        "Steps to do",
        "Stock",
        "Suppliers",
        "Files in and out",
    ]
    body = page.content.decode()
    assert "Running low" in body
    assert "New orders" not in body
    assert shop.url("orders/") not in body


def test_a_store_of_another_union_with_the_same_slug_stays_apart(shop):
    from tests.factories.stores import StoreFactory

    twin = StoreFactory(slug=shop.store.slug)
    assert shop.owner().get(f"/manage/{twin.union.slug}/{twin.slug}/").status_code == 404
