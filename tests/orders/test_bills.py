"""A store asks a customer for a payment; consent, collection, settlement, and everything that may go wrong between."""

from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client

from core.errors import Invalid, NotAllowed, WrongState
from core.models import OutboxEvent
from orders.models import Bill
from orders.queries.bills import bill_state, bills_of_customer
from orders.services.bills import (
    BillClosed,
    ask_for_payment,
    collect_authorized,
    give_back_bill,
    pay_bill,
    settle_bills,
    withdraw_bill,
)
from orders.services.daily_check import check_union
from orders.services.mail.bills import send_bill_mail
from payments.models import Earning, LedgerEntry, PaymentRequest, PaymentSplit, ProviderCall
from payments.services.asking import ConsentTooLate, consent
from payments.services.requests import AccountNotVerified, authorize
from payments.services.settlement import make_payouts
from payments.services.withdrawal import give_up_unanswered
from tests.factories.accounts import UserFactory
from tests.factories.orders import NOW, PaymentAccountFactory, market
from tests.factories.payments import PayoutAccountFactory
from tests.factories.stores import StoreStaffFactory
from tests.factories.unions import owner_of

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


@pytest.fixture
def place():
    return market(commission_bp=500, commission_tax_bp=2000, holding_days=7)


@pytest.fixture
def ada():
    return UserFactory(email="Ada@example.com")


def asked(place, *, amount=4500, email="ada@Example.com", now=NOW):
    return ask_for_payment(
        store=place.first,
        email=email,
        title="Repair of your bicycle",
        amount=amount,
        language="en",
        days=14,
        actor=None,
        now=now,
    )


def of(user, token="bank:approves"):
    return PaymentAccountFactory(user=user, token=token)


def differences(place, now=NOW + DAY):
    return check_union(union=place.union, now=now).differences


def test_asking_writes_a_payment_that_waits_and_says_nothing_to_the_bank(place, ada):
    bill = asked(place)
    assert (bill.payment.state, bill.payment.account, bill.payment.amount) == ("created", None, 4500)
    assert bill_state(bill, now=NOW) == "asked"
    assert list(bills_of_customer(ada)) == [bill]
    assert list(bills_of_customer(UserFactory())) == []
    assert ProviderCall.objects.count() == 0
    assert list(OutboxEvent.objects.values_list("kind", "payload")) == [("orders.bill_asked", {"bill_id": bill.pk})]
    assert differences(place) == []


def test_an_address_that_was_not_proved_sees_nothing(place):
    asked(place)
    assert list(bills_of_customer(UserFactory(email="ada@example.com", verified=False))) == []


def test_paying_collects_at_once_and_settles_after_the_holding_period(place, ada):
    bill = pay_bill(bill=asked(place), account=of(ada), now=NOW)
    assert (bill.payment.state, bill_state(bill, now=NOW)) == ("captured", "paid")
    assert settle_bills(now=NOW + 6 * DAY) == 0
    assert (settle_bills(now=NOW + 7 * DAY), settle_bills(now=NOW + 8 * DAY)) == (1, 0)
    earning = Earning.objects.get()
    # 5 % of £45.00, half to even, and 20 % tax on it.
    assert (earning.gross, earning.commission, earning.commission_tax, earning.net) == (4500, 225, 45, 4230)
    PayoutAccountFactory(membership=place.first.membership)
    [payout] = make_payouts(union=place.union, now=NOW + 60 * DAY).made
    assert payout.amount == 4230
    bill = bills_of_customer(ada).get()
    assert bill_state(bill, now=NOW) == "settled"
    assert differences(place, NOW + 8 * DAY) == []


def test_paying_twice_pays_once(place, ada):
    bill = asked(place)
    first, second = of(ada), PaymentAccountFactory(user=ada, token="bank:answers-twice")
    for account in (first, second, first):
        pay_bill(bill=Bill.objects.get(pk=bill.pk), account=account, now=NOW)
    assert PaymentRequest.objects.get().account == first
    assert PaymentSplit.objects.get().captured == 4500
    assert ProviderCall.objects.filter(operation="authorize").count() == 1


