"""What somebody tried who wished the platform ill; each was possible once."""

import json
from base64 import urlsafe_b64encode

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from ascc.models import DisputeEvidence, Redemption, ServiceProvider, Voucher, WorkPicture
from ascc.services.assessing import assess_work
from ascc.services.charging import ask_extra
from ascc.services.confirming import confirm_signed
from ascc.services.disputing import decide_dispute, open_dispute
from ascc.services.moving import By, Side
from ascc.services.picturing import MOST_PICTURES
from ascc.services.proving import MOST_PIECES, EnoughEvidence, show_evidence
from ascc.services.redeeming import redeem_voucher, undo_redemption
from ascc.services.tokens import BadToken, read_token
from ascc.services.transmitting import ProviderNotHere, accept_transmission, send_voucher
from ascc.services.working import break_off
from core.errors import DomainError, Invalid, WrongState
from core.spreadsheets import guarded
from tests.ascc.desks import PICTURE, desk, drawing, sent, state_of, step, taken_on, visited
from tests.factories.ascc import provider as a_provider
from tests.payments.test_races import at_once

pytestmark = pytest.mark.django_db
FIVES = {"quality": 5, "punctuality": 5, "courtesy": 5, "price": 5}
WORKER = By(Side.PROVIDER)


@pytest.fixture
def there(settings, tmp_path):
    talk = {**settings.STORAGES["talk"], "OPTIONS": {"location": tmp_path / "talk"}}
    settings.STORAGES = {**settings.STORAGES, "talk": talk}
    return desk()


def redeemed(there, *, provider=None, again=False):
    """Used up at a till; with `again` after the customer has assessed the visit before."""
    provider = provider or there.provider
    if again:
        now = timezone.now()
        assess_work(redemption=Redemption.objects.latest("id"), by=there.by, now=now, aspects=FIVES)
        there.voucher.refresh_from_db()
        going = send_voucher(voucher=there.voucher, provider=provider, by=there.by, now=now)
        accept_transmission(transmission=going, by=WORKER, now=now)
        there.voucher.refresh_from_db()
    else:
        taken_on(there)
    return redeem_voucher(voucher=there.voucher, provider=provider, by=WORKER, now=timezone.now())


def kept_files(tmp_path):
    return [path for path in (tmp_path / "talk").rglob("*") if path.is_file()]


def test_a_provider_does_not_break_off_what_the_center_is_to_decide(there):
    visit = visited(there, reported=True)
    dispute = open_dispute(visit=visit, by=there.by, now=timezone.now(), reason="It leaks.")
    with pytest.raises(WrongState):
        break_off(visit=visit, by=WORKER, now=timezone.now(), reason="x")
    assert state_of(there) == ("in_service", "disputed")
    decide_dispute(
        dispute=dispute, by=By(Side.CENTER), now=timezone.now(), decision="Not done.", granted=0, visit_counts=False
    )
    assert state_of(there) == ("active", "broken_off")


def test_a_decision_takes_the_voucher_from_nobody_else(there):
    visit = visited(there, reported=True)
    dispute = open_dispute(visit=visit, by=there.by, now=timezone.now(), reason="It leaks.")
    other = a_provider(there.union)
    Voucher.objects.filter(pk=there.voucher.pk).update(provider=other)
    with pytest.raises(WrongState):
        decide_dispute(
            dispute=dispute, by=By(Side.CENTER), now=timezone.now(), decision="No.", granted=0, visit_counts=False
        )
    dispute.refresh_from_db()
    assert dispute.decided_at is None
    with pytest.raises(WrongState):
        ask_extra(visit=visit, title="Hose", amount=100, actor=None, now=timezone.now())


def test_only_the_newest_redemption_is_undone(there):
    first = redeemed(there)
    second = redeemed(there, again=True)
    with pytest.raises(WrongState):
        undo_redemption(redemption=first, by=WORKER, now=timezone.now())
    there.voucher.refresh_from_db()
    assert (there.voucher.state, there.voucher.used) == ("performed", 2)
    undo_redemption(redemption=second, by=WORKER, now=timezone.now())
    there.voucher.refresh_from_db()
    assert (there.voucher.state, there.voucher.used) == ("accepted", 1)
    assert redeem_voucher(voucher=there.voucher, provider=there.provider, by=WORKER, now=timezone.now()).number == 2


def test_what_another_provider_has_redeemed_since_is_not_touched(there):
    first = redeemed(there)
    other = a_provider(there.union)
    redeemed(there, provider=other, again=True)
    with pytest.raises(WrongState):
        undo_redemption(redemption=first, by=WORKER, now=timezone.now())
    there.voucher.refresh_from_db()
    assert (there.voucher.used, there.voucher.provider) == (2, other)


