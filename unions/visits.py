"""What is known of one visitor in one union: the summary that rules read, and how each event changes it.

The same code keeps it in Redis (with consent), in a socket's memory (without), and replays the record for a preview.
Nothing here reads a clock or a database.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import orjson

VISIT_ENDS = 30 * 60
"""Seconds without any event after which the next one begins another visit."""
MOST_REMEMBERED = 60
"""Pages, and products; the longest unseen is forgotten first."""

PAGE, PRODUCT, SEARCH, CART, REDIRECT, DWELL = "page", "product", "search", "cart", "redirect", "dwell"
CHECKOUT, PURCHASE = "checkout", "purchase"
KINDS = (PAGE, PRODUCT, SEARCH, CART, REDIRECT, DWELL, CHECKOUT, PURCHASE)


@dataclass(frozen=True, slots=True)
class Event:
    """Something a visitor did. `at` in seconds since 1970; `page` within the union (`/tea/oolong/`).

    `product` is `store/product`; `value` in minor units: of the item looked at, or of the cart; `seconds` so far on
    this page; `results` of a search. A cart's `product` is what was just put in; the `words` of a checkout are the
    stores in the cart, those of a purchase its number.
    """

    kind: str
    at: float
    page: str = ""
    product: str = ""
    words: str = ""
    results: int | None = None
    value: int | None = None
    seconds: int | None = None

    @property
    def store(self) -> str:
        """The store whose page it was, or an empty text."""
        return self.product.partition("/")[0]


@dataclass(slots=True)
class Visit:
    """The summary. Cart and pages outlive a visit; time, searches and stores are of the visit that is going on."""

    first_at: float = 0.0
    last_at: float = 0.0
    began_at: float = 0.0
    visits: int = 0
    page: str = ""
    seconds: int = 0
    product: str = ""
    item: int = 0
    cart: int = 0
    empty_searches: int = 0
    words: str = ""
    pages: dict[str, int] = field(default_factory=dict)
    products: dict[str, int] = field(default_factory=dict)
    seen: int = 0
    met: dict[str, list[float]] = field(default_factory=dict)

    def add(self, event: Event) -> None:
        """What the event changes. One that comes late (a replay, another tab) never turns the clock back."""
        if not self.visits or event.at - self.last_at > VISIT_ENDS:
            self.visits += 1
            self.began_at = event.at
            self.empty_searches = self.seen = self.seconds = self.item = 0
            self.page = self.product = self.words = ""
        self.first_at = self.first_at or event.at
        self.last_at = max(self.last_at, event.at)
        if event.kind in (PAGE, PRODUCT):
            self._open(event)
        elif event.kind == SEARCH:
            self._search(event)
        elif event.kind == CART:
            self.cart = event.value or 0
        elif event.kind == DWELL and event.page == self.page:
            self.seconds = max(self.seconds, event.seconds or 0)

    def _open(self, event: Event) -> None:
        self.page, self.seconds = event.page, event.seconds or 0
        self.product = event.product if event.kind == PRODUCT else ""
        self.item = (event.value or 0) if event.kind == PRODUCT else 0
        self.seen += 1
        _count(self.pages, event.page)
        if self.product:
            _count(self.products, self.product)

    def _search(self, event: Event) -> None:
        if event.results == 0:
            self.empty_searches += 1
            self.words = event.words

    def meet(self, rule: str, *, at: float) -> None:
        """A rule has fired for this visitor."""
        times = self.met.get(rule, [0, 0.0])
        self.met[rule] = [times[0] + 1, at]

    def times_met(self, rule: str) -> int:
        return int(self.met.get(rule, [0, 0.0])[0])

    def last_met(self, rule: str) -> float:
        """When the rule last fired for this visitor; 0 for never."""
        return float(self.met.get(rule, [0, 0.0])[1])

    @property
    def met_at(self) -> float:
        """When any rule last fired."""
        return max((times[1] for times in self.met.values()), default=0.0)

    def to_text(self) -> bytes:
        return orjson.dumps(asdict(self))

    @classmethod
    def from_text(cls, text: bytes | None) -> Visit:
        """What was kept; a summary of an older shape loses what is no longer known, not all of it."""
        if not text:
            return cls()
        kept: Mapping[str, Any] = orjson.loads(text)
        return cls(**{name: value for name, value in kept.items() if name in cls.__slots__})


def _count(seen: dict[str, int], name: str) -> None:
    seen[name] = seen.pop(name, 0) + 1
    while len(seen) > MOST_REMEMBERED:
        del seen[next(iter(seen))]
