"""The overview: figures of the reader's own unions, charts with a finding, the center's comparison."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from ascc.services.disputing import open_dispute
from martunion.administration.dashboard import dashboard
from martunion.administration.figures import compare, look_into
from martunion.administration.navigation import sections
from orders.services.figures import count_all_touched, touch_union
from payments.models import CheckReport
from tests.admin.places import browser_of
from tests.ascc.desks import desk, visited
from tests.factories.ascc import provider
from tests.factories.orders import OrderFactory
from tests.factories.stores import StoreFactory
from tests.factories.unions import MembershipFactory, UnionFactory, UnionStaffFactory
from unions.models import Redirect
from unions.queries import office_of

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)


@pytest.fixture
def market(db):
    """Two stores: one sold twice, one once; a cancelled order and an unpaid one do not count."""
    union = UnionFactory(name="Northland", slug="northland")
    busy, quiet = StoreFactory(union=union, name="Busy"), StoreFactory(union=union, name="Quiet")
    day = timedelta(days=1)
    OrderFactory(store=busy, state="paid", placed_at=NOW, deadline=NOW - day)
    OrderFactory(store=busy, state="completed", placed_at=NOW - 3 * day)
    OrderFactory(store=quiet, state="shipped", placed_at=NOW - 3 * day)
    OrderFactory(store=quiet, state="cancelled", placed_at=NOW)
    OrderFactory(store=quiet, state="placed", placed_at=NOW)
    OrderFactory(store=quiet, state="completed", placed_at=NOW - 40 * day)
    MembershipFactory(union=union, state="applied")
    for way, code in (("search", "G"), ("search", "G"), ("list", ""), ("class", "I")):
        Redirect.objects.create(union=union, kind="to_store", way=way, target="x", business_class=code, at=NOW)
    Redirect.objects.create(union=union, kind="to_store", way="region", target="x", at=NOW - 31 * day)
    CheckReport.objects.create(union=union, at=NOW - day, differences=[{"code": "stock", "text": "old"}])
    CheckReport.objects.create(union=union, at=NOW)
    return counted(union)


def counted(union):
    """With its figures kept."""
    touch_union(union=union)
    count_all_touched(union=union)
    return union


def test_comparison_counts_each_union_by_itself(market):
    other = UnionFactory(name="Southland")
    OrderFactory(store=StoreFactory(union=other), state="accepted", placed_at=NOW, deadline=NOW)
    here, there = compare([market, counted(other)], now=NOW)
    assert (here.applications, here.waiting, here.late, here.orders, here.sold, here.redirects) == (1, 1, 1, 3, 4200, 4)
    assert (here.orders_before, here.sold_before, here.redirects_before) == (1, 1400, 1)
    assert here.check.differences == []
    assert (there.applications, there.waiting, there.late, there.orders, there.sold, there.redirects) == (
        0,
        1,
        0,
        1,
        1400,
        0,
    )
    assert there.check is None


def test_union_in_detail(market):
    figures = look_into(market, now=NOW)
    assert len(figures.days) == 30
    assert figures.days[-1] == (NOW.date(), 1400)
    assert figures.days[-4] == (NOW.date() - timedelta(days=3), 2800)
    assert (figures.sold, figures.sold_before) == (4200, 1400)
    assert figures.states == {"paid": 1, "completed": 1, "shipped": 1, "cancelled": 1}
    assert (figures.states_before["completed"], figures.states_before["paid"]) == (1, 0)
    assert figures.ways == [("search", 2), ("class", 1), ("list", 1)]
    assert [(code, number) for code, _title, number in figures.classes] == [("G", 2), ("I", 1)]
    assert [(store["name"], store["sold"], store["number"]) for store in figures.top_stores] == [
        ("Busy", 2800, 2),
        ("Quiet", 1400, 1),
    ]


def test_charts_state_their_findings(market):
    admin = UnionStaffFactory(union=market).user
    shown = dashboard(office=office_of(admin), chosen="", now=NOW)
    assert shown["sales"].title == "£42.00 sold in 30 days, 200 % more than in the 30 before"
    assert shown["sales"].unit == "Sales a day, GBP"
    assert shown["states"].title == "1 order waits for its store"
    ways, classes = shown["rankings"]
    assert ways.title == "Most shoppers found their way by: search (50 %)"
    assert classes.title.startswith("Sent on most often: ")
    assert [tile["value"] for tile in shown["tiles"]] == [1, 1, 0, 0, "£0.00", "£0.00", "all agrees"]


def test_open_disputes_and_waiting_providers_stand_on_the_overview(market):
    there = desk()
    visit = visited(there, reported=True)
    provider(there.union, state="applied")
    dispute = open_dispute(visit=visit, by=there.by, now=NOW, reason="It squeaks.")
    (row,) = compare([there.union], now=NOW)
    assert (row.providers, row.disputes) == (1, 1)
    office = browser_of(UnionStaffFactory(union=there.union).user)
    page = office.get(f"/admin/ascc/dispute/{dispute.pk}/change/").content.decode()
    assert f"<title>{visit.ref}" in " ".join(page.split()).replace("<title> ", "<title>")
    shown = dashboard(office=office_of(UnionStaffFactory(union=there.union).user), chosen="", now=NOW)
    waiting = {tile["label"]: tile for tile in shown["tiles"]}
    listed = office.get(waiting["Disputes to decide"]["url"])
    assert visit.ref in listed.content.decode()
    assert office.get(waiting["Service providers waiting"]["url"]).status_code == 200


def test_only_the_figures_are_lit_on_their_page(rf, market):
    request = rf.get("/admin/ascc/voucher/figures/")
    request.user = UnionStaffFactory(union=market).user
    links = {item["link"]: item.get("active") for group in sections(request) for item in group["items"]}
    assert (links["/admin/ascc/voucher/"], links["/admin/ascc/voucher/figures/"]) == (False, None)
    request = rf.get("/admin/ascc/voucher/")
    request.user = UnionStaffFactory(union=market).user
    assert "active" not in next(i for g in sections(request) for i in g["items"] if i["link"] == "/admin/ascc/voucher/")


def test_choosing_anothers_union_shows_ones_own(market):
    other = UnionFactory(name="Southland", slug="southland")
    admin = UnionStaffFactory(union=market).user
    shown = dashboard(office=office_of(admin), chosen=other.slug, now=NOW)
    assert shown["shown"].union == market
    page = browser_of(admin).get("/admin/?union=southland").content.decode()
    assert "Northland" in page
    assert "Southland" not in page
    assert "Unions side by side" not in page


def test_center_sees_the_orders_of_all_unions_by_day_and_union(market, center):
    other = UnionFactory(name="Southland", slug="southland", time_zone="Asia/Seoul")
    OrderFactory(store=StoreFactory(union=other), state="accepted", placed_at=NOW + timedelta(hours=6), deadline=NOW)
    counted(other)
    OrderFactory(store=StoreFactory(union=market), state="paid", placed_at=NOW - timedelta(days=29))
    counted(market)
    together = dashboard(office=office_of(center), chosen="", now=NOW + timedelta(hours=6))["together"]
    # In Seoul the eleventh has begun: it is a day of its own, and none is left out.
    days = {mark.point.label: mark.point.value for mark in together["days"].marks if mark.point.value}
    assert (len(together["days"].marks), days) == (31, {"9 Feb": 1, "7 Mar": 2, "10 Mar": 1, "11 Mar": 1})
    assert together["days"].title == "5 orders in all unions, +400 %"
    assert [(mark.point.label, mark.point.value) for mark in together["unions"].marks] == [
        ("Northland", 4),
        ("Southland", 1),
    ]
    assert dashboard(office=office_of(UnionStaffFactory(union=market).user), chosen="", now=NOW)["together"] is None


def test_center_compares_and_looks_into_one(market, center):
    UnionFactory(name="Southland", slug="southland")
    page = browser_of(center).get("/admin/?union=southland").content.decode()
    assert "Unions side by side" in page
    assert '<h2 class="office-name">Southland</h2>' in page


def test_empty_office_says_what_will_be_here(db, center):
    assert "There is no union yet." in browser_of(center).get("/admin/").content.decode()


def test_times_are_shown_on_the_unions_clock(db):
    union = UnionFactory(time_zone="Asia/Seoul")
    admin = UnionStaffFactory(union=union).user
    Redirect.objects.create(
        union=union, kind="to_store", way="list", target="x", at=datetime(2026, 3, 4, 20, tzinfo=UTC)
    )
    page = browser_of(admin).get("/admin/unions/redirect/").content.decode()
    assert "5 March 2026, 05:00" in page
    assert timezone.get_current_timezone_name() == "UTC"
