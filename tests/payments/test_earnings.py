"""Many splits earned at once come to the same as each by itself."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from payments.models import Earning, LedgerEntry, PaymentSplit
from payments.services.compare_books import compare_books
from payments.services.requests import refund_split
from payments.services.settlement import earn, earn_all
from tests.factories.payments import NOW, authorized_payment, captured_payment, split_want
from tests.factories.unions import MembershipFactory, UnionFactory

pytestmark = pytest.mark.django_db

PARTS = st.lists(
    st.tuples(
        st.integers(1, 10**9), st.integers(0, 10_000), st.integers(0, 10_000), st.sampled_from([0, 1, 0.5, 1 / 3])
    ),
    min_size=1,
    max_size=5,
)


def captured(union, members, parts, name):
    """Captured splits `<name>0`, `<name>1`, … with what was refunded of each."""
    wants = []
    for number, (amount, commission_bp, tax_bp, refunded) in enumerate(parts):
        reference = f"{union.prefix}{name}{number}"
        member = members[number % len(members)]
        want = split_want(member, amount, reference=reference, commission_bp=commission_bp, commission_tax_bp=tax_bp)
        captured_payment(union, want)
        if back := int(amount * refunded):
            refund_split(
                union=union, reference=reference, amount=back, refund_reference=f"{reference}R", reason="", now=NOW
            )
        wants.append(reference)
    return wants


def books(references):
    """What was earned, and what was posted for it."""
    return [
        (
            *Earning.objects.filter(split__reference=reference).values_list(
                "membership_id", "gross", "commission", "commission_tax", "net", "currency"
            ),
            *LedgerEntry.objects.filter(transaction__kind="earned", transaction__reference=reference)
            .order_by("id")
            .values_list("account__kind", "account__membership_id", "amount"),
        )
        for reference in references
    ]


@settings(max_examples=15)
@given(parts=PARTS)
def test_earn_all_comes_to_what_earn_does(parts):
    union = UnionFactory()
    members = [MembershipFactory(union=union), MembershipFactory(union=union)]
    together, single = captured(union, members, parts, "A"), captured(union, members, parts, "B")
    for reference in single:
        earn(union=union, reference=reference, now=NOW)
    for _ in range(2):
        done = earn_all(union=union, references=together, now=NOW)
        assert (done.settled, done.refused) == (set(together), {})
    assert books(together) == books(single)
    for gross, commission, tax, net in Earning.objects.filter(union=union).values_list(
        "gross", "commission", "commission_tax", "net"
    ):
        assert net + commission + tax == gross
    assert compare_books(union=union).differences == []


def test_earn_all_leaves_alone_what_cannot_be_earned():
    union, elsewhere = UnionFactory(), UnionFactory()
    member, stranger = MembershipFactory(union=union), MembershipFactory(union=elsewhere)
    good, open_, theirs = split_want(member, 1999), split_want(member, 500), split_want(stranger, 700)
    captured_payment(union, good)
    authorized_payment(union, open_)
    captured_payment(elsewhere, theirs)
    done = earn_all(union=union, references=[good.reference, open_.reference, theirs.reference, "nothing"], now=NOW)
    assert (done.settled, done.refused) == ({good.reference}, {open_.reference: "open"})
    assert [earning.split for earning in Earning.objects.all()] == [PaymentSplit.objects.get(reference=good.reference)]
