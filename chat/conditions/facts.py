"""What conditions may ask: the summary, and what has to be looked up, which is looked up only when asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from math import asin, cos, radians, sin, sqrt

from unions.visits import Visit

EARTH_KM = 6371.0088
NONE: frozenset[str] = frozenset()

Place = tuple[float, float]


def _no() -> bool:
    return False


def _nothing() -> frozenset[str]:
    return NONE


@dataclass
class Facts:
    """`hour` is the union's; `place` where the shopper said to be; the functions answer with what is true now."""

    visit: Visit
    hour: int = 12
    signed_in: bool = False
    ask_member: Callable[[], bool] = _no
    ask_lists: Callable[[], frozenset[str]] = _nothing
    ask_codes: Callable[[], frozenset[str]] = _nothing
    present: Callable[[str], bool] = field(default=lambda store: True)
    place: Place | None = None
    # Of the rule that is being asked about: set by `choose`.
    store: str = ""
    store_place: Place | None = None

    @property
    def member(self) -> bool:
        return self.ask_member()

    @property
    def lists(self) -> frozenset[str]:
        return self.ask_lists()

    @property
    def codes(self) -> frozenset[str]:
        return self.ask_codes()

    @property
    def manager_present(self) -> bool:
        """Whether somebody of the rule's store (or of the union's support) is there."""
        return self.present(self.store)

    @property
    def distance(self) -> float | None:
        """Kilometres from the shopper to the rule's store (or the union), if both places are known."""
        if self.place is None or self.store_place is None:
            return None
        return kilometres(self.place, self.store_place)


def kilometres(one: Place, other: Place) -> float:
    """The way of a bird between two (latitude, longitude)."""
    lat1, lon1, lat2, lon2 = map(radians, (*one, *other))
    arc = sin((lat2 - lat1) / 2) ** 2 + cos(lat1) * cos(lat2) * sin((lon2 - lon1) / 2) ** 2
    return 2 * EARTH_KM * asin(min(1.0, sqrt(arc)))
