"""What a store's program says: `answer`, `decline`, `withdraw`. See docs/connector.md.

A handler runs in a thread, in the scope of the store's union, and returns what its `ack` says.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.dateparse import parse_datetime

from accounts.models import User
from core.errors import Invalid
from matching.errors import UnknownSku
from matching.models import MatchRequest, MatchResponse
from matching.models.limits import ANSWER_HOLDS, LARGEST, minutes
from matching.queries.calls import call_of, variant_named
from matching.services.answering import USUAL, Answer, answer_call, decline_call, withdraw_answer
from orders.queries.bookables import bookable_by_key
from stores.models import Store

By, Way = MatchResponse.By, MatchResponse.Way
LONGEST_ID = 80


@dataclass(frozen=True)
class Program:
    """A store's program: which store, and the voice of its key."""

    store: Store
    user: User


def answer(program: Program, frame: dict[str, Any]) -> dict[str, Any]:
    """Answer a call, or change what was answered."""
    key = _text(frame, "id", longest=LONGEST_ID)
    if not key:
        raise Invalid(field="id")
    request, now = _call(program, frame), timezone.now()
    return _said(
        answer_call(
            request=request,
            store=program.store,
            answer=_answer_in(frame, program.store),
            by=By.PROGRAM,
            actor=program.user,
            now=now,
            key=key,
        ),
        request,
    )


def decline(program: Program, frame: dict[str, Any]) -> dict[str, Any]:
    """The store has nothing for it."""
    request = _call(program, frame)
    declined = decline_call(request=request, store=program.store, by=By.PROGRAM, actor=program.user, now=timezone.now())
    return _said(declined, request)


def withdraw(program: Program, frame: dict[str, Any]) -> dict[str, Any]:
    """Take the store's own answer back, unless a person gave it."""
    request = _call(program, frame)
    taken = withdraw_answer(request=request, store=program.store, by=By.PROGRAM, actor=program.user, now=timezone.now())
    return _said(taken, request)


HANDLERS: dict[str, Callable[[Program, dict[str, Any]], dict[str, Any]]] = {
    "answer": answer,
    "decline": decline,
    "withdraw": withdraw,
}


def _call(program: Program, frame: dict[str, Any]) -> MatchRequest:
    ref = frame.get("request")
    if type(ref) is not str:
        raise Invalid(field="request")
    return call_of(program.store, ref)


def _said(response: MatchResponse, request: MatchRequest) -> dict[str, Any]:
    return {
        "request": request.ref,
        "response": response.ref,
        "version": response.version,
        "state": response.state,
        "valid_until": response.valid_until,
    }


def _answer_in(frame: dict[str, Any], store: Store) -> Answer:
    way = frame.get("way", Way.CART)
    if way not in Way.values:
        raise Invalid(field="way")
    sku, variant = _text(frame, "sku", longest=64), None
    if sku and (variant := variant_named(store, sku)) is None:
        raise UnknownSku(field="sku")
    service = _text(frame, "service", longest=40)
    holds = _number(frame, "valid_minutes", least=1, most=minutes(ANSWER_HOLDS[1]))
    used = frame.get("used", False)
    if type(used) is not bool:
        raise Invalid(field="used")
    return Answer(
        title=_text(frame, "title", longest=200),
        way=way,
        price=_number(frame, "price", least=1),
        quantity=_number(frame, "quantity", least=1),
        delivery=_number(frame, "delivery", least=0),
        variant=variant,
        bookable=bookable_by_key(store.union, service) if service else None,
        available_at=_time(frame, "available_at"),
        is_used_good=used,
        words=_text(frame, "words", longest=500),
        holds=USUAL if holds is None else timedelta(minutes=holds),
    )


def _text(frame: dict[str, Any], name: str, *, longest: int) -> str:
    value = frame.get(name)
    if value is None:
        return ""
    if type(value) is not str or len(value) > longest or not _storable(value):
        raise Invalid(field=name)
    return value


def _storable(text: str) -> bool:
    """Half a surrogate pair is no character."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _number(frame: dict[str, Any], name: str, *, least: int, most: int = LARGEST) -> int | None:
    value = frame.get(name)
    if value is None:
        return None
    if type(value) is not int or not least <= value <= most:
        raise Invalid(field=name)
    return value


def _time(frame: dict[str, Any], name: str) -> datetime | None:
    value = frame.get(name)
    if value is None:
        return None
    try:
        found = parse_datetime(value) if type(value) is str else None
    except ValueError:
        found = None
    if found is None or found.tzinfo is None or not 2000 <= found.year <= 9000:
        raise Invalid(field=name)
    return found
