"""The consoles of this process say in Redis that they are there."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import defaultdict

import redis.asyncio
from django.conf import settings

from chat.queries.presence import HEARTBEAT_EVERY, PRESENT_FOR, presence_key
from core.live.hub import wanted

logger = logging.getLogger(__name__)
KEPT_FOR = 3600
"""Seconds after which records that nobody counts any more are cleared away."""


class Heartbeat:
    """Members `(union, "manager:channel")` are kept fresh while they are in `present`."""

    def __init__(self) -> None:
        self.present: dict[str, tuple[int, str]] = {}

    def begin(self, channel: str, *, union_id: int, manager_id: int) -> None:
        """A console has logged in; its first beat was written by the service."""
        self.present[channel] = (union_id, f"{manager_id}:{channel}")

    def end(self, channel: str) -> None:
        """It is gone or has logged out."""
        self.present.pop(channel, None)

    async def beat_on(self) -> None:
        """For ever. A Redis that is away is tried again with the next beat."""
        async with redis.asyncio.Redis.from_url(settings.REDIS_URL) as line:
            while wanted():
                await asyncio.sleep(HEARTBEAT_EVERY)
                now = time.time()
                by_union: dict[int, dict[str, float]] = defaultdict(dict)
                for union_id, member in self.present.values():
                    by_union[union_id][member] = now
                try:
                    async with line.pipeline(transaction=False) as pipeline:
                        for union_id, members in by_union.items():
                            pipeline.zadd(presence_key(union_id), members)
                            pipeline.zremrangebyscore(presence_key(union_id), 0, now - PRESENT_FOR - KEPT_FOR)
                        await pipeline.execute()
                except (OSError, redis.RedisError) as error:
                    logger.warning("A heartbeat was not written (%s).", error)