def test_a_bank_that_declines_leaves_another_try(place, ada):
    bill = pay_bill(bill=asked(place), account=of(ada, "bank:declines-funds"), now=NOW)
    assert (bill.payment.state, bill_state(bill, now=NOW)) == ("failed", "refused")
    bill = pay_bill(bill=Bill.objects.get(pk=bill.pk), account=of(ada), now=NOW)
    bill = bills_of_customer(ada).get()
    assert (bill.payment.state, bill.attempts, bill.payment.reference) == ("captured", 2, f"{bill.number}/2")
    assert sorted(PaymentRequest.objects.values_list("state", flat=True)) == ["captured", "failed"]
    assert differences(place) == []


def test_an_unverified_account_pays_nothing(place, ada):
    bill = asked(place)
    with pytest.raises(AccountNotVerified):
        pay_bill(bill=bill, account=PaymentAccountFactory(user=ada, state="pending"), now=NOW)
    assert PaymentRequest.objects.get().account is None
    assert ProviderCall.objects.count() == 0


def test_what_is_withdrawn_or_too_late_cannot_be_paid(place, ada):
    bill = withdraw_bill(bill=asked(place), now=NOW)
    assert (bill.payment.state, bill_state(bill, now=NOW)) == ("cancelled", "withdrawn")
    with pytest.raises(BillClosed):
        pay_bill(bill=bill, account=of(ada), now=NOW)
    late = asked(place)
    with pytest.raises(ConsentTooLate):
        pay_bill(bill=late, account=PaymentAccountFactory(user=ada, token="bank:answers-twice"), now=NOW + 14 * DAY)
    assert give_up_unanswered(now=NOW + 14 * DAY) == 1
    late = Bill.objects.select_related("payment").get(pk=late.pk)
    assert bill_state(late, now=NOW + 14 * DAY) == "expired"
    assert ProviderCall.objects.count() == 0
    assert differences(place) == []


def test_a_paid_bill_is_not_withdrawn(place, ada):
    bill = pay_bill(bill=asked(place), account=of(ada), now=NOW)
    with pytest.raises(WrongState):
        withdraw_bill(bill=Bill.objects.get(pk=bill.pk), now=NOW)
    bill = bills_of_customer(ada).get()
    assert (bill.withdrawn_at, bill.payment.state) == (None, "captured")


@pytest.mark.parametrize("earned", [False, True])
def test_giving_back_returns_everything_once(place, ada, earned):
    bill = pay_bill(bill=asked(place), account=of(ada), now=NOW)
    if earned:
        settle_bills(now=NOW + 7 * DAY)
    for _ in range(2):
        give_back_bill(bill=bills_of_customer(ada).get(), reason="not mended", now=NOW + 8 * DAY)
    settle_bills(now=NOW + 9 * DAY)
    assert PaymentSplit.objects.get().refunded == 4500
    assert sum(Earning.objects.values_list("net", flat=True)) == 0
    assert sum(LedgerEntry.objects.filter(account__kind="provider_clearing").values_list("amount", flat=True)) == 0
    assert differences(place, NOW + 9 * DAY) == []
    bill.refresh_from_db()
    assert bill.settled_at is not None


def test_what_a_process_left_authorized_is_collected_by_the_sweep(place, ada):
    bill = asked(place)
    authorize(payment_request=consent(payment_request=bill.payment, account=of(ada), now=NOW), now=NOW)
    assert PaymentRequest.objects.get().state == "authorized"
    assert (collect_authorized(now=NOW), collect_authorized(now=NOW)) == (1, 0)
    assert PaymentSplit.objects.get().captured == 4500


def test_the_check_finds_a_withdrawn_bill_that_was_paid(place, ada):
    bill = pay_bill(bill=asked(place), account=of(ada), now=NOW)
    Bill.objects.filter(pk=bill.pk).update(withdrawn_at=NOW)
    assert [found["code"] for found in differences(place)] == ["bill"]


