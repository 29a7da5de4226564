"""A signed token proves possession for one handing over; a copy that somebody kept opens nothing afterwards."""

from collections import Counter
from types import SimpleNamespace

import jwt
import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from ascc import tasks
from ascc.models import Redemption, Transmission, Voucher, VoucherStep
from ascc.queries.vouchers import issuer_of, voucher_of
from ascc.services.assessing import assess_work
from ascc.services.confirming import make_code
from ascc.services.holding import hold_shown
from ascc.services.keys import public_keys
from ascc.services.moving import By, Side
from ascc.services.passing_on import accept_voucher, claim_vouchers, offer_voucher
from ascc.services.redeeming import redeem_voucher, undo_redemption
from ascc.services.till import read_shown, redeem_at_till
from ascc.services.tokens import StaleToken, token_of
from ascc.services.transmitting import decline_transmission, give_back, have_back, send_voucher
from ascc.services.working import agree_visit, break_off
from core.errors import DomainError, WrongState
from core.outbox import OutboxEvent
from tests.ascc.desks import desk, sent, state_of, taken_on, visited
from tests.factories.accounts import UserFactory
from tests.factories.ascc import provider as a_provider
from tests.factories.ascc import voucher as a_voucher
from tests.payments.test_races import at_once

WORKER = By(Side.PROVIDER)


@pytest.fixture
def there(db):
    return desk()


def token_now(there):
    there.voucher.refresh_from_db()
    return token_of(voucher=there.voucher, issuer=issuer_of(there.union), now=timezone.now())


def shown(there, token):
    return read_shown(text=token, union=there.union, issuer=issuer_of(there.union), now=timezone.now())


def hold(there, token, provider=None):
    return hold_shown(shown=shown(there, token), provider=provider or there.provider, by=WORKER, now=timezone.now())


def rows(there):
    """Everything that a refused step must leave as it was."""
    there.voucher.refresh_from_db()
    held = there.voucher
    counts = [kind.objects.filter(voucher=held).count() for kind in (Transmission, VoucherStep, Redemption)]
    return held.state, held.provider_id, held.handing, held.used, counts, OutboxEvent.objects.count()


def gives_back(there):
    give_back(voucher=there.voucher, by=WORKER, now=timezone.now(), reason="No time")


def is_taken_back(there):
    have_back(voucher=there.voucher, by=there.by, now=timezone.now())


def breaks_off(there):
    visit = agree_visit(voucher=there.voucher, provider=there.provider, by=WORKER, now=timezone.now())
    break_off(visit=visit, by=WORKER, now=timezone.now(), reason="Nobody there")


def is_done_and_assessed(there):
    held = Voucher.objects.select_related("version", "program__store").get(pk=there.voucher.pk)
    redemption = redeem_voucher(voucher=held, provider=there.provider, by=WORKER, now=timezone.now())
    marks = dict.fromkeys(("quality", "punctuality", "courtesy", "price"), 4)
    assess_work(redemption=redemption, by=there.by, now=timezone.now(), aspects=marks)


@pytest.mark.parametrize("ends", [gives_back, is_taken_back, breaks_off, is_done_and_assessed])
def test_a_token_is_stale_once_the_voucher_has_left_the_provider(there, ends):
    old = token_now(there)
    hold(there, old)
    assert (state_of(there)[0], shown(there, old).is_proved) == ("accepted", True)
    ends(there)
    there.voucher.refresh_from_db()
    assert (there.voucher.state, there.voucher.provider_id, there.voucher.handing) == ("active", None, 2)
    before = rows(there)
    seen = shown(there, old)
    assert (seen.is_signed, seen.is_proved, seen.is_stale) == (True, False, True)
    for provider in (there.provider, a_provider(there.union)):
        with pytest.raises(StaleToken) as refusal:
            hold(there, old, provider)
        assert (refusal.value.code, refusal.value.facts) == ("bad_token", {"reason": "stale"})
    assert rows(there) == before
    hold(there, token_now(there))
    assert (state_of(there)[0], there.voucher.handing) == ("accepted", 2)


def test_a_token_stays_good_while_nobody_has_taken_the_voucher_on(there):
    token = token_now(there)
    decline_transmission(transmission=sent(there), by=WORKER, now=timezone.now(), reason="No time")
    sent(there)
    have_back(voucher=there.voucher, by=there.by, now=timezone.now())
    assert (state_of(there)[0], shown(there, token).is_proved) == ("active", True)


