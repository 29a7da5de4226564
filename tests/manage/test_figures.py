"""The store's figures: what the page and its tables say, for which days, to whom; the same queries for any number."""

import csv
import io
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from openpyxl import load_workbook

from chat.models import Conversation
from matching.models import CallDay
from orders.models import OrderLine
from orders.presenting.figures import cover_rankings
from orders.presenting.panels import change_text, compared
from orders.queries.figures import sales_figures, settled, waiting_now
from orders.queries.goods_figures import best_goods, by_category, slow_goods, stock_cover
from orders.queries.spans import Span, span_asked
from orders.services.figures import count_all_touched, touch_union
from stores.models import Product, Variant
from tests.factories.orders import OrderFactory
from tests.factories.stores import CategoryFactory, ProductFactory, StoreFactory, VariantFactory
from tests.factories.unions import UnionFactory

pytestmark = pytest.mark.django_db
UTC_ZONE = ZoneInfo("UTC")
WEEK = Span("own", date(2026, 3, 2), date(2026, 3, 8), UTC_ZONE)
NOON = datetime(2026, 3, 8, 12, 0, tzinfo=UTC)


def sale(store, variant=None, *, days_ago=0, pieces=1, price=1000, now=NOON, **order):
    """One line, delivered for nothing."""
    cost = pieces * price
    order = OrderFactory(
        store=store, goods_total=cost, delivery_total=0, total=cost, lines=False,
        placed_at=now - timedelta(days=days_ago), **order,
    )  # fmt: skip
    OrderLine.objects.create(
        union=order.union, order=order, variant=variant, title="Thing", quantity=pieces, unit_price=price, total=cost
    )
    return order


def counted(union):
    touch_union(union=union)
    count_all_touched(union=union)


@pytest.fixture
def pottery():
    """A store of a union on UTC that sold mugs and bowls this week and mugs the week before."""
    store = StoreFactory(union=UnionFactory(time_zone="UTC"), name="Pottery")
    table = CategoryFactory(union=store.union, name="Table")
    mug = VariantFactory(store=store, stock=6, price=1000, product__title="Mug", product__category=table)
    bowl = VariantFactory(store=store, stock=40, price=2000, product__title="Bowl")
    sale(store, mug, pieces=3)
    sale(store, bowl, days_ago=6, pieces=1, price=2000)
    sale(store, mug, days_ago=7, pieces=2)
    sale(store, mug, days_ago=14, pieces=9)
    counted(store.union)
    return store


def test_span_is_what_the_address_asks_for():
    today = datetime(2026, 3, 8, 15, 30, tzinfo=UTC)

    def asked(typed, first=None, last=None, zone="Asia/Taipei"):
        span = span_asked(typed, first, last, zone=zone, now=today)
        before = span.before
        return [str(day) for day in (span.first, span.last, before.first, before.last)]

    assert asked("7") == ["2026-03-02", "2026-03-08", "2026-02-23", "2026-03-01"]
    # Half past midnight in Seoul.
    assert asked("7", zone="Asia/Seoul") == ["2026-03-03", "2026-03-09", "2026-02-24", "2026-03-02"]
    assert asked("month") == ["2026-03-01", "2026-03-08", "2026-02-01", "2026-02-08"]
    thirty = ["2026-02-07", "2026-03-08", "2026-01-08", "2026-02-06"]
    assert asked("") == asked("rubbish") == asked("own") == asked("own", date(2026, 3, 9), date(2026, 3, 9)) == thirty
    own = asked("own", date(2026, 3, 1), date(2030, 1, 1))
    assert own == ["2026-03-01", "2026-03-08", "2026-02-21", "2026-02-28"]
    assert asked("own", date(2000, 1, 1), date(2026, 3, 8))[0] == "2025-03-08"


def test_month_is_compared_with_as_many_days_of_the_month_before():
    march = Span("month", date(2026, 3, 1), date(2026, 3, 31), UTC_ZONE)
    assert (march.before.first, march.before.last) == (date(2026, 2, 1), date(2026, 2, 28))


def test_sums_of_a_span_and_of_the_one_before(pottery):
    figures = sales_figures(pottery.union, pottery, span=WEEK)
    assert (figures.total.net, figures.total.orders, figures.total.pieces) == (5000, 2, 4)
    assert (figures.before.net, figures.before.orders) == (2000, 1)
    assert [sales.net for _day, sales in figures.days] == [2000, 0, 0, 0, 0, 0, 3000]
    assert figures.by_store == []
    of_union = sales_figures(pottery.union, span=WEEK)
    assert [(each.name, each.now.net, each.before.net) for each in of_union.by_store] == [("Pottery", 5000, 2000)]
    assert settled(pottery.union, pottery, span=WEEK).paid == 0


def test_best_goods_and_categories(pottery):
    for store in (pottery, None):
        goods = best_goods(pottery.union, store, span=WEEK)
        assert [(each.title, each.pieces, each.net, each.pieces_before, each.net_before) for each in goods] == [
            ("Mug", 3, 3000, 2, 2000),
            ("Bowl", 1, 2000, 0, 0),
        ]
        assert by_category(pottery.union, store, span=WEEK)[0] == ("Table", 3000, 2000)


