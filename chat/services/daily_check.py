"""The part of the daily check that looks at dues: each period paid once, and no money taken without one."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from chat.models import Dues
from core.money import format_money
from core.statements import tuples_of
from orders.services.daily_check import further_checks, paid_elsewhere
from payments.services.findings import Findings
from unions.models import Union

UNDER_WAY = timedelta(minutes=10)

# Every captured try of a period, beside what the period says of itself.
_DUES = """
SELECT coalesce(dues.number, request.reference), coalesce(dues.amount, request.amount), request.currency,
    coalesce(dues.state, '—'), sum(split.captured)
FROM payments_paymentrequest AS request
JOIN payments_paymentsplit AS split ON split.request_id = request.id
LEFT JOIN chat_dues AS dues ON dues.union_id = request.union_id
    AND dues.number = split_part(split_part(request.reference, ':', 2), '/', 1)
WHERE request.union_id = %(union)s AND request.reference LIKE %(reference)s || '%%' AND request.created_at < %(before)s
GROUP BY dues.id, coalesce(dues.number, request.reference), coalesce(dues.amount, request.amount), request.currency,
    dues.state
HAVING dues.id IS NULL OR CASE
    WHEN dues.state = 'paid' THEN sum(split.captured) <> dues.amount
    ELSE sum(split.captured - split.refunded - split.refunding) <> 0
END
"""
_UNPAID = """
SELECT dues.number, dues.amount, dues.currency FROM chat_dues AS dues
WHERE dues.union_id = %(union)s AND dues.state = 'paid' AND NOT EXISTS (
    SELECT 1 FROM payments_paymentsplit AS split
    WHERE split.union_id = dues.union_id AND split.reference = %(reference)s || dues.number || '/' || dues.attempt
        AND split.captured = dues.amount
        AND (split.membership_id IS NULL OR EXISTS (
            SELECT 1 FROM payments_earning WHERE split_id = split.id AND kind = 'sale')))
"""


def compare_dues(*, union: Union, findings: Findings, now: datetime) -> None:
    """Three queries, whatever there is."""
    of_dues = {"union": union.pk, "reference": Dues.REFERENCE}
    for number, amount, currency, state, captured in tuples_of(_DUES, {**of_dues, "before": now - UNDER_WAY}):
        findings.add(
            "dues",
            _("Dues %(number)s over %(amount)s are %(state)s, but %(captured)s was taken.")
            % {
                "number": number,
                "amount": format_money(amount, currency),
                "state": state,
                "captured": format_money(int(captured), currency),
            },
        )
    for number, amount, currency in tuples_of(_UNPAID, of_dues):
        findings.add(
            "dues",
            _("Dues %(number)s over %(amount)s count as paid, but the money is not in the books.")
            % {"number": number, "amount": format_money(amount, currency)},
        )
    findings.counted["dues"] = Dues.objects.filter(union=union).count()


further_checks.append(compare_dues)
paid_elsewhere.append(Dues.REFERENCE)
