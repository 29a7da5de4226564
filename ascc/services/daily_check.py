"""The part of the daily check that looks at vouchers: behind each stands its money, no more and no less."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from ascc.models import Voucher
from core.money import format_money
from core.statements import tuples_of
from orders.services.daily_check import further_checks
from payments.models import LedgerAccount
from payments.services.findings import Findings
from unions.models import Union

# What each account should stand at (debits less credits), from the rows of this app.
_WANTED = """
WITH wanted AS (
    SELECT 'program_fund' AS kind, issuer.membership_id, voucher.currency,
        -sum(voucher.fund - voucher.spent)::bigint AS balance
    FROM ascc_voucher AS voucher JOIN ascc_serviceprogram AS program ON program.id = voucher.program_id
    LEFT JOIN stores_store AS issuer ON issuer.id = program.store_id
    WHERE voucher.union_id = %(union)s GROUP BY issuer.membership_id, voucher.currency
    UNION ALL
    SELECT 'incentive_fund', NULL, currency, -sum(value)::bigint FROM ascc_incentivevoucher
    WHERE union_id = %(union)s AND state IN ('issued', 'given') GROUP BY currency
    UNION ALL
    SELECT 'enterprise_credit', membership_id, currency, sum(amount)::bigint FROM (
        SELECT store.membership_id, incentive.currency, -incentive.value AS amount
        FROM ascc_incentivevoucher AS incentive JOIN ascc_serviceprovider AS provider
            ON provider.id = incentive.provider_id JOIN stores_store AS store ON store.id = provider.store_id
        WHERE incentive.union_id = %(union)s AND incentive.state = 'redeemed' AND incentive.paid_as = 'credit'
        UNION ALL
        SELECT membership_id, currency, net FROM payments_earning
        WHERE union_id = %(union)s AND kind = 'transfer' AND starts_with(reference, 'credit used:')
    ) AS credit GROUP BY membership_id, currency
    UNION ALL
    SELECT 'insurer_receivable', NULL, currency, sum(approved)::bigint FROM ascc_claim
    WHERE union_id = %(union)s AND state = 'approved' GROUP BY currency
    UNION ALL
    SELECT 'insurer_payable', NULL, currency, sum(amount)::bigint FROM (
        SELECT voucher.currency, -policy.premium AS amount FROM ascc_voucher AS voucher
        JOIN ascc_programversion AS version ON version.id = voucher.version_id
        JOIN ascc_policy AS policy ON policy.id = version.policy_id
        WHERE voucher.union_id = %(union)s
        UNION ALL
        SELECT entry.currency, entry.amount FROM payments_ledgerentry AS entry
        JOIN payments_ledgertransaction AS posted ON posted.id = entry.transaction_id
        JOIN payments_ledgeraccount AS account ON account.id = entry.account_id
        WHERE posted.union_id = %(union)s AND posted.kind = 'premium paid' AND account.kind = 'insurer_payable'
    ) AS premium GROUP BY currency
), kept AS (
    SELECT kind, membership_id, currency, balance FROM payments_ledgeraccount
    WHERE union_id = %(union)s
        AND kind IN ('program_fund', 'incentive_fund', 'enterprise_credit', 'insurer_receivable', 'insurer_payable')
)
SELECT coalesce(wanted.kind, kept.kind), coalesce(wanted.currency, kept.currency), coalesce(kept.balance, 0),
    coalesce(wanted.balance, 0)
FROM wanted FULL JOIN kept ON kept.kind = wanted.kind AND kept.currency = wanted.currency
    AND kept.membership_id IS NOT DISTINCT FROM wanted.membership_id
WHERE coalesce(kept.balance, 0) <> coalesce(wanted.balance, 0)
ORDER BY 1, 2
"""
# The state of a voucher is where its timeline ends, and its visits are those that were redeemed.
_OUT_OF_STEP = """
SELECT voucher.code FROM ascc_voucher AS voucher
WHERE voucher.union_id = %(union)s AND (
    voucher.state <> (SELECT to_state FROM ascc_voucherstep AS step WHERE step.voucher_id = voucher.id
        ORDER BY step.id DESC LIMIT 1)
    OR voucher.used <> (SELECT count(*) FROM ascc_redemption AS redemption
        WHERE redemption.voucher_id = voucher.id AND redemption.undone_at IS NULL)
)
ORDER BY voucher.id LIMIT 100
"""


def compare_vouchers(*, union: Union, findings: Findings, now: datetime) -> None:
    """Two queries and a count, whatever there is."""
    for kind, currency, kept, wanted in tuples_of(_WANTED, {"union": union.pk}):
        findings.add(
            "service_fund",
            _("Ledger account %(name)s stands at %(kept)s, the rows behind it add up to %(wanted)s.")
            % {
                "name": LedgerAccount.Kind(kind).label,
                "kept": format_money(kept, currency),
                "wanted": format_money(wanted, currency),
            },
        )
    for (code,) in tuples_of(_OUT_OF_STEP, {"union": union.pk}):
        findings.add("voucher", _("Voucher %(code)s is not where its timeline ends.") % {"code": code})
    findings.counted["vouchers"] = Voucher.objects.filter(union=union).count()


further_checks.append(compare_vouchers)
