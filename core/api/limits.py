"""Rate limits by API key or by address: a counter per minute in Redis, counted in one round trip."""

from __future__ import annotations

import logging
import time
from typing import Any

from django.conf import settings
from redis.exceptions import RedisError
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from core.clients import address_of, network_of
from core.live import redis_connection

logger = logging.getLogger(__name__)

COUNTED_FOR = 90


class PerMinute(BaseThrottle):
    """`API_RATE_KEY` requests a minute for a key, `API_RATE_GUEST` for an address without one."""

    left = 0.0

    def allow_request(self, request: Request, view: Any) -> bool:
        if request.auth is not None:
            who, limit = f"key:{request.auth.pk}", settings.API_RATE_KEY
        else:
            # Of IPv6 its network: the rest of it one machine changes as often as it likes.
            place = network_of(address_of(getattr(request, "_request", request))) or "nowhere"
            who, limit = f"address:{place}", settings.API_RATE_GUEST
        minute, second = divmod(time.time(), 60)
        self.left = 60 - second
        return self._count(f"rate:{who}:{int(minute)}") <= limit

    def _count(self, counter: str) -> int:
        """How many requests that makes. Without Redis nothing is limited: a shop stays open when its clock stops."""
        try:
            redis = redis_connection()
            count = int(redis.incr(counter))
            if count == 1:
                redis.expire(counter, COUNTED_FOR)
            return count
        except RedisError:
            logger.exception("requests are not counted")
            return 0

    def wait(self) -> float:
        return self.left
