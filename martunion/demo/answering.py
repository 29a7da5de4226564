"""A few stores of each demo union are answered by the example program, so that a newcomer alone gets an answer."""

from __future__ import annotations

import json
import os
from datetime import datetime
from pathlib import Path

from django.db import transaction
from django_scopes import scopes_disabled

from stores.models import ApiKey, Store
from stores.services.keys import find_key, issue_key, revoke_key

STAFFED = {
    "kaohsiung": ("harbour-books", "pier-cameras"),
    "busan": ("dongnae-ceramics", "yeongdo-coffee"),
    "cornwall": ("tamar-cheese", "truro-plants"),
}
NAMES = {"kaohsiung": "小幫手", "busan": "도우미", "cornwall": "Counter help"}
SCOPES = ["conversations:read", "conversations:write", "proposals:read", "proposals:write", "reservations:write"]


@scopes_disabled()
def keys_of_programs(*, folder: Path, now: datetime) -> Path:
    """The file that `examples/bot/bot.py --stores` reads; keys that still open their stores stay as they are."""
    path = folder / "programs.json"
    known = json.loads(path.read_text()) if path.exists() else []
    if [(each["union"], each["store"]) for each in known] == _wanted() and all(_opens(each["key"]) for each in known):
        return path
    with transaction.atomic():
        rows = [_issue(union, store, now=now) for union, store in _wanted()]
    # Keys are for their program alone.
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(rows, file)
    return path


def _opens(plain: str) -> bool:
    """Whether a key holds and may do what the program does today."""
    key = find_key(plain=plain)
    return key is not None and set(SCOPES) <= set(key.scopes)


def _wanted() -> list[tuple[str, str]]:
    return [(union, store) for union, stores in STAFFED.items() for store in stores]


def _issue(union: str, slug: str, *, now: datetime) -> dict[str, str]:
    store = Store.objects.select_related("union").get(union__slug=union, slug=slug)
    for lost in ApiKey.objects.filter(store=store, name=NAMES[union], revoked_at=None):
        revoke_key(key=lost, actor=None, now=now)
    _key, plain = issue_key(union=store.union, name=NAMES[union], scopes=SCOPES, actor=None, store=store)
    return {"union": union, "store": slug, "key": plain}
