"""Asking for money: authorized, declined, confirmed, late, twice, never."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from core.errors import Invalid, WrongState, constraint_of
from core.models import OutboxEvent
from payments.models import BankTransfer, LedgerEntry, PaymentRequest, PaymentSplit, ProviderCall
from payments.providers.bank import Bank
from payments.services.requests import (
    ANSWER_TIME,
    AccountNotVerified,
    ReferenceUsed,
    authorize,
    cancel_request,
    capture_split,
    give_up_unanswered,
    request_payment,
    take_notice,
    void_split,
)
from payments.services.splits import CaptureDeclined
from payments.services.sweeper import repeat_unanswered_calls
from tests.factories.payments import (
    NOW,
    PaymentAccountFactory,
    asked_payment,
    authorized_payment,
    split_want,
)
from tests.factories.unions import MembershipFactory, UnionFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def union():
    return UnionFactory()


@pytest.fixture
def parts(union):
    return [split_want(MembershipFactory(union=union), 1250), split_want(MembershipFactory(union=union), 749)]


def states(request):
    return list(PaymentSplit.objects.filter(request=request).order_by("id").values_list("state", "authorized"))


def events():
    return list(OutboxEvent.objects.order_by("id").values_list("kind", flat=True))


def test_request_payment_is_one_statement_and_asks_nobody(union, parts):
    account = PaymentAccountFactory()
    with CaptureQueriesContext(
        connection,
    ) as queries:
        request = asked_payment(union, *parts, account=account)
    assert len(queries) == 1
    request.refresh_from_db()
    assert (request.state, request.amount, request.currency) == ("created", 1999, "GBP")
    assert request.expires_at == NOW + ANSWER_TIME
    assert states(request) == [("open", 0), ("open", 0)]
    call = ProviderCall.objects.get()
    assert (call.operation, call.idempotency_key, call.answered_at) == ("authorize", f"authorize:{request.pk}", None)
    assert not BankTransfer.objects.exists()


def test_request_payment_again_returns_the_same(union, parts):
    account = PaymentAccountFactory()
    fields = {"union": union, "reference": "R-1", "number": "N-1", "account": account, "currency": "GBP", "now": NOW}
    first = request_payment(amount=1999, splits=parts, **fields)
    assert request_payment(amount=1999, splits=parts, **fields) == first
    with pytest.raises(ReferenceUsed):
        request_payment(amount=1250, splits=parts[:1], **fields)
    assert PaymentSplit.objects.count() == 2


def test_request_payment_refuses_parts_that_do_not_add_up(union, parts):
    with pytest.raises(Invalid):
        request_payment(
            union=union,
            reference="R-1",
            number="N-1",
            account=PaymentAccountFactory(),
            amount=2000,
            currency="GBP",
            splits=parts,
            now=NOW,
        )
    assert not PaymentRequest.objects.exists()


def test_database_refuses_parts_that_do_not_add_up(union, parts):
    request = asked_payment(union, *parts)
    with pytest.raises(IntegrityError) as refusal, transaction.atomic():
        PaymentSplit.objects.filter(request=request).delete()
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    assert constraint_of(refusal.value) == "payment_splits_add_up"
    assert len(states(request)) == 2


def test_request_payment_refuses_an_unverified_account(union, parts):
    with pytest.raises(AccountNotVerified):
        asked_payment(union, *parts, account=PaymentAccountFactory(state="pending"))
    with pytest.raises(AccountNotVerified):
        request_payment(
            union=union,
            reference="R-1",
            number="N-1",
            account=None,
            amount=1999,
            currency="GBP",
            splits=parts,
            now=NOW,
        )
    assert not PaymentRequest.objects.exists()


def test_authorize_takes_two_statements_and_authorizes_every_part(union, parts):
    request = asked_payment(union, *parts)
    with CaptureQueriesContext(connection) as queries:
        authorize(payment_request=request, now=NOW)
    assert len(queries) == 2
    assert request.state == "authorized"
    request.refresh_from_db()
    assert (request.state, request.failure_code, request.answered_at) == ("authorized", "", NOW)
    assert states(request) == [("open", 1250), ("open", 749)]
    call = ProviderCall.objects.get()
    assert (call.status, call.answered_at) == ("approved", NOW)
    assert events() == ["payments.request_authorized"]
    assert not LedgerEntry.objects.exists()


def test_authorize_twice_asks_once(union, parts):
    request = authorized_payment(union, *parts)
    assert authorize(payment_request=PaymentRequest.objects.get(), now=NOW).state == "authorized"
    assert authorize(payment_request=request, now=NOW).state == "authorized"
    assert (BankTransfer.objects.count(), events()) == (1, ["payments.request_authorized"])


def test_authorize_of_nothing_asks_no_bank(union):
    part = split_want(MembershipFactory(union=union), 0)
    request = request_payment(
        union=union, reference="R-1", number="N-1", account=None, amount=0, currency="GBP", splits=[part], now=NOW
    )
    assert authorize(payment_request=request, now=NOW).state == "authorized"
    assert capture_split(union=union, reference=part.reference, now=NOW).state == "captured"
    request.refresh_from_db()
    assert request.state == "captured"
    assert not BankTransfer.objects.exists()
    assert not LedgerEntry.objects.exists()


@pytest.mark.parametrize(
    ("token", "code"), [("bank:declines-funds", "insufficient_funds"), ("bank:declines-stolen", "stolen_account")]
)
def test_authorize_declined_says_why_and_authorizes_no_part(union, parts, token, code):
    request = authorized_payment(union, *parts, token=token)
    assert (request.state, request.failure_code) == ("failed", code)
    assert states(request) == [("open", 0), ("open", 0)]
    assert events() == ["payments.request_failed"]
    with pytest.raises(WrongState):
        capture_split(union=union, reference=parts[0].reference, now=NOW)


def test_same_key_is_answered_the_same_for_ever(union, parts):
    request = authorized_payment(union, *parts)
    answer = ProviderCall.objects.get().answer
    assert Bank().answers(f"authorize:{request.pk}").as_json() == answer


@pytest.mark.parametrize(
    ("approve", "state", "code"), [(True, "authorized", ""), (False, "failed", "refused_by_payer")]
)
def test_bank_page_lets_the_payer_decide(client, union, parts, approve, state, code):
    request = authorized_payment(union, *parts, token="bank:asks-confirmation")
    assert request.state == "created"
    page = client.get(request.confirm_url + "?next=/account/")
    assert page.status_code == 200
    answer = client.post(request.confirm_url + "?next=/account/", {"decision": "approve" if approve else "refuse"})
    assert (answer.status_code, answer["Location"]) == (302, "/account/")
    request.refresh_from_db()
    assert (request.state, request.failure_code) == (state, code)
    client.post(request.confirm_url, {"decision": "refuse" if approve else "approve"})
    request.refresh_from_db()
    assert request.state == state


def test_bank_page_goes_nowhere_else_and_takes_no_forged_address(client, union, parts):
    request = authorized_payment(union, *parts, token="bank:asks-confirmation")
    assert client.get("/account/payment-accounts/bank/forged/").status_code == 404
    answer = client.post(request.confirm_url + "?next=https://evil.example/", {"decision": "approve"})
    assert answer["Location"] == "/"


def test_late_answer_authorizes_once(union, parts):
    request = authorized_payment(union, *parts, token="bank:answers-late")
    key = f"authorize:{request.pk}"
    assert request.state == "created"
    take_notice(provider="bank", payload={"notice": "early", "key": key}, now=NOW)
    request.refresh_from_db()
    assert request.state == "created"
    Bank().decide(key)
    for notice in ("late", "late", "again"):
        take_notice(provider="bank", payload={"notice": notice, "key": key}, now=NOW)
    request.refresh_from_db()
    assert request.state == "authorized"
    assert events() == ["payments.request_authorized"]
    assert ProviderCall.objects.filter(operation="notice").count() == 3


def test_silent_bank_is_asked_again_and_then_given_up(union, parts):
    request = authorized_payment(union, *parts, token="bank:never-answers")
    assert request.state == "created"
    later = NOW + timedelta(minutes=2)
    assert repeat_unanswered_calls(now=later) == 1
    assert give_up_unanswered(now=later) == 0
    assert give_up_unanswered(now=NOW + ANSWER_TIME) == 1
    assert give_up_unanswered(now=NOW + ANSWER_TIME) == 0
    request.refresh_from_db()
    assert (request.state, request.failure_code) == ("failed", "no_answer")
    assert events() == ["payments.request_failed"]
    assert not ProviderCall.objects.filter(answered_at=None).exists()


def test_approval_after_giving_up_holds_no_money(union, parts):
    request = authorized_payment(union, *parts, token="bank:answers-late")
    give_up_unanswered(now=NOW + ANSWER_TIME)
    Bank().decide(f"authorize:{request.pk}")
    take_notice(provider="bank", payload={"notice": "late", "key": f"authorize:{request.pk}"}, now=NOW)
    request.refresh_from_db()
    assert request.state == "failed"
    assert BankTransfer.objects.get(operation="authorize").answer["outcome"] == "declined"


def test_withdrawal_that_overtakes_the_authorization_wins(union, parts):
    request = asked_payment(union, *parts)
    cancel_request(payment_request=PaymentRequest.objects.get(), now=NOW)
    authorize(payment_request=request, now=NOW)
    assert request.state == "cancelled"
    assert BankTransfer.objects.get(operation="authorize").answer["code"] == "withdrawn"


def test_authorization_that_was_never_asked_is_asked_by_the_sweeper(union, parts):
    request = asked_payment(union, *parts)
    assert repeat_unanswered_calls(now=NOW) == 0
    assert repeat_unanswered_calls(now=NOW + timedelta(minutes=1)) == 1
    request.refresh_from_db()
    assert request.state == "authorized"


def test_capture_posts_once(union, parts):
    request = authorized_payment(union, *parts)
    for _ in range(2):
        split = capture_split(union=union, reference=parts[0].reference, now=NOW)
        assert (split.state, split.captured) == ("captured", 1250)
    entries = LedgerEntry.objects.values_list("account__kind", "amount", "transaction__reference")
    assert list(entries) == [
        ("provider_clearing", 1250, parts[0].reference),
        ("orders_held", -1250, parts[0].reference),
    ]
    request.refresh_from_db()
    assert request.state == "authorized"
    capture_split(union=union, reference=parts[1].reference, now=NOW)
    request.refresh_from_db()
    assert request.state == "captured"
    assert events().count("payments.split_captured") == 2


def test_void_gives_back_one_part_only(union, parts):
    request = authorized_payment(union, *parts)
    for _ in range(2):
        split = void_split(union=union, reference=parts[0].reference, now=NOW)
        assert (split.state, split.voided, split.captured) == ("voided", 1250, 0)
    with pytest.raises(WrongState):
        capture_split(union=union, reference=parts[0].reference, now=NOW)
    assert capture_split(union=union, reference=parts[1].reference, now=NOW).state == "captured"
    with pytest.raises(WrongState):
        void_split(union=union, reference=parts[1].reference, now=NOW)
    request.refresh_from_db()
    assert request.state == "captured"


def test_voiding_every_part_cancels_the_request(union, parts):
    request = authorized_payment(union, *parts)
    assert cancel_request(payment_request=request, now=NOW).state == "cancelled"
    assert states(request) == [("voided", 1250), ("voided", 749)]
    assert cancel_request(payment_request=request, now=NOW).state == "cancelled"


def test_declined_capture_can_be_tried_again(union, parts):
    authorized_payment(union, *parts, token="bank:capture-fails")
    with pytest.raises(CaptureDeclined):
        capture_split(union=union, reference=parts[0].reference, now=NOW)
    split = PaymentSplit.objects.get(reference=parts[0].reference)
    assert (split.state, split.captured, split.attempt) == ("open", 0, 2)
    assert not LedgerEntry.objects.exists()
    assert capture_split(union=union, reference=parts[0].reference, now=NOW).captured == 1250


def test_another_unions_split_is_not_found(union, parts):
    from core.errors import NotFound

    authorized_payment(union, *parts)
    with pytest.raises(NotFound):
        capture_split(union=UnionFactory(), reference=parts[0].reference, now=NOW)
    assert not BankTransfer.objects.filter(operation="capture").exists()


@pytest.mark.django_db(transaction=True)
def test_providers_are_never_called_inside_a_transaction(union, parts):
    request = asked_payment(union, *parts)
    with pytest.raises(RuntimeError), transaction.atomic():
        authorize(payment_request=request, now=NOW)
    assert not BankTransfer.objects.exists()
