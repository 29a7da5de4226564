"""A short memory of this process for what is costly to make and may be some seconds old.

Redis is a round trip away; on a page that takes two milliseconds in all, that counts.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any, TypeVar

T = TypeVar("T")

MOST = 2000

_kept: OrderedDict[Hashable, tuple[float, Any]] = OrderedDict()
_lock = Lock()


def remembered(key: Hashable, seconds: float, make: Callable[[], T]) -> T:
    """What `make` gave for this key within the last seconds, else what it gives now."""
    now = time.monotonic()
    kept = _kept.get(key)
    if kept is not None and kept[0] > now:
        value: T = kept[1]
        return value
    value = make()
    with _lock:
        _kept[key] = (now + seconds, value)
        _kept.move_to_end(key)
        while len(_kept) > MOST:
            _kept.popitem(last=False)
    return value


def forget() -> None:
    """Everything at once: for tests."""
    with _lock:
        _kept.clear()
