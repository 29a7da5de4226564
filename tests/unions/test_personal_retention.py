"""Guests long gone: forgotten by their union's retention with all that came after the sale, and nobody else."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from orders.models import Bill, Cart, Customer, CustomerResponse, Order, PriceProposal, Purchase, Reservation, Return
from orders.services.contact import Contact
from orders.services.forgetting import forget_people_long_gone
from orders.services.responses import say_it_is_settled
from stores.models import ReviewReport, UrgentClaim
from stores.services.urgent.claiming import mail_key
from tests.factories.accounts import UserFactory
from tests.factories.orders import NOW, OrderFactory, PurchaseFactory, market
from tests.factories.reservations import ReservationFactory, repair_shop
from tests.orders.responding import asked, picture
from tests.unions.after_sale import EMAIL, SECRET, after_sale, are_there, books, files
from tests.unions.test_personal import names_in_the_database, person

pytestmark = pytest.mark.django_db
LATER = datetime(2027, 7, 1, tzinfo=UTC)


@pytest.fixture
def commits(django_capture_on_commit_callbacks):
    return lambda: django_capture_on_commit_callbacks(execute=True)


def of_long_ago():
    """As if everything had happened at the time of the tests' orders."""
    Customer.objects.update(created_at=NOW)
    Purchase.objects.update(placed_at=NOW)
    CustomerResponse.objects.update(changed_at=NOW)
    ReviewReport.objects.update(decision="kept", decided_at=NOW)
    Bill.objects.update(withdrawn_at=NOW)


def test_a_guest_is_forgotten_with_responses_returns_and_photos_and_the_books_stay(commits):
    there = market(people_kept_days=365)
    life = after_sale(there, user=None, commits=commits)
    of_long_ago()
    kept, pictures = books(), files()
    assert len(pictures) == 6 and all(pictures.values())
    assert {"orders_return", "orders_customerresponse", "orders_handover", "stores_review", "payments_refund"} <= set(
        names_in_the_database()
    )
    assert forget_people_long_gone(now=NOW + timedelta(days=300)) == 0
    assert len(are_there(pictures)) == 6
    assert forget_people_long_gone(now=LATER) == 1
    assert (names_in_the_database(), names_in_the_database(EMAIL)) == ([], [])
    for table, rows in books().items():
        assert rows == kept[table], table
    assert (files(), are_there(pictures)) == ({}, [])
    assert forget_people_long_gone(now=LATER) == 0
    for table, rows in books().items():
        assert rows == kept[table], table
    assert UrgentClaim.objects.filter(shopper=mail_key(email=EMAIL)).count() == 0
    assert ReviewReport.objects.exclude(asker__startswith="gone:").get().asker == "user:0"
    assert Order.objects.get(pk=life.order.pk).state == "completed"


def test_where_the_union_keeps_people_for_good_nothing_goes(commits):
    there = market()
    after_sale(there, user=None, commits=commits)
    of_long_ago()
    before = names_in_the_database()
    assert forget_people_long_gone(now=LATER) == 0
    assert names_in_the_database() == before
    assert all(files().values())


def test_whoever_has_a_sign_in_decides_on_their_own(commits):
    there, user = market(people_kept_days=365), person()
    after_sale(there, user=user, commits=commits)
    of_long_ago()
    asked_without_signing_in = CustomerResponse.objects.filter(user=None, review=None)
    assert asked_without_signing_in.count() == 1
    before = set(names_in_the_database())
    assert forget_people_long_gone(now=LATER) == 0
    assert set(names_in_the_database()) == before
    assert asked_without_signing_in.get().words == ""
    assert Return.objects.get().reason == f"{SECRET} is unwell"


@pytest.mark.parametrize("what", ["order", "return", "response"])
def test_what_is_open_keeps_its_guest(what):
    there = market(people_kept_days=365)
    customer = Customer.objects.create(union=there.union, email="old@example.com", name=SECRET)
    bought = PurchaseFactory(union=there.union, user=None, customer=customer, recipient=SECRET)
    order = OrderFactory(store=there.first, purchase=bought, state="shipped" if what == "order" else "completed")
    if what == "return":
        rows = {"union": there.union, "store": there.first, "order": order, "currency": "GBP", "total": 1}
        Return.objects.create(number="R-1", state="received", requested_at=NOW, reason=SECRET, **rows)
    if what == "response":
        asked(there.first, order=order, words=SECRET)
    of_long_ago()
    before = names_in_the_database()
    assert forget_people_long_gone(now=LATER) == 0
    assert names_in_the_database() == before
    Order.objects.update(state="completed")
    Return.objects.update(state="refunded")
    CustomerResponse.objects.update(state="closed", due_at=None, resolved_at=NOW)
    assert forget_people_long_gone(now=LATER) == 1
    assert names_in_the_database() == []