@pytest.mark.parametrize(("kind", "days"), [("own", 1), ("30", 30), ("90", 90), ("month", 8)])
def test_goods_are_those_of_the_days_asked_for_however_they_are_summed(kind, days):
    store = StoreFactory(union=UnionFactory(time_zone="UTC"))
    mug = VariantFactory(store=store, product__title="Mug")
    # As many pieces as days ago, and one: any day left out or counted twice changes the sum.
    for ago in range(200):
        sale(store, mug, days_ago=ago, pieces=ago + 1)
    counted(store.union)
    span = Span(kind, NOON.date() - timedelta(days=days - 1), NOON.date(), UTC_ZONE)

    def sold_in(some):
        return sum((NOON.date() - some.first).days - ahead + 1 for ahead in range(some.days))

    [good] = best_goods(store.union, store, span=span)
    assert (good.pieces, good.pieces_before) == (sold_in(span), sold_in(span.before))


def test_stock_cover_says_what_runs_out_first(pottery):
    # 14 mugs in 28 days: six last for twelve; one bowl: forty last for years.
    sale(pottery, Variant.objects.get(product__title="Mug"), days_ago=29, pieces=28)
    sale(pottery, Variant.objects.get(product__title="Mug"), days_ago=56, pieces=1000)
    counted(pottery.union)
    for store in (pottery, None):
        cover = stock_cover(pottery.union, store, today=NOON.date())
        assert [(each.title, each.available, each.sold, round(each.days)) for each in cover.first] == [
            ("Mug", 6, 14, 12),
            ("Bowl", 40, 1, 1120),
        ]
        assert (cover.counted, cover.short) == (2, 0)
        # At the pace of the 28 days before they would have lasted for six.
        assert ([each.days_before for each in cover.first], cover.short_before) == ([6.0, None], 1)
    words = "Everything that sells lasts a week or longer; 1 at the pace of the 28 days before"
    [ranking] = cover_rankings(cover)
    assert ranking.title == words


def test_goods_that_stand_are_those_in_stock_and_not_sold(pottery):
    old = {"created_at": NOON - timedelta(days=90)}
    for title, stock in (("Vase", 2), ("Gone", 0)):
        VariantFactory(store=pottery, stock=stock, price=3000, product__title=title, product__in_stock=stock > 0)
    Product.objects.filter(store=pottery).update(**old)
    Product.objects.filter(title="Mug").update(in_stock=True)
    vase = Variant.objects.get(product__title="Vase")
    sale(pottery, vase, days_ago=8, pieces=3)
    counted(pottery.union)
    for store in (pottery, None):
        slow = slow_goods(pottery.union, store, span=WEEK)
        assert [(each.title, each.store, each.pieces, each.value, each.before) for each in slow] == [
            ("Vase", "Pottery", 2, 6000, 3)
        ]
    assert slow_goods(UnionFactory(), span=WEEK) == []
    # What came into the window only in this time has not stood yet.
    Product.objects.filter(store=pottery).update(created_at=NOON)
    assert slow_goods(pottery.union, pottery, span=WEEK) == []


def test_waiting_orders_are_those_of_this_moment(pottery):
    sale(pottery, state="accepted", days_ago=400, deadline=NOON - timedelta(days=390))
    sale(pottery, state="shipped", deadline=NOON - timedelta(days=390))
    waiting = waiting_now(pottery.union, pottery, now=NOON - timedelta(days=10))
    assert waiting.states == {"paid": 4, "accepted": 1}
    assert (waiting.number, waiting.late) == (5, 1)
    assert waiting_now(pottery.union, now=NOON) == waiting_now(pottery.union, pottery, now=NOON)


@pytest.mark.parametrize(
    ("now", "before", "said"),
    [(112, 100, "+12 %"), (80, 100, "−20 %"), (100, 100, "±0 %"), (5000, 100, "50 times"), (-50, 100, "−150 %")],
)
def test_change_is_said_in_percents(now, before, said):
    assert change_text(now, before) == said


def test_nothing_before_is_nothing_to_compare_with():
    assert compared(5, 0, "£0.00") == "nothing to compare with"
    assert compared(None, 5, "£5.00") == "nothing to compare with"
    assert compared(6, 5, "£5.00") == "+20 % on £5.00 before"


def sold_lately(shop):
    """Two sales of the last days, and what higher apps have to tell."""
    now = timezone.now()
    store = shop.store
    sale(store, shop.variant, pieces=2, price=350, now=now, state="completed", delivered_at=now)
    sale(store, shop.variant, pieces=1, price=350, now=now, days_ago=40)
    CallDay.objects.create(union=store.union, store=store, day=now.date(), called=4, answered=2, answer_ms=3000)
    Conversation.objects.create(
        union=store.union, store=store, ref="C-1", visitor="v1", state="ended",
        created_at=now - timedelta(hours=2), answered_at=now - timedelta(hours=2) + timedelta(seconds=30), rating=4,
    )  # fmt: skip
    counted(store.union)


