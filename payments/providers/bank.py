"""The built-in provider: a bank with books of its own, driven by documented test accounts (docs/payments.md).

It moves no money outside this deployment, but nobody above can tell: it declines, asks the payer, answers late, twice
or never, returns transfers, and keeps to its own books (`BankTransfer`), which nobody else writes.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from celery import current_app
from django.conf import settings
from django.core import signing
from django.db import connection, transaction
from django.db.models import Sum
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from core.errors import Invalid
from core.references import new_reference
from core.statements import NO_FLUSH, prepared_cursor
from payments.models import BankTransfer
from payments.models.accounts import shown_label
from payments.providers.interface import AccountGrant, Answer, Arrival, Instruction, Outcome, ProviderSilent

VERIFICATION_CODE = "2468"
"""The code that this bank writes beside the small amount it sends to every account."""

CONFIRM_SALT = "payments.bank.confirm"
CONFIRM_MAX_AGE = 24 * 3600
SILENT = "silent"


@dataclass(frozen=True, slots=True)
class TestAccount:
    """A documented account and what it does."""

    token: str
    label: str
    behaviour: str | Promise

    @property
    def shown(self) -> str:
        """Its label in the reader's language."""
        return shown_label(self.label)

    __test__ = False


NAME = gettext_noop("Current account")
"""The words of this bank's labels; `shown_label` says them in the reader's language."""

TEST_ACCOUNTS = [
    TestAccount("bank:approves", f"{NAME} …1001", _("Every payment, refund and payout goes through at once.")),
    TestAccount("bank:declines-funds", f"{NAME} …2001", _("Declined: there is not enough money in it.")),
    TestAccount("bank:declines-stolen", f"{NAME} …2002", _("Declined: its owner has reported it stolen.")),
    TestAccount("bank:asks-confirmation", f"{NAME} …3001", _("The bank asks you to confirm on its own page.")),
    TestAccount("bank:answers-late", f"{NAME} …4001", _("The bank approves after some seconds.")),
    TestAccount("bank:answers-twice", f"{NAME} …4002", _("The bank approves and says so again, twice.")),
    TestAccount("bank:never-answers", f"{NAME} …4003", _("The bank never answers; we give up after a while.")),
    TestAccount("bank:capture-fails", f"{NAME} …5000", _("Reserved, but the first collection is refused.")),
    TestAccount("bank:refund-fails", f"{NAME} …5001", _("Paid at once; the first try of a refund fails.")),
    TestAccount("bank:payout-returns", f"{NAME} …6001", _("Paid at once; a payout to it comes back.")),
]
_BY_TOKEN = {account.token: account for account in TEST_ACCOUNTS}

# The bank's books need no flush to disk of their own: whoever hears the answer commits it after this, and that flush
# carries both. Until then nobody relies on the answer, and after a crash the same key is simply asked again.
_WRITE = f"""
WITH {NO_FLUSH}
INSERT INTO payments_banktransfer (key, merchant, operation, reference, token, amount, currency, answer, at, batch)
SELECT %s, %s, %s, %s, %s, %s, %s, %s::jsonb, %s, '' FROM no_flush
ON CONFLICT (key) DO UPDATE SET key = EXCLUDED.key
RETURNING answer, xmax = 0
"""


def confirm_url(key: str) -> str:
    """The bank's page on which the payer approves or refuses; signed, so nobody else can make one."""
    return reverse("payments:bank-confirm", kwargs={"signed": signing.dumps(key, salt=CONFIRM_SALT)})


def confirmed_key(signed: str) -> str:
    """The key inside a confirmation address. Raises signing.BadSignature."""
    return str(signing.loads(signed, salt=CONFIRM_SALT, max_age=CONFIRM_MAX_AGE))


