"""A word in time before a voucher lapses: once before the activation ends, once before its validity does."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q

from ascc.models import Voucher
from ascc.services.moving import SYSTEM, State, What, note_step

BEFORE_ACTIVATION_ENDS = timedelta(days=7)
BEFORE_IT_LAPSES = timedelta(days=30)


def remind_owners(*, now: datetime, limit: int = 500) -> int:
    """Mark whose time runs out and who is to be reminded by mail; returns how many. Any number of workers.

    What was issued with less time than that is not reminded of: its mail has just said so.
    """
    vouchers = Voucher.objects.exclude(owner=None, email="")
    # Each by its own index, in that index's order: together, or by number, all vouchers there are would be read.
    to_activate = vouchers.filter(_to_activate(now)).order_by("activate_until")
    to_use = vouchers.filter(_to_use(now)).order_by("expires_at")
    due = {voucher.pk: voucher for voucher in (*to_activate[:limit], *to_use[:limit])}
    return sum(_remind(voucher, now=now) for voucher in due.values())


def _to_activate(now: datetime) -> Q:
    return Q(
        state=State.ISSUED,
        activate_until__gt=now,
        activate_until__lte=now + BEFORE_ACTIVATION_ENDS,
        issued_at__lte=F("activate_until") - BEFORE_ACTIVATION_ENDS,
    ) & (Q(reminded_at=None) | Q(reminded_at__lt=F("activate_until") - BEFORE_ACTIVATION_ENDS))


def _to_use(now: datetime) -> Q:
    return Q(
        state__in=Voucher.UNUSED,
        expires_at__gt=now,
        expires_at__lte=now + BEFORE_IT_LAPSES,
        issued_at__lte=F("expires_at") - BEFORE_IT_LAPSES,
    ) & (Q(reminded_at=None) | Q(reminded_at__lt=F("expires_at") - BEFORE_IT_LAPSES))


@transaction.atomic
def _remind(voucher: Voucher, *, now: datetime) -> bool:
    """Of two workers the first one does."""
    marked = Voucher.objects.filter(_to_activate(now) | _to_use(now), union=voucher.union_id, pk=voucher.pk).update(
        reminded_at=now
    )
    if marked:
        note_step(voucher=voucher, what=What.REMINDED, by=SYSTEM, now=now)
    return bool(marked)
