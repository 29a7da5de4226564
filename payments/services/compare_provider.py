"""The provider's books against ours: what it holds, collected, gave back and paid out, and where it is silent."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime

from django.db.models import Q
from django.utils.translation import gettext as _

from core.money import format_money
from core.statements import tuples_of
from payments.models import ProviderCall
from payments.providers import provider_named
from payments.services.authorization import merchant_of
from payments.services.findings import Findings
from unions.models import Union


def compare_provider(*, union: Union, findings: Findings) -> None:
    """The provider's own books: held, captured, refunded and paid out."""
    calls = ProviderCall.objects.filter(union=union).exclude(operation=ProviderCall.Operation.NOTICE)
    providers = set(calls.order_by().values_list("provider", flat=True).distinct())
    for name in sorted(providers):
        open_keys = list(
            calls.filter(provider=name)
            .filter(Q(answered_at=None) | Q(status__in=("waiting", "confirm")))
            .values_list("idempotency_key", flat=True)
        )
        # A withdrawal under way takes its authorization out of the comparison with it.
        open_keys += [key.replace("withdraw:", "authorize:") for key in open_keys if key.startswith("withdraw:")]
        theirs = provider_named(name).booked(merchant=merchant_of(union_id=union.pk), leaving_out=open_keys)
        ours = _moved(union, name)
        for operation, currency, amount in _held_apart(theirs):
            mine = ours.pop((operation, currency), 0)
            if mine != amount:
                _report_provider(findings, name, operation, currency, mine, amount)
        for (operation, currency), mine in ours.items():
            if mine:
                _report_provider(findings, name, operation, currency, mine, 0)
        findings.counted[f"calls to {name}"] = calls.filter(provider=name).count()
        findings.counted[f"calls to {name} without an answer yet"] = len(open_keys)


def _held_apart(theirs: dict[tuple[str, str], int]) -> Iterator[tuple[str, str, int]]:
    """What the provider still holds is authorized less voided less captured; the rest as it is."""
    held: dict[str, int] = defaultdict(int)
    for (operation, currency), amount in sorted(theirs.items()):
        held[currency] += {"authorize": amount, "void": -amount, "capture": -amount}.get(operation, 0)
        if operation in ("capture", "refund", "payout"):
            yield operation, currency, amount
    for currency, amount in held.items():
        yield "held", currency, amount


def _moved(union: Union, provider: str) -> dict[tuple[str, str], int]:
    """What this app believes that the provider did, per (operation, currency)."""
    ours: dict[tuple[str, str], int] = defaultdict(int)
    for operation, currency, amount in tuples_of(_MOVED, {"union": union.pk, "provider": provider}):
        ours[operation, currency] += int(amount)
    return ours


_MOVED = """
SELECT moved.operation, request.currency, sum(moved.amount)
FROM payments_paymentsplit AS split
JOIN payments_paymentrequest AS request ON request.id = split.request_id
CROSS JOIN LATERAL (VALUES
    ('capture', split.captured), ('refund', split.refunded),
    ('held', split.authorized - split.captured - split.voided)
) AS moved(operation, amount)
WHERE split.union_id = %(union)s AND request.provider = %(provider)s GROUP BY moved.operation, request.currency
UNION ALL
SELECT 'payout', payout.currency, sum(payout.amount)
FROM payments_payout AS payout JOIN payments_payoutaccount AS account ON account.id = payout.account_id
WHERE payout.union_id = %(union)s AND account.provider = %(provider)s AND payout.state = 'paid'
GROUP BY payout.currency
"""


def find_silence(*, union: Union, findings: Findings, before: datetime) -> None:
    """A provider that says nothing for so long needs a person."""
    calls = ProviderCall.objects.filter(union=union, answered_at=None, asked_at__lt=before).order_by("id")
    for call in calls:
        findings.add(
            "provider_silent",
            _("Provider %(provider)s has not answered since %(since)s: %(what)s %(reference)s.")
            % {
                "provider": call.provider,
                "since": f"{call.asked_at:%Y-%m-%d}",
                "what": call.get_operation_display(),
                "reference": call.reference,
            },
        )


def _report_provider(findings: Findings, provider: str, operation: str, currency: str, ours: int, theirs: int) -> None:
    words = {
        "held": _("money held for open orders"),
        "capture": _("money collected"),
        "refund": _("money refunded"),
        "payout": _("money paid out"),
    }
    findings.add(
        f"provider_{operation}",
        _("%(what)s: we count %(ours)s, provider %(provider)s counts %(theirs)s.")
        % {
            "what": words[operation],
            "ours": format_money(ours, currency),
            "provider": provider,
            "theirs": format_money(theirs, currency),
        },
    )