def test_who_only_asked_is_forgotten_by_the_last_word():
    there = market(people_kept_days=365)
    who = Contact(None, SECRET, "guest@example.com", "", "en")
    old = asked(there.first, words=f"{SECRET} asks", contact=who, files=[picture()])
    open_still = asked(there.first, words="And Sundays?", contact=who)
    new = asked(there.second, words="And lamps?", contact=who)
    for each in (old, new):
        say_it_is_settled(response=each, actor=None, now=NOW)
    CustomerResponse.objects.exclude(pk=new.pk).update(changed_at=NOW)
    CustomerResponse.objects.filter(pk=new.pk).update(changed_at=LATER - timedelta(days=3))
    pictures = files()
    assert list(pictures.values()) == [True]
    assert forget_people_long_gone(now=LATER) == 0
    old.refresh_from_db()
    assert (old.name, old.email, old.words, old.state, old.kind) == ("", "", "", "resolved", "question")
    assert old.token.startswith("gone-")
    assert list(old.entries.values_list("words", flat=True)) == ["", ""]
    assert are_there(pictures) == []
    for each in (open_still, new):
        each.refresh_from_db()
        assert (each.name, each.email) == (SECRET, "guest@example.com")


def test_returns_that_an_import_brought_go_with_their_customer():
    there = market(people_kept_days=365)
    Customer.objects.create(union=there.union, external_id="C-7", name=SECRET)
    rows = {"union": there.union, "store": there.first, "currency": "GBP", "total": 1, "requested_at": NOW}
    for number, reference in (("R-1", "C-7"), ("R-2", "C-8")):
        Return.objects.create(
            number=number, external_id=number, customer_reference=reference, state="refunded", reason=SECRET, **rows
        )
    of_long_ago()
    assert forget_people_long_gone(now=LATER) == 1
    assert list(Return.objects.order_by("number").values_list("reason", "customer_reference", "total")) == [
        ("", "", 1),
        (SECRET, "C-8", 1),
    ]


def test_guests_with_times_prices_and_bills_of_long_ago_are_forgotten_too():
    there = market(people_kept_days=365)
    made = ReservationFactory(
        bookable=repair_shop(store=there.first), user=None, name=SECRET, email=EMAIL, phone="1", note=SECRET
    )
    made.changes.create(
        union=made.union, to_state="done", note=SECRET, starts_at=made.starts_at, ends_at=made.ends_at, at=NOW
    )
    Reservation.objects.update(changed_at=NOW, state="confirmed")
    merged = Cart.objects.create(
        union=there.union, token="t", state="merged", email=EMAIL, recipient=SECRET, touched_at=NOW
    )
    Cart.objects.filter(pk=merged.pk).update(touched_at=NOW)
    assert forget_people_long_gone(now=LATER) == 0
    # It still stands.
    assert Reservation.objects.get().name == SECRET
    assert Cart.objects.get().recipient == ""
    Reservation.objects.update(state="done")
    assert forget_people_long_gone(now=LATER) == 0
    assert (names_in_the_database(), names_in_the_database(EMAIL)) == ([], [])
    assert Reservation.objects.get().starts_at == made.starts_at
    assert PriceProposal.objects.count() == 0


def guests(there, number: int) -> None:
    for each in range(number):
        email = f"{each}-{Customer.objects.count()}@example.com"
        customer = Customer.objects.create(union=there.union, email=email, name=SECRET)
        bought = PurchaseFactory(union=there.union, user=None, customer=customer, email=email, recipient=SECRET)
        order = OrderFactory(store=there.first, purchase=bought, state="completed")
        response = asked(there.first, order=order, words=SECRET, files=[picture()])
        say_it_is_settled(response=response, actor=None, now=NOW)
        rows = {"union": there.union, "store": there.first, "order": order, "currency": "GBP", "total": 1}
        Return.objects.create(number=f"R-{email}", state="refunded", requested_at=NOW, reason=SECRET, **rows)
    of_long_ago()


def test_three_guests_are_forgotten_with_as_many_queries_as_one():
    there = market(people_kept_days=365)
    counts = []
    for number in (1, 3):
        guests(there, number)
        with CaptureQueriesContext(connection) as seen:
            assert forget_people_long_gone(now=LATER) == number
        counts.append(len(seen))
        assert names_in_the_database() == []
    assert counts[0] == counts[1]


def test_a_killed_night_is_ended_by_the_next_one(commits, monkeypatch):
    from orders.services import forgetting

    there = market(people_kept_days=365)
    after_sale(there, user=None, commits=commits)
    of_long_ago()
    pictures = files()
    before = names_in_the_database()

    def dies(**_):
        raise OSError("killed")

    with monkeypatch.context() as patched, pytest.raises(OSError, match="killed"):
        patched.setattr(forgetting, "forget_addresses", dies)
        forget_people_long_gone(now=LATER)
    # Files went first; the rows that name them are still there, and lead the next night to what is left.
    assert (names_in_the_database(), are_there(pictures)) == (before, [])
    assert forget_people_long_gone(now=LATER) == 1
    assert (names_in_the_database(), files()) == ([], {})


def test_somebody_elses_sign_in_keeps_their_bill():
    there, user = market(people_kept_days=365), UserFactory(email="ben@example.com")
    from tests.factories.payments import asked_payment

    for number, email in (("B-1", user.email), ("B-2", "guest@example.com")):
        payment = asked_payment(there.union)
        Bill.objects.create(
            union=there.union, store=there.first, payment=payment, number=number, title="Repair", email=email,
            asked_at=NOW, expires_at=NOW, withdrawn_at=NOW,
        )  # fmt: skip
    forget_people_long_gone(now=LATER)
    first, second = Bill.objects.order_by("number")
    assert (first.email, second.email) == (user.email, f"{second.pk}@erased.invalid")
