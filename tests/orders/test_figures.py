"""Figures of days: they are those of the orders, counted twice the same, each thing on the day of its sale."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from hypothesis import given, settings
from hypothesis import strategies as st

from core.models import OutboxEvent
from core.money import rate_of
from core.outbox import deliver_waiting, publish
from core.references import new_reference
from orders.events import ORDER_CHANGED
from orders.models import (
    CreditLine,
    CreditNote,
    Order,
    OrderChange,
    OrderLine,
    ProductDay,
    ProductWeek,
    StoreDay,
    TouchedDay,
)
from orders.queries.cart_review import review_cart
from orders.queries.figures_check import days_that_differ
from orders.queries.spans import weeks_and_days
from orders.services.cancelling import cancel_order
from orders.services.daily_check import check_union
from orders.services.figures import count_all_touched, count_touched, touch_orders, touch_union
from orders.services.fulfilment import accept_order
from orders.services.purchase import pay, place_purchase
from orders.tasks import count_figures
from tests.factories.orders import NOW, OrderFactory, market, ready_cart
from tests.factories.stores import ProductFactory, StoreFactory, VariantFactory
from tests.factories.unions import UnionFactory

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=1)


def sold(store, *, variant=None, quantity=2, price=1000, delivery=400, bp=500, cancelled=0, returned=0, **order):
    """An order of one line."""
    goods = quantity * price
    order = OrderFactory(
        store=store,
        goods_total=goods,
        delivery_total=delivery,
        total=goods + delivery,
        commission_bp=bp,
        lines=False,
        **order,
    )
    OrderLine.objects.create(
        union=order.union,
        order=order,
        variant=variant,
        title="Thing",
        quantity=quantity,
        unit_price=price,
        total=goods,
        cancelled=cancelled,
        returned=returned,
    )
    if cancelled + returned:
        give_back(order, (cancelled + returned) * price, pieces=cancelled + returned)
    return order


def give_back(order, goods, *, pieces=0, delivery=0):
    """A credit note, as the services write it."""
    line = OrderLine.objects.get(order=order)
    note = CreditNote.objects.create(
        union=order.union,
        order=order,
        number=new_reference("C"),
        kind="returned",
        goods=goods,
        delivery=delivery,
        total=goods + delivery,
        side="store",
        at=NOW,
    )
    if pieces:
        CreditLine.objects.create(union=order.union, credit=note, order_line=line, quantity=pieces, amount=goods)
    order.given_back += note.total
    order.save(update_fields=["given_back"])


def counted(union):
    touch_union(union=union)
    return count_all_touched(union=union)


def rows(model=StoreDay, *names):
    return list(model.objects.order_by("store_id", "day", "pk").values_list(*names))


def test_day_of_a_store_is_what_its_orders_say():
    store = StoreFactory()
    sold(store, state="paid", cancelled=1)
    sold(store, state="completed", quantity=3, returned=1, delivered_at=NOW + timedelta(days=2))
    sold(store, state="delivered", delivered_at=NOW + timedelta(days=4))
    sold(store, state="cancelled")
    sold(store, state="placed")
    assert counted(store.union) == 1
    day = StoreDay.objects.get()
    assert (day.store, day.union, day.day) == (store, store.union, date(2026, 3, 2))
    assert (day.orders, day.pieces, day.pieces_back, day.cancelled) == (3, 7, 2, 1)
    assert (day.gross, day.taken_back, day.delivery) == (8200, 2000, 1200)
    # 5 % of 14.00, 24.00 and 24.00.
    assert day.commission == 70 + 120 + 120
    assert (day.paid, day.accepted, day.packed, day.shipped, day.delivered, day.completed) == (1, 0, 0, 0, 1, 1)
    assert (day.on_time, day.late, day.arrived, day.arrival_seconds) == (1, 1, 2, 6 * 86_400)


def test_order_that_nobody_paid_is_none_also_when_it_was_cancelled():
    order = sold(StoreFactory(), state="cancelled")
    OrderChange.objects.create(union=order.union, order=order, from_state="placed", to_state="cancelled", at=NOW)
    counted(order.union)
    assert not StoreDay.objects.exists()
    assert not ProductDay.objects.exists()


def test_goods_are_counted_by_product_without_what_went_back():
    store = StoreFactory()
    mug = ProductFactory(store=store)
    blue, red = VariantFactory(product=mug, store=store), VariantFactory(product=mug, store=store)
    sold(store, variant=blue, quantity=3, returned=1)
    sold(store, variant=red, quantity=2, price=700)
    sold(store, variant=red, quantity=9, price=700, state="cancelled")
    sold(store, quantity=1, price=5)
    counted(store.union)
    assert sorted(rows(ProductDay, "product", "pieces", "back", "net"), key=lambda row: row[3]) == [
        (None, 1, 0, 5),
        (mug.pk, 4, 1, 3400),
    ]


def test_week_is_the_sum_of_its_days_also_of_those_that_were_not_touched():
    store = StoreFactory(union=UnionFactory(time_zone="UTC"))
    mug = VariantFactory(store=store)
    sunday = NOW - timedelta(days=1)
    for placed, pieces in ((sunday, 1), (NOW, 2), (NOW + timedelta(days=6), 4), (NOW + timedelta(days=7), 8)):
        sold(store, variant=mug, quantity=pieces, placed_at=placed)
    sold(store, quantity=16)
    names = ("week", "product", "pieces", "back", "net")
    kept = [
        (date(2026, 2, 23), mug.product_id, 1, 0, 1000),
        (date(2026, 3, 2), mug.product_id, 6, 0, 6000),
        (date(2026, 3, 2), None, 16, 0, 16_000),
        (date(2026, 3, 9), mug.product_id, 8, 0, 8000),
    ]
    counted(store.union)
    assert list(ProductWeek.objects.order_by("week", "product_id").values_list(*names)) == kept
    last = Order.objects.get(placed_at=NOW + timedelta(days=6))
    Order.objects.filter(pk=last.pk).update(state="placed")
    touch_orders(order_ids=[last.pk])
    assert count_touched(union=store.union) == 1
    kept[1] = (date(2026, 3, 2), mug.product_id, 2, 0, 2000)
    assert list(ProductWeek.objects.order_by("week", "product_id").values_list(*names)) == kept
    assert days_that_differ(store.union, before=LATER)[1] == []


@given(
    first=st.dates(date(2020, 1, 1), date(2030, 1, 1)),
    days=st.integers(0, 200),
    gap=st.integers(0, 10),
    later=st.integers(0, 200),
)
def test_weeks_and_days_hold_each_day_of_their_spans_once(first, days, gap, later):
    spans = [(first, first + timedelta(days=days))]
    begins = spans[0][1] + timedelta(days=gap + 1)
    spans.append((begins, begins + timedelta(days=later)))
    weeks, beside = weeks_and_days(*spans)
    within = [week + timedelta(days=ahead) for week in weeks for ahead in range(7)]
    every = [a + timedelta(days=ahead) for a, z in spans for ahead in range((z - a).days + 1)]
    assert sorted(within + beside) == every
    assert all(week.weekday() == 0 for week in weeks)
    assert len(beside) <= 4 * 6


def test_counted_twice_is_the_same_and_what_is_gone_goes():
    store = StoreFactory()
    first, second = sold(store), sold(store, placed_at=NOW + timedelta(days=1))
    names = [field.name for field in StoreDay._meta.fields if field.name != "id"]
    counted(store.union)
    once = rows(StoreDay, *names)
    assert counted(store.union) == 2
    assert rows(StoreDay, *names) == once
    Order.objects.filter(pk=second.pk).update(state="placed")
    touch_orders(order_ids=[second.pk, first.pk])
    assert count_touched(union=store.union) == 2
    assert rows(StoreDay, *names) == once[:1]
    assert not TouchedDay.objects.exists()


@pytest.mark.parametrize(
    ("zone", "placed", "day"),
    [
        ("Asia/Taipei", datetime(2026, 3, 1, 15, 59, 59, tzinfo=UTC), date(2026, 3, 1)),
        ("Asia/Taipei", datetime(2026, 3, 1, 16, 0, tzinfo=UTC), date(2026, 3, 2)),
        # The night in which London's clock leaps: midnight is 0:00 UTC before and 23:00 UTC after.
        ("Europe/London", datetime(2026, 3, 28, 23, 59, tzinfo=UTC), date(2026, 3, 28)),
        ("Europe/London", datetime(2026, 3, 29, 22, 59, tzinfo=UTC), date(2026, 3, 29)),
        ("Europe/London", datetime(2026, 3, 29, 23, 0, tzinfo=UTC), date(2026, 3, 30)),
        ("America/St_Johns", datetime(2026, 3, 2, 3, 29, tzinfo=UTC), date(2026, 3, 1)),
    ],
)
def test_midnight_is_that_of_the_union(zone, placed, day):
    store = StoreFactory(union=UnionFactory(time_zone=zone))
    order = sold(store, placed_at=placed)
    touch_orders(order_ids=[order.pk])
    assert list(TouchedDay.objects.values_list("day", flat=True)) == [day]
    count_all_touched(union=store.union)
    assert rows(StoreDay, "day", "orders") == [(day, 1)]
    assert rows(ProductDay, "day", "pieces") == [(day, 2)]


def test_change_of_time_zone_moves_days_once_they_are_counted_anew():
    store = StoreFactory(union=UnionFactory(time_zone="UTC"))
    sold(store, placed_at=datetime(2026, 3, 2, 20, 0, tzinfo=UTC))
    counted(store.union)
    store.union.time_zone = "Asia/Seoul"
    store.union.save()
    compared, differing = days_that_differ(store.union, before=LATER)
    assert (compared, len(differing)) == (2, 4)
    counted(store.union)
    assert rows(StoreDay, "day", "orders") == [(date(2026, 3, 3), 1)]
    assert days_that_differ(store.union, before=LATER) == (1, [])


def test_orders_touch_their_day_as_they_move():
    there = market()
    cart = ready_cart(there)
    digest = review_cart(cart=cart, now=NOW).digest
    purchase = place_purchase(cart=cart, digest=digest, language="en", origin="website", now=NOW)
    pay(purchase=purchase, now=NOW)
    bakery, lamps = purchase.orders.select_related("union").order_by("id")

    def after_events():
        while deliver_waiting(now=NOW + timedelta(days=1)):
            pass
        assert count_figures() > 0
        return rows(StoreDay, "store__name", "orders", "paid", "accepted", "cancelled", "gross")

    assert after_events() == [("Bakery", 1, 1, 0, 0, 1100), ("Lamps", 1, 1, 0, 0, 2400)]
    accept_order(order=bakery, actor=None, now=NOW)
    cancel_order(order=lamps, actor=None, reason="broken", now=NOW, by_store=True)
    assert after_events() == [("Bakery", 1, 0, 1, 0, 1100), ("Lamps", 0, 0, 0, 1, 0)]
    assert count_figures() == 0
    # A piece comes back and its money goes: whoever takes it tells so.
    OrderLine.objects.filter(order=bakery).update(returned=1)
    give_back(Order.objects.get(pk=bakery.pk), 350, pieces=1)
    publish(ORDER_CHANGED, aggregate=f"order:{bakery.pk}", order_id=bakery.pk, credit_id=1)
    assert after_events()[0] == ("Bakery", 1, 0, 1, 0, 1100)
    assert StoreDay.objects.get(store=there.first).taken_back == 350
    assert days_that_differ(there.union, before=LATER) == (2, [])


def test_one_unions_days_are_not_anothers():
    here, there = sold(StoreFactory()), sold(StoreFactory())
    touch_orders(order_ids=[here.pk, there.pk])
    assert count_all_touched(union=here.union) == 1
    assert rows(StoreDay, "union") == [(here.union_id,)]
    assert list(TouchedDay.objects.values_list("union", flat=True)) == [there.union_id]


def test_check_finds_what_is_not_true_and_the_command_puts_it_right(capsys):
    store = StoreFactory(name="Kilns")
    variant = VariantFactory(store=store)
    for days in range(3):
        sold(store, variant=variant, placed_at=NOW + timedelta(days=days))
    union = store.union
    counted(union)
    assert days_that_differ(union, before=LATER) == (3, [])
    StoreDay.objects.filter(day=date(2026, 3, 2)).update(gross=1)
    ProductDay.objects.filter(day=date(2026, 3, 3)).update(pieces=1)
    ProductWeek.objects.update(net=7)
    StoreDay.objects.filter(day=date(2026, 3, 4)).delete()
    _compared, differing = days_that_differ(union, before=LATER)
    found = [(each.store_id, each.day.day, each.of) for each in differing]
    assert sorted(found) == [
        (store.pk, 2, "sales"),
        (store.pk, 2, "weeks"),
        (store.pk, 3, "goods"),
        (store.pk, 4, "sales"),
    ]
    report = check_union(union=union, now=LATER)
    texts = [each["text"] for each in report.differences if each["code"] == "figures"]
    assert "Kilns: the figures kept of sales on 2026-03-02 are not those of its orders." in texts
    assert "Kilns: the goods sold in the week from 2026-03-02 are not the sum of its days." in texts
    assert len(texts) == 4
    with pytest.raises(CommandError, match="4 differences"):
        call_command("figures", union=union.slug)
    assert f"{union.slug}: 3 days compared, differences: 4" in capsys.readouterr().out
    call_command("figures", union=union.slug, anew=True)
    assert f"{union.slug}: 3 days compared, differences: 0" in capsys.readouterr().out
    with pytest.raises(CommandError, match="no union"):
        call_command("figures", union="nowhere")


def test_what_is_still_on_its_way_is_no_difference():
    order = sold(StoreFactory())
    union = order.union
    assert days_that_differ(union, before=LATER) != (0, [])
    # It has just moved.
    assert days_that_differ(union, before=NOW) == (0, [])
    # Its day is to be counted.
    touch_orders(order_ids=[order.pk])
    assert days_that_differ(union, before=LATER) == (0, [])
    TouchedDay.objects.all().delete()
    # An event about it waits.
    publish(ORDER_CHANGED, aggregate=f"order:{order.pk}", order_id=order.pk, credit_id=1)
    assert OutboxEvent.objects.filter(delivered_at=None).count() == 1
    assert days_that_differ(union, before=LATER) == (0, [])


@settings(max_examples=25)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(Order.State.values),
            st.integers(0, 49),
            st.integers(1, 5),
            st.integers(1, 99_999),
            st.integers(0, 5),
            st.sampled_from([0, 333, 500, 1250, 10_000]),
        ),
        max_size=8,
    )
)
def test_figures_are_sums_of_the_orders_whatever_they_are(db, wanted):
    """Counted in Python from the orders one by one."""
    zone = ZoneInfo("Asia/Seoul")
    store = StoreFactory(union=UnionFactory(time_zone="Asia/Seoul"))
    expected: dict[date, list[int]] = {}
    for state, hours, quantity, price, back, bp in wanted:
        back = min(back, quantity)
        placed = NOW + timedelta(hours=hours)
        order = sold(store, state=state, placed_at=placed, quantity=quantity, price=price, returned=back, bp=bp)
        if state == "placed":
            continue
        day = expected.setdefault(placed.astimezone(zone).date(), [0, 0, 0, 0, 0])
        if state == "cancelled":
            day[4] += 1
            continue
        kept = order.total - back * price
        for place, number in enumerate((1, kept, quantity - back, rate_of(kept, bp))):
            day[place] += number
    counted(store.union)
    found = {
        row.day: [row.orders, row.gross - row.taken_back, row.pieces - row.pieces_back, row.commission, row.cancelled]
        for row in StoreDay.objects.filter(store=store)
    }
    assert found == expected
