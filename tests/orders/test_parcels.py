"""Parts of orders leave in parcels; the order's state follows them, and no piece leaves twice."""

from datetime import timedelta

import pytest
from django.core import mail

from core.errors import Invalid, WrongState
from core.models import OutboxEvent
from core.outbox import deliver_waiting
from orders import tasks
from orders.models import Carrier, Order, OrderLine, Shipment, ShipmentLine, TrackingEvent
from orders.queries.parcels import Kept, goods_of, kept_by, price_of, services_of, with_kept_deadlines
from orders.services.cancelling import cancel_order
from orders.services.daily_check import check_union
from orders.services.mail.parcels import send_parcel_mail
from orders.services.parcels import PiecesMissing, TooManyPieces, deliver_order, follow_parcels, ship_order, ship_parcel
from orders.services.tracking import record_event, take_in, try_again
from tests.factories.accounts import UserFactory
from tests.factories.orders import NOW
from tests.factories.parcels import carrier_service, line_ids, packed_order, sent
from tests.factories.stores import StoreFactory
from tests.factories.unions import UnionFactory
from tests.orders.test_races import at_once

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def state_of(order) -> str:
    return Order.objects.values_list("state", flat=True).get(pk=order.pk)


def to_go(order) -> list[int]:
    return [line.to_go for line in goods_of(order)]


def told(parcel, state, *, at=NOW + HOUR, now=NOW + 2 * HOUR, source="api", key=None) -> bool:
    return record_event(shipment=parcel, state=state, at=at, now=now, source=source, external_id=key or f"{state} {at}")


def test_an_order_leaves_in_parts_and_is_shipped_with_the_last_piece():
    order = packed_order()
    first = sent(order, 2)
    assert (state_of(order), to_go(order)) == ("packed", [1, 2])
    second = sent(order, 1, 1, now=NOW + HOUR)
    assert (state_of(order), to_go(order)) == ("packed", [0, 1])
    sent(order, now=NOW + 2 * HOUR)
    assert (state_of(order), to_go(order)) == ("shipped", [0, 0])
    packed = [sorted(line.quantity for line in parcel.lines.all()) for parcel in order.shipments.order_by("id")]
    assert packed == [[2], [1, 1], [1]]
    assert len({first.number, second.number}) == 2
    kinds = list(
        OutboxEvent.objects.filter(aggregate=f"order:{order.pk}").order_by("id").values_list("kind", "payload")
    )
    assert [(kind, payload.get("told")) for kind, payload in kinds] == [
        ("orders.shipment_in_transit", False),
        ("orders.shipment_in_transit", False),
        ("orders.order_shipped", None),
        ("orders.shipment_in_transit", True),
    ]


def test_an_order_is_delivered_with_its_last_parcel():
    order = packed_order()
    first, second = sent(order, 3), sent(order)
    told(first, "delivered")
    assert state_of(order) == "shipped"
    told(second, "delivered", at=NOW + 3 * HOUR, now=NOW + 3 * HOUR)
    order.refresh_from_db()
    assert (order.state, order.delivered_at) == ("delivered", NOW + 3 * HOUR)
    assert [parcel.delivered_at for parcel in order.shipments.order_by("id")] == [NOW + HOUR, NOW + 3 * HOUR]


def test_a_parcel_that_arrives_before_the_rest_has_left_does_not_end_the_order():
    order = packed_order()
    told(sent(order, 3), "delivered")
    assert state_of(order) == "packed"
    told(sent(order), "delivered")
    assert state_of(order) == "delivered"


@pytest.mark.parametrize("wanted", [{0: 4}, {0: 3, 1: 3}])
def test_no_more_pieces_leave_than_were_bought(wanted):
    order = packed_order()
    ids = line_ids(order)
    with pytest.raises(TooManyPieces) as refusal:
        ship_parcel(
            order=order, actor=None, now=NOW, carrier="Post", pieces={ids[at]: many for at, many in wanted.items()}
        )
    assert refusal.value.facts["left"] in (3, 2)
    assert (state_of(order), Shipment.objects.count(), ShipmentLine.objects.count()) == ("packed", 0, 0)


