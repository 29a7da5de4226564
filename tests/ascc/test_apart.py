"""What both sides do not agree about, what is passed on, what is insured, and who may do the work."""

from datetime import timedelta

import pytest

from ascc.models import Claim, Insurer, Policy, ProviderChange, Redemption, Voucher, VoucherGift
from ascc.services.activating import activate_voucher
from ascc.services.disputing import add_evidence, decide_dispute, open_dispute
from ascc.services.insuring import (
    LimitReached,
    NotInsured,
    appeal_claim,
    approve_claim,
    open_claim,
    pay_claim,
    pay_premiums,
    reject_claim,
)
from ascc.services.moving import By, Side
from ascc.services.passing_on import (
    NotForThisPerson,
    accept_voucher,
    claim_vouchers,
    decline_voucher,
    offer_voucher,
    withdraw_offer,
)
from ascc.services.providers import apply_as_provider, change_provider, move_provider
from ascc.services.transmitting import accept_transmission, send_voucher
from ascc.services.working import agree_visit, confirm_work, report_work, start_work
from core.errors import Invalid, NotFound, WrongState
from payments.models import LedgerAccount
from payments.services.compare_books import compare_books
from tests.factories.accounts import UserFactory
from tests.factories.ascc import program
from tests.factories.ascc import provider as a_provider
from tests.factories.ascc import voucher as a_voucher
from tests.factories.orders import NOW
from tests.factories.stores import StoreFactory

pytestmark = pytest.mark.django_db
CENTER = By(Side.CENTER)
CUSTOMER = By(Side.CUSTOMER)
WORKER = By(Side.PROVIDER)


def reported(held, worker):
    activate_voucher(voucher=held, by=CUSTOMER, now=NOW)
    sent = send_voucher(voucher=held, provider=worker, by=CUSTOMER, now=NOW)
    accept_transmission(transmission=sent, by=WORKER, now=NOW)
    held.refresh_from_db()
    visit = agree_visit(voucher=held, provider=worker, by=WORKER, now=NOW)
    start_work(visit=visit, by=WORKER, now=NOW)
    return report_work(visit=visit, by=WORKER, now=NOW, report="Done.")


@pytest.fixture
def visit():
    held = a_voucher(StoreFactory(), owner=UserFactory())
    return reported(held, a_provider(held.union))


def balance(union, kind, member=None):
    account = LedgerAccount.objects.filter(union=union, kind=kind, membership=member).first()
    return account.balance if account else 0


@pytest.mark.parametrize(
    ("granted", "counts", "state", "used"),
    [(4000, True, "performed", 1), (1500, True, "performed", 1), (0, True, "performed", 1), (0, False, "active", 0)],
)
def test_a_decision_moves_the_money(visit, granted, counts, state, used):
    dispute = open_dispute(visit=visit, by=CUSTOMER, now=NOW, reason="It still leaks.")
    with pytest.raises(WrongState):
        open_dispute(visit=visit, by=WORKER, now=NOW, reason="No.")
    add_evidence(dispute=dispute, by=CUSTOMER, now=NOW, words="A wet floor.", path="x/y.jpg")
    add_evidence(dispute=dispute, by=WORKER, now=NOW, words="It was dry when I left.")
    redemption = decide_dispute(
        dispute=dispute, by=CENTER, now=NOW, decision="Half.", granted=granted, visit_counts=counts
    )
    held = Voucher.objects.get(pk=visit.voucher_id)
    assert (held.state, held.used, visit.__class__.objects.get(pk=visit.pk).state) == (
        state,
        used,
        "confirmed" if counts else "broken_off",
    )
    assert (redemption.amount if redemption else None) == (granted if counts else None)
    assert balance(visit.union, "enterprise_payable", visit.provider.store.membership) == -granted
    assert list(dispute.evidence.values_list("side", flat=True)) == ["customer", "provider"]
    with pytest.raises(WrongState):
        decide_dispute(dispute=dispute, by=CENTER, now=NOW, decision="Again.", granted=0)
    with pytest.raises(WrongState):
        add_evidence(dispute=dispute, by=CUSTOMER, now=NOW, words="Late.")
    assert compare_books(union=visit.union).differences == []


