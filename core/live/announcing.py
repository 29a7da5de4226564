"""Speaking to connected sockets from plain synchronous code, once the change is committed."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson
import redis
from django.conf import settings
from django.db import transaction

CHANNEL = "live"
"""The one Redis channel on which every process with sockets listens."""

CHECK, END = "!check", "!end"
"""Not for the client but for its socket: ask again whether you may stay; close."""

Entry = tuple[str | list[str], str, int]
"""topic or several, frame as text, place in the topic's own order (0: none; several topics have none)."""


@functools.cache
def redis_connection() -> redis.Redis:
    """The process's own connection, kept open; safe to share between threads."""
    return redis.Redis.from_url(settings.REDIS_URL)


def announce(frames: Mapping[str, Mapping[str, Any]]) -> None:
    """Send each topic its frame (`{"type": "stock", …}`) in one round trip; nobody listening is no error."""
    announce_all((topic, frame_text(frame), 0) for topic, frame in frames.items())


def announce_to(topics: Sequence[str], frame: Mapping[str, Any]) -> None:
    """Send all these topics the same frame: its text travels once, however many they are."""
    announce_all([(list(topics), frame_text(frame), 0)])


def announce_all(entries: Iterable[Entry]) -> None:
    """Send ready frames; those with a place in an order are held back by whoever misses the one before."""
    redis_connection().publish(CHANNEL, envelope("", entries))


def person_topic(user_id: int | None) -> str:
    """The sockets of one signed-in person."""
    return f"person.{user_id}"


def session_topic(session_key: str) -> str:
    """The sockets that one sign-in opened. A session's key opens everything, so only its hash goes around."""
    return f"session.{hashlib.sha256(session_key.encode()).hexdigest()[:40]}"


def membership_topic(membership_id: int) -> str:
    """The sockets of an enterprise's stores in a union."""
    return f"membership.{membership_id}"


def check_access(*topics: str) -> None:
    """Once this transaction is committed the topics' sockets ask again whether they may stay open."""
    # Robust: sockets ask by themselves too, so a Redis that is away undoes nothing.
    transaction.on_commit(lambda: announce_all((topic, CHECK, 0) for topic in topics), robust=True)


def end_session(session_key: str) -> None:
    """Close the sockets of a sign-in that ends now."""
    topic = session_topic(session_key)
    transaction.on_commit(lambda: announce_all([(topic, END, 0)]), robust=True)


def envelope(origin: str, entries: Iterable[Entry]) -> bytes:
    """What travels between processes; `origin` is the process that has delivered to its own sockets already."""
    return orjson.dumps([origin, list(entries)])


def frame_text(frame: Mapping[str, Any]) -> str:
    """The JSON text of a frame."""
    return orjson.dumps(frame).decode()
