"""The floor of a call: an ASGI application whose sockets all get what is published, as it is."""

from __future__ import annotations

import asyncio
import os
from typing import Any

import redis.asyncio

CHANNEL = "shout"
sends: list[Any] = []
tasks: list[asyncio.Task[None]] = []


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Every path is a listener."""
    if scope["type"] != "websocket":
        return
    if not tasks:
        subscribed = asyncio.Event()
        tasks.append(asyncio.create_task(listen(subscribed)))
        await subscribed.wait()
    await receive()
    await send({"type": "websocket.accept"})
    sends.append(send)
    while (await receive())["type"] != "websocket.disconnect":
        pass
    sends.remove(send)


async def listen(subscribed: asyncio.Event) -> None:
    """Hand on what the one subscription brings."""
    async with redis.asyncio.Redis.from_url(os.environ["REDIS_URL"]) as line, line.pubsub() as subscription:
        await subscription.subscribe(CHANNEL)
        async for message in subscription.listen():
            if message["type"] == "subscribe":
                subscribed.set()
                continue
            text = message["data"].decode()
            for send in tuple(sends):
                await send({"type": "websocket.send", "text": text})
