"""Ways to ask carriers where parcels are: one adapter per protocol. `adapter_named` is the registry.

An adapter speaks HTTP and knows nothing of our rows; orders/services/polling.py calls it outside of transactions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Told:
    """One event as a carrier tells it; `state` is one of ours."""

    id: str
    state: str
    at: datetime
    place: str = ""
    words: str = ""


class NoAnswer(Exception):
    """The carrier could not be reached, was busy, or said nothing that can be read: ask again later."""


class Unknown(Exception):
    """The carrier answers, and does not know this parcel (yet)."""


class Adapter(Protocol):
    """Asks one carrier for one parcel."""

    def ask(self, *, address: str, token: str, number: str) -> Sequence[Told]:
        """Every event of the parcel so far, in any order. Raises NoAnswer, Unknown."""


def adapter_named(name: str) -> Adapter | None:
    """The adapter that a carrier's `adapter` names, or None for one that is not here any more."""
    from orders.carriers.open_tracking import OpenTracking

    return {"open_tracking": OpenTracking()}.get(name)
