"""The floor: an ASGI relay that stores nothing, with one Redis subscription shared by all its sockets."""

from __future__ import annotations

import asyncio
import os
from typing import Any

import redis.asyncio

CHANNEL = "bare"
sockets: dict[str, Any] = {}
line: redis.asyncio.Redis | None = None


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """`/<pair>/a/` and `/<pair>/b/`: what one says the other hears, by way of Redis."""
    global line
    if scope["type"] != "websocket":
        return
    if line is None:
        line = redis.asyncio.Redis.from_url(os.environ["REDIS_URL"])
        subscribed = asyncio.Event()
        sockets[""] = asyncio.create_task(listen(subscribed))
        await subscribed.wait()
    await receive()
    await send({"type": "websocket.accept"})
    _, pair, side, _ = scope["path"].split("/")
    sockets[f"{pair}/{side}"] = send
    other = f"{pair}/{'b' if side == 'a' else 'a'}".encode()
    while True:
        event = await receive()
        if event["type"] == "websocket.disconnect":
            return
        await line.publish(CHANNEL, other + b" " + event["text"].encode())


async def listen(subscribed: asyncio.Event) -> None:
    """Hand on what the one subscription brings."""
    assert line is not None
    async with line.pubsub() as subscription:
        await subscription.subscribe(CHANNEL)
        async for message in subscription.listen():
            if message["type"] == "subscribe":
                subscribed.set()
                continue
            to, _, text = message["data"].partition(b" ")
            if send := sockets.get(to.decode()):
                await send({"type": "websocket.send", "text": text.decode()})
