"""What no console of ours says on its line is answered, and breaks nothing."""

import asyncio

import pytest
from asgiref.sync import sync_to_async

from tests.factories.orders import market
from tests.factories.unions import owner_of
from tests.orders.test_told import console, hang_up

UNKNOWN = {"text_data": '{"type": "dance"}'}


@pytest.mark.django_db(transaction=True)
def test_bytes_nested_nonsense_and_unknown_types_are_answered_with_an_error():
    there = market()
    manager = owner_of(there.first.membership)

    async def talk() -> list[dict]:
        socket = await sync_to_async(console)(manager, there.union.slug, there.first.slug)
        await socket.connect()
        await socket.receive_json_from()
        answers = []
        for frame in ({"text_data": "[" * 15_000}, {"bytes_data": b"\x00\xff"}, {"text_data": '"x"'}, UNKNOWN):
            await socket.send_to(**frame)
            answers.append(await socket.receive_json_from())
        await hang_up(socket)
        return answers

    assert [answer["code"] for answer in asyncio.run(talk())] == ["invalid"] * 3 + ["unknown_type"]
