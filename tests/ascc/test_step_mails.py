"""Whoever has to do something, or waits for somebody else, is written to: once, in their language."""

from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone

from ascc import handlers, tasks
from ascc.models import VoucherStep
from ascc.services.moving import By, Side
from ascc.services.transmitting import ANSWERED_WITHIN, accept_transmission, decline_transmission, lapse_unanswered
from ascc.services.working import confirm_work
from core.outbox import deliver_waiting
from tests.ascc.desks import desk, sent, taken_on, visited

pytestmark = pytest.mark.django_db
WORKER = By(Side.PROVIDER)


@pytest.fixture
def there():
    return desk()


def told(there, what):
    """Write what the outbox asks for about the last step of this kind."""
    mail.outbox.clear()
    step = VoucherStep.objects.filter(voucher=there.voucher, what=what).order_by("-id").first()
    tasks.mail_step(step.pk)
    return list(mail.outbox)


def test_each_step_that_counts_is_queued_once_and_no_other(there, monkeypatch):
    queued = []
    monkeypatch.setattr(tasks.mail_step, "delay", lambda *given: queued.append(given))
    taken_on(there)
    deliver_waiting(now=timezone.now())
    deliver_waiting(now=timezone.now())
    steps = dict(VoucherStep.objects.filter(voucher=there.voucher).values_list("what", "pk"))
    assert queued == [(steps["sent"],), (steps["accepted"],)]
    queued.clear()
    for what in VoucherStep.What.values:
        handlers.mail_step(what=what, step_id=7)
    assert queued == [(7,)] * 6


def test_provider_hears_of_what_is_handed_over_with_the_day_to_answer(there):
    there.union.languages = ["ko"]
    there.union.save()
    sending = sent(there, wish="The belt squeaks")
    [asked] = told(there, "sent")
    assert asked.to == [there.provider.store.email or there.person.email]
    assert asked.subject.endswith(there.voucher.about) and "customer" not in asked.subject
    assert "The belt squeaks" in asked.body and f"{there.base}vouchers/{there.voucher.code}/" in asked.body
    assert there.customer.name not in asked.body and "Quay Street" not in asked.body
    accept_transmission(transmission=sending, by=WORKER, now=timezone.now())
    assert told(there, "sent") == []


def test_customer_hears_who_has_taken_it_on_in_the_own_language(there):
    there.customer.language = "zh-hant"
    there.customer.save()
    taken_on(there)
    [yes] = told(there, "accepted")
    assert yes.to == [there.customer.email]
    assert yes.subject.startswith(there.provider.store.name) and "has taken on" not in yes.subject
    assert f"/account/vouchers/{there.voucher.code}/" in yes.body


def test_what_a_till_takes_on_is_told_of_by_its_own_mail_only(there):
    accept_transmission(transmission=sent(there), by=WORKER, now=timezone.now(), at_till=True)
    assert told(there, "accepted") == []


def test_customer_hears_why_not_and_that_nobody_answered(there):
    decline_transmission(transmission=sent(there), by=WORKER, now=timezone.now(), reason="Too far")
    [no] = told(there, "declined")
    assert (no.to, no.subject) == (
        [there.customer.email],
        f"{there.provider.store.name} does not come: your voucher for {there.voucher.about} is free again",
    )
    assert "cannot do" in no.body and "Too far" in no.body and "Nothing of it is used up." in no.body
    sent(there)
    assert lapse_unanswered(now=timezone.now() + ANSWERED_WITHIN + timedelta(minutes=1)) == 1
    [silent] = told(there, "returned")
    assert "has not answered" in silent.body and "cannot do" not in silent.body


def test_reported_work_says_when_silence_confirms_it_and_the_end_is_a_receipt(there):
    visit = visited(there, reported=True)
    [asked] = told(there, "reported")
    assert asked.to == [there.customer.email] and asked.subject.startswith("Is it done?")
    assert "New belt." in asked.body and "After seven days without a word" in asked.body
    assert f"/account/vouchers/{there.voucher.code}/" in asked.body
    redemption = confirm_work(visit=visit, by=there.by, now=timezone.now())
    assert told(there, "reported") == []
    [end] = told(there, "redeemed")
    assert end.to == [there.customer.email]
    assert f"Voucher {there.voucher.code} (Repair plan), visit 1 of 2" in end.body
    assert redemption.ref in end.body and there.provider.store.name in end.body
