"""A union's figures for its office and for the center: its own only, the same queries for any number."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.admin.places import browser_of
from tests.factories.stores import StoreFactory, VariantFactory
from tests.factories.unions import UnionFactory, UnionStaffFactory
from tests.manage.test_figures import counted, sale

PAGE = "/admin/orders/order/figures/"


@pytest.fixture
def two(db):
    """Northland sells mugs, Southland lamps."""
    unions = []
    for name, title in (("Northland", "Mug"), ("Southland", "Lamp")):
        union = UnionFactory(name=name, slug=name.lower())
        store = StoreFactory(union=union, name=f"{title} shop")
        variant = VariantFactory(store=store, product__title=title)
        sale(store, variant, now=timezone.now(), pieces=2, state="completed")
        sale(store, variant, now=timezone.now(), days_ago=31)
        counted(union)
        unions.append(union)
    return unions


def test_office_sees_its_own_union_only(two):
    north, south = two
    office = browser_of(UnionStaffFactory(union=north).user)
    answer = office.get(PAGE)
    assert answer.status_code == 200
    page = answer.content.decode()
    assert "Mug shop" in page
    assert "Southland" not in page
    assert "Lamp" not in page
    tiles = {tile.label: tile.value for tile in answer.context["tiles"]}
    assert (tiles["Sales"], tiles["Orders"]) == ("£20.00", "1")
    assert [row["name"] for row in answer.context["stores"]] == ["Mug shop"]
    for path in ("", "days.csv", "goods.xlsx"):
        assert office.get(f"{PAGE}{path}?union={south.pk}").status_code == 403, path
    assert office.get(f"{PAGE}days.pdf").status_code == 404
    assert office.get(f"{PAGE}nothing.csv").status_code == 404
    days = office.get(f"{PAGE}days.csv?time=90").getvalue().decode()
    assert days.count("Mug shop") == 2
    assert "Lamp" not in days


def test_center_looks_into_each(two, center):
    north, south = two
    browser = browser_of(center)
    assert "For which union?" in browser.get(PAGE).content.decode()
    page = browser.get(f"{PAGE}?union={south.pk}&time=7").content.decode()
    assert "Lamp shop" in page
    assert "Mug" not in page
    assert f"?union={north.pk}&amp;time=7" in page
    asked = {"union": south.pk, "time": "own", "first": "2030-01-02", "last": "2030-01-01"}
    assert "This is before the first day." in browser.get(PAGE, asked).content.decode()


def test_strangers_and_shoppers_are_not_let_in(two, client):
    assert client.get(PAGE).status_code == 302
    assert client.get(f"{PAGE}days.csv").status_code == 302


def test_empty_union_reads_what_will_be_here(db):
    office = browser_of(UnionStaffFactory().user)
    assert "Nothing was sold in this time." in office.get(PAGE).content.decode()


def test_page_runs_the_same_queries_for_one_store_and_for_many(two):
    north, _south = two
    office = browser_of(UnionStaffFactory(union=north).user)

    def queries():
        counted(north)
        with CaptureQueriesContext(connection) as ran:
            assert office.get(PAGE).status_code == 200
        return len(ran)

    first = queries()
    for number in range(3):
        store = StoreFactory(union=north, name=f"Store {number}")
        sale(store, VariantFactory(store=store), now=timezone.now() - timedelta(days=number))
    assert queries() == first == 20