def test_a_decision_outside_of_the_fee_or_without_reasons_is_refused(visit):
    dispute = open_dispute(visit=visit, by=CUSTOMER, now=NOW, reason="It still leaks.")
    for said in ({"granted": 4001}, {"granted": -1}, {"granted": 1, "visit_counts": False}, {"decision": " "}):
        with pytest.raises(Invalid):
            decide_dispute(dispute=dispute, by=CENTER, now=NOW, **{"decision": "So.", "granted": 0, **said})
    assert not Redemption.objects.exists()


def test_a_voucher_changes_hands_with_the_consent_of_both():
    ada, ben, eve = UserFactory(email="ada@example.com"), UserFactory(email="Ben@example.com"), UserFactory()
    held = a_voucher(StoreFactory(), owner=ada)
    with pytest.raises(Invalid):
        offer_voucher(voucher=held, by=CUSTOMER, now=NOW, email="ADA@example.com")
    gift = offer_voucher(voucher=held, by=CUSTOMER, now=NOW, email="ben@example.com ", words="Enjoy")
    with pytest.raises(WrongState):
        offer_voucher(voucher=held, by=CUSTOMER, now=NOW, email="eve@example.com")
    with pytest.raises(NotForThisPerson):
        accept_voucher(token=gift.token, user=eve, address=None, now=NOW)
    with pytest.raises(NotFound):
        accept_voucher(token="nothing", user=ben, address=None, now=NOW)
    assert Voucher.objects.get().owner == ada
    assert accept_voucher(token=gift.token, user=ben, address="192.0.2.9", now=NOW).owner == ben
    with pytest.raises(WrongState):
        accept_voucher(token=gift.token, user=ben, address=None, now=NOW)
    assert list(held.steps.values_list("what", "address")) == [
        ("issued", None),
        ("offered", None),
        ("given", "192.0.2.9"),
    ]


def test_an_offer_lapses_is_declined_or_withdrawn_and_can_be_made_anew():
    held = a_voucher(StoreFactory(), owner=UserFactory(email="ada@example.com"))
    ben = UserFactory(email="ben@example.com")

    def offer(now):
        return offer_voucher(voucher=held, by=CUSTOMER, now=now, email="ben@example.com")

    first = offer(NOW)
    later = NOW + timedelta(days=14)
    with pytest.raises(WrongState):
        accept_voucher(token=first.token, user=ben, address=None, now=later)
    decline_voucher(token=offer(later).token, now=later)
    withdraw_offer(gift=offer(later), now=later)
    assert list(VoucherGift.objects.order_by("pk").values_list("state", flat=True)) == [
        "withdrawn",
        "declined",
        "withdrawn",
    ]
    assert Voucher.objects.get().owner.email == "ada@example.com"


def test_a_guests_voucher_waits_for_the_address():
    held = a_voucher(StoreFactory())
    assert (held.owner, held.email) == (None, held.order_line.order.purchase.email)
    user = UserFactory(email=held.email)
    assert claim_vouchers(user=user, email=held.email.upper()) == 1
    assert claim_vouchers(user=UserFactory(), email=held.email) == 0
    held.refresh_from_db()
    assert (held.owner, held.email) == (user, "")


def insured(**said):
    store = StoreFactory()
    insurer = Insurer.objects.create(union=store.union, name="Mutual")
    policy = Policy.objects.create(
        **{
            "union": store.union,
            "insurer": insurer,
            "number": "M-1",
            "premium": 150,
            "claim_limit": 3000,
            "total_limit": 100_000,
            "deductible": 500,
            "currency": store.union.currency,
            "starts_on": NOW.date() - timedelta(days=365),
            "ends_on": NOW.date() + timedelta(days=365),
            **said,
        }
    )
    program(store.union, policy=policy)
    held = a_voucher(store, owner=UserFactory())
    return confirm_work(visit=reported(held, a_provider(store.union)), by=CUSTOMER, now=NOW), policy