def test_pieces_called_off_do_not_leave_and_the_rest_makes_the_order_shipped():
    order = packed_order()
    sent(order, 3, 1)
    second = line_ids(order)[1]
    OrderLine.objects.filter(pk=second).update(cancelled=1)
    assert to_go(order) == [0, 0]
    with pytest.raises(TooManyPieces):
        ship_parcel(order=order, actor=None, now=NOW, carrier="Post", pieces={second: 1})
    follow_parcels(order=order, actor=None, now=NOW)
    assert state_of(order) == "shipped"


@pytest.mark.parametrize("pieces", [{}, {0: 0}, {0: -1}, {-1: 1}])
def test_a_parcel_holds_pieces_of_its_order(pieces):
    order = packed_order()
    ids = line_ids(order)
    with pytest.raises(Invalid):
        chosen = {ids[at] if at >= 0 else 0: many for at, many in pieces.items()}
        ship_parcel(order=order, actor=None, now=NOW, carrier="Post", pieces=chosen)
    assert (state_of(order), Shipment.objects.count()) == ("packed", 0)


@pytest.mark.parametrize("state", ["paid", "accepted", "shipped", "delivered", "cancelled"])
def test_nothing_leaves_unpacked_or_twice(state):
    order = packed_order(state=state)
    if state == "shipped":
        Order.objects.filter(pk=order.pk).update(state="packed")
        sent(order)
    before = Shipment.objects.count()
    with pytest.raises(WrongState) as refusal:
        sent(order)
    assert (refusal.value.facts["state"], Shipment.objects.count()) == (state, before)


def test_fees_and_discounts_travel_in_no_parcel():
    order = packed_order(pieces=(1,))
    OrderLine.objects.create(
        union=order.union, order=order, kind="fee", title="Assembly", quantity=1, unit_price=5, total=5
    )
    parcel = sent(order)
    assert [line.quantity for line in parcel.lines.all()] == [1]
    assert state_of(order) == "shipped"


def test_a_service_of_the_union_names_carrier_page_and_price():
    order = packed_order()
    service = carrier_service(order.union)
    parcel = sent(order, service=service, carrier="", tracking_number="JV 1", weight=800)
    assert (parcel.carrier, parcel.tracking_url, parcel.cost, parcel.weight) == (
        "Peninsula Post",
        "https://post.example/?n=JV%201",
        420,
        800,
    )
    assert parcel.poll_at is None


def test_services_of_another_union_or_not_offered_are_refused():
    order = packed_order()
    elsewhere, here = carrier_service(UnionFactory()), carrier_service(order.union)
    here.carrier.is_active = False
    for service in (elsewhere, here):
        with pytest.raises(Invalid):
            sent(order, service=service)
    assert (state_of(order), Shipment.objects.count()) == ("packed", 0)


def test_stores_choose_among_carriers_whose_contract_holds():
    union, today = UnionFactory(), NOW.date()
    carrier_service(union, slug="now", contract_from=today, contract_until=today)
    carrier_service(union, slug="over", contract_until=today - timedelta(days=1))
    carrier_service(union, slug="later", contract_from=today + timedelta(days=1))
    carrier_service(union, slug="off", is_active=False)
    carrier_service(UnionFactory(), slug="elsewhere")
    assert [service.carrier.slug for service in services_of(union, today=today)] == ["now"]


@pytest.mark.parametrize(
    ("grams", "country", "postal", "price"),
    [
        (900, "GB", "TR1 2LZ", 300),
        (1000, "GB", "TR1", 300),
        (1001, "GB", "TR1", 500),
        (9000, "GB", "TR1", None),
        (None, "GB", "TR1", None),
        (900, "GB", "TR21 0PT", 900),
        (None, "GB", "tr21 0pt", 900),
        (900, "IE", "D01", None),
    ],
)
def test_a_price_goes_by_zone_and_weight(grams, country, postal, price):
    order = packed_order()
    service = carrier_service(order.union)
    service.prices.all().delete()
    zones = [
        ("Mainland", "GB", "TR1", 1000, 300),
        ("Mainland", "GB", "TR1", 5000, 500),
        ("Isles", "gb", "TR21", None, 900),
    ]
    for zone, countries, regions, grams_to, asked in zones:
        # A postal code that begins alike is of the longer beginning too: the isles are named apart.
        regions = "TR1 , TR10" if zone == "Mainland" else regions
        service.prices.create(
            union=order.union, zone=zone, countries=countries, regions=regions, up_to_grams=grams_to, price=asked
        )
    order.purchase.country, order.purchase.postal_code = country, postal
    assert price_of(service, order.purchase, grams=grams) == price


