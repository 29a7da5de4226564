"""Double entry: once per reference, zero per currency, never changed, balances kept."""

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from core.errors import constraint_of
from payments.models import LedgerAccount, LedgerEntry, LedgerTransaction
from payments.services.ledger import Entry, Posting, Unbalanced, post, post_all
from tests.factories.payments import NOW
from tests.factories.unions import MembershipFactory, UnionFactory

pytestmark = pytest.mark.django_db


def balances(union):
    rows = LedgerAccount.objects.filter(union=union).order_by("kind", "membership_id", "currency")
    return {(row.kind, row.membership_id, row.currency): row.balance for row in rows}


def capture(amount, currency="GBP"):
    return [Entry("provider_clearing", amount, currency), Entry("orders_held", -amount, currency)]


def check_now():
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_post_writes_entries_and_balances_with_one_statement():
    union = UnionFactory()
    with CaptureQueriesContext(connection) as queries:
        assert post(union=union, kind="capture", reference="A", entries=capture(1200), now=NOW)
    assert len(queries) == 1
    assert post(union=union, kind="capture", reference="B", entries=capture(34), now=NOW)
    assert balances(union) == {("orders_held", None, "GBP"): -1234, ("provider_clearing", None, "GBP"): 1234}
    check_now()


def test_post_twice_posts_once():
    union = UnionFactory()
    assert post(union=union, kind="capture", reference="A", entries=capture(1200), now=NOW)
    assert not post(union=union, kind="capture", reference="A", entries=capture(9999), now=NOW)
    assert balances(union)["provider_clearing", None, "GBP"] == 1200
    assert LedgerEntry.objects.count() == 2


def test_post_keeps_unions_members_and_currencies_apart():
    union, other = UnionFactory(), UnionFactory()
    members = [MembershipFactory(union=union).pk, MembershipFactory(union=union).pk]
    for owner in (union, other):
        assert post(union=owner, kind="capture", reference="A", entries=capture(10), now=NOW)
    post(union=union, kind="capture", reference="W", entries=capture(7, "KRW"), now=NOW)
    shares = [Entry("enterprise_payable", -4, "GBP", members[0]), Entry("enterprise_payable", -6, "GBP", members[1])]
    post(union=union, kind="earned", reference="A", entries=[Entry("orders_held", 10, "GBP"), *shares], now=NOW)
    assert balances(union) == {
        ("enterprise_payable", members[0], "GBP"): -4,
        ("enterprise_payable", members[1], "GBP"): -6,
        ("orders_held", None, "GBP"): 0,
        ("orders_held", None, "KRW"): -7,
        ("provider_clearing", None, "GBP"): 10,
        ("provider_clearing", None, "KRW"): 7,
    }
    assert balances(other)["orders_held", None, "GBP"] == -10
    check_now()


def test_post_all_posts_only_what_is_new():
    union = UnionFactory()
    post(union=union, kind="capture", reference="A", entries=capture(5), now=NOW)
    postings = [Posting("capture", name, capture(5)) for name in ("A", "B", "C")]
    assert post_all(union=union, postings=postings, now=NOW) == {("capture", "B"), ("capture", "C")}
    assert balances(union)["provider_clearing", None, "GBP"] == 15


def test_post_of_nothing_writes_nothing():
    assert not post(union=UnionFactory(), kind="capture", reference="A", entries=capture(0), now=NOW)
    assert not LedgerTransaction.objects.exists()


def test_post_refuses_what_does_not_balance():
    union = UnionFactory()
    one_sided = [Entry("provider_clearing", 10, "GBP"), Entry("orders_held", -10, "KRW")]
    with pytest.raises(Unbalanced):
        post(union=union, kind="capture", reference="A", entries=one_sided, now=NOW)
    assert not LedgerTransaction.objects.exists()


def test_database_refuses_what_does_not_balance():
    union = UnionFactory()
    post(union=union, kind="capture", reference="A", entries=capture(10), now=NOW)
    entry = LedgerEntry.objects.first()
    with pytest.raises(IntegrityError) as refusal, transaction.atomic():
        LedgerEntry.objects.create(
            union=union, transaction=entry.transaction, account=entry.account, currency="GBP", amount=1
        )
        check_now()
    assert constraint_of(refusal.value) == "ledger_balanced"
    assert LedgerEntry.objects.count() == 2


@pytest.mark.parametrize("model", [LedgerEntry, LedgerTransaction])
@pytest.mark.parametrize("change", ["update", "delete"])
def test_database_refuses_to_change_what_was_posted(model, change):
    union = UnionFactory()
    post(union=union, kind="capture", reference="A", entries=capture(10), now=NOW)
    rows = model.objects.all()
    with pytest.raises(IntegrityError) as refusal, transaction.atomic():
        if change == "update":
            rows.update(union=union)
        else:
            rows._raw_delete(rows.db)
    assert constraint_of(refusal.value) == "ledger_append_only"
    assert (LedgerTransaction.objects.count(), LedgerEntry.objects.count()) == (1, 2)
