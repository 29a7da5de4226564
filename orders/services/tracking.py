"""What is told of a parcel on its way, by whomever: kept once, and the parcel moves forward only."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.errors import Invalid, WrongState
from core.moments import is_plausible
from core.outbox import publish
from orders.events import SHIPMENT_MOVED
from orders.models import Shipment, TrackingEvent
from orders.services.locking import lock_order
from orders.services.parcels import follow_parcels

State = Shipment.State
Source = TrackingEvent.Source
RANK = {
    State.PENDING: 0,
    State.IN_TRANSIT: 1,
    State.OUT_FOR_DELIVERY: 2,
    State.FAILED: 3,
    State.DELIVERED: 4,
    State.RETURNED: 4,
}
"""Which of two events of the same moment is the later one."""
AHEAD = timedelta(days=1)
"""How far a carrier's clock may run ahead."""


@transaction.atomic
def record_event(
    *,
    shipment: Shipment,
    state: str,
    at: datetime,
    now: datetime,
    source: str,
    external_id: str,
    place: str = "",
    words: str = "",
    actor: User | None = None,
) -> bool:
    """Keep what was told; says whether it is new. The same event (parcel, source, external id) twice is one.

    An event that is older than what is known is kept and changes nothing; what has arrived or come back stays so.
    With the last parcel the order has arrived. Raises Invalid.
    """
    if state not in State.values:
        raise Invalid(_("This is no state of a parcel."), field="state")
    if not is_plausible(moment=at) or at > now + AHEAD:
        raise Invalid(_("This time lies ahead."), field="at")
    if not external_id:
        raise Invalid(_("An event needs a number of its own."), field="id")
    order = shipment.order
    lock_order(order=order)
    parcel = Shipment.objects.get(union=shipment.union_id, pk=shipment.pk)
    known = TrackingEvent.objects.filter(
        union=shipment.union_id, shipment=parcel, source=source, external_id=external_id[:80]
    )
    if known.exists():
        return False
    TrackingEvent.objects.create(
        union_id=shipment.union_id,
        shipment=parcel,
        state=state,
        at=at,
        place=place.strip()[:120],
        words=words.strip()[:200],
        source=source,
        external_id=external_id[:80],
        actor=actor,
        told_at=now,
    )
    if _moves(parcel, state, at):
        has_ended = state in Shipment.ENDED
        values = {"state": state, "state_at": at}
        if state == State.DELIVERED:
            values["delivered_at"] = at
        if has_ended:
            values["poll_at"] = None
        Shipment.objects.filter(union=shipment.union_id, pk=parcel.pk).update(**values)
        for name, value in values.items():
            setattr(shipment, name, value)
        publish(SHIPMENT_MOVED[State(state)], aggregate=f"order:{order.pk}", shipment_id=parcel.pk, told=False)
        if has_ended:
            follow_parcels(order=order, actor=actor, now=now)
    return True


def _moves(parcel: Shipment, state: str, at: datetime) -> bool:
    """Whether the event takes the parcel on from where it is."""
    if parcel.has_ended:
        return False
    if state in Shipment.ENDED or parcel.state_at is None:
        return True
    return (at, RANK[State(state)]) > (parcel.state_at, RANK[State(parcel.state)])


def try_again(*, shipment: Shipment, actor: User | None, now: datetime, key: str, words: str = "") -> bool:
    """The carrier brings a parcel that could not be delivered once more. `key` tells one press from another.

    Raises WrongState.
    """
    if shipment.state != State.FAILED:
        raise WrongState(state=shipment.state)
    return record_event(
        shipment=shipment,
        state=State.IN_TRANSIT,
        at=now,
        now=now,
        source=Source.MANUAL,
        external_id=key,
        words=words,
        actor=actor,
    )


def take_in(*, shipment: Shipment, actor: User | None, now: datetime, key: str, words: str = "") -> bool:
    """The parcel is back at the store: its pieces may be sent again, or called off. Raises WrongState."""
    if shipment.has_ended:
        raise WrongState(state=shipment.state)
    return record_event(
        shipment=shipment,
        state=State.RETURNED,
        at=now,
        now=now,
        source=Source.MANUAL,
        external_id=key,
        words=words,
        actor=actor,
    )
