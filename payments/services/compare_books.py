"""The daily proof: requests, splits, refunds, earnings, payouts and ledger say the same; the provider is asked last.

Each look is one set-based question whose right answer is "nothing". What is still in flight (a call without an
answer) is neither counted as done nor reported.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta

from django.db.models import F, Q, Sum
from django.utils import translation
from django.utils.translation import gettext as _

from core.money import format_money
from core.statements import tuples_of
from payments.models import Earning, LedgerAccount, LedgerTransaction, PaymentRequest, PaymentSplit, Payout, Refund
from payments.services.compare_provider import compare_provider, find_silence
from payments.services.findings import Findings, one_snapshot
from unions.models import Union

Kind = LedgerAccount.Kind
LONG_SILENCE = timedelta(days=1)


def compare_books(*, union: Union, now: datetime | None = None) -> Findings:
    """Compare everything this app keeps about a union; a fixed number of queries, texts in the union's language.

    With `now`, calls that a provider has not answered for a day are differences too.
    """
    findings = Findings()
    with translation.override(union.default_language), one_snapshot():
        for look in (_ledger, _requests, _splits, _earnings, _payouts, _balances):
            look(union, findings)
        compare_provider(union=union, findings=findings)
        if now is not None:
            find_silence(union=union, findings=findings, before=now - LONG_SILENCE)
    return findings


def _ledger(union: Union, findings: Findings) -> None:
    """Every transaction sums to zero, every kept balance is the sum of its entries."""
    for reference, currency, total in tuples_of(
        """
        SELECT posted.kind || ' ' || posted.reference, entry.currency, sum(entry.amount)
        FROM payments_ledgerentry AS entry JOIN payments_ledgertransaction AS posted ON posted.id = entry.transaction_id
        WHERE posted.union_id = %(union)s GROUP BY posted.id, entry.currency HAVING sum(entry.amount) <> 0
        """,
        {"union": union.pk},
    ):
        findings.add(
            "ledger_unbalanced",
            _("Ledger transaction %(name)s is out of balance by %(amount)s.")
            % {"name": reference, "amount": format_money(total, currency)},
        )
    for kind, currency, kept, proved in tuples_of(
        """
        SELECT account.kind, account.currency, account.balance, coalesce(sum(entry.amount), 0)
        FROM payments_ledgeraccount AS account LEFT JOIN payments_ledgerentry AS entry ON entry.account_id = account.id
        WHERE account.union_id = %(union)s GROUP BY account.id
        HAVING account.balance <> coalesce(sum(entry.amount), 0)
        """,
        {"union": union.pk},
    ):
        findings.add(
            "balance_not_proved",
            _("Account %(name)s shows %(kept)s, its entries add up to %(proved)s.")
            % {"name": kind, "kept": format_money(kept, currency), "proved": format_money(proved, currency)},
        )
    findings.counted["ledger transactions"] = LedgerTransaction.objects.filter(union=union).count()


def _requests(union: Union, findings: Findings) -> None:
    """The parts add up to the whole, and are authorized exactly when the whole is."""
    totals = PaymentRequest.objects.filter(union=union).annotate(
        parts=Sum("splits__amount", default=0), held=Sum("splits__authorized", default=0)
    )
    decided = (PaymentRequest.State.AUTHORIZED, PaymentRequest.State.CAPTURED)
    undecided = (PaymentRequest.State.CREATED, PaymentRequest.State.FAILED)
    wrong = totals.filter(
        ~Q(parts=F("amount")) | Q(state__in=decided) & ~Q(held=F("amount")) | Q(state__in=undecided) & ~Q(held=0)
    )
    for request in wrong:
        findings.add(
            "request_parts",
            _("Payment %(number)s over %(amount)s has parts of %(parts)s, authorized %(held)s.")
            % {
                "number": request.number,
                "amount": format_money(request.amount, request.currency),
                "parts": format_money(request.parts, request.currency),
                "held": format_money(request.held, request.currency),
            },
        )
    findings.counted["payment requests"] = totals.count()


def _splits(union: Union, findings: Findings) -> None:
    """Captured, refunded and being refunded are what the refunds and the ledger's postings say."""
    for reference, currency, captured, posted, refunded, done, open_, refunding in tuples_of(
        """
        SELECT split.reference, request.currency, split.captured, coalesce(capture.amount, 0), split.refunded,
            coalesce(back.done, 0), coalesce(back.open, 0), split.refunding
        FROM payments_paymentsplit AS split
        JOIN payments_paymentrequest AS request ON request.id = split.request_id
        LEFT JOIN (
            SELECT posted.reference, sum(entry.amount) AS amount
            FROM payments_ledgertransaction AS posted JOIN payments_ledgerentry AS entry
                ON entry.transaction_id = posted.id AND entry.amount > 0
            WHERE posted.union_id = %(union)s AND posted.kind = 'capture' GROUP BY posted.reference
        ) AS capture ON capture.reference = split.reference
        LEFT JOIN (
            SELECT split_id, sum(amount) FILTER (WHERE state = 'done') AS done,
                sum(amount) FILTER (WHERE state <> 'done') AS open
            FROM payments_refund WHERE union_id = %(union)s GROUP BY split_id
        ) AS back ON back.split_id = split.id
        WHERE split.union_id = %(union)s AND (
            split.captured <> coalesce(capture.amount, 0) OR split.refunded <> coalesce(back.done, 0)
            OR split.refunding <> coalesce(back.open, 0)
            OR (split.state = 'captured') <> (split.captured = split.amount AND split.amount > 0)
                AND split.amount > 0
            OR (split.state = 'voided') <> (split.voided = split.amount) AND split.amount > 0
        )
        """,
        {"union": union.pk},
    ):
        findings.add(
            "split",
            _(
                "Part %(reference)s: captured %(captured)s (ledger %(posted)s), refunded %(refunded)s (refunds "
                "%(done)s), being refunded %(refunding)s (refunds %(open)s)."
            )
            % {
                "reference": reference,
                "captured": format_money(captured, currency),
                "posted": format_money(posted, currency),
                "refunded": format_money(refunded, currency),
                "done": format_money(done, currency),
                "refunding": format_money(refunding, currency),
                "open": format_money(open_, currency),
            },
        )
    findings.counted["payment parts"] = PaymentSplit.objects.filter(union=union).count()
    findings.counted["refunds"] = Refund.objects.filter(union=union).count()


