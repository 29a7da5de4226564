"""The statement says what the ledger says, to the last unit; only the enterprise sees it, only owners change it."""

import csv
import io
from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import Sum
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pypdf import PdfReader

from payments.models import LedgerAccount, LedgerEntry, Payout, PayoutAccount
from payments.providers.bank import VERIFICATION_CODE
from payments.services.requests import refund_split
from payments.services.settlement import earn, make_payouts, send_payout
from tests.factories.accounts import UserFactory
from tests.factories.payments import NOW, PayoutAccountFactory, captured_payment, split_want
from tests.factories.stores import StoreFactory, StoreStaffFactory
from tests.factories.unions import MembershipFactory, UnionStaffFactory, owner_of

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(days=7)


@pytest.fixture
def store():
    found = StoreFactory()
    PayoutAccountFactory(membership=found.membership)
    return found


def page(store, rest=""):
    return f"/manage/{store.union.slug}/{store.slug}/settlement/{rest}"


def earned(store, amount=1999, now=NOW):
    part = split_want(store.membership, amount)
    captured_payment(store.union, part, now=now)
    earn(union=store.union, reference=part.reference, now=now)
    return part.reference


def paid_out(store, now=LATER):
    [payout] = make_payouts(union=store.union, now=now).made
    return send_payout(payout=payout, now=now)


@pytest.fixture
def owner(client, store):
    client.force_login(owner_of(store.membership))
    return client


def test_statement_agrees_with_the_ledger_to_the_last_unit(owner, store):
    references = [earned(store, amount) for amount in (1999, 1, 33_333, 4)]
    refund_split(union=store.union, reference=references[0], amount=667, refund_reference="B-1", reason="", now=NOW)
    payout = paid_out(store)
    payable = LedgerEntry.objects.filter(account__kind="enterprise_payable")
    assert owner.get(page(store, f"{payout.number}/")).status_code == 200
    rows = list(csv.reader(io.StringIO(owner.get(page(store, f"{payout.number}.csv")).content.decode("utf-8-sig"))))
    assert rows[0] == ["Earned", "Kind", "Order", "Gross", "Commission", "Tax on commission", "Net", "Currency"]
    for row in rows[1:-1]:
        kind = {"sale": "earned", "refund": "refund"}[row[1]]
        posted = payable.filter(transaction__kind=kind)
        mine = posted.get(transaction__memo=row[2]) if kind == "refund" else posted.get(transaction__reference=row[2])
        assert round(float(row[6]) * 100) == -mine.amount
    assert [row[2] for row in rows[1:-1]] == [*references, references[0]]
    total = payable.exclude(transaction__kind="payout_sent").aggregate(total=Sum("amount"))["total"]
    assert round(float(rows[-1][6]) * 100) == -total == payout.amount
    for place, kind in ((4, "commission"), (5, "commission_tax")):
        [account] = LedgerAccount.objects.filter(kind=kind)
        assert round(float(rows[-1][place]) * 100) == account.balance


def test_account_statement_opens_and_closes_with_the_ledgers_balance(owner, store):
    earned(store, 1999)
    earned(store, 5000, now=LATER)
    payout = paid_out(store)
    [account] = LedgerAccount.objects.filter(kind="enterprise_payable")
    found = owner.get(page(store, "account/?from=2026-03-05&to=2026-03-31")).context["statement"]
    assert (found.opening, found.closing) == (1879, -account.balance)
    assert [(move.kind, move.amount, move.balance) for move in found.movements] == [
        ("earned", 4700, 6579),
        ("payout_sent", -payout.amount, 4700),
    ]
    text = owner.get(page(store, "account.csv?from=2026-03-05&to=2026-03-31")).content.decode("utf-8-sig")
    assert text.splitlines()[-1] == "Closing balance,,,,47.00,GBP"
    assert owner.get(page(store, "account/?from=nonsense&to=2026-99-99")).status_code == 200


