"""Where answers come from: a list that is read again when it changes, or a function of the shop's own."""

from __future__ import annotations

import logging
import sys
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from time import monotonic
from typing import Any, Protocol

from martunion_connector.choosing import Manner, Shelf, Shop, answer_from, best_item
from martunion_connector.errors import Unusable
from martunion_connector.items import Item, Read

logger = logging.getLogger("martunion")
MOST_SAID = 20
"""Of wrong rows each is named in the log, up to so many."""


class Source(Protocol):
    """Asked from a thread, one call at a time."""

    def refresh(self) -> bool:
        """Look whether something has changed; True when calls that could not be answered may be now."""

    def answer(self, call: Mapping[str, Any], shop: Shop) -> dict[str, Any] | None:
        """The fields of an answer, or None for nothing to offer. Whatever it raises means: try again."""

    def sold(self, used: Mapping[str, Any]) -> None:
        """An answer of ours was used."""


class ListSource:
    """A list. `read` brings it; `stamp` says whether it could have changed, without reading it."""

    def __init__(self, read: Callable[[], Read], stamp: Callable[[], object], manner: Manner) -> None:
        self._read, self._stamp, self._manner = read, stamp, manner
        self._seen: object = None
        self._lock = threading.Lock()
        self._sold: Counter[str] = Counter()
        self.shelf = Shelf()

    def load(self) -> Read:
        """Read it now. Raises Unusable."""
        try:
            # Before reading: what is written meanwhile is read with the next look.
            stamp = self._stamp()
            read = self._read()
        except OSError as error:
            raise Unusable(f"The list cannot be read: {error}.") from None
        shelf = Shelf(read.items)
        with self._lock:
            self._seen, self.shelf = stamp, shelf
            # The shop's own list knows by now what was sold.
            self._sold.clear()
        return read

    def refresh(self) -> bool:
        """A list that cannot be read just now (half written, away) leaves the one before in force."""
        try:
            if self._stamp() == self._seen:
                return False
            before = self.shelf.items
            read = self.load()
        except (Unusable, OSError) as error:
            if str(error) != getattr(self, "_said", ""):
                logger.error("The list stays as it was: %s", error)
            self._said = str(error)
            return False
        self._said = ""
        if read.items == before:
            return False
        tell(read)
        return True

    def answer(self, call: Mapping[str, Any], shop: Shop) -> dict[str, Any] | None:
        """From what is left of the list."""
        with self._lock:
            item = best_item(self.shelf, call, shop, self._manner, left=self._left)
        return None if item is None else answer_from(item, shop, self._manner)

    def sold(self, used: Mapping[str, Any]) -> None:
        """Until the list is written anew these pieces are not offered again."""
        with self._lock:
            self._sold[str(used.get("sku") or used.get("title"))] += int(used.get("quantity") or 1)

    def _left(self, item: Item) -> Item:
        gone = self._sold[item.sku] if item.sku in self._sold and item.sku else self._sold[item.title]
        return item if item.stock is None or not gone else replace(item, stock=max(0, item.stock - gone))


class FunctionSource:
    """`module:function(call) -> answer or None`, the fields named as in the protocol, prices in minor units."""

    def __init__(self, named: str, folder: Path) -> None:
        module, _, function = named.partition(":")
        sys.path.insert(0, str(folder))
        try:
            self._function = getattr(import_module(module), function)
        except (ImportError, AttributeError, ValueError) as error:
            raise Unusable(f"There is no function {named}: {error}.") from None
        finally:
            sys.path.remove(str(folder))

    def refresh(self) -> bool:
        """A function knows by itself what is new."""
        return False

    def answer(self, call: Mapping[str, Any], shop: Shop) -> dict[str, Any] | None:
        """What the function says. Raises whatever it raises, and TypeError for what is no answer."""
        answer = self._function({**call, "shop": {"currency": shop.currency, "digits": shop.digits}})
        if answer is not None and not isinstance(answer, dict):
            raise TypeError(f"the function gave {answer!r}, and not a dict or None")
        return answer

    def sold(self, used: Mapping[str, Any]) -> None:
        """The function asks its own stock."""


def file_stamp(path: Path) -> Callable[[], object]:
    """Changes with the file: its time, its size, and which file it is (programs like to write a new one)."""

    def stamp() -> object:
        found = path.stat()
        return found.st_mtime_ns, found.st_size, found.st_ino

    return stamp


def clock_stamp(seconds: float) -> Callable[[], object]:
    """Changes by itself every so many seconds, for what does not say when it changed."""
    return lambda: int(monotonic() / seconds)


def tell(read: Read) -> None:
    """Say what was read, and each row that cannot be used."""
    for note in read.notes:
        logger.warning("%s", note)
    for text in read.wrong[:MOST_SAID]:
        logger.warning("Not offered, %s.", text)
    if len(read.wrong) > MOST_SAID:
        logger.warning("… and %d more rows.", len(read.wrong) - MOST_SAID)
    logger.info("The list holds %d goods.", len(read.items))
