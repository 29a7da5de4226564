"""kill -9 of a web process, of Redis and of PostgreSQL while pairs talk over two processes without sticky routing.

PAIRS=200 runs it as large as the goal says; the suite talks with fewer.
"""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from tests.races.exchange import MOST_UNDER_WAY, OPEN, Exchange
from tests.races.platform import PATIENCE, Platform
from tests.site import free_port, wait_for_answer

pytestmark = pytest.mark.timeout(500)

PAIRS = int(os.environ.get("PAIRS", "12"))
ROWS = (
    "SELECT conversation.ref, message.seq, message.client_id FROM chat_message message "
    "JOIN chat_conversation conversation ON conversation.id = message.conversation_id"
)


def start_sockets(platform: Platform, name: str, port: int) -> None:
    platform._start(name, ["daphne", "-b", "127.0.0.1", "-p", str(port), "martunion.asgi:application"])


def test_kill_9_of_each_server_loses_doubles_and_reorders_nothing(tmp_path: Path):
    platform = Platform(tmp_path, durable=True)
    try:
        told = platform.python(OPEN.format(pairs=PAIRS))
        ports = {"one": free_port(), "two": free_port()}
        for name, port in ports.items():
            start_sockets(platform, name, port)
        for name, port in ports.items():
            wait_for_answer(f"http://127.0.0.1:{port}", platform.processes[name], platform.log(name), PATIENCE)
        exchange = asyncio.run(talk(platform, ports, told))
        found = exchange.faults(platform.rows(ROWS))
        assert found == [], found[:10]
        for side in exchange.sides:
            assert side.acknowledged
    finally:
        platform.close()


async def talk(platform: Platform, ports: dict[str, int], told: list[object]) -> Exchange:
    exchange = Exchange.over(list(ports.values()), told, every=0.3 if PAIRS < 50 else 2.0)
    await exchange.begin()

    async def goes_on() -> None:
        """Everybody is connected, and gets something acknowledged that was said from now on."""
        before = {id(side): len(side.acknowledged) + MOST_UNDER_WAY for side in exchange.sides}
        await exchange.everybody(
            lambda side: side.is_following and len(side.acknowledged) > before[id(side)],
            within=60 if PAIRS < 50 else 150,
        )

    try:
        await goes_on()
        await asyncio.to_thread(platform.kill, "one")
        await asyncio.sleep(1.0)
        start_sockets(platform, "one", ports["one"])
        await goes_on()
        await asyncio.to_thread(platform.kill_redis)
        await asyncio.sleep(2.0)
        # Not in a thread: the servers end with the thread that started them.
        platform.start_redis()
        await goes_on()
        await asyncio.to_thread(platform.kill_postgres)
        await asyncio.sleep(1.0)
        platform.start_postgres()
        await goes_on()
        await exchange.settled(within=90 if PAIRS < 50 else 180)
    finally:
        await exchange.end()
    return exchange
