"""The audit log of the offices."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Model

from accounts.models import User
from unions.models import AuditEntry

LONGEST_VALUE = 500


def note_deed(
    *,
    unions: Iterable[int],
    actor: User | None,
    verb: AuditEntry.Verb,
    thing: Model,
    now: datetime,
    words: str = "",
    changes: dict[str, list[str]] | None = None,
    address: str | None = None,
) -> None:
    """Write down what somebody did to a thing, once for each union that it belongs to (none: the service center).

    `changes`: before and after of each field as text. In the transaction of the deed itself, where there is one.
    """
    kept = {
        name[:100]: [before[:LONGEST_VALUE], after[:LONGEST_VALUE]] for name, (before, after) in (changes or {}).items()
    }
    whose: list[int | None] = [*sorted(unions)] or [None]
    AuditEntry.objects.bulk_create(
        [
            AuditEntry(
                union_id=union_id,
                actor=actor,
                verb=verb,
                kind=thing._meta.label_lower,
                thing=str(thing.pk)[:60],
                name=str(thing)[:200],
                words=words[:2200],
                changes=kept,
                address=address or "",
                at=now,
            )
            for union_id in whose
        ]
    )