def test_the_same_event_told_twice_is_one():
    parcel = sent(packed_order())
    assert told(parcel, "out_for_delivery", key="7")
    assert not told(parcel, "out_for_delivery", key="7")
    assert told(parcel, "out_for_delivery", key="7", source="csv")
    assert parcel.events.count() == 3


def test_events_out_of_order_never_turn_a_parcel_back():
    parcel = sent(packed_order())
    told(parcel, "out_for_delivery", at=NOW + 3 * HOUR, now=NOW + 4 * HOUR)
    told(parcel, "in_transit", at=NOW + 2 * HOUR, now=NOW + 4 * HOUR)
    parcel.refresh_from_db()
    assert (parcel.state, parcel.state_at) == ("out_for_delivery", NOW + 3 * HOUR)
    told(parcel, "delivered", at=NOW + HOUR, now=NOW + 4 * HOUR)
    told(parcel, "failed", at=NOW + 3.5 * HOUR, now=NOW + 4 * HOUR)
    told(parcel, "returned", at=NOW + 4 * HOUR, now=NOW + 4 * HOUR)
    parcel.refresh_from_db()
    assert (parcel.state, parcel.delivered_at, parcel.events.count()) == ("delivered", NOW + HOUR, 6)


@pytest.mark.parametrize(
    ("state", "at", "key"),
    [("lost", NOW, "1"), ("delivered", NOW + timedelta(days=2), "1"), ("delivered", NOW, "")],
)
def test_an_event_that_makes_no_sense_is_refused(state, at, key):
    parcel = sent(packed_order())
    with pytest.raises(Invalid):
        record_event(shipment=parcel, state=state, at=at, now=NOW, source="api", external_id=key)
    assert (parcel.events.count(), state_of(parcel.order)) == (1, "shipped")


def test_what_could_not_be_delivered_is_brought_again():
    parcel, staff = sent(packed_order()), UserFactory()
    with pytest.raises(WrongState):
        try_again(shipment=parcel, actor=staff, now=NOW, key="a")
    told(parcel, "failed")
    assert try_again(shipment=parcel, actor=staff, now=NOW + 2 * HOUR, key="a", words="Neighbour takes it")
    parcel.refresh_from_db()
    event = parcel.events.last()
    assert (parcel.state, event.words, event.actor) == ("in_transit", "Neighbour takes it", staff)
    told(parcel, "delivered", at=NOW + 3 * HOUR, now=NOW + 3 * HOUR)
    assert state_of(parcel.order) == "delivered"


def test_what_came_back_is_sent_again_or_called_off():
    order = packed_order()
    first, second = sent(order, 3), sent(order)
    told(second, "delivered")
    assert take_in(shipment=first, actor=None, now=NOW + HOUR, key="a")
    assert (state_of(order), to_go(order)) == ("shipped", [3, 0])
    with pytest.raises(PiecesMissing):
        deliver_order(order=order, actor=None, now=NOW + HOUR)
    with pytest.raises(WrongState):
        take_in(shipment=first, actor=None, now=NOW + HOUR, key="b")
    third = sent(order, 1)
    told(third, "delivered")
    assert state_of(order) == "shipped"
    OrderLine.objects.filter(pk=line_ids(order)[0]).update(cancelled=2)
    follow_parcels(order=order, actor=None, now=NOW + HOUR)
    assert state_of(order) == "delivered"


def test_a_carrier_is_judged_by_the_deadlines_it_kept():
    service = carrier_service(UnionFactory())
    store = StoreFactory(union=service.union)

    def parcel(*, deadline, arrived=None, back=False):
        made = sent(packed_order(store=store, deadline=deadline), service=service)
        if arrived:
            told(made, "delivered", at=arrived, now=arrived)
        if back:
            told(made, "returned")

    parcel(deadline=NOW + HOUR, arrived=NOW + HOUR)
    parcel(deadline=NOW + HOUR, arrived=NOW + 2 * HOUR)
    parcel(deadline=NOW + HOUR)
    parcel(deadline=NOW + 9 * HOUR)
    parcel(deadline=None)
    parcel(deadline=NOW + HOUR, back=True)

    def figures(now):
        return kept_by(with_kept_deadlines(Carrier.objects.all(), now=now).get())

    kept = figures(NOW + 3 * HOUR)
    assert (kept, kept.percent) == (Kept(in_time=1, late=2, under_way=2, returned=1), 33)
    assert figures(NOW + timedelta(days=91)) == Kept()


