"""Money back to the payer: before and after it was earned, in parts, when the bank refuses first."""

from datetime import timedelta

import pytest

from core.errors import Invalid
from payments.models import BankTransfer, Earning, LedgerEntry, PaymentSplit, Refund
from payments.services.refunds import RefundReferenceUsed, RefundTooLarge
from payments.services.requests import refund_split
from payments.services.settlement import earn
from payments.services.sweeper import retry_failed_refunds
from tests.factories.payments import NOW, authorized_payment, captured_payment, split_want
from tests.factories.unions import MembershipFactory, UnionFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def union():
    return UnionFactory()


def paid(union, amount=1999, **fields):
    part = split_want(MembershipFactory(union=union), amount)
    captured_payment(union, part, **fields)
    return part.reference


def give_back(union, reference, amount, name="B-1", now=NOW):
    return refund_split(union=union, reference=reference, amount=amount, refund_reference=name, reason="", now=now)


def entries(kind):
    rows = LedgerEntry.objects.filter(transaction__kind=kind).order_by("id")
    return list(rows.values_list("account__kind", "amount"))


def test_refund_before_earning_comes_from_orders_held(union):
    reference = paid(union)
    for _ in range(2):
        refund = give_back(union, reference, 500)
        assert (refund.state, refund.amount, refund.done_at) == ("done", 500, NOW)
    assert entries("refund") == [("orders_held", 500), ("provider_clearing", -500)]
    split = PaymentSplit.objects.get()
    assert (split.refunded, split.refunding) == (500, 0)
    earning = earn(union=union, reference=reference, now=NOW)
    assert (earning.gross, earning.commission, earning.commission_tax, earning.net) == (1499, 75, 15, 1409)


def test_refund_after_earning_takes_back_shares_that_add_up(union):
    reference = paid(union)
    earning = earn(union=union, reference=reference, now=NOW)
    assert (earning.commission, earning.commission_tax, earning.net) == (100, 20, 1879)
    give_back(union, reference, 667, "B-1")
    give_back(union, reference, 667, "B-2")
    give_back(union, reference, 665, "B-3")
    taken = list(
        Earning.objects.filter(kind="refund").order_by("id").values_list("gross", "commission", "commission_tax", "net")
    )
    assert taken == [(-667, -33, -7, -627), (-667, -34, -6, -627), (-665, -33, -7, -625)]
    assert entries("refund")[:4] == [
        ("enterprise_payable", 627),
        ("commission", 33),
        ("commission_tax", 7),
        ("provider_clearing", -667),
    ]
    assert sum(net for *_, net in taken) == -earning.net
    assert not any(LedgerEntry.objects.values_list("account__balance", flat=True))


def test_everything_refunded_earns_nothing(union):
    reference = paid(union)
    give_back(union, reference, 1999)
    assert earn(union=union, reference=reference, now=NOW) is None
    assert not Earning.objects.exists()


def test_refund_never_passes_what_was_captured(union):
    reference = paid(union)
    give_back(union, reference, 1500)
    with pytest.raises(RefundTooLarge) as refusal:
        give_back(union, reference, 500, "B-2")
    assert refusal.value.facts == {"refundable": 499}
    with pytest.raises(Invalid):
        give_back(union, reference, 0, "B-3")
    with pytest.raises(RefundReferenceUsed):
        give_back(union, reference, 100, "B-1")
    assert Refund.objects.count() == 1
    assert PaymentSplit.objects.get().refunded == 1500


def test_refund_needs_captured_money(union):
    part = split_want(MembershipFactory(union=union), 1999)
    authorized_payment(union, part)
    with pytest.raises(RefundTooLarge):
        give_back(union, part.reference, 1)
    assert not Refund.objects.exists()


def test_refused_refund_is_tried_again_until_it_arrives(union):
    reference = paid(union, token="bank:refund-fails")
    refund = give_back(union, reference, 800)
    assert (refund.state, refund.failure_code) == ("failed", "account_unreachable")
    split = PaymentSplit.objects.get()
    assert (split.refunding, split.refunded) == (800, 0)
    assert entries("refund") == []
    with pytest.raises(RefundTooLarge):
        give_back(union, reference, 1200, "B-2")
    assert retry_failed_refunds(now=NOW) == 0
    assert retry_failed_refunds(now=NOW + timedelta(minutes=10)) == 1
    refund.refresh_from_db()
    split.refresh_from_db()
    assert (refund.state, refund.attempt, split.refunding, split.refunded) == ("done", 2, 0, 800)
    assert BankTransfer.objects.filter(operation="refund").count() == 2


def test_refund_on_its_way_does_not_hide_from_the_earning(union):
    """Earned between the bank's refusal and the second try: the refund is then taken from the enterprise."""
    reference = paid(union, token="bank:refund-fails")
    give_back(union, reference, 999)
    assert earn(union=union, reference=reference, now=NOW).gross == 1999
    retry_failed_refunds(now=NOW + timedelta(minutes=10))
    assert list(Earning.objects.filter(kind="refund").values_list("gross", "net")) == [(-999, -939)]


def test_refund_that_keeps_failing_is_tried_less_and_less_often(union):
    """The bank's books are made to decline for ever: its account was captured elsewhere."""
    reference = paid(union)
    BankTransfer.objects.filter(operation="capture").delete()
    give_back(union, reference, 800)
    tried = [minutes for minutes in range(1, 100) if retry_failed_refunds(now=NOW + timedelta(minutes=minutes))]
    assert tried == [10, 20, 40, 80]
    refund = Refund.objects.get()
    assert (refund.state, refund.attempt, refund.failure_code) == ("failed", 5, "more_than_captured")