def test_a_token_serves_from_the_hold_to_the_redemption_and_its_undoing(there):
    token = token_now(there)
    hold(there, token)
    made = redeem_at_till(shown=shown(there, token), provider=there.provider, by=WORKER, now=timezone.now())
    undo_redemption(redemption=made, by=WORKER, now=timezone.now())
    assert shown(there, token).is_proved
    again = redeem_at_till(shown=shown(there, token), provider=there.provider, by=WORKER, now=timezone.now())
    assert (again.number, state_of(there)[0], there.voucher.handing) == (1, "performed", 1)


def test_a_stale_token_redeems_nothing_and_the_one_time_code_does(there):
    old = token_now(there)
    hold(there, old)
    gives_back(there)
    there.voucher.refresh_from_db()
    taken_on(there)
    before = rows(there)
    with pytest.raises(StaleToken):
        redeem_at_till(shown=shown(there, old), provider=there.provider, by=WORKER, now=timezone.now())
    assert rows(there) == before
    plain, _until = make_code(voucher=there.voucher, now=timezone.now())
    redeem_at_till(shown=shown(there, old), provider=there.provider, by=WORKER, now=timezone.now(), plain_code=plain)
    assert state_of(there)[0] == "performed"


def test_what_was_read_before_the_handing_ended_is_refused_when_it_is_used(there):
    """Between reading a token and taking the voucher on somebody else may have had it, and given it back."""
    old = token_now(there)
    read_early = shown(there, old)
    hold(there, old, a_provider(there.union))
    gives_back(there)
    before = rows(there)
    with pytest.raises(StaleToken):
        hold_shown(shown=read_early, provider=there.provider, by=WORKER, now=timezone.now())
    assert rows(there) == before
    redeems_early = shown(there, token_now(there))
    taken_on(there)
    redeems_early.voucher.provider = there.provider
    gives_back(there)
    there.voucher.refresh_from_db()
    taken_on(there)
    before = rows(there)
    with pytest.raises(StaleToken):
        redeem_at_till(shown=redeems_early, provider=there.provider, by=WORKER, now=timezone.now())
    assert rows(there) == before


def test_an_older_owners_token_is_stale_and_a_guest_who_signs_in_keeps_the_paper(there):
    old, now = token_now(there), timezone.now()
    friend = UserFactory(email="ben@example.com")
    gift = offer_voucher(voucher=there.voucher, by=there.by, now=now, email="ben@example.com")
    assert shown(there, old).is_proved
    accept_voucher(token=gift.token, user=friend, address=None, now=now)
    before = rows(there)
    with pytest.raises(StaleToken):
        hold(there, old)
    assert rows(there) == before
    assert shown(there, token_now(there)).is_proved

    there.voucher = a_voucher(there.shop)
    Voucher.objects.filter(pk=there.voucher.pk).update(
        email="cy@example.com", owner=None, expires_at=now.replace(year=now.year + 1)
    )
    paper = token_now(there)
    assert claim_vouchers(user=UserFactory(), email="cy@example.com") == 1
    assert shown(there, paper).is_proved


def test_a_stale_token_is_genuine_for_other_peoples_libraries(there):
    old = token_now(there)
    hold(there, old)
    gives_back(there)
    for token, handing in ((old, 1), (token_now(there), 2)):
        head = jwt.get_unverified_header(token)
        key = jwt.PyJWKSet.from_dict(public_keys())[head["kid"]]
        body = jwt.decode(token, key, algorithms=["EdDSA"], issuer=issuer_of(there.union))
        assert (body["sub"], body["handing"]) == (there.voucher.code, handing)
        assert body["jti"].startswith(f"{there.voucher.code}:{handing}:")


def test_the_owner_is_written_to_when_a_till_takes_it_on_and_has_it_back(there):
    hold(there, token_now(there))
    [event] = OutboxEvent.objects.filter(kind="ascc.taken_at_till")
    assert event.payload == {"voucher_id": there.voucher.pk, "provider_id": there.provider.pk}
    hold(there, token_now(there))
    assert OutboxEvent.objects.filter(kind="ascc.taken_at_till").count() == 1
    tasks.mail_taken_on(**event.payload)
    [told] = mail.outbox
    assert told.to == [there.customer.email]
    assert told.subject == f"{there.provider.store.name} has taken on your voucher for {there.voucher.about}"
    assert there.voucher.code in told.body and f"/account/vouchers/{there.voucher.code}/" in told.body
    owner = Client()
    owner.force_login(there.customer)
    address = f"/account/vouchers/{there.voucher.code}/"
    assert "Take it back" in owner.get(address).content.decode()
    assert owner.post(f"{address}back/")["Location"] == address
    assert (state_of(there)[0], there.voucher.handing) == ("active", 2)
    assert VoucherStep.objects.filter(voucher=there.voucher).last().what == "taken_back"
    page = owner.get(address).content.decode()
    assert f"{address}qr.svg?handing=2" in page and "Take it back" not in page