@pytest.mark.parametrize(("language", "word"), [("en", "Statement of payout"), ("ko", "가게"), ("zh-hant", "商店")])
def test_pdf_can_be_read_in_every_language(owner, store, language, word):
    enterprise = store.membership.enterprise
    enterprise.legal_name = f"{word} & <Co>"
    enterprise.save()
    earned(store)
    payout = paid_out(store)
    answer = owner.get(page(store, f"{payout.number}.pdf"), headers={"Accept-Language": language})
    assert answer["Content-Type"] == "application/pdf"
    text = "".join(sheet.extract_text() for sheet in PdfReader(io.BytesIO(answer.content)).pages)
    assert payout.number in text
    assert "18.79" in text
    assert f"{word} & <Co>" in text
    # The code map must belong to the face's own collection: others show blanks instead of Chinese.
    assert (b"/UniCNS-UCS2-H" in answer.content) == (language == "zh-hant")


def test_overview_takes_the_same_queries_however_many_payouts(owner, store):
    earned(store)
    paid_out(store)
    earned(store, now=LATER)
    owner.get(page(store))
    with CaptureQueriesContext(connection) as one:
        assert owner.get(page(store)).status_code == 200
    for week in (2, 3):
        paid_out(store, now=NOW + timedelta(days=7 * week))
        earned(store, now=NOW + timedelta(days=7 * week))
        earned(store, now=NOW + timedelta(days=7 * week))
    with CaptureQueriesContext(connection) as three:
        assert owner.get(page(store)).status_code == 200
    assert len(one) == len(three)
    assert Payout.objects.count() == 3


def test_strangers_and_neighbours_see_nothing(client, store):
    earned(store)
    payout = paid_out(store)
    neighbour = StoreFactory(union=store.union)
    client.force_login(owner_of(neighbour.membership))
    for rest in ("", "account/", "account.csv", f"{payout.number}/", f"{payout.number}.csv", f"{payout.number}.pdf"):
        assert client.get(page(store, rest)).status_code == 404
    assert client.get(page(neighbour, f"{payout.number}/")).status_code == 404
    assert client.get(page(neighbour, f"{payout.number}.pdf")).status_code == 404
    client.force_login(UserFactory())
    assert client.get(page(store)).status_code == 404


def test_office_may_look_and_staff_need_the_permission(client, store):
    office = UnionStaffFactory(union=store.union).user
    client.force_login(office)
    assert client.get(page(store)).status_code == 200
    assert client.post(page(store, "account/add/"), {}).status_code == 403
    packer = StoreStaffFactory(store=store, permissions=["orders"]).user
    client.force_login(packer)
    assert client.get(page(store)).status_code == 403
    clerk = StoreStaffFactory(store=store, permissions=["settlement"]).user
    client.force_login(clerk)
    assert client.get(page(store)).status_code == 200
    client.post(page(store, "account/add/"), {"new-token": "bank:approves", "new-holder": "Mine"})
    client.post(page(store, "account/remove/"), {"account": PayoutAccount.objects.get().pk})
    assert PayoutAccount.objects.get().state == "verified"


def test_owner_changes_the_account_by_code(owner, store):
    old = PayoutAccount.objects.get()
    owner.post(page(store, "account/add/"), {"new-token": "bank:answers-late", "new-holder": "Bakery Ltd"})
    new = PayoutAccount.objects.exclude(pk=old.pk).get()
    assert (new.state, new.holder, new.membership) == ("pending", "Bakery Ltd", store.membership)
    right = {"account": new.pk, f"a{new.pk}-code": VERIFICATION_CODE}
    assert owner.post(page(store, "account/verify/"), right).status_code == 302
    assert PayoutAccount.objects.get(state="verified") == new
    elsewhere = PayoutAccountFactory(membership=MembershipFactory(union=store.union))
    assert owner.post(page(store, "account/remove/"), {"account": elsewhere.pk}).status_code == 404
    elsewhere.refresh_from_db()
    assert elsewhere.state == "verified"


def test_owner_sends_a_returned_payout_again(owner, store):
    PayoutAccount.objects.update(token="bank:declines-stolen")
    earned(store)
    payout = paid_out(store)
    assert payout.state == "failed"
    owner.post(page(store, f"{payout.number}/again/"))
    payout.refresh_from_db()
    assert (payout.state, payout.attempt) == ("failed", 1)
    PayoutAccountFactory(membership=store.membership, verified_at=timezone.now())
    owner.post(page(store, f"{payout.number}/again/"))
    payout.refresh_from_db()
    assert (payout.state, payout.attempt) == ("paid", 2)
    assert owner.post(page(store, f"{payout.number}/again/")).status_code == 404
