"""One payout on its way: sent, confirmed, returned, and tried again as the same payout."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from core.errors import DomainError
from core.outbox import publish
from payments.events import PAYOUT_FAILED, PAYOUT_PAID
from payments.models import LedgerAccount, Payout, PayoutAccount, ProviderCall
from payments.models.accounts import AccountState
from payments.providers import Answer, Outcome
from payments.providers.interface import Instruction
from payments.services.authorization import merchant_of
from payments.services.calls import instruction_of, note_answer, require_no_transaction, speak, write_down
from payments.services.ledger import Entry, post

State = Payout.State
Kind = LedgerAccount.Kind


class NoPayoutAccount(DomainError):
    """The member has no verified account to be paid to."""

    code = "no_payout_account"
    detail = _("This enterprise has no verified payout account.")


def send_payout(*, payout: Payout, now: datetime) -> Payout:
    """Hand a pending payout to its bank, once per attempt; anything else is left alone. Outside of transactions.

    The move to `processing`, the posting to payouts in transit and the row of the call are one transaction; a process
    that dies after it leaves an unanswered call which the sweeper repeats with the same key.
    """
    require_no_transaction()
    instruction = _take(payout.pk, now=now)
    if instruction is not None:
        provider = PayoutAccount.objects.values_list("provider", flat=True).get(payouts=payout.pk)
        answer = speak(provider=provider, method="pay_out", instruction=instruction)
        if answer is not None:
            hear_payout(payout_id=payout.pk, key=instruction.key, answer=answer, now=now)
    payout.refresh_from_db()
    return payout


@transaction.atomic
def _take(payout_id: int, *, now: datetime) -> Instruction | None:
    moved = Payout.objects.filter(pk=payout_id, state=State.PENDING).update(state=State.PROCESSING, sent_at=now)
    if not moved:
        return None
    payout = Payout.objects.select_related("account").get(pk=payout_id)
    account = payout.account
    assert account is not None  # a payout is only made for a member with an account
    instruction = Instruction(
        key=f"payout:{payout.pk}:{payout.attempt}",
        merchant=merchant_of(union_id=payout.union_id),
        token=account.token,
        amount=payout.amount,
        currency=payout.currency,
        at=now,
        reference=payout.number,
    )
    write_down(
        union_id=payout.union_id, provider=account.provider, operation="payout", instruction=instruction, now=now
    )
    _post(payout, "payout_sent", debit=_payable(payout), credit=(Kind.PAYOUTS_IN_TRANSIT, None), now=now)
    return instruction


def repeat_payout_call(*, call: ProviderCall, now: datetime) -> None:
    """Finish a payout that was written down and never answered."""
    payout_id = int(call.idempotency_key.split(":")[1])
    answer = speak(provider=call.provider, method="pay_out", instruction=instruction_of(call=call))
    if answer is not None:
        hear_payout(payout_id=payout_id, key=call.idempotency_key, answer=answer, now=now)


@transaction.atomic
def hear_payout(*, payout_id: int, key: str, answer: Answer, now: datetime) -> None:
    """Put the bank's answer to one attempt into effect; answers to earlier attempts change nothing any more."""
    payout = Payout.objects.select_for_update(no_key=True, of=("self",)).select_related("account").get(pk=payout_id)
    assert payout.account is not None
    note_answer(provider=payout.account.provider, key=key, answer=answer, now=now)
    if key != f"payout:{payout.pk}:{payout.attempt}":
        return
    if answer.outcome == Outcome.APPROVED:
        confirm_payout(payout=payout, now=now)
    elif answer.outcome in (Outcome.DECLINED, Outcome.RETURNED):
        payout_returned(payout=payout, code=answer.code, now=now)


@transaction.atomic
def confirm_payout(*, payout: Payout, now: datetime) -> bool:
    """The bank has carried it out: payouts in transit to bank. False when that was known."""
    if not Payout.objects.filter(pk=payout.pk, state=State.PROCESSING).update(state=State.PAID, paid_at=now):
        return False
    _post(payout, "payout_confirmed", debit=(Kind.PAYOUTS_IN_TRANSIT, None), credit=(Kind.BANK, None), now=now)
    publish(PAYOUT_PAID, aggregate=f"payout:{payout.pk}", payout_id=payout.pk)
    return True


@transaction.atomic
def payout_returned(*, payout: Payout, code: str, now: datetime) -> bool:
    """The money came back, even after it counted as paid: it is owed to the enterprise again.

    The earnings stay with this payout, which a retry repeats. The account that refused it is not used again until
    someone has verified one. False when that was known.
    """
    moved = Payout.objects.select_for_update(no_key=True).filter(pk=payout.pk).values_list("state", flat=True).get()
    if moved not in (State.PROCESSING, State.PAID):
        return False
    came_from = Kind.PAYOUTS_IN_TRANSIT if moved == State.PROCESSING else Kind.BANK
    Payout.objects.filter(pk=payout.pk).update(state=State.FAILED, failure_code=code[:40], paid_at=None)
    PayoutAccount.objects.filter(payouts=payout).update(state=AccountState.REVOKED)
    _post(payout, "payout_returned", debit=(came_from, None), credit=_payable(payout), now=now)
    publish(PAYOUT_FAILED, aggregate=f"payout:{payout.pk}", payout_id=payout.pk)
    return True


@transaction.atomic
def retry_payout(*, payout: Payout, now: datetime) -> Payout:
    """Make a failed payout pending again, to the account verified now: same number, same earnings, next attempt.

    A payout that is not failed is left as it is. Raises NoPayoutAccount.
    """
    account = PayoutAccount.objects.filter(
        union_id=payout.union_id, membership_id=payout.membership_id, state=AccountState.VERIFIED
    ).first()
    if account is None:
        raise NoPayoutAccount
    Payout.objects.filter(pk=payout.pk, state=State.FAILED).update(
        state=State.PENDING, attempt=F("attempt") + 1, account=account, failure_code=""
    )
    payout.refresh_from_db()
    return payout


def _payable(payout: Payout) -> tuple[str, int]:
    return Kind.ENTERPRISE_PAYABLE, payout.membership_id


def _post(
    payout: Payout, kind: str, *, debit: tuple[str, int | None], credit: tuple[str, int | None], now: datetime
) -> None:
    post(
        union=payout.union_id,
        kind=kind,
        reference=f"{payout.number}/{payout.attempt}",
        entries=[
            Entry(debit[0], payout.amount, payout.currency, debit[1]),
            Entry(credit[0], -payout.amount, payout.currency, credit[1]),
        ],
        now=now,
    )
