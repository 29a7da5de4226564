"""Whatever order things happen in: the ledger balances, a part is captured or voided, nobody is paid twice."""

from collections import defaultdict
from datetime import timedelta
from typing import ClassVar

import pytest
from django.db import transaction
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from core.errors import DomainError
from payments.models import Earning, LedgerAccount, LedgerEntry, LedgerTransaction, PaymentSplit, Payout
from payments.providers.bank import Bank
from payments.services.arrivals import book_arrivals
from payments.services.compare_books import compare_books
from payments.services.ledger import Entry, Unbalanced, post
from payments.services.requests import cancel_request, capture_split, refund_split, take_notice, void_split
from payments.services.settlement import earn, make_payouts, send_payout
from payments.services.sweeper import repeat_unanswered_calls, retry_failed_refunds, send_waiting_payouts
from payments.services.withdrawal import give_up_unanswered
from tests.factories.payments import NOW, PayoutAccountFactory, authorized_payment, split_want
from tests.factories.unions import MembershipFactory, UnionFactory

pytestmark = pytest.mark.django_db

KINDS = ["provider_clearing", "orders_held", "bank", "fees"]
TOKENS = [
    "bank:approves",
    "bank:declines-funds",
    "bank:asks-confirmation",
    "bank:answers-late",
    "bank:never-answers",
    "bank:capture-fails",
    "bank:refund-fails",
]


class RolledBack(RuleBasedStateMachine):
    """Each example starts from an empty database. `compared`: how often its books were really looked into."""

    compared: ClassVar[int] = 0

    def __init__(self):
        super().__init__()
        self.block = transaction.atomic()
        self.block._from_testcase = True
        self.block.__enter__()

    def teardown(self):
        transaction.set_rollback(True)
        self.block.__exit__(None, None, None)


class LedgerMachine(RolledBack):
    """Against a dictionary: post each reference once, refuse what does not balance."""

    @initialize()
    def open_books(self):
        self.union = UnionFactory()
        self.members = [None, MembershipFactory(union=self.union).pk]
        self.posted = {}

    @rule(
        reference=st.sampled_from("abcdefgh"),
        parts=st.lists(
            st.tuples(
                st.sampled_from(KINDS),
                st.integers(0, 1),
                st.sampled_from(["GBP", "KRW"]),
                st.integers(-(10**12), 10**12),
            ),
            max_size=5,
        ),
    )
    def post_balanced(self, reference, parts):
        entries = [Entry(kind, amount, currency, self.members[member]) for kind, member, currency, amount in parts]
        rest = defaultdict(int)
        for entry in entries:
            rest[entry.currency] -= entry.amount
        entries += [Entry("commission", amount, currency) for currency, amount in rest.items()]
        new = post(union=self.union, kind="test", reference=reference, entries=entries, now=NOW)
        worth = any(entry.amount for entry in entries)
        assert new == (reference not in self.posted and worth)
        if new:
            self.posted[reference] = [entry for entry in entries if entry.amount]

    @rule(amount=st.integers(1, 1000))
    def refuse_unbalanced(self, amount):
        with pytest.raises(Unbalanced):
            post(union=self.union, kind="bad", reference="x", entries=[Entry("bank", amount, "GBP")], now=NOW)

    @invariant()
    def balances_are_the_sums(self):
        if not hasattr(self, "posted"):
            return
        type(self).compared += 1
        sums = defaultdict(int)
        for entries in self.posted.values():
            for entry in entries:
                sums[entry.kind, entry.membership_id, entry.currency] += entry.amount
        rows = LedgerAccount.objects.values_list("kind", "membership_id", "currency", "balance")
        assert {row[:3]: row[3] for row in rows} == dict(sums)
        assert LedgerTransaction.objects.count() == len(self.posted)
        assert LedgerEntry.objects.count() == sum(len(entries) for entries in self.posted.values())


class PaymentMachine(RolledBack):
    """Every way through the life of payments, by every kind of account; the books agree after each step."""

    @initialize()
    def open_union(self):
        self.union = UnionFactory(payout_period="daily")
        self.members = [
            PayoutAccountFactory(membership__union=self.union, token=token).membership
            for token in ("bank:approves", "bank:payout-returns")
        ]
        self.now = NOW
        self.requests = []
        self.parts = []
        self.refunds = 0

    @rule(token=st.sampled_from(TOKENS), amounts=st.lists(st.integers(1, 9999), min_size=1, max_size=2))
    def ask(self, token, amounts):
        parts = [split_want(member, amount) for member, amount in zip(self.members, amounts, strict=False)]
        self.requests.append(authorized_payment(self.union, *parts, token=token, now=self.now))
        self.parts += [part.reference for part in parts]

    @rule(data=st.data(), which=st.sampled_from(["capture", "void", "earn", "refund", "cancel", "notice"]))
    def do(self, data, which):
        if not self.parts:
            return
        reference = data.draw(st.sampled_from(self.parts))
        request = data.draw(st.sampled_from(self.requests))
        fields = {"union": self.union, "reference": reference, "now": self.now}
        try:
            if which == "capture":
                capture_split(**fields)
            elif which == "void":
                void_split(**fields)
            elif which == "earn":
                earn(**fields)
            elif which == "cancel":
                cancel_request(payment_request=request, now=self.now)
            elif which == "notice":
                key = f"authorize:{request.pk}"
                Bank().decide(key, approve=data.draw(st.booleans()))
                take_notice(provider="bank", payload={"key": key, "notice": "n"}, now=self.now)
            else:
                self.refunds += 1
                amount = data.draw(st.integers(1, 9999))
                refund_split(amount=amount, refund_reference=f"B-{self.refunds}", reason="", **fields)
        except DomainError:
            pass

    @rule(hours=st.sampled_from([1, 24]))
    def time_passes(self, hours):
        self.now += timedelta(hours=hours)
        give_up_unanswered(now=self.now)
        repeat_unanswered_calls(now=self.now)
        retry_failed_refunds(now=self.now)

    @rule(new_account=st.booleans())
    def settle(self, new_account):
        book_arrivals(union=self.union, now=self.now)
        for payout in make_payouts(union=self.union, now=self.now).made:
            send_payout(payout=payout, now=self.now)
        for payout in Payout.objects.filter(state="processing"):
            key = f"payout:{payout.pk}:{payout.attempt}"
            Bank().decide(key)
            take_notice(provider="bank", payload={"key": key, "notice": key}, now=self.now)
            if new_account:
                PayoutAccountFactory(membership=payout.membership)
        send_waiting_payouts(now=self.now)

    @invariant()
    def books_agree(self):
        if not hasattr(self, "parts"):
            return
        type(self).compared += 1
        assert compare_books(union=self.union).differences == []
        for split in PaymentSplit.objects.all():
            assert split.captured in (0, split.amount)
            assert not (split.captured and split.voided)
            assert sum(Earning.objects.filter(split=split).values_list("gross", flat=True)) in (
                0,
                split.captured - split.refunded,
            )


@pytest.mark.timeout(300)
@pytest.mark.parametrize(("machine", "examples"), [(LedgerMachine, 25), (PaymentMachine, 10)])
def test_whatever_the_order(machine, examples):
    before = machine.compared
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=20,
        ),
    )
    # After the beginning of every example, and after each of its steps.
    assert machine.compared > before + examples
