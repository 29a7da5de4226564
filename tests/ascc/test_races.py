"""Many at once on one voucher, with connections of their own on a real PostgreSQL; and workers that are killed."""

import json
import os
import subprocess
import sys
from collections import Counter
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.db import connection

from ascc.models import Dispute, DisputeEvidence, Redemption, ServiceVisit, Transmission, Voucher, VoucherStep
from ascc.services.activating import activate_voucher
from ascc.services.daily_check import compare_vouchers
from ascc.services.disputing import DisputeDecided, add_evidence, decide_dispute, open_dispute
from ascc.services.issuing import issue_missing, issue_vouchers
from ascc.services.moving import By, Side
from ascc.services.redeeming import redeem_voucher, undo_redemption
from ascc.services.transmitting import accept_transmission, send_voucher, take_back
from ascc.services.working import agree_visit, confirm_work, report_work, start_work
from core.errors import DomainError
from core.outbox import OutboxEvent
from martunion import embedded
from payments.models import Earning
from payments.services.compare_books import compare_books
from payments.services.findings import Findings
from tests.factories.accounts import UserFactory
from tests.factories.ascc import BEFORE, program, sold
from tests.factories.ascc import provider as a_provider
from tests.factories.ascc import voucher as a_voucher
from tests.factories.orders import NOW
from tests.factories.stores import StoreFactory
from tests.payments.test_races import at_once

pytestmark = pytest.mark.django_db(transaction=True)
CUSTOMER, WORKER = By(Side.CUSTOMER), By(Side.PROVIDER)
SOON = NOW + timedelta(seconds=5)


@pytest.fixture
def here():
    shop = StoreFactory()
    held = a_voucher(shop, owner=UserFactory())
    activate_voucher(voucher=held, by=CUSTOMER, now=NOW)
    return SimpleNamespace(union=shop.union, voucher=held, worker=a_provider(shop.union), other=a_provider(shop.union))


def fresh(here):
    return Voucher.objects.select_related("version", "program__store").get(pk=here.voucher.pk)


def sent(here):
    return send_voucher(voucher=fresh(here), provider=here.worker, by=CUSTOMER, now=NOW)


def held(here):
    accept_transmission(transmission=sent(here), by=WORKER, now=NOW)
    return fresh(here)


def in_order(here):
    findings = Findings()
    compare_vouchers(union=here.union, findings=findings, now=SOON)
    return findings.differences == [] and compare_books(union=here.union).differences == []


def test_of_a_thousand_redemptions_of_one_voucher_one_succeeds(here):
    voucher = held(here)

    def try_often():
        answers = []
        for _ in range(50):
            try:
                answers.append(redeem_voucher(voucher=voucher, provider=here.worker, by=WORKER, now=NOW).number)
            except DomainError as refusal:
                answers.append(refusal.code)
        return answers

    answers = Counter(answer for some in at_once([try_often] * 20) for answer in some)
    assert answers == {1: 1, "voucher_over": 999}
    assert (Redemption.objects.count(), fresh(here).used) == (1, 1)
    assert list(Earning.objects.filter(membership=here.worker.store.membership).values_list("net", flat=True)) == [4000]
    assert VoucherStep.objects.filter(what="redeemed").count() == 1
    assert in_order(here)


def test_two_workers_issue_the_same_orders_once():
    shop = StoreFactory()
    program(shop.union)
    orders = [sold(shop) for _ in range(20)]
    ids = [order.pk for order in orders]
    issued = at_once(
        [
            lambda: issue_vouchers(order_ids=ids, now=NOW),
            lambda: issue_vouchers(order_ids=ids[::-1], now=NOW),
            lambda: issue_missing(since=BEFORE, now=NOW, at_once=7),
            lambda: sum(issue_vouchers(order_ids=[order], now=NOW) for order in ids),
        ]
    )
    assert sum(issued) == 20
    assert (Voucher.objects.count(), VoucherStep.objects.count()) == (20, 20)
    assert OutboxEvent.objects.filter(kind="ascc.vouchers_issued").count() == 20
    assert in_order(SimpleNamespace(union=shop.union))


