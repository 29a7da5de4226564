"""Rate limits by API key or by address: a counter per minute in Redis."""

from __future__ import annotations

import time
from typing import Any

from django.conf import settings
from django.core.cache import cache
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle


class PerMinute(BaseThrottle):
    """`API_RATE_KEY` requests a minute for a key, `API_RATE_GUEST` for an address without one."""

    left = 0.0

    def allow_request(self, request: Request, view: Any) -> bool:
        if request.auth is not None:
            who, limit = f"key:{request.auth.pk}", settings.API_RATE_KEY
        else:
            who, limit = f"address:{self.get_ident(request)}", settings.API_RATE_GUEST
        moment = time.time()
        minute, second = divmod(moment, 60)
        self.left = 60 - second
        counter = f"rate:{who}:{int(minute)}"
        if cache.add(counter, 1, timeout=90):
            return True
        try:
            return bool(cache.incr(counter) <= limit)
        except ValueError:  # expired between add and incr
            return True

    def wait(self) -> float:
        return self.left
