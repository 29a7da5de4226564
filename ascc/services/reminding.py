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
    due = Voucher.objects.filter(_due(now)).exclude(owner=None, email="").order_by("pk")
    return sum(_remind(voucher, now=now) for voucher in due[:limit])


def _due(now: datetime) -> Q:
    to_activate = Q(
        state=State.ISSUED,
        activate_until__gt=now,
        activate_until__lte=now + BEFORE_ACTIVATION_ENDS,
        issued_at__lte=F("activate_until") - BEFORE_ACTIVATION_ENDS,
    ) & (Q(reminded_at=None) | Q(reminded_at__lt=F("activate_until") - BEFORE_ACTIVATION_ENDS))
    to_use = Q(
        state__in=Voucher.UNUSED,
        expires_at__gt=now,
        expires_at__lte=now + BEFORE_IT_LAPSES,
        issued_at__lte=F("expires_at") - BEFORE_IT_LAPSES,
    ) & (Q(reminded_at=None) | Q(reminded_at__lt=F("expires_at") - BEFORE_IT_LAPSES))
    return to_activate | to_use


@transaction.atomic
def _remind(voucher: Voucher, *, now: datetime) -> bool:
    """Of two workers the first one does."""
    marked = Voucher.objects.filter(_due(now), union=voucher.union_id, pk=voucher.pk).update(reminded_at=now)
    if marked:
        note_step(voucher=voucher, what=What.REMINDED, by=SYSTEM, now=now)
    return bool(marked)
