"""Beginning something and blocking whoever begins it come one after the other, whichever is first."""

from __future__ import annotations

from django.db import connection


def begin_unblocked(*, union_id: int) -> None:
    """Until this transaction ends nobody is blocked in the union; others may begin at the same time."""
    _take("pg_advisory_xact_lock_shared", union_id)


def block_alone(*, union_id: int) -> None:
    """Wait for those who are beginning just now, and let the next ones wait until they can see the block."""
    _take("pg_advisory_xact_lock", union_id)


def _take(lock: str, union_id: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {lock}(hashtext('chat.block'), %s)", [union_id])
