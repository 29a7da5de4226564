"""What no console of ours says on its line is answered, and breaks nothing."""

import asyncio

import pytest
from asgiref.sync import sync_to_async

from tests.factories.orders import market
from tests.factories.unions import owner_of
from tests.orders.test_told import console, hang_up


@pytest.mark.django_db(transaction=True)
def test_bytes_and_nested_nonsense_are_unknown_frames():
    there = market()
    manager = owner_of(there.first.membership)

    async def talk() -> list[dict]:
        socket = await sync_to_async(console)(manager, there.union.slug, there.first.slug)
        await socket.connect()
        await socket.receive_json_from()
        answers = []
        for frame in ({"text_data": "[" * 15_000}, {"bytes_data": b"\x00\xff"}, {"text_data": '"x"'}):
            await socket.send_to(**frame)
            answers.append(await socket.receive_json_from())
        await hang_up(socket)
        return answers

    assert [answer["code"] for answer in asyncio.run(talk())] == ["unknown_frame"] * 3