def mailed(parcel) -> str:
    """What the shopper is written about where the parcel is now."""
    fresh = Shipment.objects.select_related("order__union", "order__purchase", "order__store").get(pk=parcel.pk)
    mail.outbox.clear()
    send_parcel_mail(parcel=fresh, state=fresh.state)
    return f"{mail.outbox[0].subject}\n{mail.outbox[0].body}" if mail.outbox else ""


def test_the_shopper_is_written_to_of_a_part_a_failure_and_another_try():
    parcel = sent(packed_order(), 2)
    said = mailed(parcel)
    assert "A part of your order" in said
    assert ("2 × Thing 0" in said, "Thing 1" in said) == (True, False)
    told(parcel, "out_for_delivery")
    assert mailed(parcel) == ""
    record_event(
        shipment=parcel, state="failed", at=NOW + 2 * HOUR, now=NOW + 2 * HOUR, source="api", external_id="f",
        words="Nobody there",
    )  # fmt: skip
    said = mailed(parcel)
    assert ("could not be delivered" in said, "Nobody there" in said) == (True, True)
    try_again(shipment=parcel, actor=None, now=NOW + 3 * HOUR, key="a")
    assert "is brought again" in mailed(parcel)
    take_in(shipment=parcel, actor=None, now=NOW + 4 * HOUR, key="b")
    assert "went back to the store" in mailed(parcel)


def test_a_parcel_that_took_its_order_along_is_told_by_the_orders_mail(monkeypatch):
    queued = []
    monkeypatch.setattr(tasks.mail_parcel, "delay", lambda *args: queued.append(args))
    monkeypatch.setattr(tasks.mail_order, "delay", lambda *args: None)
    order = packed_order()
    part = sent(order, 1)
    sent(order)
    deliver_waiting(now=NOW)
    assert queued == [(part.pk, "in_transit")]


def test_the_daily_check_finds_more_pieces_away_than_were_bought():
    parcel = sent(packed_order())

    def found() -> list[str]:
        report = check_union(union=parcel.union, now=NOW)
        return [one["text"] for one in report.differences if one["code"] == "parcels"]

    assert found() == []
    ShipmentLine.objects.filter(shipment=parcel, quantity=3).update(quantity=4)
    assert found() == [f"Order {parcel.order.number}, THING-0: 4 pieces have left, 3 could."]


@pytest.mark.django_db(transaction=True)
def test_the_last_pieces_leave_in_one_parcel_only():
    for _ in range(4):
        order = packed_order(pieces=(2,))
        answers = at_once(*[lambda order=order: sent(order, 2)] * 3)
        assert answers.count("done") == 1
        assert ShipmentLine.objects.filter(order_line__order=order).count() == 1
        assert (state_of(order), order.changes.count()) == ("shipped", 1)


@pytest.mark.django_db(transaction=True)
def test_cancelling_against_a_part_that_leaves_ends_in_one_of_the_two():
    for _ in range(4):
        order = packed_order(pieces=(2,))
        answers = at_once(
            lambda order=order: cancel_order(order=order, actor=None, reason="", now=NOW, by_store=True),
            lambda order=order: sent(order, 2),
        )
        assert answers.count("done") == 1
        assert state_of(order) == ("cancelled" if answers[0] == "done" else "shipped")
        assert order.shipments.count() == (answers[1] == "done")


@pytest.mark.django_db(transaction=True)
def test_one_event_from_four_sides_at_once_is_kept_once_and_delivers_once():
    order = packed_order()
    parcel, other = sent(order, 3), sent(order)
    answers = at_once(
        *[lambda: told(Shipment.objects.select_related("order__union").get(pk=parcel.pk), "delivered", key="7")] * 3,
        lambda: told(Shipment.objects.select_related("order__union").get(pk=other.pk), "delivered", key="8"),
    )
    assert answers == ["done"] * 4
    assert TrackingEvent.objects.filter(source="api").count() == 2
    assert state_of(order) == "delivered"
    assert order.changes.filter(to_state="delivered").count() == 1


def test_ship_order_sends_all_that_is_left():
    order = packed_order()
    sent(order, 1)
    ship_order(order=order, actor=None, now=NOW, carrier="Post")
    assert (order.state, to_go(order)) == ("shipped", [0, 0])