def _earnings(union: Union, findings: Findings) -> None:
    """No split earned more than it captured and kept; every earning is posted as it stands."""
    for reference, currency, kept, gross in tuples_of(
        """
        SELECT split.reference, request.currency, split.captured - split.refunded, sum(earning.gross)
        FROM payments_earning AS earning JOIN payments_paymentsplit AS split ON split.id = earning.split_id
        JOIN payments_paymentrequest AS request ON request.id = split.request_id
        WHERE earning.union_id = %(union)s GROUP BY split.id, request.currency
        HAVING sum(earning.gross) <> split.captured - split.refunded
        """,
        {"union": union.pk},
    ):
        findings.add(
            "earning",
            _("Part %(reference)s kept %(kept)s, but %(gross)s was earned from it.")
            % {
                "reference": reference,
                "kept": format_money(kept, currency),
                "gross": format_money(gross, currency),
            },
        )
    findings.counted["earnings"] = Earning.objects.filter(union=union).count()


def _payouts(union: Union, findings: Findings) -> None:
    """A payout is the sum of its earnings, and paid exactly when the bank said so to its last attempt."""
    payouts = Payout.objects.filter(union=union)
    for payout in payouts.annotate(parts=Sum("earnings__net", default=0)).exclude(parts=F("amount")):
        findings.add(
            "payout_amount",
            _("Payout %(number)s is %(amount)s, its earnings add up to %(parts)s.")
            % {
                "number": payout.number,
                "amount": format_money(payout.amount, payout.currency),
                "parts": format_money(payout.parts, payout.currency),
            },
        )
    for number, state, status in tuples_of(
        """
        SELECT payout.number, payout.state, coalesce(call.status, '')
        FROM payments_payout AS payout LEFT JOIN payments_providercall AS call
            ON call.idempotency_key = 'payout:' || payout.id || ':' || payout.attempt AND call.operation = 'payout'
        WHERE payout.union_id = %(union)s AND (
            (payout.state = 'paid') <> (coalesce(call.status, '') = 'approved')
            OR payout.state = 'failed' AND coalesce(call.status, '') NOT IN ('declined', 'returned')
        )
        """,
        {"union": union.pk},
    ):
        findings.add(
            "payout_state",
            _("Payout %(number)s is in state %(state)s, but the bank's last word on it is “%(status)s”.")
            % {"number": number, "state": Payout.State(state).label, "status": status or "—"},
        )
    findings.counted["payouts"] = payouts.count()