def test_an_empty_sheet_is_no_signature(there):
    visit = visited(there, reported=True)
    for nothing in (drawing(), drawing(10, 10, 14, 14), SimpleUploadedFile("s.png", b"no picture")):
        with pytest.raises(DomainError):
            confirm_signed(visit=visit, drawing=nothing, by=WORKER, now=timezone.now())
    assert state_of(there) == ("in_service", "reported")
    confirm_signed(visit=visit, drawing=drawing(20, 60, 90, 30, 200, 80), by=WORKER, now=timezone.now())
    assert state_of(there) == ("performed", "confirmed")


def test_a_suspended_provider_takes_nothing_on(there):
    going = sent(there)
    ServiceProvider.objects.filter(pk=there.provider.pk).update(state="suspended")
    going.provider.refresh_from_db()
    with pytest.raises(ProviderNotHere):
        accept_transmission(transmission=going, by=WORKER, now=timezone.now())
    assert state_of(there) == ("transmitted", None)


def test_photos_of_a_refused_form_are_gone_with_it(there, tmp_path):
    visited(there)
    photos = [SimpleUploadedFile(f"{n}.png", PICTURE, "image/png") for n in range(MOST_PICTURES + 1)]
    assert step(there, "photo", {"photos": photos}, script=True).status_code == 409
    assert (WorkPicture.objects.count(), kept_files(tmp_path)) == (0, [])
    three = [SimpleUploadedFile(f"{n}.png", PICTURE, "image/png") for n in range(3)]
    # Not started yet, so nothing can be reported.
    assert step(there, "report", {"report": "Done.", "photos": three}, once="2", script=True).status_code == 409
    assert (WorkPicture.objects.count(), kept_files(tmp_path)) == (0, [])


def part(value):
    text = value if isinstance(value, str) else json.dumps(value)
    return urlsafe_b64encode(text.encode("utf-8", "surrogatepass")).decode().rstrip("=")


@pytest.mark.parametrize(
    "head",
    [
        {"alg": "EdDSA", "typ": "voucher+jwt", "kid": "\0"},
        '{"alg": "EdDSA", "typ": "voucher+jwt", "kid": "\\ud800"}',
        "[" * 1000,
    ],
    ids=["nul", "surrogate", "deep"],
)
def test_a_token_out_of_a_workshop_is_refused_and_nothing_breaks(there, head):
    token = f"{part(head)}.e30.AAAA"
    with pytest.raises(BadToken):
        read_token(token=token, issuer="x", now=timezone.now())
    assert Client().get(f"/v/{there.voucher.code}/", {"t": token}).status_code == 200
    answer = there.browser.post(f"{there.base}till/", {"text": "http://[x/v/A/", "once": "1"})
    assert answer.status_code in (200, 302, 404, 422)


def test_an_enormous_bill_is_taken_for_a_slip(there):
    visit = visited(there)
    with pytest.raises(Invalid):
        ask_extra(visit=visit, title="Hose", amount=100 * visit.fee + 1, actor=None, now=timezone.now())
    assert ask_extra(visit=visit, title="Hose", amount=100 * visit.fee, actor=None, now=timezone.now()).pk


@pytest.mark.parametrize("mark", "＝＋－＠")
def test_formulas_in_full_width_are_guarded_too(mark):
    assert guarded([f"{mark}1+1"]) == [f"'{mark}1+1"]


@pytest.mark.django_db(transaction=True)
def test_limits_hold_for_what_comes_at_once(there):
    visit = visited(there, reported=True)
    dispute = open_dispute(visit=visit, by=there.by, now=timezone.now(), reason="It leaks.")
    said = {"dispute": dispute, "by": there.by, "now": timezone.now(), "words": "So."}
    for _ in range(MOST_PIECES - 2):
        show_evidence(**said)
    answers = at_once([lambda: type(show_evidence(**said)).__name__] * 6)
    assert sorted(answers) == ["DisputeEvidence"] * 2 + [EnoughEvidence.code] * 4
    assert DisputeEvidence.objects.count() == MOST_PIECES


@pytest.mark.django_db(transaction=True)
def test_assessing_and_undoing_at_once_end_in_one_of_them(there):
    redemption = redeemed(there)

    def assess():
        own = Redemption.objects.select_related("voucher__version", "provider").get(pk=redemption.pk)
        return type(assess_work(redemption=own, by=there.by, now=timezone.now(), aspects=FIVES)).__name__

    def undo():
        own = Redemption.objects.get(pk=redemption.pk)
        return type(undo_redemption(redemption=own, by=WORKER, now=timezone.now())).__name__

    answers = at_once([assess, undo, assess, undo])
    there.voucher.refresh_from_db()
    undone = Redemption.objects.get(pk=redemption.pk).undone_at is not None
    assert answers.count("Assessment") == (0 if undone else 1), answers
    assert there.voucher.used == (0 if undone else 1)
