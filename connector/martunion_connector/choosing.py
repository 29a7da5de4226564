"""Which good of the list answers a call, and with what."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from martunion_connector.items import Item
from martunion_connector.numbers import minor_units
from martunion_connector.words import words_in


@dataclass(frozen=True)
class Shop:
    """What `hello` says of the shop: its currency and how many digits stand behind the point."""

    currency: str
    digits: int


@dataclass(frozen=True)
class Manner:
    """How the shop answers. `share` of a wish's words a good has to say, from over 0 to 1."""

    share: float = 1.0
    valid_minutes: int | None = None
    words: str = ""
    gives_sku: bool = True


class Shelf:
    """Goods, found by their words without looking at each of them: a bookshop has a hundred thousand."""

    def __init__(self, items: Sequence[Item] = ()) -> None:
        self.items = tuple(items)
        self._places: dict[str, list[int]] = {}
        for place, item in enumerate(self.items):
            for word in item.known_as:
                self._places.setdefault(word, []).append(place)

    def saying(self, words: Iterable[str], share: float) -> Iterator[tuple[int, int, Item]]:
        """The goods that say at least this share of the words: how many of them, and where the good stands."""
        wanted = set(words)
        hits = Counter(place for word in wanted for place in self._places.get(word, ()))
        for place, count in hits.items():
            if count >= share * len(wanted):
                yield count, place, self.items[place]


def best_item(
    shelf: Shelf,
    call: Mapping[str, Any],
    shop: Shop,
    manner: Manner,
    *,
    left: Callable[[Item], Item] = lambda item: item,
) -> Item | None:
    """The good that says the wish's words, is there in that quantity and within the budget.

    Of several: the one that says most of the words, then the one with the fewest other words in its title, then the
    cheapest. `left` says what is left of a good after what was sold.
    """
    wanted = words_in(str(call.get("words", "")))
    found = [
        (-hits, len(words_in(item.title) - wanted), item.price, place)
        for hits, place, item in shelf.saying(wanted, manner.share)
        if fits(left(item), call, shop)
    ]
    return shelf.items[min(found)[-1]] if found else None


def fits(item: Item, call: Mapping[str, Any], shop: Shop) -> bool:
    """Whether there are so many, as new or used as wished, for no more than the budget (which is for all of it)."""
    quantity = call.get("quantity") or 1
    if item.stock is not None and item.stock < quantity:
        return False
    if call.get("condition") == ("new" if item.is_used else "used"):
        return False
    price = minor_units(item.price, shop.digits)
    if price < 1:
        return False
    budget = call.get("budget")
    if not budget or budget.get("currency") != shop.currency:
        return True
    delivery = 0 if item.delivery is None else minor_units(item.delivery, shop.digits)
    return bool(price * quantity + delivery <= budget["amount"])


def answer_from(item: Item, shop: Shop, manner: Manner) -> dict[str, Any]:
    """The fields of an `answer` frame."""
    answer: dict[str, Any] = {"title": item.title, "price": minor_units(item.price, shop.digits)}
    if item.sku and manner.gives_sku:
        answer["sku"] = item.sku
    if item.delivery is not None:
        answer["delivery"] = minor_units(item.delivery, shop.digits)
    if item.available_at is not None:
        answer["available_at"] = item.available_at.isoformat()
    if item.is_used:
        answer["used"] = True
    if manner.words:
        answer["words"] = manner.words
    if manner.valid_minutes is not None:
        answer["valid_minutes"] = manner.valid_minutes
    return answer
