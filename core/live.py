"""Telling those who are connected, from plain synchronous code, once the change is committed.

The channel layer's own `group_send` needs an event loop: from a WSGI worker that means a new loop and a new connection
to Redis for every message. Publishing what the layer would publish takes one round trip on a kept connection.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Mapping
from typing import Any

import redis
from channels.layers import get_channel_layer
from django.conf import settings
from django.db import transaction


@functools.cache
def redis_connection() -> redis.Redis:
    """The process's own connection, kept open; safe to share between threads."""
    return redis.Redis.from_url(settings.REDIS_URL)


def announce(messages: Mapping[str, Mapping[str, Any]]) -> None:
    """Send each group its message (`{"type": "stock.changed", …}`) in one round trip; nobody listening is no error."""
    layer = get_channel_layer()
    with redis_connection().pipeline(transaction=False) as pipeline:
        for group, message in messages.items():
            pipeline.publish(f"asgi__group__{group}", layer.serialize(message))
        pipeline.execute()


def person_group(user_id: int | None) -> str:
    """The sockets of one signed-in person."""
    return f"access.person.{user_id}"


def session_group(session_key: str) -> str:
    """The sockets that one sign-in opened. A session's key opens everything, so only its hash goes around."""
    return f"access.session.{hashlib.sha256(session_key.encode()).hexdigest()[:40]}"


def membership_group(membership_id: int) -> str:
    """The sockets of an enterprise's stores in a union."""
    return f"access.membership.{membership_id}"


def check_access(*groups: str) -> None:
    """Once this transaction is committed the groups' sockets ask again whether they may stay open."""
    messages = {group: {"type": "access.check"} for group in groups}
    # Robust: sockets ask by themselves too, so a channel layer that is away undoes nothing.
    transaction.on_commit(lambda: announce(messages), robust=True)


def end_session(session_key: str) -> None:
    """Close the sockets of a sign-in that ends now."""
    messages = {session_group(session_key): {"type": "access.ended"}}
    transaction.on_commit(lambda: announce(messages), robust=True)
