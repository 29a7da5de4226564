"""The till: what was scanned or typed, redeeming with the customer there, undoing; rewards and answers."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from ascc.errors import MistypedCode, NoSuchVoucher
from ascc.models import Assessment, IncentiveVoucher, Redemption, Voucher
from ascc.queries.vouchers import issuer_of
from ascc.services.assessing import assess_work, give_incentive, redeem_incentive
from ascc.services.confirming import make_code
from ascc.services.daily_check import compare_vouchers
from ascc.services.redeeming import NotHeld, redeem_voucher
from ascc.services.till import ProofNeeded, read_shown, redeem_at_till
from ascc.services.tokens import BadToken, token_of
from ascc.services.working import confirm_work
from core.errors import WrongState
from core.references import new_reference
from payments.models import Earning
from payments.queries.credits import credit_of
from payments.services.compare_books import compare_books
from payments.services.findings import Findings
from tests.ascc.desks import desk, sent, state_of, taken_on, visited
from tests.factories.ascc import provider as a_provider
from tests.factories.unions import UnionFactory
from tests.payments.test_races import at_once

pytestmark = pytest.mark.django_db


@pytest.fixture
def there():
    return desk()


def link(there, *, union=None):
    token = token_of(voucher=there.voucher, issuer=issuer_of(union or there.union), now=timezone.now())
    return f"https://martunion.example/v/{there.voucher.code}/?t={token}"


def shown(there, text, *, union=None):
    union = union or there.union
    return read_shown(text=text, union=union, issuer=issuer_of(union), now=timezone.now())


def test_link_token_and_code_with_slips_are_read(there):
    text = link(there)
    token = text.partition("?t=")[2]
    slips = there.voucher.code.lower().replace("0", "o")
    prefix, _dash, rest = slips.partition("-")
    found = {(one.voucher.code, one.is_proved) for one in (shown(there, text), shown(there, token))}
    assert found == {(there.voucher.code, True)}
    for typed in (f"{prefix}-{rest}", f"  {there.voucher.code} ", text.partition("?")[0]):
        assert (shown(there, typed).voucher, shown(there, typed).is_proved) == (there.voucher, False)


def test_foreign_tampered_and_unknown_are_refused_with_their_reasons(there):
    elsewhere = UnionFactory()
    with pytest.raises(BadToken) as foreign:
        shown(there, link(there, union=elsewhere))
    assert foreign.value.facts["reason"] == "foreign"
    token = link(there).partition("?t=")[2]
    with pytest.raises(BadToken) as tampered:
        shown(there, token[:-6] + ("AAAAAA" if not token.endswith("AAAAAA") else "BBBBBB"))
    assert tampered.value.facts["reason"] == "tampered"
    for nothing in ("", "KH-", "https://other.example/x/", there.voucher.code[:-1] + "*"):
        with pytest.raises(NoSuchVoucher):
            shown(there, nothing)
    with pytest.raises(NoSuchVoucher):
        shown(there, there.voucher.code, union=elsewhere)


def test_scanned_voucher_is_redeemed_and_undone_within_a_minute(there):
    taken_on(there)
    page = there.browser.post(f"{there.base}till/", {"text": link(there)}).content.decode()
    assert "signature is genuine" in page and "Redeem one visit" in page
    answer = there.browser.post(f"{there.base}till/redeem/", {"text": link(there), "once": "1"})
    made = Redemption.objects.get()
    assert answer["Location"] == f"{there.base}till/?done={made.ref}"
    assert (state_of(there), made.amount) == (("performed", None), 4000)
    assert "possible for a minute" in there.browser.get(answer["Location"]).content.decode()
    again = there.browser.post(f"{there.base}till/redeem/", {"text": link(there), "once": "2"})
    assert again.status_code == 422
    assert there.browser.post(f"{there.base}till/{made.ref}/undo/", {"once": "3"}).status_code == 302
    made.refresh_from_db()
    assert (state_of(there), made.undone_at is not None) == (("accepted", None), True)


def test_typed_code_alone_redeems_nothing_and_with_the_one_time_code_it_does(there):
    taken_on(there)
    held_up = shown(there, there.voucher.code)
    by, now = there.by, timezone.now()
    with pytest.raises(ProofNeeded):
        redeem_at_till(shown=held_up, provider=there.provider, by=by, now=now)
    assert there.browser.post(f"{there.base}till/redeem/", {"text": there.voucher.code}).status_code == 422
    assert not Redemption.objects.exists()
    plain, _until = make_code(voucher=there.voucher, now=now)
    sent_code = {"text": there.voucher.code, "code": plain, "once": "1"}
    assert there.browser.post(f"{there.base}till/redeem/", sent_code).status_code == 302
    assert state_of(there) == ("performed", None)


def test_voucher_of_another_provider_is_shown_but_not_redeemed(there):
    taken_on(there)
    other = a_provider(there.union)
    with pytest.raises(NotHeld):
        redeem_at_till(shown=shown(there, link(there)), provider=other, by=there.by, now=timezone.now())
    assert state_of(there) == ("accepted", None)


def test_voucher_that_was_only_sent_is_not_redeemed(there):
    sent(there)
    there.voucher.refresh_from_db()
    page = there.browser.post(f"{there.base}till/", {"text": link(there)}).content.decode()
    assert "Take it on" in page and "Redeem one visit" not in page and "Ada" not in page
    page = there.browser.post(f"{there.base}till/", {"text": there.voucher.code}).content.decode()
    assert "has not been handed to you" in page
    answer = there.browser.post(f"{there.base}till/redeem/", {"text": link(there), "once": "1"})
    assert answer.status_code == 422
    assert not Redemption.objects.exists()


def test_begun_visit_has_to_be_reported_before_the_till_confirms_it(there):
    visit = visited(there)
    answer = there.browser.post(f"{there.base}till/redeem/", {"text": link(there), "once": "1"})
    assert "report the work first" in answer.content.decode()
    assert state_of(there) == ("in_service", "agreed")
    visit.state, visit.report = "reported", "Done"
    visit.save()
    assert there.browser.post(f"{there.base}till/redeem/", {"text": link(there), "once": "2"}).status_code == 302
    visit.refresh_from_db()
    assert (state_of(there), visit.confirmation) == (("performed", "confirmed"), "till")


def test_reward_is_redeemed_once_and_words_are_answered_once(there):
    redemption = confirm_work(visit=visited(there, reported=True), by=there.by, now=timezone.now())
    marks = dict.fromkeys(Assessment.ASPECTS, 5)
    said = assess_work(redemption=redemption, by=there.by, now=timezone.now(), aspects=marks, words="Quick and neat")
    assert "No incentive voucher yet" in there.browser.get(f"{there.base}rewards/").content.decode()
    redeem = f"{there.base}rewards/{said.incentive.code}/redeem/"
    assert there.browser.post(redeem, {"once": "1"}).status_code == 404
    give_incentive(incentive=said.incentive, by=there.by, now=timezone.now())
    assert there.browser.post(redeem, {"once": "1"}).status_code == 302
    assert there.browser.post(redeem, {"once": "2"}).status_code == 302
    there.provider.refresh_from_db()
    reward = IncentiveVoucher.objects.get()
    assert (reward.state, reward.paid_as, there.provider.earned) == ("redeemed", "money", 500)

    record = there.browser.get(f"{there.base}record/").content.decode()
    assert "Quick and neat" in record and "5.0 / 5" in record
    answer = {"assessment": str(said.pk), "answer": "Thank you!"}
    assert there.browser.post(f"{there.base}record/answer/", {"once": "1", **answer}).status_code == 302
    there.browser.post(f"{there.base}record/answer/", {"once": "2", **answer, "answer": "Changed"})
    said.refresh_from_db()
    assert said.answer == "Thank you!"
    assert there.browser.post(f"{there.base}record/answer/", {"assessment": "0", "answer": "x"}).status_code == 404


def test_lapsed_voucher_says_so_and_is_not_redeemed(there):
    taken_on(there)
    there.voucher.expires_at = timezone.now() - timedelta(minutes=1)
    there.voucher.save()
    page = there.browser.post(f"{there.base}till/", {"text": there.voucher.code}).content.decode()
    assert "lapsed" in page and "Redeem one visit" not in page


def test_reward_as_a_credit_is_used_by_the_next_settlement_and_told_in_words(there):
    redemption = confirm_work(visit=visited(there, reported=True), by=there.by, now=timezone.now())
    marks = dict.fromkeys(Assessment.ASPECTS, 5)
    said = assess_work(redemption=redemption, by=there.by, now=timezone.now(), aspects=marks)
    give_incentive(incentive=said.incentive, by=there.by, now=timezone.now())
    rewards = f"{there.base}rewards/"
    assert "Redeem for money" in there.browser.get(rewards).content.decode()
    redeem = f"{rewards}{said.incentive.code}/redeem/"
    assert there.browser.post(redeem, {"once": "1", "as": "goods"}, headers={"X-Kept": "1"}).status_code == 422
    assert IncentiveVoucher.objects.get().state == "given"
    assert there.browser.post(redeem, {"once": "2", "as": "credit"}).status_code == 302
    late = there.browser.post(redeem, {"once": "3", "as": "money"}, headers={"X-Kept": "1"})
    assert (late.status_code, late.json()["code"]) == (409, "wrong_state")
    reward, member = IncentiveVoucher.objects.get(), there.provider.store.membership
    assert (reward.paid_as, credit_of(member)) == ("credit", 500)
    assert not Earning.objects.filter(reference__startswith="incentive").exists()
    page = there.browser.get(rewards).content.decode()
    assert "Your credit with the union: " in page and "5.00" in page
    settlement = f"/manage/{there.union.slug}/{there.provider.store.slug}/settlement/"
    page = there.browser.get(settlement).content.decode()
    assert "incentive voucher, as credit" in page and "service done" in page
    findings = Findings()
    compare_vouchers(union=there.union, findings=findings, now=timezone.now())
    assert (findings.differences, compare_books(union=there.union).differences) == ([], [])


@pytest.mark.django_db(transaction=True)
def test_of_many_that_redeem_a_reward_for_money_or_credit_one_does(there):
    redemption = confirm_work(visit=visited(there, reported=True), by=there.by, now=timezone.now())
    marks = dict.fromkeys(Assessment.ASPECTS, 5)
    reward = assess_work(redemption=redemption, by=there.by, now=timezone.now(), aspects=marks).incentive
    give_incentive(incentive=reward, by=there.by, now=timezone.now())

    def redeeming(paid_as):
        def redeem():
            own = IncentiveVoucher.objects.select_related("voucher", "provider__store").get(pk=reward.pk)
            try:
                redeem_incentive(incentive=own, now=timezone.now(), paid_as=paid_as)
            except WrongState:
                return 0
            return 1

        return redeem

    assert sum(at_once([redeeming(("money", "credit")[number % 2]) for number in range(12)])) == 1
    reward.refresh_from_db()
    member = there.provider.store.membership
    money = sum(Earning.objects.filter(reference__startswith="incentive").values_list("net", flat=True))
    assert (money, credit_of(member)) == ((500, 0) if reward.paid_as == "money" else (0, 500))
    findings = Findings()
    compare_vouchers(union=there.union, findings=findings, now=timezone.now())
    assert findings.differences == []


def test_codes_are_read_without_their_hyphens_and_a_slip_is_named(there):
    code = there.voucher.code
    bare = code.replace("-", "")
    for typed in (bare, bare.lower(), f"{bare[:4]} {bare[4:9]} {bare[9:]}"):
        assert shown(there, typed).voucher == there.voucher
    wrong = "A" if code[-1] != "A" else "B"
    with pytest.raises(MistypedCode):
        shown(there, code[:-1] + wrong)
    unknown = new_reference(there.union.prefix, 10)
    with pytest.raises(NoSuchVoucher) as none:
        shown(there, unknown)
    assert not isinstance(none.value, MistypedCode)
    page = there.browser.post(f"{there.base}till/", {"text": ""})
    assert page.status_code == 422
    text = page.content.decode()
    assert "choose the files again" not in text and f"such as {there.union.prefix}-7Q2M4X9TVA-C" in text


def test_a_used_up_voucher_is_said_to_be_used_up(there):
    Voucher.objects.filter(pk=taken_on(there).pk).update(used=2, state="closed")
    there.voucher.refresh_from_db()
    page = there.browser.post(f"{there.base}till/", {"text": link(there)}).content.decode()
    assert "This voucher is used up" in page and "has not been handed to you" not in page


def test_after_the_till_the_customer_is_led_to_the_service_center(there):
    redeem_voucher(voucher=taken_on(there), provider=there.provider, by=there.by, now=timezone.now())
    customer = Client()
    customer.force_login(there.customer)
    page = customer.get(f"/account/vouchers/{there.voucher.code}/").content.decode()
    assert "Is something wrong with it? Write to the service center." in page
    assert f'href="/u/{there.union.slug}/conversations/"' in page