def test_bad_asking_is_refused_and_writes_nothing(place):
    for wrong in ({"amount": 0}, {"title": " "}, {"days": 0}, {"days": 91}):
        given = {"email": "a@b.example", "title": "Repair", "amount": 1, "language": "en", "days": 14} | wrong
        with pytest.raises(Invalid):
            ask_for_payment(store=place.first, actor=None, now=NOW, **given)
    place.first.membership.state = "suspended"
    with pytest.raises(NotAllowed):
        asked(place)
    assert (Bill.objects.count(), PaymentRequest.objects.count(), OutboxEvent.objects.count()) == (0, 0, 0)


def test_mails_ask_and_say_thanks(place, ada):
    bill = asked(place)
    send_bill_mail(bill=bill)
    pay_bill(bill=bill, account=of(ada), now=NOW)
    send_bill_mail(bill=bills_of_customer(ada).get())
    ask, thanks = mail.outbox
    assert (ask.to, ask.subject) == (["ada@example.com"], "Bakery asks for £45.00")
    assert f"/account/payments/{bill.number}/" in ask.body
    assert thanks.subject == "You have paid £45.00 to Bakery"


# --- pages ---------------------------------------------------------------------------------------------------------


def browser_of(person):
    client = Client()
    client.force_login(person)
    return client


def manage_url(place, rest=""):
    return f"/manage/{place.union.slug}/{place.first.slug}/payment-requests/{rest}"


@pytest.mark.django_db(transaction=True)
def test_store_asks_and_the_customer_pays_on_pages(place, ada):
    shop, customer = browser_of(owner_of(place.first.membership)), browser_of(ada)
    sent = {"title": "Deposit", "amount": "12.50", "email": "ada@example.com", "days": "7", "language": "en"}
    for _ in range(2):
        assert shop.post(manage_url(place), {**sent, "once": "same"}).status_code == 302
    bill = Bill.objects.get()
    address = f"/account/payments/{bill.number}/"
    assert "Deposit" in customer.get("/account/payments/").content.decode()
    assert "no verified account" in customer.get(address).content.decode()
    account = of(ada)
    assert "Pay £12.50" in customer.get(address).content.decode()
    assert customer.post(address, {"account": str(of(UserFactory()).pk)}).status_code == 200
    assert PaymentRequest.objects.get().state == "created"
    assert customer.post(address, {"account": str(account.pk)}).status_code == 302
    assert "Pay £12.50" not in customer.get(address).content.decode()
    assert browser_of(UserFactory()).get(address).status_code == 404
    assert "£12.50" in shop.get(manage_url(place)).content.decode()
    assert shop.post(manage_url(place, f"{bill.number}/give-back/")).status_code == 302
    assert PaymentSplit.objects.get().refunded == 1250


def test_staff_without_orders_cannot_ask(place):
    staff = browser_of(StoreStaffFactory(store=place.first, permissions=["catalogue"]).user)
    assert staff.get(manage_url(place)).status_code == 403
    assert staff.post(manage_url(place), {"title": "x"}).status_code == 403
    assert Bill.objects.count() == 0


def test_wrong_form_says_what_and_asks_nothing(place):
    shop = browser_of(owner_of(place.first.membership))
    text = shop.post(manage_url(place), {"title": "x", "amount": "0", "email": "a@b.example", "days": "7"}).content
    assert b"errorlist" in text
    assert Bill.objects.count() == 0


@pytest.mark.parametrize("rows", [1, 3])
def test_lists_cost_the_same_with_one_row_and_three(place, ada, rows, django_assert_num_queries):
    for _ in range(rows):
        asked(place)
    shop, customer = browser_of(owner_of(place.first.membership)), browser_of(ada)
    with django_assert_num_queries(LIST_QUERIES["store"]):
        shop.get(manage_url(place))
    with django_assert_num_queries(LIST_QUERIES["customer"]):
        customer.get("/account/payments/")


LIST_QUERIES = {"store": 6, "customer": 4}
