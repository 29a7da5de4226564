from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from django.apps import apps
from django.core.files.storage import default_storage
from django.db.models import Count, F, Q, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from ascc.models import (
    Claim,
    Dispute,
    IncentiveVoucher,
    ProgramOffer,
    ServiceProgram,
    ServiceProvider,
    Voucher,
)
from core.models import OutboxEvent
from martunion.demo import load, plan, trade
from martunion.demo.content import people, union_content
from martunion.demo.gtin import check_digit
from martunion.demo.trade import Trade
from orders.models import Bookable, Order, OrderLine, Purchase, Reservation, Resource, Return, RunStep
from orders.services.daily_check import check_union
from orders.services.runs.following import follow_forgotten
from payments.models import Payout
from payments.services.compare_books import compare_books
from stores.models import Picture, Product, Review, StockLevel, StockMovement, StockSheet, Store, Variant
from unions.models import Membership, Union, UnionPage

REVIEWS = 6
RECENT = 14

pytestmark = pytest.mark.django_db


@pytest.fixture
def lines(monkeypatch) -> list[str]:
    """A short demo: one union, few purchases. Collects the lines of progress."""
    content = union_content("cornwall")
    monkeypatch.setattr(load, "UNIONS", ("cornwall",))
    monkeypatch.setattr(plan, "RECENT", RECENT)
    monkeypatch.setattr(load, "union_content", lambda slug: replace(content, reviews=content.reviews[:REVIEWS]))
    return []


def rows() -> Counter:
    """How many rows each table has, and the state of orders and stock."""
    counted = Counter({model._meta.label: model._default_manager.count() for model in apps.get_models()})
    counted.update(Order.objects.values_list("number", "state"))
    counted.update({("stock", pk): on_hand for pk, on_hand in StockLevel.objects.values_list("pk", "on_hand")})
    return counted


def planned_stock() -> dict[str, int]:
    """What shall be left of each counted variant: the content's stock, what came back, and what sheets have moved."""
    left = {}
    stores = {store.slug: store for store in union_content("cornwall").stores}
    for variant in Variant.objects.filter(tracks_stock=True).select_related("store", "product"):
        good = next(row for row in stores[variant.store.slug].goods if row.slug == variant.product.slug)
        left[variant.pk] = good.variants[variant.position].stock
    sheets = StockSheet.objects.values("number")
    kinds = [StockMovement.Kind.RETURNED, StockMovement.Kind.TAKEN_OUT]
    moved = StockMovement.objects.filter(Q(kind__in=kinds) | Q(reference__in=sheets))
    for variant, pieces in moved.values_list("variant").annotate(Sum("quantity")).order_by():
        left[variant] += pieces
    # Sent instead of what came back.
    instead = OrderLine.objects.filter(order__in=Return.objects.exclude(replacement=None).values("replacement"))
    for line in instead:
        left[line.variant_id] -= line.quantity
    return left


def assert_sound(union: Union) -> None:
    """Books, stock and movements agree."""
    assert compare_books(union=union).differences == []
    wrong = StockLevel.objects.annotate(
        moved=Coalesce(Sum("variant__movements__quantity"), 0), kept=Coalesce(Sum("variant__movements__held_change"), 0)
    ).exclude(on_hand=F("moved"), held=F("kept"))
    assert list(wrong) == []
    assert dict(StockLevel.objects.values_list("pk", "on_hand")) == planned_stock()


def test_load_opens_a_living_union(lines):
    load.load_demo(now=timezone.now(), report=lines.append)

    union = Union.objects.get(slug="cornwall")
    assert_sound(union)
    assert Store.objects.visible().count() == 9
    # A hundred and two goods, and the protection that a workshop sells with its own.
    assert Product.objects.visible().count() == 103
    assert Product.objects.filter(search=None).count() == Product.objects.filter(cover="").count() == 0
    assert Product.objects.filter(price_from=0).count() == 0
    assert UnionPage.objects.filter(union=union).count() == 3
    assert Membership.objects.filter(union=union).values_list("state").distinct().count() == 2
    assert Review.objects.filter(union=union).count() == REVIEWS
    assert Review.objects.filter(order_number="").count() == 0
    assert Purchase.objects.filter(union=union).count() == REVIEWS + RECENT
    assert Payout.objects.filter(union=union, state=Payout.State.PAID).count() > 0
    assert Union.objects.get(slug="okinawa").is_elsewhere
    assert lines[0] == "  Cornwall Mart Union: opening 9 stores …"
    assert_numbered_and_drawn()
    assert_nobody_is_told_of_the_past()
    assert_steps_went_with_their_orders()


def assert_steps_went_with_their_orders() -> None:
    cancelled = RunStep.objects.filter(run__order__state=Order.State.CANCELLED)
    assert set(cancelled.values_list("state", flat=True)) <= {"done", "skipped", "called_off"}
    assert cancelled.filter(state="called_off").exists()
    assert follow_forgotten(now=timezone.now() + timedelta(days=1)) == 0
    waiting = RunStep.objects.filter(state__in=RunStep.WAITING, due_at__isnull=False).order_by("run", "position")
    dues: dict[int, list[datetime]] = {}
    for run, due_at in waiting.values_list("run", "due_at"):
        dues.setdefault(run, []).append(due_at)
    assert dues
    assert all(times == sorted(times) for times in dues.values())


