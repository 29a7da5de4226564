"""A store that has its pages open sees reservations move without reloading."""

import asyncio
from datetime import timedelta

import pytest
from asgiref.sync import sync_to_async
from django.utils import timezone

from core.outbox import deliver_waiting
from orders.services.reservations import accept_reservation
from tests.factories.reservations import NOW, ReservationFactory
from tests.factories.unions import owner_of
from tests.orders.test_told import console, hang_up


@pytest.mark.django_db(transaction=True)
def test_the_console_hears_of_reservations():
    made = ReservationFactory()
    manager = owner_of(made.store.membership)

    def accept() -> None:
        accept_reservation(reservation=made, side="store", actor=manager, now=NOW)
        while deliver_waiting(now=timezone.now() + timedelta(hours=2)):
            pass

    async def listen() -> list[dict]:
        socket = await sync_to_async(console)(manager, made.union.slug, made.store.slug)
        await socket.connect()
        frames = [await socket.receive_json_from()]
        await sync_to_async(accept)()
        frames.append(await socket.receive_json_from())
        await hang_up(socket)
        return frames

    hello, changed = asyncio.run(listen())
    assert hello["type"] == "hello"
    assert changed == {"type": "reservation.changed", "number": made.number, "state": "confirmed"}
