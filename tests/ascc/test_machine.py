"""Whatever is tried in whatever order: a voucher moves only as it may, no visit is paid twice, the books agree."""

from datetime import timedelta
from typing import ClassVar

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from ascc.models import (
    Claim,
    Dispute,
    IncentiveVoucher,
    Insurer,
    Policy,
    Redemption,
    ServiceVisit,
    Transmission,
    Voucher,
    VoucherStep,
)
from ascc.services.activating import activate_voucher
from ascc.services.assessing import assess_work, expire_incentives, give_incentive, redeem_incentive
from ascc.services.daily_check import compare_vouchers
from ascc.services.disputing import decide_dispute, open_dispute
from ascc.services.ending import cancel_voucher, cancel_vouchers_of_order, close_silent, lapse_vouchers
from ascc.services.insuring import appeal_claim, approve_claim, open_claim, pay_claim, reject_claim
from ascc.services.issuing import issue_missing, issue_vouchers
from ascc.services.moving import MOVES, By, Side
from ascc.services.redeeming import redeem_voucher, undo_redemption
from ascc.services.transmitting import (
    accept_transmission,
    decline_transmission,
    give_back,
    lapse_unanswered,
    send_voucher,
    take_back,
)
from ascc.services.working import agree_visit, break_off, confirm_silent, confirm_work, report_work, set_out, start_work
from core.errors import DomainError
from payments.models import Earning
from payments.services.compare_books import compare_books
from payments.services.findings import Findings
from tests.factories.accounts import UserFactory
from tests.factories.ascc import BEFORE, program, sold
from tests.factories.ascc import provider as a_provider
from tests.factories.orders import NOW
from tests.factories.stores import StoreFactory

pytestmark = pytest.mark.django_db
CUSTOMER, WORKER, CENTER = By(Side.CUSTOMER), By(Side.PROVIDER), By(Side.CENTER)
WHICH = st.integers(0, 1)