def assert_numbered_and_drawn() -> None:
    gtins = list(Variant.objects.exclude(gtin="").values_list("gtin", flat=True))
    assert len(set(gtins)) == len(gtins) == Variant.objects.filter(tracks_stock=True).count()
    assert all(len(gtin) == 13 and gtin[:2] == "22" and check_digit(gtin[:-1]) == gtin[-1] for gtin in gtins)
    assert Picture.objects.count() == 103
    for picture in Picture.objects.all():
        assert picture.sizes[0]["type"] == "image/svg+xml"
        assert default_storage.exists(picture.sizes[0]["path"])
    assert all(default_storage.exists(store.picture) for store in Store.objects.all())


def assert_nobody_is_told_of_the_past() -> None:
    waiting = set(OutboxEvent.objects.filter(delivered_at=None).values_list("kind", flat=True))
    # Urgent sales begin now, and a store's file is made by the worker: neither writes to anybody of weeks ago.
    now = {"stores.urgent_sale_changed", "stores.file_asked"}
    assert waiting - now <= {"payments.request_authorized", "payments.request_failed"}


def test_load_twice_changes_nothing(lines):
    now = timezone.now()
    load.load_demo(now=now, report=lines.append)
    before = rows()

    load.load_demo(now=now + timedelta(minutes=20), report=lines.append)
    assert rows() == before

    # Urgent sales alone are fresh at a start at which those of before are over.
    load.load_demo(now=now + timedelta(days=2), report=lines.append)
    assert {label for label in rows() - before if isinstance(label, str)} == {
        "stores.UrgentSale",
        "stores.UrgentLevel",
        "stores.StockMovement",
        "core.OutboxEvent",
    }
    assert before - rows() == Counter()


def test_load_leaves_alone_what_people_did_since(lines):
    load.load_demo(now=timezone.now(), report=lines.append)
    Order.objects.filter(state=Order.State.PAID).update(state=Order.State.CANCELLED)
    Product.objects.filter(slug="sourdough").update(title="Morwenna's sourdough")
    before = rows()

    load.load_demo(now=timezone.now(), report=lines.append)

    assert rows() == before
    assert Product.objects.filter(title="Morwenna's sourdough").count() == 1


@pytest.mark.parametrize(
    ("place", "name", "calls"),
    [(Trade, "take", 0), (Trade, "take", 37), (trade, "add_to_cart", 6), (trade, "pay", 4), (trade, "accept_order", 5)],
)
def test_load_goes_on_after_a_kill(lines, monkeypatch, place, name, calls):
    now = timezone.now()
    left = iter(range(calls))
    genuine = getattr(place, name)

    def killed(*args, **kwargs):
        if next(left, None) is None:
            raise KeyboardInterrupt
        return genuine(*args, **kwargs)

    with monkeypatch.context() as patched:
        patched.setattr(place, name, killed)
        with pytest.raises(KeyboardInterrupt):
            load.load_demo(now=now, report=lines.append)
    load.load_demo(now=now + timedelta(minutes=5), report=lines.append)

    assert_sound(Union.objects.get(slug="cornwall"))
    assert Purchase.objects.count() == REVIEWS + RECENT
    assert Review.objects.count() == REVIEWS
    assert set(Order.objects.values_list("state", flat=True)) >= {"completed", "cancelled"}


def test_sign_ins_are_people_of_the_demo(lines, client):
    load.load_demo(now=timezone.now(), report=lines.append)

    assert [role for role, *_rest in load.SIGN_INS] == [
        "service center",
        "union admin, Kaohsiung",
        "union admin, Busan",
        "union admin, Cornwall",
        "store owner",
        "store staff",
        "store owner, Cornwall",
        "store owner, orders in steps",
        "service provider, Cornwall",
        "shopper",
        "shopper, Cornwall",
    ]
    here = [email for _role, email, _word, path in load.SIGN_INS if "/cornwall/" in path]
    assert {"hannah.trewin@mail.example", "jenifer@bodmin-wool.example"} <= set(here)
    for email in (*here, "admin@cornwall.martunion.example"):
        assert client.login(email=email, password=people()["password"])


def test_services_are_reserved_in_every_state(lines):
    load.load_demo(now=timezone.now(), report=lines.append)
    assert set(Reservation.objects.values_list("state", flat=True)) == set(Reservation.State.values)
    assert Bookable.objects.filter(product=None).exists()
    assert Bookable.objects.filter(variant__isnull=False).exists()
    assert Resource.objects.filter(own_hours=True, capacity=2).exists()
    assert not OutboxEvent.objects.filter(kind="orders.reservation_changed", delivered_at=None).exists()


def test_vouchers_are_in_every_state_of_a_living_service(lines):
    load.load_demo(now=timezone.now(), report=lines.append)
    union = Union.objects.get(slug="cornwall")
    states = dict(Voucher.objects.values_list("state").annotate(Count("pk")))
    assert set(states) >= {"issued", "active", "transmitted", "accepted", "in_service"}
    assert states["issued"] > 0
    assert set(ServiceProvider.objects.values_list("state", flat=True)) == {"approved", "applied"}
    assert set(ServiceProgram.objects.values_list("store__slug", flat=True)) == {None, "camel-cycles"}
    assert ProgramOffer.objects.get().variant.product.is_published
    assert Dispute.objects.get().evidence.count() == 2
    assert Claim.objects.get().state == "opened"
    assert IncentiveVoucher.objects.filter(state="redeemed").count() >= 1
    # What the bank has not answered yet is told apart: money that goes back is on its way in the demo.
    found = {one["code"] for one in check_union(union=union, now=timezone.now()).differences}
    assert found <= {"order_payment", "order_credits"}
    assert compare_books(union=union).differences == []
    assert not OutboxEvent.objects.filter(kind__startswith="ascc.", delivered_at=None).exists()
