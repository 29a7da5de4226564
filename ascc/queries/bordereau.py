"""What an insurer is told each month: the vouchers that were insured, and how claims moved."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time
from itertools import chain
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, Min, Q, QuerySet, Sum
from django.utils.translation import gettext as _

from ascc.models import Claim, Insurer, Voucher
from core.money import as_decimal

CHUNK = 2000
MONTHS = 12


def month_after(month: date) -> date:
    """The first day of the month that follows."""
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def last_months(insurer: Insurer, *, now: datetime, number: int = MONTHS) -> list[date]:
    """The first days of the last months on the union's clocks, the running one first; none before any policy began."""
    begun = insurer.policies.aggregate(first=Min("starts_on"))["first"]
    first = now.astimezone(ZoneInfo(insurer.union.time_zone)).date().replace(day=1)
    months = [first]
    while len(months) < number and begun is not None and begun < months[-1]:
        last = months[-1]
        months.append(date(last.year - (last.month == 1), (last.month - 2) % 12 + 1, 1))
    return months


def span_of(insurer: Insurer, month: date) -> tuple[datetime, datetime]:
    """From when until before when the month lasts on the union's clocks."""
    zone = ZoneInfo(insurer.union.time_zone)
    return datetime.combine(month, time.min, zone), datetime.combine(month_after(month), time.min, zone)


def head() -> list[str]:
    """The names of the columns."""
    return [
        _("what"), _("policy"), _("voucher"), _("program"), _("for"), _("claim"), _("date"), _("state"), _("premium"),
        _("asked"), _("deductible"), _("taken over"), _("paid"), _("currency"),
    ]  # fmt: skip


def lines_of(insurer: Insurer, month: date) -> Iterator[list[Any]]:
    """A line per voucher insured in the month, then one per claim that was opened, decided, appealed or paid in it.

    Amounts are decimals of the policy's currency; times ISO 8601. Two queries, read a chunk at a time; words are those
    of the language in which it is called.
    """
    start, end = span_of(insurer, month)
    insured = (
        Voucher.objects.filter(
            union=insurer.union_id, version__policy__insurer=insurer, issued_at__gte=start, issued_at__lt=end
        )
        .order_by("version__policy__number", "pk")
        .values_list(
            "version__policy__number", "code", "version__title", "about", "issued_at", "version__policy__premium",
            "version__policy__currency",
        )
    )  # fmt: skip
    premiums = _premium_lines(insured, _("premium"))
    words = {str(state): str(label) for state, label in Claim.State.choices}
    return chain(premiums, _claim_lines(claims_moved(insurer, month), _("claim"), words))


def _premium_lines(insured: QuerySet[Voucher, tuple[Any, ...]], premium: str) -> Iterator[list[Any]]:
    for number, code, title, about, at, amount, currency in insured.iterator(chunk_size=CHUNK):
        plain = as_decimal(amount, currency)
        yield [premium, number, code, title, about, "", at.isoformat(), "", plain, "", "", "", "", currency]


def _claim_lines(claims: QuerySet[Claim], claimed: str, words: dict[str, str]) -> Iterator[list[Any]]:
    for claim in claims.iterator(chunk_size=CHUNK):
        voucher, currency = claim.visit.voucher, claim.currency
        amounts = [claim.asked, claim.policy.deductible, claim.approved]
        yield [
            claimed,
            claim.policy.number,
            voucher.code,
            voucher.version.title,
            voucher.about,
            claim.number,
            claim.opened_at.isoformat(),
            words[claim.state],
            "",
            *(as_decimal(amount, currency) for amount in amounts),
            as_decimal(claim.approved if claim.state == Claim.State.PAID else 0, currency),
            currency,
        ]


def claims_moved(insurer: Insurer, month: date) -> QuerySet[Claim]:
    """The claims on this insurer that were opened, decided, appealed or paid in the month. One query."""
    start, end = span_of(insurer, month)
    moved = Claim.objects.filter(
        union=insurer.union_id, policy__insurer=insurer, steps__at__gte=start, steps__at__lt=end
    ).order_by()
    found = Claim.objects.filter(pk__in=moved.values("pk")).select_related("policy", "visit__voucher__version")
    return found.order_by("policy__number", "pk")


def sums_of(insurer: Insurer) -> list[dict[str, Any]]:
    """Per policy: how many vouchers it insures, their premiums, what was claimed, taken over and paid. Two queries."""
    policies = list(insurer.policies.annotate(insured=Count("versions__vouchers")).order_by("-starts_on", "number"))
    claims = (
        Claim.objects.filter(union=insurer.union_id, policy__insurer=insurer)
        .order_by()
        .values("policy")
        .annotate(
            claims=Count("pk"),
            asked=Sum("asked"),
            approved_sum=Sum("approved"),
            paid=Sum("approved", filter=Q(state=Claim.State.PAID), default=0),
        )
    )
    by_policy: dict[int, dict[str, Any]] = {row["policy"]: {**row} for row in claims}
    none = {"claims": 0, "asked": 0, "approved_sum": 0, "paid": 0}
    return [
        {
            **by_policy.get(policy.pk, none),
            "policy": policy,
            "insured": policy.insured,
            "premiums": policy.insured * policy.premium,
        }
        for policy in policies
    ]
