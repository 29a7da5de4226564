"""The thin edges with a real worker: the bank's late word arrives, a period is settled by itself."""

import time

import pytest
from django.utils import timezone

from payments.models import PaymentRequest, Payout
from payments.tasks import settle_unions, sweep_payments
from tests.factories.payments import (
    NOW,
    PayoutAccountFactory,
    authorized_payment,
    captured_payment,
    split_want,
)
from tests.factories.unions import MembershipFactory, UnionFactory


@pytest.mark.timeout(180)
def test_late_word_of_the_bank_arrives_through_the_worker(settings, celery_worker):
    settings.BANK_LATE_SECONDS = 0.1
    union = UnionFactory()
    request = authorized_payment(union, split_want(MembershipFactory(union=union), 500), token="bank:answers-late")
    assert request.state == "created"
    give_up = time.monotonic() + 120
    while time.monotonic() < give_up:
        if PaymentRequest.objects.get().state == "authorized":
            return
        time.sleep(0.1)
    pytest.fail("the bank's notice did not arrive")


@pytest.mark.django_db
def test_settle_unions_pays_what_is_due_and_can_run_again():
    from payments.services.settlement import earn

    union = UnionFactory()
    UnionFactory(address="https://elsewhere.example")
    part = split_want(PayoutAccountFactory(membership__union=union).membership, 1999)
    captured_payment(union, part)
    earn(union=union, reference=part.reference, now=NOW)
    for _ in range(2):
        settle_unions()
    assert list(Payout.objects.values_list("amount", "state", "attempt")) == [(1879, "paid", 1)]


@pytest.mark.django_db
def test_sweep_gives_up_and_finishes():
    union = UnionFactory()
    member = MembershipFactory(union=union)
    late = authorized_payment(union, split_want(member, 500), token="bank:asks-confirmation", now=NOW)
    fresh = authorized_payment(union, split_want(member, 500), token="bank:asks-confirmation", now=timezone.now())
    sweep_payments()
    late.refresh_from_db()
    fresh.refresh_from_db()
    assert (late.state, fresh.state) == ("failed", "created")
