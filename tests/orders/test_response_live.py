"""The page of a question hears of its answer by itself, and takes no typed word away."""

import asyncio
from datetime import timedelta

import pytest
from asgiref.sync import sync_to_async
from django.test import Client
from django.utils import timezone

from core.outbox import deliver_waiting
from orders.services.responses import answer_response, note_response, resolve_response
from tests.factories.orders import market
from tests.orders.responding import NOW, asked, fresh
from tests.orders.test_told import hang_up
from tests.sockets import WebsocketCommunicator

HTMX = {"HX-Request": "true"}


@pytest.mark.django_db(transaction=True)
def test_the_page_hears_of_its_own_response_only():
    there = market()
    mine, other = asked(there.first), asked(there.first)
    said = {"voice": "store", "actor": None, "now": NOW}

    def line() -> WebsocketCommunicator:
        from martunion.asgi import application

        headers = [(b"origin", b"http://testserver"), (b"host", b"testserver")]
        return WebsocketCommunicator(application, f"/ws/u/{there.union.slug}/", headers=headers)

    def deliver() -> None:
        while deliver_waiting(now=timezone.now() + timedelta(hours=2)):
            pass

    def tell(say, response) -> None:
        say(response=fresh(response), words="No rye.", **said)
        deliver()

    async def follow(token: str) -> tuple[WebsocketCommunicator, dict]:
        socket = line()
        await socket.connect()
        assert (await socket.receive_json_from())["type"] == "hello"
        await socket.send_json_to({"type": "response", "id": "r", "token": token})
        return socket, await socket.receive_json_from()

    async def walk() -> list:
        socket, answer = await follow(mine.token)
        heard = [answer]
        for say, response in ((answer_response, other), (note_response, mine)):
            await sync_to_async(tell)(say, response)
            heard.append(await socket.receive_nothing(0.3))
        await sync_to_async(tell)(answer_response, mine)
        heard.append(await socket.receive_json_from())
        await hang_up(socket)
        for token in ("x" * 43, ""):
            stranger, answer = await follow(token)
            heard.append(answer["code"])
            await hang_up(stranger)
        return heard

    deliver()
    told = [{"type": "ack", "id": "r"}, True, True, {"type": "response.changed"}, "not_found", "not_found"]
    assert asyncio.run(walk()) == told


@pytest.mark.django_db
def test_it_is_drawn_again_only_when_something_is_new():
    there, guest = market(), Client()
    made = asked(there.first)
    page = f"/u/{there.union.slug}/responses/{made.token}/"
    seen = guest.get(page).context["seen"]
    assert guest.get(page, {"seen": seen}, headers=HTMX).status_code == 204
    assert guest.get(page, {"seen": seen}).status_code == 200
    answer_response(response=fresh(made), words="No rye.", voice="store", actor=None, now=NOW + timedelta(hours=1))
    again = guest.get(page, {"seen": seen}, headers=HTMX)
    assert (again.status_code, "No rye." in again.content.decode()) == (200, True)


@pytest.mark.django_db
def test_words_that_came_too_late_stay_on_the_page():
    there, guest = market(), Client()
    made = asked(there.first)
    resolve_response(response=made, words="Done.", voice="store", actor=None, now=NOW)
    type(made).objects.filter(pk=made.pk).update(state="closed")
    answer = guest.post(f"/u/{there.union.slug}/responses/{made.token}/write/", {"words": "One more thing"})
    body = answer.content.decode()
    assert (answer.status_code, "One more thing" in body, "alert" in body) == (422, True, True)