class VoucherMachine(RuleBasedStateMachine):
    """Two pieces of one line, two providers; every step is tried on whatever there is, allowed or not."""

    reached: ClassVar[set[str]] = set()

    def __init__(self):
        super().__init__()
        self.block = transaction.atomic()
        self.block._from_testcase = True
        self.block.__enter__()

    def teardown(self):
        transaction.set_rollback(True)
        self.block.__exit__(None, None, None)

    @initialize(funding=st.sampled_from(["store", "center"]), own=st.booleans(), visits=st.integers(1, 2))
    def sell(self, funding, own, visits):
        self.now = NOW
        shop = StoreFactory()
        self.union = shop.union
        policy = Policy.objects.create(
            union=shop.union,
            insurer=Insurer.objects.create(union=shop.union, name="Mutual"),
            number="M",
            premium=150,
            claim_limit=3000,
            total_limit=5000,
            currency=shop.union.currency,
            starts_on=BEFORE.date(),
            ends_on=(NOW + timedelta(days=3650)).date(),
        )
        program(
            shop.union,
            store=shop if own else None,
            funding="store" if own else funding,
            policy=policy,
            deductible=500,
            visits=visits,
        )
        self.order = sold(shop, owner=UserFactory())
        self.order.lines.update(quantity=2, total=2000)
        assert issue_vouchers(order_ids=[self.order.pk], now=self.now) == 2
        self.providers = [a_provider(shop.union), a_provider(shop.union)]
        self.redeemed = 0

    def attempt(self, work):
        """Do it or be refused; what is refused changes nothing."""
        before = self.everything()
        try:
            with transaction.atomic():
                work()
        except DomainError:
            assert self.everything() == before

    def everything(self):
        return (
            list(Voucher.objects.order_by("pk").values_list("state", "used", "spent", "provider")),
            VoucherStep.objects.count(),
            Redemption.objects.filter(undone_at=None).count(),
            sorted(Earning.objects.values_list("reference", "net")),
        )

    def voucher(self, which):
        return Voucher.objects.select_related("version", "program__store", "store").order_by("pk")[which]

    def newest(self, model, which, **more):
        voucher = self.voucher(which)
        where = {"visit__voucher": voucher} if model in (Dispute, Claim) else {"voucher": voucher}
        return model.objects.filter(**where, **more).order_by("-pk").first()

    @rule(which=WHICH)
    def activate(self, which):
        self.attempt(lambda: activate_voucher(voucher=self.voucher(which), by=CUSTOMER, now=self.now))

    @rule(which=WHICH, to=WHICH)
    def send(self, which, to):
        self.attempt(
            lambda: send_voucher(voucher=self.voucher(which), provider=self.providers[to], by=CUSTOMER, now=self.now)
        )

    @rule(which=WHICH, how=st.sampled_from([accept_transmission, accept_transmission, decline_transmission, take_back]))
    def answer(self, which, how):
        sent = self.newest(Transmission, which)
        if sent:
            self.attempt(lambda: how(transmission=sent, by=WORKER, now=self.now))

    @rule(which=WHICH)
    def hand_back(self, which):
        self.attempt(lambda: give_back(voucher=self.voucher(which), by=WORKER, now=self.now, reason="Ill."))

    @rule(which=WHICH, by=WHICH)
    def agree(self, which, by):
        self.attempt(
            lambda: agree_visit(voucher=self.voucher(which), provider=self.providers[by], by=WORKER, now=self.now)
        )

    @rule(which=WHICH, how=st.sampled_from(["set_out", "start", "report", "report", "break_off"]))
    def work(self, which, how):
        visit = self.newest(ServiceVisit, which)
        if visit is None:
            return
        steps = {
            "set_out": lambda: set_out(visit=visit, by=WORKER, now=self.now),
            "start": lambda: start_work(visit=visit, by=WORKER, now=self.now),
            "report": lambda: report_work(visit=visit, by=WORKER, now=self.now, report="Done."),
            "break_off": lambda: break_off(visit=visit, by=WORKER, now=self.now, reason="Nobody in."),
        }
        self.attempt(steps[how])

    @rule(which=WHICH)
    def confirm(self, which):
        visit = self.newest(ServiceVisit, which)
        if visit:
            self.attempt(lambda: confirm_work(visit=visit, by=CUSTOMER, now=self.now))

    @rule(which=WHICH)
    def dispute(self, which):
        visit = self.newest(ServiceVisit, which)
        if visit:
            self.attempt(lambda: open_dispute(visit=visit, by=CUSTOMER, now=self.now, reason="Wet."))

    @rule(which=WHICH, granted=st.integers(-1, 3501), counts=st.booleans())
    def decide(self, which, granted, counts):
        dispute = self.newest(Dispute, which)
        if dispute:
            self.attempt(
                lambda: decide_dispute(
                    dispute=dispute, by=CENTER, now=self.now, decision="So.", granted=granted, visit_counts=counts
                )
            )

    @rule(which=WHICH, at=WHICH)
    def redeem_at_a_till(self, which, at):
        self.attempt(
            lambda: redeem_voucher(voucher=self.voucher(which), provider=self.providers[at], by=WORKER, now=self.now)
        )

    @rule(which=WHICH)
    def undo(self, which):
        redemption = self.newest(Redemption, which)
        if redemption:
            self.attempt(lambda: undo_redemption(redemption=redemption, by=WORKER, now=self.now))

    @rule(which=WHICH, marks=st.lists(st.integers(0, 6), min_size=4, max_size=4))
    def assess(self, which, marks):
        redemption = self.newest(Redemption, which)
        if redemption:
            aspects = dict(zip(("quality", "punctuality", "courtesy", "price"), marks, strict=True))
            self.attempt(lambda: assess_work(redemption=redemption, by=CUSTOMER, now=self.now, aspects=aspects))

    @rule(which=WHICH)
    def reward(self, which):
        incentive = self.newest(IncentiveVoucher, which)
        if incentive:
            self.attempt(lambda: give_incentive(incentive=incentive, by=CUSTOMER, now=self.now))

    @rule(which=WHICH, paid_as=st.sampled_from(["money", "credit", "goods"]))
    def cash(self, which, paid_as):
        incentive = self.newest(IncentiveVoucher, which)
        if incentive:
            self.attempt(lambda: redeem_incentive(incentive=incentive, now=self.now, paid_as=paid_as))

    @rule(which=WHICH, how=st.sampled_from(["open", "approve", "reject", "appeal", "pay"]), amount=st.integers(0, 3001))
    def claim(self, which, how, amount):
        redemption, claim = self.newest(Redemption, which, visit__isnull=False), self.newest(Claim, which)
        if how == "open" and redemption:
            self.attempt(lambda: open_claim(redemption=redemption, by=CENTER, now=self.now))
        elif claim:
            steps = {
                "open": lambda: None,
                "approve": lambda: approve_claim(claim=claim, by=CENTER, now=self.now, amount=amount),
                "reject": lambda: reject_claim(claim=claim, by=CENTER, now=self.now, reason="Worn."),
                "appeal": lambda: appeal_claim(claim=claim, by=CENTER, now=self.now, words="New."),
                "pay": lambda: pay_claim(claim=claim, by=CENTER, now=self.now),
            }
            self.attempt(steps[how])

    @rule(which=WHICH, steps=st.integers(1, 17))
    def go_on(self, which, steps):
        """Chance alone would hardly ever come to the end of a life."""
        for _ in range(steps):
            self.whatever_comes_next(which)

    def whatever_comes_next(self, which):
        state = self.voucher(which).state
        visit = self.newest(ServiceVisit, which)
        at_work = {"agreed": "start", "on_the_way": "start", "started": "report"}
        if state == "issued":
            self.activate(which)
        elif state == "active":
            self.send(which, 0)
        elif state == "transmitted":
            self.answer(which, accept_transmission)
        elif state == "accepted":
            self.agree(which, 0)
            self.agree(which, 1)
        elif state == "in_service" and visit.state in at_work:
            self.work(which, at_work[visit.state])
        elif state == "in_service":
            self.confirm(which)
        elif state == "performed":
            self.assess(which, [5, 5, 5, 4])

    @rule(which=WHICH)
    def cancel(self, which):
        self.attempt(lambda: cancel_voucher(voucher=self.voucher(which), by=CENTER, now=self.now, reason="Back."))

    @rule()
    def issue_again(self):
        assert issue_missing(since=BEFORE, now=self.now) == 0

    @rule()
    def cancel_the_order(self):
        cancel_vouchers_of_order(order_id=self.order.pk, now=self.now, reason="Back.")

    @rule(days=st.sampled_from([0, 0, 0, 0, 1, 3, 8, 15, 100]))
    def time_goes_by(self, days):
        self.now += timedelta(days=days, seconds=30)
        for tend in (lapse_vouchers, lapse_unanswered, confirm_silent, close_silent, expire_incentives):
            tend(now=self.now)

    @invariant()
    def the_books_agree(self):
        findings = Findings()
        compare_vouchers(union=self.union, findings=findings, now=self.now)
        assert findings.differences == []
        assert compare_books(union=self.union).differences == []

    @invariant()
    def nothing_moved_as_it_may_not(self):
        self.reached.update(Voucher.objects.values_list("state", flat=True))
        self.reached.update(f"visit {state}" for state in ServiceVisit.objects.values_list("state", flat=True))
        self.reached.update(f"claim {state}" for state in Claim.objects.values_list("state", flat=True))
        self.reached.update(f"reward {state}" for state in IncentiveVoucher.objects.values_list("state", flat=True))
        for step in VoucherStep.objects.exclude(what="issued"):
            assert step.from_state == step.to_state or step.to_state in MOVES[step.from_state], step.what
        for voucher in Voucher.objects.all():
            assert voucher.used <= voucher.visits
            assert Transmission.objects.filter(voucher=voucher, state="offered").count() == (
                voucher.state == Voucher.State.TRANSMITTED
            )


@pytest.mark.timeout(400)
def test_a_voucher_whatever_happens_in_whatever_order():
    run_state_machine_as_test(
        VoucherMachine,
        settings=settings(
            max_examples=12,
            stateful_step_count=25,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
    assert {"visit confirmed", "reward issued", "performed", "closed", "cancelled"} <= VoucherMachine.reached
