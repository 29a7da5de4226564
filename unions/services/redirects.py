"""Recording who was sent where, and remembering the union that a person calls home."""

from __future__ import annotations

from datetime import datetime

from accounts.models import User
from unions.models import HomeUnion, Redirect, Union


def record_redirect(
    *,
    union: Union,
    kind: str,
    way: str,
    target: str,
    visitor: str,
    user: User | None,
    now: datetime,
    words: str = "",
    business_class: str = "",
) -> Redirect:
    """Keep one redirect. An unknown `way` counts as `list`; texts are cut to their columns."""
    return Redirect.objects.create(
        union=union,
        kind=kind,
        way=way if way in Redirect.Way.values else Redirect.Way.LIST,
        target=target[:200],
        words=words.strip()[:200],
        business_class=business_class.strip().upper()[:4],
        visitor=str(visitor)[:64],
        user=user,
        at=now,
    )


def remember_home(*, user: User, union: Union, now: datetime) -> None:
    """From now on this union is the person's own; guests carry theirs in a cookie."""
    HomeUnion.objects.update_or_create(user=user, defaults={"union": union, "chosen_at": now})