@pytest.mark.timeout(90)
def test_a_kill_at_any_statement_of_issuing_makes_no_difference():
    url = os.environ["DATABASE_URL"].replace(f"/{embedded.DATABASE}?", f"/{connection.settings_dict['NAME']}?")
    result = subprocess.run(
        [sys.executable, "-m", "tests.ascc.killed_issuer"],
        cwd=embedded.BASE_DIR,
        env={**os.environ, "DATABASE_URL": url},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    report = json.loads(result.stdout.splitlines()[-1])
    assert report["wrong"] == []
    assert report["rounds"] > 10


@pytest.mark.parametrize("_round", range(4))
def test_of_two_providers_the_voucher_goes_to_one(here, _round):
    """Sent to both in the same moment, each accepts what it was sent: one holds it."""

    def send_and_accept(provider):
        transmission = send_voucher(voucher=fresh(here), provider=provider, by=CUSTOMER, now=NOW)
        return accept_transmission(transmission=transmission, by=WORKER, now=NOW).provider_id

    answers = at_once(lambda provider=provider: send_and_accept(provider) for provider in (here.worker, here.other))
    assert "wrong_state" in answers
    [holder] = [answer for answer in answers if answer != "wrong_state"]
    assert (fresh(here).state, fresh(here).provider_id) == ("accepted", holder)
    assert list(Transmission.objects.values_list("state", "provider")) == [("accepted", holder)]


def test_of_many_that_accept_one_transmission_one_does(here):
    transmission = sent(here)

    def accept():
        own = Transmission.objects.select_related("voucher").get(pk=transmission.pk)
        return accept_transmission(transmission=own, by=WORKER, now=NOW).state

    assert sorted(at_once([accept] * 6)) == ["accepted"] + ["wrong_state"] * 5
    here.worker.refresh_from_db()
    assert (here.worker.answers, VoucherStep.objects.filter(what="accepted").count()) == (1, 1)


@pytest.mark.parametrize("_round", range(4))
def test_accepting_against_taking_back_ends_in_one_of_them(here, _round):
    transmission = sent(here)

    def answer(how, by):
        own = Transmission.objects.select_related("voucher").get(pk=transmission.pk)
        return how(transmission=own, by=by, now=NOW).state

    answers = at_once([lambda: answer(accept_transmission, WORKER), lambda: answer(take_back, CUSTOMER)])
    assert answers in (["accepted", "wrong_state"], ["wrong_state", "taken_back"])
    state = {"accepted": "accepted", "wrong_state": "active"}[answers[0]]
    assert fresh(here).state == state


@pytest.mark.parametrize("_round", range(4))
def test_undoing_against_confirming_pays_once(here, _round):
    """A till redeems, a visit is agreed beside it: whatever comes first, one visit is used and paid, or none."""
    voucher = held(here)
    first = redeem_voucher(voucher=voucher, provider=here.worker, by=WORKER, now=NOW)
    undo_redemption(redemption=first, by=WORKER, now=SOON)
    visit = agree_visit(voucher=fresh(here), provider=here.worker, by=WORKER, now=NOW)
    report_work(visit=start_work(visit=visit, by=WORKER, now=NOW), by=WORKER, now=NOW, report="Done.")

    def confirm():
        own = ServiceVisit.objects.select_related("voucher__version", "provider__store").get(pk=visit.pk)
        return confirm_work(visit=own, by=CUSTOMER, now=SOON).number

    def undo():
        own = Redemption.objects.get(pk=first.pk)
        return undo_redemption(redemption=own, by=WORKER, now=SOON).number

    answers = at_once([confirm, confirm, undo, undo])
    assert sorted(map(str, answers)) == ["1", "1", "1", "wrong_state"]
    assert (fresh(here).state, fresh(here).used) == ("performed", 1)
    assert Redemption.objects.filter(undone_at=None).count() == 1
    assert in_order(here)


@pytest.mark.parametrize("_round", range(4))
def test_undoing_against_redeeming_again_keeps_the_books(here, _round):
    """While one hand undoes at the till another redeems: never two, and the ledger agrees."""
    voucher = held(here)
    first = redeem_voucher(voucher=voucher, provider=here.worker, by=WORKER, now=NOW)

    def redeem():
        return redeem_voucher(voucher=fresh(here), provider=here.worker, by=WORKER, now=SOON).number

    def undo():
        return undo_redemption(redemption=Redemption.objects.get(pk=first.pk), by=WORKER, now=SOON).number

    answers = at_once([undo, redeem, undo, redeem])
    assert answers[0] == answers[2] == 1
    assert set(answers[1::2]) <= {1, "voucher_over"}
    standing = Redemption.objects.filter(undone_at=None).count()
    assert standing == fresh(here).used == answers[1::2].count(1) <= 1
    assert in_order(here)


def test_what_is_said_while_it_is_decided_stands_before_the_decision_or_is_refused(here):
    visit = agree_visit(voucher=held(here), provider=here.worker, by=WORKER, now=NOW)
    report_work(visit=start_work(visit=visit, by=WORKER, now=NOW), by=WORKER, now=NOW, report="New belt.")
    key = open_dispute(visit=visit, by=CUSTOMER, now=NOW, reason="It leaks.").pk

    def dispute():
        return Dispute.objects.select_related("visit__voucher__version", "visit__provider__store").get(pk=key)

    def say():
        try:
            add_evidence(dispute=dispute(), by=WORKER, now=SOON, words="It was dry.")
        except DisputeDecided:
            return "late"
        return "said"

    def decide():
        try:
            decide_dispute(dispute=dispute(), by=By(Side.CENTER), now=SOON, decision="Half.", granted=2000)
        except DisputeDecided:
            return "twice"
        return "decided"

    answers = Counter(at_once([say] * 6 + [decide] * 2))
    assert (answers["decided"], answers["twice"], answers["said"] + answers["late"]) == (1, 1, 6)
    assert DisputeEvidence.objects.count() == answers["said"]
    steps = list(VoucherStep.objects.filter(voucher=here.voucher).order_by("id").values_list("what", flat=True))
    assert "shown" not in steps[steps.index("decided") :] and steps.count("shown") == answers["said"]
    assert Redemption.objects.get().amount == 2000
    assert in_order(here)
