"""Telling those who are connected, from plain synchronous code, once the change is committed.

The channel layer's own `group_send` needs an event loop: from a WSGI worker that means a new loop and a new connection
to Redis for every message. Publishing what the layer would publish takes one round trip on a kept connection.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

import redis
from channels.layers import get_channel_layer
from django.conf import settings


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
