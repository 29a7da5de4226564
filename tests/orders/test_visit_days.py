"""Figures of visitors by day: as counted one by one from the record, again and again, also after erasing."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orders.models import GoodsDay, SearchDay, VisitDay
from orders.queries.visits import visit_figures
from orders.queries.visits_check import visit_days_that_differ
from orders.services.daily_check import check_union
from orders.services.visit_days import count_day, count_record, count_touched_days
from tests.factories.orders import OrderFactory, PurchaseFactory
from tests.factories.orders import market as new_market
from unions.models import BrowsedDay, BrowsingEvent
from unions.services.browsing import forget_visitor, make_month
from unions.services.retaining import forget_what_is_old

pytestmark = pytest.mark.django_db

DAY = date(2026, 3, 2)


def place():
    there = new_market(slug="harbour", time_zone="Asia/Taipei")
    for store, slug in ((there.first, "bakery"), (there.second, "lamps")):
        store.slug = slug
        store.save()
    for variant, slug in ((there.bread, "bread"), (there.lamp, "lamp")):
        variant.product.slug = slug
        variant.product.save()
    make_month(year=2026, month=3)
    make_month(year=2026, month=2)
    return there


def event(there, visitor, kind, minutes=600, **more):
    """So many minutes after midnight in Taipei."""
    at = datetime(2026, 3, 2, tzinfo=ZoneInfo("Asia/Taipei")) + timedelta(minutes=minutes)
    entry = f"{BrowsingEvent.objects.count()}-0"
    BrowsingEvent.objects.create(at=at, entry=entry, union=there.union, visitor=visitor, kind=kind, **more)


def purchase(there, number, store, state="paid"):
    bought = PurchaseFactory(union=there.union, number=number)
    order = OrderFactory(store=store, purchase=bought, number=f"{number}-1", state=state)
    order.lines.update(variant=there.bread if store == there.first else there.lamp)
    return bought


def figures():
    rows = VisitDay.objects.filter(day=DAY).select_related("store").order_by("store__slug")
    return {
        row.store.slug if row.store else "": (row.seen, row.in_cart, row.checkout, row.bought, row.views, row.seconds)
        for row in rows
    }


def filled():
    there = place()
    purchase(there, "P-1", there.first)
    purchase(there, "P-2", there.first, state="cancelled")
    # One buys at once; one puts it in the cart and leaves; one looks; one comes to the checkout with the lamp as well.
    event(there, "a", "product", page="/bakery/bread/", product="bakery/bread")
    event(there, "a", "dwell", page="/bakery/bread/", seconds=10)
    event(there, "a", "dwell", page="/bakery/bread/", seconds=40)
    event(there, "a", "cart", page="/cart/", product="bakery/bread", value=350)
    event(there, "a", "checkout", page="/checkout/", words="bakery")
    event(there, "a", "purchase", page="/checkout/", words="P-1", value=350)
    event(there, "b", "page", page="/bakery/")
    event(there, "b", "cart", page="/cart/", product="bakery/bread", value=350)
    event(there, "c", "page", page="/lamps/")
    event(there, "c", "search", page="/search/", words=" Moonstone ", results=0)
    event(there, "d", "cart", page="/cart/", product="lamps/lamp", value=2400)
    event(there, "d", "checkout", page="/checkout/", words="bakery lamps")
    event(there, "d", "purchase", page="/checkout/", words="P-2", value=350)
    event(there, "c", "search", page="/search/", words="moonstone", results=0)
    event(there, "a", "search", page="/search/", words="moonstone", results=2)
    return there


def test_a_day_is_counted_by_how_far_visitors_came():
    there = filled()
    count_day(union=there.union, day=DAY)
    assert figures() == {
        "bakery": (3, 3, 2, 1, 2, 40),
        "lamps": (2, 1, 1, 0, 1, 0),
        "": (4, 3, 2, 1, 3, 40),
    }
    goods = {row.product.slug: (row.seen, row.in_cart, row.bought, row.left) for row in GoodsDay.objects.all()}
    assert goods == {"bread": (2, 2, 1, 1), "lamp": (1, 1, 0, 1)}
    assert [(row.words, row.visitors, row.times, row.in_vain) for row in SearchDay.objects.all()] == [
        ("moonstone", 2, 3, 2)
    ]


def test_counting_again_gives_the_same_and_other_unions_and_days_keep_theirs():
    there = filled()
    event(there, "early", "page", minutes=-1, page="/bakery/")
    event(there, "late", "page", minutes=24 * 60, page="/bakery/")
    count_day(union=there.union, day=DAY - timedelta(days=1))
    count_day(union=there.union, day=DAY)
    first = figures(), VisitDay.objects.count()
    count_day(union=there.union, day=DAY)
    assert (figures(), VisitDay.objects.count()) == first
    assert VisitDay.objects.get(day=DAY - timedelta(days=1), store=there.first).seen == 1


def test_days_that_were_touched_are_counted_and_erasing_touches_them():
    there = filled()
    now = datetime(2026, 3, 3, tzinfo=UTC)
    BrowsedDay.objects.create(union=there.union, day=DAY)
    assert (count_touched_days(now=now), BrowsedDay.objects.count()) == (1, 0)
    assert figures()["bakery"] == (3, 3, 2, 1, 2, 40)
    forget_visitor(visitor="a")
    assert list(BrowsedDay.objects.values_list("day", flat=True)) == [DAY]
    assert count_touched_days(now=now) == 1
    assert figures()["bakery"] == (2, 2, 1, 0, 1, 0)
    assert count_touched_days(now=now) == 0


def test_what_one_visitor_alone_searched_for_is_not_shown_however_many_days_it_was():
    there = filled()
    for day in range(3):
        event(there, "a", "search", minutes=day * 24 * 60, page="/search/", words="Ada Trevithick", results=0)
        count_day(union=there.union, day=DAY + timedelta(days=day))
    assert SearchDay.objects.filter(words="ada trevithick").count() == 3
    found = visit_figures(there.union, None, days=7, now=datetime(2026, 3, 5, tzinfo=UTC))
    assert [(row.words, row.times) for row in found.searched] == [("moonstone", 3)]
    assert [(row.words, row.in_vain) for row in found.in_vain] == [("moonstone", 2)]


def test_figures_outlive_the_record_they_were_counted_from():
    there = filled()
    count_day(union=there.union, day=DAY)
    before = figures()
    later = datetime(2026, 9, 1, tzinfo=UTC)
    assert forget_what_is_old(now=later)["browsed"] == 15
    BrowsedDay.objects.create(union=there.union, day=DAY)
    assert count_touched_days(now=later) == 1
    assert figures() == before


def compared(there, *, now=datetime(2026, 3, 3, tzinfo=UTC)):
    days, differing = visit_days_that_differ(there.union, before=now, now=now)
    return days, [(each.day.day, each.of) for each in differing]


def test_check_finds_what_is_not_what_the_record_says_and_the_command_puts_it_right(capsys):
    there = filled()
    event(there, "late", "page", minutes=24 * 60, page="/bakery/")
    # Nothing is kept of the first day, and nothing of the second.
    assert compared(there) == (2, [(2, "goods"), (2, "searches"), (2, "visitors"), (3, "visitors")])
    count_day(union=there.union, day=DAY)
    count_day(union=there.union, day=DAY + timedelta(days=1))
    assert compared(there) == (2, [])
    VisitDay.objects.filter(store=None, day=DAY).update(views=99)
    GoodsDay.objects.filter(product__slug="lamp").update(left=0)
    SearchDay.objects.all().delete()
    assert compared(there)[1] == [(2, "goods"), (2, "searches"), (2, "visitors")]
    now = datetime(2026, 3, 3, tzinfo=UTC)
    report = check_union(union=there.union, now=now)
    assert [each["text"] for each in report.differences if each["code"] == "visitors"] == [
        "The figures kept of goods looked at on 2026-03-02 are not those of the browsing record.",
        "The figures kept of searches on 2026-03-02 are not those of the browsing record.",
        "The figures kept of visitors on 2026-03-02 are not those of the browsing record.",
    ]
    assert report.counted["days of visitors"] == 2
    assert count_record(union=there.union, now=now) == 2
    assert compared(there) == (2, [])


def test_check_leaves_out_what_is_still_on_its_way_or_not_known_any_more():
    there = filled()
    BrowsedDay.objects.create(union=there.union, day=DAY)
    assert compared(there) == (0, [])
    BrowsedDay.objects.all().delete()
    # A purchase of the day moved after this.
    assert compared(there, now=datetime(2026, 3, 2, 1, tzinfo=UTC)) == (0, [])
    count_day(union=there.union, day=DAY)
    GoodsDay.objects.update(seen=77)
    there.bread.product.slug = "loaf"
    there.bread.product.save()
    assert compared(there) == (1, [])
    # The record is not kept so long any more; what was counted of it is.
    assert compared(there, now=datetime(2026, 12, 1, tzinfo=UTC)) == (0, [])


STORES = ("bakery", "lamps")
STEP = st.tuples(
    st.sampled_from(["a", "b", "c"]), st.sampled_from(["page", "cart", "checkout", "purchase"]), st.sampled_from(STORES)
)


@settings(max_examples=25)
@given(steps=st.lists(STEP, max_size=25))
def test_whatever_was_done_the_figures_are_those_counted_one_by_one(steps, django_db_blocker):
    from django.db import transaction

    with transaction.atomic():
        there = place()
        stores = {"bakery": there.first, "lamps": there.second}
        goods = {"bakery": "bakery/bread", "lamps": "lamps/lamp"}
        reached: dict = {}
        for number, (visitor, kind, slug) in enumerate(steps):
            stage = ["page", "cart", "checkout", "purchase"].index(kind) + 1
            words, page, product = "", f"/{slug}/" if stage == 1 else "/checkout/", goods[slug] if stage == 2 else ""
            if stage == 3:
                words = slug
            if stage == 4:
                words = f"P-{number}"
                purchase(there, words, stores[slug])
            event(there, visitor, kind, page=page, product=product, words=words)
            for where in (slug, ""):
                reached[where, visitor] = max(reached.get((where, visitor), 0), stage)
        count_day(union=there.union, day=DAY)
        expected = {}
        for where in {where for where, _visitor in reached}:
            far = [stage for (at, _visitor), stage in reached.items() if at == where]
            expected[where] = tuple(sum(stage >= least for stage in far) for least in (1, 2, 3, 4))
        assert {where: row[:4] for where, row in figures().items()} == expected
        assert compared(there)[1] == []
        transaction.set_rollback(True)
