"""Policies of insurers: made once, extended later. What a voucher's premium was stays what it was."""

from __future__ import annotations

from datetime import date

from django.db import IntegrityError, transaction
from django.db.models import Sum
from django.utils.translation import gettext_lazy as _

from ascc.models import Claim, Insurer, Policy
from core.errors import Invalid


@transaction.atomic
def make_policy(
    *,
    insurer: Insurer,
    number: str,
    premium: int,
    claim_limit: int,
    total_limit: int,
    deductible: int,
    starts_on: date,
    ends_on: date,
) -> Policy:
    """A policy in the union's currency; money in minor units. Raises Invalid."""
    if ends_on < starts_on:
        raise Invalid(_("This is before its first day."), field="ends_on")
    if claim_limit <= 0:
        raise Invalid(_("A policy pays something."), field="claim_limit")
    try:
        with transaction.atomic():
            return Policy.objects.create(
                union_id=insurer.union_id,
                insurer=insurer,
                number=number.strip(),
                premium=premium,
                claim_limit=claim_limit,
                total_limit=total_limit,
                deductible=deductible,
                currency=insurer.union.currency,
                starts_on=starts_on,
                ends_on=ends_on,
            )
    except IntegrityError as error:
        raise Invalid(_("There is a policy with this number already."), field="number") from error


@transaction.atomic
def extend_policy(*, policy: Policy, ends_on: date, total_limit: int) -> Policy:
    """It runs until another day, and bears so much in all: not less than was taken over already. Raises Invalid."""
    policy = Policy.objects.select_for_update().get(union=policy.union_id, pk=policy.pk)
    if ends_on < policy.starts_on:
        raise Invalid(_("This is before its first day."), field="ends_on")
    so_far = Claim.objects.filter(union=policy.union_id, policy=policy).aggregate(sum=Sum("approved", default=0))["sum"]
    if total_limit < so_far:
        raise Invalid(_("More than this was taken over already."), field="total_limit", so_far=so_far)
    policy.ends_on, policy.total_limit = ends_on, total_limit
    policy.save(update_fields=["ends_on", "total_limit"])
    return policy
