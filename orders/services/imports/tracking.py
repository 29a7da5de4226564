"""`import_csv tracking`: what a carrier's file tells of parcels. A file read twice tells everything once."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime

from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.models import User
from core.errors import DomainError
from core.importing.maps import Field, Map, Record
from orders.models import Shipment, TrackingEvent
from orders.services.tracking import record_event
from stores.models import Store
from unions.models import Union


class TrackingImporter:
    """A row is an event: `number` is ours of the parcel or the carrier's tracking number. Rows of a file move parcels
    of the whole union, or of one store.
    """

    fields = {
        "number": Field("code", required=True, longest=80),
        "state": Field("code", required=True, choices=frozenset(Shipment.State.values)),
        "at": Field("time", required=True),
        "place": Field("text", default="", longest=120),
        "words": Field("text", default="", longest=200),
        "id": Field("code", default="", longest=80),
    }
    group_by: tuple[str, ...] = ()

    def __init__(self, *, store: Store | None = None, actor: User | None = None) -> None:
        self.store = store
        self.actor = actor

    def take(self, groups: list[list[Record]], *, union: Union, chart: Map, now: datetime) -> None:
        records = [record for group in groups for record in group]
        parcels = self._parcels(union, {record.values["number"] for record in records})
        known: list[tuple[Shipment, datetime, Record]] = []
        for record in records:
            parcel = parcels.get(record.values["number"])
            if parcel is None:
                record.refuse(_("number: there is no parcel “%(number)s”") % {"number": record.values["number"]})
            else:
                known.append((parcel, datetime.fromisoformat(record.values["at"]), record))
        # Orders are locked in the order of their keys: two files at once never wait for each other in a circle.
        for parcel, at, record in sorted(known, key=lambda each: (each[0].order_id, each[1])):
            values = record.values
            try:
                is_new = record_event(
                    shipment=parcel,
                    state=values["state"],
                    at=at,
                    now=now,
                    source=TrackingEvent.Source.CSV,
                    external_id=values["id"] or _told_by(values),
                    place=values["place"],
                    words=values["words"],
                    actor=self.actor,
                )
            except DomainError as refusal:
                record.refuse(str(refusal))
            else:
                record.outcome = "created" if is_new else "unchanged"

    def _parcels(self, union: Union, numbers: set[str]) -> dict[str, Shipment]:
        """The newest parcel of each number: carriers give theirs out again after some years."""
        parcels = Shipment.objects.filter(union=union).filter(Q(number__in=numbers) | Q(tracking_number__in=numbers))
        if self.store is not None:
            parcels = parcels.filter(order__store=self.store)
        found: dict[str, Shipment] = {}
        for parcel in parcels.select_related("order__union").order_by("id"):
            for number in (parcel.tracking_number, parcel.number):
                if number in numbers:
                    found[number] = parcel
        return found


def _told_by(values: Mapping[str, object]) -> str:
    """What tells an event without a number of its own from others: all it says."""
    said = "\x1f".join(str(values[name]) for name in ("number", "state", "at", "place", "words"))
    return hashlib.sha256(said.encode()).hexdigest()[:40]
