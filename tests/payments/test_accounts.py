"""Authenticated accounts: whose they are is proved by a code; only one's own can be seen or changed."""

from datetime import timedelta

import pytest

from core.errors import Invalid, WrongState
from payments.models import CodeTries, PaymentAccount, PayoutAccount
from payments.providers.bank import VERIFICATION_CODE
from payments.services.accounts import (
    AccountKnown,
    TooManyTries,
    WrongCode,
    add_payment_account,
    add_payout_account,
    revoke_payment_account,
    use_first,
    verify_payment_account,
    verify_payout_account,
)
from tests.factories.accounts import UserFactory
from tests.factories.payments import NOW, PaymentAccountFactory, PayoutAccountFactory
from tests.factories.unions import MembershipFactory

pytestmark = pytest.mark.django_db

DETAILS = {"token": "bank:approves", "holder": "Ada"}
PAGE = "/account/payment-accounts/"


def added(user, **details):
    return add_payment_account(user=user, provider="bank", details={**DETAILS, **details}, now=NOW)


def test_account_waits_for_its_code_and_is_used_first_when_it_is_the_first():
    user = UserFactory()
    account = added(user)
    assert (account.state, account.holder, account.is_default) == ("pending", "Ada", False)
    assert verify_payment_account(account=account, code=VERIFICATION_CODE, now=NOW).state == "verified"
    assert (account.is_default, account.verified_at) == (True, NOW)
    second = added(user, token="bank:answers-late")
    assert not verify_payment_account(account=second, code=VERIFICATION_CODE, now=NOW).is_default
    use_first(account=second)
    assert list(PaymentAccount.objects.filter(is_default=True)) == [second]


def test_guests_account_is_verified_at_once_for_its_purchase():
    account = added(None)
    assert (account.state, account.user, account.is_default) == ("verified", None, False)
    added(None)


def test_account_is_added_once():
    user = UserFactory()
    account = added(user)
    with pytest.raises(AccountKnown):
        added(user)
    with pytest.raises(Invalid) as refusal:
        added(user, token="bank:unheard-of")
    assert refusal.value.field == "token"
    revoke_payment_account(account=account)
    assert added(user) == account
    assert PaymentAccount.objects.get().state == "pending"


def test_five_wrong_codes_remove_the_account():
    account = added(UserFactory())
    for _ in range(4):
        with pytest.raises(WrongCode):
            verify_payment_account(account=account, code="0000", now=NOW)
    with pytest.raises(TooManyTries):
        verify_payment_account(account=account, code="0000", now=NOW)
    with pytest.raises(WrongState):
        verify_payment_account(account=account, code=VERIFICATION_CODE, now=NOW)
    account.refresh_from_db()
    assert (account.state, account.tries) == ("revoked", 5)


def guessed(verify, account, times, now=NOW):
    for _ in range(times):
        with pytest.raises((WrongCode, TooManyTries)):
            verify(account=account, code="0000", now=now)


def test_adding_an_account_again_gives_no_more_tries_before_a_day_is_over():
    user = UserFactory()
    account = added(user)
    guessed(verify_payment_account, account, 3)
    revoke_payment_account(account=account)
    account = added(user)
    with pytest.raises(WrongCode):
        verify_payment_account(account=account, code="0000", now=NOW)
    with pytest.raises(TooManyTries):
        verify_payment_account(account=account, code="0000", now=NOW)
    with pytest.raises(TooManyTries):
        added(user)
    account.refresh_from_db()
    assert account.state == "revoked"
    assert added(UserFactory()).state == "pending"
    tomorrow = NOW + timedelta(days=1)
    again = add_payment_account(user=user, provider="bank", details=DETAILS, now=tomorrow)
    assert verify_payment_account(account=again, code=VERIFICATION_CODE, now=tomorrow).state == "verified"


def test_the_right_code_forgets_the_wrong_ones():
    user = UserFactory()
    account = added(user)
    guessed(verify_payment_account, account, 4)
    verify_payment_account(account=account, code=VERIFICATION_CODE, now=NOW)
    revoke_payment_account(account=account)
    guessed(verify_payment_account, added(user), 4)
    assert CodeTries.objects.get().tries == 4


def test_payout_accounts_added_one_after_the_other_share_their_tries():
    member = MembershipFactory()

    def add():
        return add_payout_account(membership=member, provider="bank", details=DETAILS, now=NOW)

    first, second = add(), add()
    guessed(verify_payout_account, first, 3)
    guessed(verify_payout_account, second, 2)
    with pytest.raises(TooManyTries):
        verify_payout_account(account=first, code=VERIFICATION_CODE, now=NOW)
    with pytest.raises(TooManyTries):
        add()
    assert set(PayoutAccount.objects.values_list("state", flat=True)) == {"revoked"}
    assert CodeTries.objects.get().tries == 5


def test_only_a_verified_account_is_used_first():
    account = added(UserFactory())
    other = PaymentAccountFactory(user=account.user, token="bank:answers-twice", is_default=True)
    with pytest.raises(WrongState):
        use_first(account=account)
    other.refresh_from_db()
    assert other.is_default


def test_verified_payout_account_takes_the_place_of_the_old():
    member = MembershipFactory()
    old = PayoutAccountFactory(membership=member)
    new = add_payout_account(membership=member, provider="bank", details=DETAILS, now=NOW)
    with pytest.raises(WrongCode):
        verify_payout_account(account=new, code="1", now=NOW)
    assert PayoutAccount.objects.get(state="verified") == old
    verify_payout_account(account=new, code=f" {VERIFICATION_CODE} ", now=NOW)
    old.refresh_from_db()
    assert (PayoutAccount.objects.get(state="verified"), old.state) == (new, "revoked")


def test_payout_account_needs_a_holder():
    with pytest.raises(Invalid):
        add_payout_account(membership=MembershipFactory(), provider="bank", details={"token": "bank:approves"}, now=NOW)
    assert not PayoutAccount.objects.exists()


def test_page_adds_verifies_and_removes(client):
    user = UserFactory()
    client.force_login(user)
    assert client.get(PAGE).status_code == 200
    assert client.post(PAGE, {"token": "bank:answers-late", "holder": "Ada"}).status_code == 302
    account = PaymentAccount.objects.get(user=user)
    wrong = client.post(f"{PAGE}verify/", {"account": account.pk, f"a{account.pk}-code": "1111"})
    assert (wrong.status_code, b"not the code" in wrong.content) == (200, True)
    right = {"account": account.pk, f"a{account.pk}-code": VERIFICATION_CODE}
    assert client.post(f"{PAGE}verify/", right).status_code == 302
    account.refresh_from_db()
    assert account.state == "verified"
    assert client.post(f"{PAGE}remove/", {"account": account.pk}).status_code == 302
    account.refresh_from_db()
    assert account.state == "revoked"


@pytest.mark.parametrize("action", ["verify", "first", "remove"])
def test_another_persons_account_does_not_exist(client, action):
    account = PaymentAccountFactory()
    client.force_login(UserFactory())
    for pk in (account.pk, "x", ""):
        assert client.post(f"{PAGE}{action}/", {"account": pk}).status_code == 404
    account.refresh_from_db()
    assert (account.state, account.is_default) == ("verified", False)


@pytest.mark.parametrize("action", ["", "verify/", "first/", "remove/"])
def test_accounts_need_a_sign_in(client, action):
    answer = client.post(f"{PAGE}{action}", {})
    assert (answer.status_code, answer["Location"].startswith("/account/login/")) == (302, True)