def test_the_owner_makes_a_new_code_and_earlier_ones_are_stale(there):
    old, owner = token_now(there), Client()
    owner.force_login(there.customer)
    address = f"/account/vouchers/{there.voucher.code}/"
    assert "Make a new QR code" in owner.get(address).content.decode()
    stranger = Client()
    stranger.force_login(UserFactory())
    assert stranger.post(f"{address}renew/").status_code == 404
    assert shown(there, old).is_proved
    assert owner.post(f"{address}renew/")["Location"] == address
    step = VoucherStep.objects.filter(voucher=there.voucher).last()
    assert (step.what, step.from_state, step.to_state, step.side) == ("renewed", "active", "active", "customer")
    with pytest.raises(StaleToken):
        hold(there, old)
    hold(there, token_now(there))
    # Also of one that a provider has: what the till has kept redeems nothing any more.
    kept = token_now(there)
    assert owner.post(f"{address}renew/").status_code == 302
    with pytest.raises(StaleToken):
        redeem_at_till(shown=shown(there, kept), provider=there.provider, by=WORKER, now=timezone.now())
    assert state_of(there)[0] == "accepted"
    Voucher.objects.filter(pk=there.voucher.pk).update(state="closed")
    before = rows(there)
    assert owner.post(f"{address}renew/").status_code == 302
    assert rows(there) == before


def test_what_is_being_worked_on_is_not_taken_back(there):
    visited(there)
    before = rows(there)
    with pytest.raises(WrongState):
        have_back(voucher=there.voucher, by=there.by, now=timezone.now())
    assert rows(there) == before


def test_the_public_page_tells_an_older_token_from_the_current_one(there):
    Voucher.objects.filter(pk=there.voucher.pk).update(issued_at=timezone.now())
    old = token_now(there)
    hold(there, old)
    gives_back(there)
    page = Client().get(f"/v/{there.voucher.code}/", {"t": old}).content.decode()
    assert "Genuine, but from an earlier handing over" in page and "Do not trust this voucher" not in page
    page = Client().get(f"/v/{there.voucher.code}/", {"t": token_now(there)}).content.decode()
    assert "The signature is genuine" in page and "earlier handing over" not in page


@pytest.mark.django_db(transaction=True)
def test_of_two_tills_with_the_same_token_one_holds_the_voucher():
    there = desk()
    token = token_now(there)
    tills = [a_provider(there.union) for _ in range(4)]
    answers = at_once([lambda till=till: hold(there, token, till).provider_id for till in tills for _ in range(2)])
    there.voucher.refresh_from_db()
    winner = there.voucher.provider_id
    assert winner in {till.pk for till in tills}
    assert set(Counter(answers)) <= {winner, "wrong_state"} and winner in answers
    sendings = Transmission.objects.filter(voucher=there.voucher)
    assert list(sendings.values_list("provider", "state")) == [(winner, "accepted")]
    assert (there.voucher.state, there.voucher.handing) == ("accepted", 1)


@pytest.mark.django_db(transaction=True)
def test_a_token_is_never_taken_on_again_while_its_owner_takes_the_voucher_back():
    there = desk()
    token = token_now(there)

    def hold_often():
        done = 0
        for _ in range(15):
            try:
                hold(there, token)
            except DomainError:
                continue
            done += 1
        return done

    def take_back_often():
        held = SimpleNamespace(done=0)
        for _ in range(40):
            try:
                have_back(voucher=voucher_of(there.customer, there.voucher.code), by=there.by, now=timezone.now())
            except DomainError:
                continue
            held.done += 1
        return held.done

    at_once([hold_often, hold_often, take_back_often])
    there.voucher.refresh_from_db()
    steps = Counter(VoucherStep.objects.filter(voucher=there.voucher).values_list("what", flat=True))
    assert (steps["sent"], steps["accepted"]) == (1, 1)
    assert there.voucher.handing == 1 + steps["taken_back"] <= 2


def test_a_sending_by_the_owner_needs_no_token(there):
    send_voucher(voucher=there.voucher, provider=there.provider, by=there.by, now=timezone.now())
    hold(there, token_now(there))
    assert (state_of(there)[0], Transmission.objects.get().state) == ("accepted", "accepted")
