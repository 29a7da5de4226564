"""Asks carriers that have an adapter where their parcels are. Nothing is locked while a carrier is waited for."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from core.errors import DomainError
from orders.carriers import NoAnswer, Told, Unknown, adapter_named
from orders.models import Shipment, TrackingEvent
from orders.services.tracking import record_event

logger = logging.getLogger(__name__)

EVERY = timedelta(minutes=30)
CLAIMED_FOR = timedelta(minutes=15)
"""For how long a process that asks keeps others from asking; a parcel whose process died is asked for after it."""
LONGEST_PAUSE = timedelta(days=1)
GIVEN_UP = timedelta(days=60)
"""What was sent so long ago is not asked for any more."""


def poll_carriers(*, now: datetime, limit: int = 200) -> int:
    """Ask for parcels that are due, the longest due first, and keep what is new; says how many were asked for.

    A carrier that does not answer is left alone for the rest of the run, and asked again after ever longer pauses.
    """
    silent: set[int] = set()
    asked = 0
    for parcel in _claim(now=now, limit=limit):
        carrier = parcel.carried_by
        if carrier is None or carrier.pk in silent:
            _later(parcel, now=now)
            continue
        asked += 1
        adapter = adapter_named(carrier.adapter)
        if adapter is None:
            Shipment.objects.filter(union=parcel.union_id, pk=parcel.pk).update(poll_at=None)
            continue
        try:
            told = adapter.ask(
                address=carrier.adapter_address, token=carrier.adapter_token, number=parcel.tracking_number
            )
        except Unknown:
            _later(parcel, now=now)
        except NoAnswer as reason:
            logger.warning("Carrier %s of union %s gave no answer: %s", carrier.slug, carrier.union_id, reason)
            silent.add(carrier.pk)
            _later(parcel, now=now)
        else:
            _keep(parcel, list(told), now=now)
    return asked


@transaction.atomic
def _claim(*, now: datetime, limit: int) -> list[Shipment]:
    """Parcels that are due; nobody else asks for them in the next minutes."""
    due = (
        Shipment.objects.select_for_update(skip_locked=True, of=("self",))
        .filter(poll_at__lte=now)
        .select_related("carried_by", "order__union")
        .order_by("poll_at", "id")[:limit]
    )
    parcels = list(due)
    Shipment.objects.filter(pk__in=[parcel.pk for parcel in parcels]).update(poll_at=now + CLAIMED_FOR)
    return parcels


def _later(parcel: Shipment, *, now: datetime) -> None:
    """Ask again after a pause that doubles with each time nothing came of it; not for ever."""
    pause = min(EVERY * 2 ** min(parcel.poll_failures, 10), LONGEST_PAUSE)
    over = parcel.sent_at is None or now - parcel.sent_at > GIVEN_UP
    Shipment.objects.filter(union=parcel.union_id, pk=parcel.pk, poll_at__isnull=False).update(
        poll_at=None if over else now + pause, poll_failures=F("poll_failures") + 1
    )


def _keep(parcel: Shipment, told: list[Told], *, now: datetime) -> None:
    for event in sorted(told, key=lambda one: one.at):
        try:
            record_event(
                shipment=parcel,
                state=event.state,
                at=event.at,
                now=now,
                source=TrackingEvent.Source.POLLER,
                external_id=event.id,
                place=event.place,
                words=event.words,
            )
        except DomainError as refusal:
            logger.warning("An event of parcel %s makes no sense: %s", parcel.number, refusal.code)
    over = parcel.sent_at is None or now - parcel.sent_at > GIVEN_UP
    # An event that ended it has taken it off the list.
    Shipment.objects.filter(union=parcel.union_id, pk=parcel.pk, poll_at__isnull=False).update(
        poll_at=None if over else now + EVERY, poll_failures=0
    )