def test_page_shows_the_figures_beside_the_time_before(shop):
    sold_lately(shop)
    answer = shop.owner().get(shop.url("figures/"))
    assert answer.status_code == 200
    tiles = {tile.label: (tile.value, tile.note) for tile in answer.context["tiles"]}
    assert tiles["Sales"] == ("£7.00", "+100 % on £3.50 before")
    assert tiles["Orders"] == ("1", "±0 % on 1 before")
    assert answer.context["charts"][0].title == "£7.00 sold in 30 days, 100 % more than before"
    panels = {
        panel.name: {figure.label: figure.value for figure in panel.figures} for panel in answer.context["panels"]
    }
    assert panels["waiting"]["First answer"] == "30 s"
    assert panels["waiting"]["Rating"] == "4.0 / 5"
    assert (panels["matching"]["Called"], panels["matching"]["Answered"]) == ("4", "2")
    assert panels["settlement"]["Paid out"] == "£0.00"
    assert "Share of sales in %, by category" in answer.text


def test_colleagues_see_the_panels_they_may(shop):
    sold_lately(shop)

    def seen(*permissions):
        return [panel.name for panel in shop.staff(*permissions).get(shop.url("figures/")).context["panels"]]

    assert seen("orders") == []
    assert seen("orders", "settlement") == ["settlement"]
    assert seen("orders", "console") == ["waiting", "matching"]


def test_other_days_are_asked_for_by_a_form_that_says_what_is_wrong(shop):
    sold_lately(shop)
    today = timezone.now().astimezone(ZoneInfo(shop.store.union.time_zone)).date()
    first, last = today - timedelta(days=45), today - timedelta(days=35)
    asked = {"time": "own", "first": first.isoformat(), "last": last.isoformat()}
    page = shop.owner().get(shop.url("figures/"), asked)
    assert {tile.label: tile.value for tile in page.context["tiles"]}["Sales"] == "£3.50"
    assert f"time=own&amp;first={first}&amp;last={last}" in page.text
    wrong = shop.owner().get(shop.url("figures/"), {"time": "own", "first": last, "last": first})
    assert "This is before the first day." in wrong.text
    assert wrong.context["choice"].span.kind == "30"
    assert shop.owner().get(shop.url("figures/"), {"time": "own", "first": "soon"}).status_code == 200


def test_fresh_store_reads_what_will_be_here(shop):
    counted(shop.store.union)
    shop.order.lines.all().delete()
    shop.order.changes.all().delete()
    shop.order.delete()
    counted(shop.store.union)
    page = shop.owner().get(shop.url("figures/")).text
    assert "Nothing was sold in this time" in page
    assert "How it arrives" not in page


def test_tables_for_a_spreadsheet(shop):
    sold_lately(shop)
    client = shop.owner()
    days = list(csv.reader(io.StringIO(client.get(shop.url("figures/days.csv")).getvalue().decode("utf-8-sig"))))
    assert days[0][:4] == ["Day", "Store", "Orders", "Pieces"]
    assert days[1][2:8] == ["1", "2", "0", "700", "0", "700"]
    assert len(days) == 2
    goods = client.get(shop.url("figures/goods.xlsx"), {"time": "90"}).getvalue()
    rows = list(load_workbook(io.BytesIO(goods)).active.values)
    assert rows[1][1:6] == (shop.product.title, 3, 0, 1050, 0)
    assert client.get(shop.url("figures/secrets.csv")).status_code == 404


def test_page_runs_the_same_queries_for_one_sale_and_for_many(shop):
    client = shop.owner()

    def queries():
        counted(shop.store.union)
        with CaptureQueriesContext(
            connection,
        ) as ran:
            assert client.get(shop.url("figures/")).status_code == 200
        return len(ran)

    shop.product.category = CategoryFactory(union=shop.store.union)
    shop.product.save()
    sold_lately(shop)
    first = queries()
    for number in range(3):
        product = ProductFactory(store=shop.store, category=CategoryFactory(union=shop.store.union))
        variant = VariantFactory(store=shop.store, product=product, stock=3)
        sale(shop.store, variant, now=timezone.now(), days_ago=number)
    assert queries() == first == 19


def test_figures_of_another_store_are_not_in_it(shop):
    sold_lately(shop)
    next_door = StoreFactory(union=shop.store.union)
    variant = VariantFactory(store=next_door, product__title="Unseen")
    sale(next_door, variant, now=timezone.now(), pieces=50)
    counted(shop.store.union)
    page = shop.owner().get(shop.url("figures/"))
    assert "Unseen" not in page.text
    assert {tile.label: tile.value for tile in page.context["tiles"]}["Orders"] == "1"
    rows = shop.owner().get(shop.url("figures/goods.csv")).getvalue().decode()
    assert "Unseen" not in rows
