"""What is kept of a person, app by app: each app says in its `personal.py` what it has, and why it cannot let go yet.

    @keeps("orders")
    def orders_of(user) -> Iterator[tuple[str, Iterable[Mapping[str, Any]]]]: ...

`core` and `unions` make the file and erase; they never learn which apps there are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils.module_loading import autodiscover_modules

Tables = Iterator[tuple[str, Iterable[Mapping[str, Any]]]]
Files = Iterator[tuple[str, Callable[[], bytes]]]
Keeper = Callable[[Any], Tables]
FileKeeper = Callable[[Any], Files]
Reasons = Callable[[Any], Iterable[str]]
Closer = Callable[..., None]
IsOpen = Callable[[Any], bool]

keepers: dict[str, Keeper] = {}
"""By the name of the part: what one app keeps of a person, table by table."""
file_keepers: dict[str, FileKeeper] = {}
"""By the name of the same part: pictures that go with its tables, each with what reads it when its turn comes."""
reasons_to_stay: list[Reasons] = []
"""Each says, in words for the person, what has to be brought to an end before they can be erased."""
closers: list[tuple[Closer, IsOpen]] = []
"""Called with `user` and `now` as an erasure begins, in its transaction and before the person's row is locked: what a
purchase would lock first has to be locked and closed first here as well. Beside each, whether something is open: what
was begun between closing and locking is seen by it, and the erasure has to be asked for again."""


def keeps(part: str) -> Callable[[Keeper], Keeper]:
    """Register what an app keeps under a name that stands in the person's file."""

    def register(keeper: Keeper) -> Keeper:
        keepers[part] = keeper
        return keeper

    return register


def keeps_files(part: str) -> Callable[[FileKeeper], FileKeeper]:
    """Register the pictures that stand beside a part's tables."""

    def register(keeper: FileKeeper) -> FileKeeper:
        file_keepers[part] = keeper
        return keeper

    return register


def holds_back(reasons: Reasons) -> Reasons:
    """Register what may stand in the way of erasing somebody."""
    reasons_to_stay.append(reasons)
    return reasons


def closes(is_open: IsOpen) -> Callable[[Closer], Closer]:
    """Register what is closed before somebody is erased, with the question whether it is still open."""

    def register(closer: Closer) -> Closer:
        closers.append((closer, is_open))
        return closer

    return register


def discover_personal() -> None:
    """Import every app's personal.py; called once when the app registry is ready."""
    autodiscover_modules("personal")


def rows_of(rows: QuerySet[Any], *fields: str) -> Iterable[Mapping[str, Any]]:
    """These fields of the rows, read in portions: a long history takes no more memory than a short one."""
    return rows.values(*fields).iterator(chunk_size=1000)


def written(value: Any) -> Any:
    """A value as it stands in the file."""
    if isinstance(value, datetime):
        return value.isoformat()
    return value if value is None or isinstance(value, str | int | float | bool | list | dict) else str(value)
