"""Exactly one voucher per line, piece and program; money set aside with it; whoever tries and however often."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from ascc.models import Insurer, Policy, ProgramOffer, Voucher, VoucherStep
from ascc.services.issuing import issue_missing, issue_vouchers
from ascc.services.moving import By, note_step
from ascc.services.programs import Fits, end_program, publish_version
from core.outbox import OutboxEvent
from core.references import normalise_reference
from orders.models import Order
from payments.models import Earning, LedgerAccount
from payments.services.compare_books import compare_books
from tests.factories.accounts import UserFactory
from tests.factories.ascc import BEFORE, program, promise, sold
from tests.factories.orders import NOW
from tests.factories.stores import CategoryFactory, StoreFactory, VariantFactory
from tests.factories.unions import UnionFactory

pytestmark = pytest.mark.django_db


def balance(store, kind, *, of=None):
    account = LedgerAccount.objects.filter(union=store.union, kind=kind, membership=of).first()
    return account.balance if account else 0


def test_each_piece_of_a_delivered_order_gets_one_voucher():
    shop, ada = StoreFactory(), UserFactory()
    plan = program(shop.union)
    order = sold(shop, owner=ada)
    order.lines.update(quantity=3, total=3000)

    assert issue_vouchers(order_ids=[order.pk], now=NOW) == 3
    assert issue_vouchers(order_ids=[order.pk], now=NOW) == 0

    vouchers = list(Voucher.objects.filter(union=shop.union).order_by("piece"))
    assert [voucher.piece for voucher in vouchers] == [1, 2, 3]
    first = vouchers[0]
    assert (first.program, first.version.number, first.store, first.owner) == (plan, 1, shop, ada)
    assert (first.state, first.visits, first.used, first.about) == ("issued", 2, 0, order.lines.get().title)
    assert first.fund == 2 * (4000 + 500)
    assert (first.issued_at, first.expires_at) == (NOW, NOW.replace(year=2027))
    assert len({voucher.code for voucher in vouchers}) == 3
    assert [(step.what, step.to_state, step.side) for step in first.steps.all()] == [("issued", "issued", "system")]
    events = OutboxEvent.objects.filter(kind="ascc.vouchers_issued")
    assert [event.payload for event in events] == [{"order_id": order.pk, "first_id": first.pk}]


def test_codes_carry_the_prefix_of_the_union_and_a_right_check_character():
    shop = StoreFactory(union=UnionFactory(prefix="CW"))
    program(shop.union)
    order = sold(shop)
    order.lines.update(quantity=200, total=200_000)
    issue_vouchers(order_ids=[order.pk], now=NOW)
    codes = list(Voucher.objects.filter(union=shop.union).values_list("code", flat=True))
    assert len(set(codes)) == 200
    for code in codes:
        prefix, body, check = code.split("-")
        assert (prefix, len(body), len(check)) == ("CW", 10, 1)
        assert normalise_reference(code) == code
    assert len({character for code in codes for character in code.split("-")[1]}) == 32


@pytest.mark.parametrize(
    ("event", "state", "issued"),
    [
        ("delivered", "paid", 0),
        ("delivered", "shipped", 0),
        ("delivered", "delivered", 1),
        ("delivered", "completed", 1),
        ("paid", "placed", 0),
        ("paid", "paid", 1),
        ("paid", "shipped", 1),
        ("paid", "cancelled", 0),
    ],
)
def test_vouchers_come_with_the_event_of_their_program(event, state, issued):
    shop = StoreFactory()
    program(shop.union, event=event)
    assert issue_vouchers(order_ids=[sold(shop, state=state).pk], now=NOW) == issued


def test_the_version_in_force_at_the_sale_counts():
    shop = StoreFactory()
    plan = program(shop.union)
    publish_version(program=plan, promise=promise(visits=5), now=NOW + timedelta(hours=1))
    early = sold(shop, placed_at=NOW)
    late = sold(shop, placed_at=NOW + timedelta(hours=2))
    end_program(program=plan, now=NOW + timedelta(hours=3))
    too_late = sold(shop, placed_at=NOW + timedelta(hours=4))
    before_all = sold(shop, placed_at=BEFORE - timedelta(days=1))
    orders = [early.pk, late.pk, too_late.pk, before_all.pk]
    assert issue_vouchers(order_ids=orders, now=NOW + timedelta(days=1)) == 2
    kept = {voucher.order_line.order_id: (voucher.version.number, voucher.visits) for voucher in Voucher.objects.all()}
    assert kept == {early.pk: (1, 2), late.pk: (2, 5)}


def test_a_scope_holds_to_goods_category_store_and_price():
    shop = StoreFactory()
    other = StoreFactory(union=shop.union)
    tree = CategoryFactory(union=shop.union)
    kettles = CategoryFactory(union=shop.union, parent=tree)
    kettle = VariantFactory(store=shop, product__category=kettles)
    lamp = VariantFactory(store=shop)
    radio = VariantFactory(store=other)
    program(shop.union, title="of a good", fits=[Fits(product=lamp.product)])
    program(shop.union, title="of a branch", fits=[Fits(category=tree)])
    program(shop.union, title="of a price", fits=[Fits(price_from=2000, price_to=3000)])
    program(shop.union, title="of a store or dear", fits=[Fits(store=other), Fits(price_from=5000)])
    program(shop.union, title="of its own goods", store=other)

    def programs_for(variant, price):
        order = sold(variant.store)
        order.lines.update(variant=variant, unit_price=price, total=price)
        issue_vouchers(order_ids=[order.pk], now=NOW)
        vouchers = Voucher.objects.filter(union=shop.union, order_line__order=order)
        return sorted(vouchers.values_list("program__name", flat=True))

    assert programs_for(lamp, 100) == ["of a good"]
    assert programs_for(kettle, 2000) == ["of a branch", "of a price"]
    assert programs_for(kettle, 3001) == ["of a branch"]
    assert programs_for(kettle, 5000) == ["of a branch", "of a store or dear"]
    assert programs_for(radio, 100) == ["of a store or dear", "of its own goods"]


def extra_of(shop, **said):
    extra = VariantFactory(store=shop, product__kind="service", product__title="Two years more")
    plan = program(shop.union, sale="extra", price=900, title="Two years more", **said)
    ProgramOffer.objects.create(union=shop.union, program=plan, store=shop, variant=extra)
    return extra


def add_line(order, variant, title, quantity=1):
    order.lines.create(
        union=order.union, variant=variant, title=title, quantity=quantity, unit_price=1000, total=1000 * quantity
    )


def test_an_extra_is_issued_for_what_was_put_in_the_cart_for_it():
    shop = StoreFactory()
    extra = extra_of(shop)
    with_it, without = sold(shop), sold(shop)
    with_it.lines.update(variant=extra, quantity=2, total=2000, title="Two years more")
    assert issue_vouchers(order_ids=[with_it.pk, without.pk], now=NOW) == 2
    vouchers = Voucher.objects.order_by("pk")
    assert [(each.order_line.order, each.about) for each in vouchers] == [(with_it, "Two years more")] * 2


def test_services_and_extras_get_no_included_program():
    shop = StoreFactory()
    program(shop.union, title="Half-year check")
    extra, lesson = extra_of(shop), VariantFactory(store=shop, product__kind="service")
    order = sold(shop)
    order.lines.update(title="Steel touring bicycle", variant=VariantFactory(store=shop))
    add_line(order, extra, "Two years more")
    add_line(order, lesson, "A lesson")
    assert issue_vouchers(order_ids=[order.pk], now=NOW) == 2
    kept = Voucher.objects.order_by("order_line").values_list("program__name", "about", "order_line__title")
    assert list(kept) == [
        ("Half-year check", "Steel touring bicycle", "Steel touring bicycle"),
        ("Two years more", "Steel touring bicycle", "Two years more"),
    ]


def test_an_extra_names_the_good_it_is_for():
    shop, ada = StoreFactory(), UserFactory()
    cycles = CategoryFactory(union=shop.union)
    tourer, folder, bell = (
        VariantFactory(store=shop, product__category=cycles),
        VariantFactory(store=shop, product__category=CategoryFactory(union=shop.union, parent=cycles)),
        VariantFactory(store=shop),
    )
    extra = extra_of(shop, fits=[Fits(category=cycles)])
    first = sold(shop, owner=ada)
    first.lines.update(title="Bell", variant=bell)
    add_line(first, extra, "Two years more", 3)
    add_line(first, folder, "Folding bicycle", 2)
    add_line(first, tourer, "Touring bicycle", 3)
    later, of_another = sold(shop, owner=ada), sold(shop, owner=UserFactory())
    for order in (later, of_another):
        order.lines.update(title="Two years more", variant=extra)
    issue_vouchers(order_ids=[first.pk, later.pk, of_another.pk], now=NOW)

    def named(order):
        vouchers = Voucher.objects.filter(order_line__order=order).order_by("order_line", "piece")
        return list(vouchers.values_list("about", flat=True))

    assert named(first) == ["Folding bicycle", "Folding bicycle", "Touring bicycle"]
    assert named(later) == ["Touring bicycle"]
    assert named(of_another) == ["Two years more"]


def test_the_money_is_set_aside_from_who_pays_to_who_promised():
    center = UnionFactory()
    shop = StoreFactory(union=center)
    insurer = Insurer.objects.create(union=center, name="Mutual")
    policy = Policy.objects.create(
        union=center,
        insurer=insurer,
        number="M-1",
        premium=150,
        claim_limit=5000,
        total_limit=100_000,
        currency=center.currency,
        starts_on=BEFORE.date(),
        ends_on=NOW.date() + timedelta(days=365),
    )
    program(center, policy=policy)
    program(center, funding="center", visits=1, rewards=[])
    program(center, store=shop, visits=1, fee=3000, deductible=1000, rewards=[])
    assert issue_vouchers(order_ids=[sold(shop).pk], now=NOW) == 3

    member = shop.membership
    assert balance(shop, "program_fund") == -(9000 + 4000)
    assert balance(shop, "program_fund", of=member) == -2000
    assert balance(shop, "insurer_payable") == -150
    assert balance(shop, "program_income") == 4000
    assert balance(shop, "enterprise_payable", of=member) == 9150 + 2000
    transfers = Earning.objects.filter(union=center, membership=member, kind="transfer")
    assert sorted(transfers.values_list("net", flat=True)) == [-9150, -2000]
    assert compare_books(union=center).differences == []


def test_a_catch_up_issues_what_is_missing_in_batches_and_only_that():
    shop = StoreFactory()
    program(shop.union)
    orders = [sold(shop, placed_at=NOW) for _ in range(5)]
    issue_vouchers(order_ids=[orders[1].pk], now=NOW)
    old = sold(shop, placed_at=NOW - timedelta(days=2))
    assert issue_missing(since=NOW - timedelta(days=1), now=NOW, at_once=2) == 4
    assert issue_missing(since=NOW - timedelta(days=1), now=NOW, at_once=2) == 0
    assert not Voucher.objects.filter(order_line__order=old).exists()
    assert Voucher.objects.count() == 5


def test_a_timeline_can_only_be_added_to():
    shop = StoreFactory()
    program(shop.union)
    issue_vouchers(order_ids=[sold(shop).pk], now=NOW)
    for attempt in ("UPDATE ascc_voucherstep SET note = 'x'", "DELETE FROM ascc_voucherstep"):
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(attempt)
    assert [step.note for step in VoucherStep.objects.all()] == [""]


def test_a_timeline_outlives_the_person():
    shop, actor = StoreFactory(), UserFactory()
    program(shop.union)
    issue_vouchers(order_ids=[sold(shop).pk], now=NOW)
    by = By(side="store", user_id=actor.pk)
    note_step(voucher=Voucher.objects.get(), what=VoucherStep.What.REMINDED, by=by, now=NOW, note="called")
    actor.delete()
    assert [(step.note, step.actor) for step in VoucherStep.objects.all()] == [("", None), ("called", None)]


def test_orders_of_two_unions_stay_apart():
    here, there = StoreFactory(), StoreFactory()
    program(here.union)
    orders = [sold(here), sold(there)]
    assert issue_vouchers(order_ids=[order.pk for order in orders], now=NOW) == 1
    assert [voucher.union for voucher in Voucher.objects.all()] == [here.union]
    assert Order.objects.count() == 2