def test_a_claim_is_opened_rejected_appealed_approved_and_paid():
    redemption, policy = insured()
    union = policy.union
    claim = open_claim(redemption=redemption, by=CENTER, now=NOW, papers=[("Report", "c/1.pdf")])
    assert (claim.asked, claim.state, claim.papers.get().title) == (4000, "opened", "Report")
    with pytest.raises(WrongState):
        open_claim(redemption=redemption, by=CENTER, now=NOW)
    reject_claim(claim=claim, by=CENTER, now=NOW, reason="Worn out.")
    with pytest.raises(WrongState):
        approve_claim(claim=claim, by=CENTER, now=NOW, amount=100)
    appeal_claim(claim=claim, by=CENTER, now=NOW, words="It was new.")
    with pytest.raises(Invalid):
        approve_claim(claim=claim, by=CENTER, now=NOW, amount=3001)
    before = balance(union, "program_income")
    approve_claim(claim=claim, by=CENTER, now=NOW, amount=3000)
    assert (balance(union, "insurer_receivable"), balance(union, "program_income") - before) == (3000, -3000)
    pay_claim(claim=claim, by=CENTER, now=NOW)
    assert (balance(union, "insurer_receivable"), balance(union, "bank")) == (0, 3000)
    with pytest.raises(WrongState):
        pay_claim(claim=claim, by=CENTER, now=NOW)
    with pytest.raises(WrongState):
        appeal_claim(claim=claim, by=CENTER, now=NOW, words="Again.")
    assert list(claim.steps.values_list("from_state", "to_state")) == [
        ("", "opened"),
        ("opened", "rejected"),
        ("rejected", "opened"),
        ("opened", "approved"),
        ("approved", "paid"),
    ]
    assert pay_premiums(union=union, insurer=policy.insurer, amount=150, reference="2026-03", now=NOW)
    assert not pay_premiums(union=union, insurer=policy.insurer, amount=150, reference="2026-03", now=NOW)
    assert (balance(union, "insurer_payable"), balance(union, "bank")) == (0, 2850)


def test_a_policy_pays_no_more_than_its_limit():
    redemption, _policy = insured(total_limit=2000)
    claim = open_claim(redemption=redemption, by=CENTER, now=NOW)
    with pytest.raises(LimitReached) as refusal:
        approve_claim(claim=claim, by=CENTER, now=NOW, amount=2001)
    assert refusal.value.facts == {"left": 2000}
    assert Claim.objects.get().state == "opened"


def test_what_no_policy_covers_is_not_claimed(visit):
    redemption = confirm_work(visit=visit, by=CUSTOMER, now=NOW)
    with pytest.raises(NotInsured):
        open_claim(redemption=redemption, by=CENTER, now=NOW)
    late, _policy = insured(ends_on=NOW.date() - timedelta(days=1))
    with pytest.raises(NotInsured):
        open_claim(redemption=late, by=CENTER, now=NOW)


def test_a_store_becomes_a_provider_and_is_suspended_and_released():
    store, admin = StoreFactory(), UserFactory()
    asked = {
        "store": store,
        "actor": None,
        "about": " Bikes. ",
        "reach_km": 30,
        "skills": ["vp-2", "sv-repair"],
        "now": NOW,
    }
    with pytest.raises(Invalid) as refusal:
        apply_as_provider(**{**asked, "skills": ["nonsense"]})
    assert refusal.value.facts == {"field": "skills", "unknown": ["nonsense"]}
    worker = apply_as_provider(**asked)
    assert (worker.state, worker.about, sorted(skill.code for skill in worker.skills.all())) == (
        "applied",
        "Bikes.",
        ["sv-repair", "vp-2"],
    )
    with pytest.raises(WrongState):
        apply_as_provider(**asked)
    move_provider(provider=worker, to="declined", actor=admin, now=NOW, reason="No papers.")
    apply_as_provider(**asked)
    worker.refresh_from_db()
    for to in ("approved", "suspended", "approved"):
        move_provider(provider=worker, to=to, actor=admin, now=NOW)
    with pytest.raises(WrongState):
        move_provider(provider=worker, to="declined", actor=admin, now=NOW)
    change_provider(provider=worker, about="All wheels.", reach_km=5, skills=["vp-2"])
    assert [skill.code for skill in worker.skills.all()] == ["vp-2"]
    assert list(ProviderChange.objects.order_by("pk").values_list("to_state", flat=True)) == [
        "applied",
        "declined",
        "applied",
        "approved",
        "suspended",
        "approved",
    ]