class Bank:
    """See `interface.Provider`."""

    name = "bank"
    books_here = True

    def authorize(self, instruction: Instruction) -> Answer:
        answer, later, notices = self._first_word(instruction)
        kept, fresh = self._write("authorize", instruction.key, instruction, answer, later)
        if fresh and notices:
            self._announce(instruction.key, notices)
        return _spoken(kept)

    @transaction.atomic
    def capture(self, instruction: Instruction) -> Answer:
        held = self._held(instruction.authorization)
        answer = Answer(Outcome.APPROVED, reference=new_reference("BANK"))
        if held < instruction.amount:
            answer = Answer(Outcome.DECLINED, code="more_than_authorized")
        elif instruction.token == "bank:capture-fails" and not self._declined_before("capture", instruction):
            answer = Answer(Outcome.DECLINED, code="try_again")
        return _spoken(self._write("capture", instruction.authorization, instruction, answer)[0])

    @transaction.atomic
    def void(self, instruction: Instruction) -> Answer:
        """Give up authorized money. One still undecided, or not heard of yet, can then never be approved."""
        asked = self._lock(instruction.authorization)
        if asked is None:
            never = replace(instruction, key=instruction.authorization)
            self._write("authorize", never.key, never, Answer(Outcome.DECLINED, code="withdrawn"))
            asked = self._lock(instruction.authorization)
        answer = Answer(Outcome.APPROVED, reference=new_reference("BANK"))
        if asked is not None and asked.answer["outcome"] != Outcome.APPROVED:
            if asked.answer["outcome"] != Outcome.DECLINED:
                asked.answer = {**Answer(Outcome.DECLINED, code="withdrawn").as_json(), "later": None}
                asked.save(update_fields=["answer"])
            instruction = replace(instruction, amount=0)
        elif asked is not None and self._held(instruction.authorization) < instruction.amount:
            answer = Answer(Outcome.DECLINED, code="more_than_authorized")
        return _spoken(self._write("void", instruction.authorization, instruction, answer)[0])

    @transaction.atomic
    def refund(self, instruction: Instruction) -> Answer:
        self._lock(instruction.authorization)
        totals = self._totals(instruction.authorization)
        answer = Answer(Outcome.APPROVED, reference=new_reference("BANK"))
        if totals.get("capture", 0) - totals.get("refund", 0) < instruction.amount:
            answer = Answer(Outcome.DECLINED, code="more_than_captured")
        elif instruction.token == "bank:refund-fails" and not self._declined_before("refund", instruction):
            answer = Answer(Outcome.DECLINED, code="account_unreachable")
        return _spoken(self._write("refund", instruction.authorization, instruction, answer)[0])

    def pay_out(self, instruction: Instruction) -> Answer:
        answer, later, notices = self._first_word(instruction)
        if instruction.token == "bank:payout-returns":
            answer, notices = Answer(Outcome.WAITING, reference=new_reference("BANK")), 1
            later = Answer(Outcome.RETURNED, code="account_closed", reference=answer.reference)
        elif answer is not None and answer.outcome == Outcome.CONFIRM:
            answer, later = Answer(Outcome.APPROVED, reference=new_reference("BANK")), None
        kept, fresh = self._write("payout", instruction.reference, instruction, answer, later)
        if fresh and notices:
            self._announce(instruction.key, notices)
        return _spoken(kept)

    def transfer(self, key: str) -> BankTransfer | None:
        """What the bank's own page shows of a key."""
        return BankTransfer.objects.filter(key=key).first()

    def answers(self, key: str) -> Answer | None:
        transfer = BankTransfer.objects.filter(key=key).first()
        if transfer is None or transfer.answer["outcome"] in (SILENT, Outcome.WAITING, Outcome.CONFIRM):
            return None
        return _spoken(transfer.answer)

    @transaction.atomic
    def decide(self, key: str, *, approve: bool = True) -> Answer | None:
        """Make up the bank's mind about a waiting key: as the test account says, or as the payer said."""
        transfer = BankTransfer.objects.select_for_update().filter(key=key).first()
        if transfer is None:
            return None
        outcome = transfer.answer["outcome"]
        if outcome == Outcome.CONFIRM:
            answer = Answer(Outcome.APPROVED, reference=new_reference("BANK"))
            if not approve:
                answer = Answer(Outcome.DECLINED, code="refused_by_payer")
        elif outcome == Outcome.WAITING:
            answer = Answer(**{**transfer.answer["later"], "outcome": Outcome(transfer.answer["later"]["outcome"])})
        else:
            return _spoken(transfer.answer) if outcome != SILENT else None
        transfer.answer = {**answer.as_json(), "later": None}
        transfer.save(update_fields=["answer"])
        return answer

    def register_account(self, details: dict[str, Any]) -> AccountGrant:
        account = _BY_TOKEN.get(str(details.get("token", "")))
        if account is None:
            raise Invalid(_("The bank does not know this account."), field="token")
        return AccountGrant(account.token, account.label, str(details.get("holder", ""))[:120])

    def verify_account(self, token: str, code: str) -> bool:
        return token in _BY_TOKEN and code.strip() == VERIFICATION_CODE

    @transaction.atomic
    def arrivals(self, *, merchant: str, batch: str, until: datetime) -> list[Arrival]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"bank-batch:{merchant}"])
        moved = BankTransfer.objects.filter(
            merchant=merchant, operation__in=("capture", "refund"), answer__outcome=Outcome.APPROVED
        )
        # A batch that was closed stays as it is: whatever was booked late travels with the next one.
        if not moved.filter(batch=batch).exists():
            moved.filter(batch="", at__lt=until).update(batch=batch)
        sums: dict[str, int] = {}
        for row in moved.filter(batch=batch).values("operation", "currency").annotate(total=Sum("amount")):
            sign = 1 if row["operation"] == "capture" else -1
            sums[row["currency"]] = sums.get(row["currency"], 0) + sign * row["total"]
        return [Arrival(batch, amount, currency) for currency, amount in sorted(sums.items()) if amount]

    def booked(self, *, merchant: str, leaving_out: Sequence[str] = ()) -> dict[tuple[str, str], int]:
        rows = (
            BankTransfer.objects.filter(merchant=merchant, answer__outcome=Outcome.APPROVED)
            .exclude(key__in=leaving_out)
            .values("operation", "currency")
            .annotate(total=Sum("amount"))
        )
        return {(row["operation"], row["currency"]): row["total"] for row in rows}

    def _first_word(self, instruction: Instruction) -> tuple[Answer | None, Answer | None, int]:
        """The answer at once (None: silence), the answer later, and how many notices follow."""
        approved = Answer(Outcome.APPROVED, reference=new_reference("BANK"))
        match instruction.token:
            case "bank:declines-funds":
                return Answer(Outcome.DECLINED, code="insufficient_funds"), None, 0
            case "bank:declines-stolen":
                return Answer(Outcome.DECLINED, code="stolen_account"), None, 0
            case "bank:asks-confirmation":
                return Answer(Outcome.CONFIRM, confirm_url=confirm_url(instruction.key)), None, 0
            case "bank:answers-late":
                return Answer(Outcome.WAITING), approved, 1
            case "bank:answers-twice":
                return approved, None, 2
            case "bank:never-answers":
                return None, None, 0
            case token if token in _BY_TOKEN:
                return approved, None, 0
        return Answer(Outcome.DECLINED, code="unknown_account"), None, 0

    def _write(
        self,
        operation: str,
        reference: str,
        instruction: Instruction,
        answer: Answer | None,
        later: Answer | None = None,
    ) -> tuple[dict[str, Any], bool]:
        """Enter it in the books, or find what was entered for this key before."""
        said: dict[str, Any] = answer.as_json() if answer else {"outcome": SILENT}
        said["later"] = asdict(later) if later else None
        with prepared_cursor() as cursor:
            cursor.execute(
                _WRITE,
                [
                    instruction.key,
                    instruction.merchant,
                    operation,
                    reference,
                    instruction.token,
                    instruction.amount,
                    instruction.currency,
                    json.dumps(said),
                    instruction.at,
                ],
            )
            kept, fresh = cursor.fetchone()
        return (json.loads(kept) if isinstance(kept, str) else kept), fresh

    def _announce(self, key: str, notices: int) -> None:
        """Send notices after a while, by name: the bank does not know who listens."""
        for number in range(1, notices + 1):
            self._announce_after_commit(key, number)

    def _announce_after_commit(self, key: str, number: int) -> None:
        transaction.on_commit(
            lambda: current_app.send_task(
                "payments.tasks.hear_bank",
                args=[key, f"{key}:{number}"],
                countdown=settings.BANK_LATE_SECONDS * number,
                retry=False,
                ignore_result=True,
            ),
            robust=True,
        )

    def _lock(self, authorization: str) -> BankTransfer | None:
        return BankTransfer.objects.select_for_update().filter(key=authorization, operation="authorize").first()

    def _totals(self, authorization: str) -> dict[str, int]:
        rows = BankTransfer.objects.filter(reference=authorization, answer__outcome=Outcome.APPROVED)
        return {
            row["operation"]: row["total"] for row in rows.values("operation").annotate(total=Sum("amount")).order_by()
        }

    def _held(self, authorization: str) -> int:
        """What is authorized and neither captured nor voided."""
        asked = self._lock(authorization)
        if asked is None or asked.answer["outcome"] != Outcome.APPROVED:
            return 0
        totals = self._totals(authorization)
        return asked.amount - totals.get("capture", 0) - totals.get("void", 0)

    def _declined_before(self, operation: str, instruction: Instruction) -> bool:
        return BankTransfer.objects.filter(
            operation=operation, reference=instruction.authorization, answer__outcome=Outcome.DECLINED
        ).exists()


def _spoken(kept: dict[str, Any]) -> Answer:
    if kept["outcome"] == SILENT:
        raise ProviderSilent
    return Answer(Outcome(kept["outcome"]), kept["code"], kept["reference"], kept["confirm_url"])
