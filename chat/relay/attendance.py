"""Which conversations have their shopper at a page of this process, kept in Redis for whoever would mail them."""

from __future__ import annotations

import asyncio
import logging
import time

import redis.asyncio
from django.conf import settings

from chat.services.late_answers import ATTENDED_EVERY, ATTENDING, ATTENDS_FOR
from core.live import Hub

logger = logging.getLogger(__name__)


async def attend_on(hub: Hub) -> None:
    """For ever: one command for all shoppers of this process, however many."""
    async with redis.asyncio.Redis.from_url(settings.REDIS_URL) as line:
        while True:
            now = time.time()
            present = {str(key): now for socket in tuple(hub.sockets) for key in getattr(socket, "attends", ())}
            try:
                if present:
                    await line.zadd(ATTENDING, present)
                await line.zremrangebyscore(ATTENDING, 0, now - 2 * ATTENDS_FOR)
            except (OSError, redis.RedisError) as error:
                logger.warning("Who is at a window was not written (%s).", error)
            await asyncio.sleep(ATTENDED_EVERY)