def _balances(union: Union, findings: Findings) -> None:
    """The ledger's balances are what the rows of this app add up to."""
    wanted = _wanted_balances(union)
    kept = {
        (account.kind, account.membership_id, account.currency): account.balance
        for account in LedgerAccount.objects.filter(union=union)
    }
    checked = {
        Kind.ORDERS_HELD, Kind.ENTERPRISE_PAYABLE, Kind.COMMISSION, Kind.COMMISSION_TAX, Kind.PAYOUTS_IN_TRANSIT,
        Kind.DUES_INCOME,
    }  # fmt: skip
    for key in sorted({*wanted, *kept}, key=str):
        kind, _member, currency = key
        if kind in checked and wanted.get(key, 0) != kept.get(key, 0):
            findings.add(
                "ledger_balance",
                _("Ledger account %(name)s stands at %(kept)s, the rows behind it add up to %(wanted)s.")
                % {
                    "name": Kind(kind).label,
                    "kept": format_money(kept.get(key, 0), currency),
                    "wanted": format_money(wanted.get(key, 0), currency),
                },
            )
    findings.counted["ledger accounts"] = len(kept)


_WANTED = """
SELECT 'orders_held', NULL::bigint, request.currency, -sum(split.captured)
FROM payments_paymentsplit AS split JOIN payments_paymentrequest AS request ON request.id = split.request_id
WHERE split.union_id = %(union)s AND split.membership_id IS NOT NULL GROUP BY request.currency
UNION ALL
SELECT 'dues_income', NULL, request.currency, sum(split.refunded) - sum(split.captured)
FROM payments_paymentsplit AS split JOIN payments_paymentrequest AS request ON request.id = split.request_id
WHERE split.union_id = %(union)s AND split.membership_id IS NULL GROUP BY request.currency
UNION ALL
SELECT 'orders_held', NULL, request.currency, sum(refund.amount)
FROM payments_refund AS refund
JOIN payments_paymentsplit AS split ON split.id = refund.split_id
JOIN payments_paymentrequest AS request ON request.id = split.request_id
LEFT JOIN payments_earning AS earning ON earning.refund_id = refund.id
WHERE refund.union_id = %(union)s AND refund.state = 'done' AND earning.id IS NULL
    AND split.membership_id IS NOT NULL GROUP BY request.currency
UNION ALL
SELECT 'orders_held', NULL, currency, sum(gross) FROM payments_earning
WHERE union_id = %(union)s AND kind = 'sale' GROUP BY currency
UNION ALL
SELECT 'enterprise_payable', membership_id, currency, -sum(net) FROM payments_earning
WHERE union_id = %(union)s GROUP BY membership_id, currency
UNION ALL
SELECT 'commission', NULL, currency, -sum(commission) FROM payments_earning
WHERE union_id = %(union)s GROUP BY currency
UNION ALL
SELECT 'commission_tax', NULL, currency, -sum(commission_tax) FROM payments_earning
WHERE union_id = %(union)s GROUP BY currency
UNION ALL
SELECT 'enterprise_payable', membership_id, currency, sum(amount) FROM payments_payout
WHERE union_id = %(union)s AND state IN ('processing', 'paid') GROUP BY membership_id, currency
UNION ALL
SELECT 'payouts_in_transit', NULL, currency, -sum(amount) FROM payments_payout
WHERE union_id = %(union)s AND state = 'processing' GROUP BY currency
"""


def _wanted_balances(union: Union) -> dict[tuple[str, int | None, str], int]:
    """What the accounts should show, by (kind, member, currency), from the rows that moved the money."""
    sums: dict[tuple[str, int | None, str], int] = defaultdict(int)
    for kind, membership_id, currency, amount in tuples_of(_WANTED, {"union": union.pk}):
        sums[kind, membership_id, currency] += int(amount)
    return sums
