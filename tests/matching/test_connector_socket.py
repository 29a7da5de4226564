"""A store's program on its line: hears calls, answers them once, and hears what became of its answers."""

from datetime import timedelta

import pytest
from channels.db import database_sync_to_async
from django.utils import timezone

from matching.models import MatchResponse
from matching.services.answering import Answer, answer_call
from matching.services.ending import cancel_request
from stores.models import ApiKey
from stores.services.keys import issue_key
from tests.chat.test_asyncapi import DOCUMENT, fits, payloads
from tests.factories.accounts import UserFactory
from tests.factories.matching import caller
from tests.factories.reservations import repair_shop
from tests.factories.stores import VariantFactory
from tests.matching.lines import answers, open_line, place, use, wish

pytestmark = pytest.mark.django_db(transaction=True)


async def test_a_program_is_greeted_hears_a_call_and_answers():
    store, plain = await place()
    wire = await open_line(plain)
    hello = wire.hello
    assert {name: hello[name] for name in ("store", "union", "currency", "digits", "may_answer", "calls", "used")} == {
        "store": "lamps",
        "union": "harbour",
        "currency": "GBP",
        "digits": 2,
        "may_answer": True,
        "calls": [],
        "used": [],
    }
    request = await wish(store.union, quantity=2, budget=9000)
    call = await wire.hear("wish")
    assert (call["request"], call["words"], call["quantity"]) == (request.ref, "reading lamp", 2)
    assert call["budget"] == {"amount": 9000, "currency": "GBP"}
    later = (timezone.now() + timedelta(days=1)).isoformat()
    await wire.send(
        type="answer", id="1", request=request.ref, price=2500, title="Brass lamp", delivery=300, words="In the window",
        available_at=later, valid_minutes=30, used=True,
    )  # fmt: skip
    ack = await wire.hear("ack", id="1")
    response = await database_sync_to_async(MatchResponse.objects.get)()
    assert (ack["request"], ack["response"], ack["version"], ack["state"]) == (request.ref, response.ref, 1, "offered")
    assert (response.by, response.title, response.price, response.delivery) == ("program", "Brass lamp", 2500, 300)
    assert (response.quantity, response.is_used_good, response.words) == (2, True, "In the window")
    assert response.valid_until - response.changed_at == timedelta(minutes=30)
    key = await database_sync_to_async(ApiKey.objects.get)()
    assert key.last_used_at is not None
    await wire.close()


async def test_a_program_offers_a_time_of_the_store():
    store, plain = await place()
    bookable = await database_sync_to_async(repair_shop)(store=store)
    wire = await open_line(plain)
    request = await wish(store.union)
    at = (timezone.now() + timedelta(days=2)).isoformat()
    said = {"type": "answer", "request": request.ref, "way": "time", "title": "We look at it", "available_at": at}
    await wire.send(**said, id="1", service="no-such")
    assert (await wire.hear("error", id="1"))["code"] == "not_bookable"
    await wire.send(**said, id="2")
    assert (await wire.hear("error", id="2"))["field"] == "available_at"
    await wire.send(**said, id="3", service=bookable.key)
    assert (await wire.hear("ack", id="3"))["state"] == "offered"
    response = await database_sync_to_async(MatchResponse.objects.get)()
    assert (response.way, response.bookable_id, response.by) == ("time", bookable.pk, "program")
    await wire.close()


async def test_what_waits_is_handed_over_and_what_is_answered_is_not():
    store, plain = await place()
    request = await wish(store.union)
    wire = await open_line(plain)
    assert [(call["type"], call["request"]) for call in wire.hello["calls"]] == [("wish", request.ref)]
    await wire.send(type="decline", id="n", request=request.ref)
    assert (await wire.hear("ack", id="n"))["state"] == "declined"
    await wire.close()
    again = await open_line(plain)
    assert again.hello["calls"] == []
    await again.close()


async def test_the_same_id_answers_once_also_on_another_line_and_after_the_end():
    store, plain = await place()
    first, second = await open_line(plain), await open_line(plain)
    request = await wish(store.union)
    said = {"type": "answer", "request": request.ref, "title": "Brass lamp"}
    await first.send(**said, id="1", price=2500)
    one = await first.hear("ack", id="1")
    await first.send(**said, id="2", price=2400)
    assert (await first.hear("ack", id="2"))["version"] == 2
    await second.send(**said, id="1", price=2500)
    again = await second.hear("ack", id="1")
    assert (again["response"], again["version"]) == (one["response"], 2)
    assert await answers() == [("Brass lamp", 2400, "offered", 2)]
    await database_sync_to_async(cancel_request)(request=request, now=timezone.now())
    assert (await second.hear("wish.over"))["request"] == request.ref
    await second.send(**said, id="2", price=2400)
    assert (await second.hear("ack", id="2"))["version"] == 2
    await second.send(**said, id="3", price=2300)
    late = await second.hear("error", id="3")
    assert (late["code"], late["state"]) == ("too_late", "cancelled")
    assert await answers() == [("Brass lamp", 2400, "lapsed", 2)]
    await first.close()
    await second.close()


async def test_many_lines_answering_at_once_are_one_answer():
    store, plain = await place()
    request = await wish(store.union)
    wires = [await open_line(plain) for _ in range(4)]
    for number, wire in enumerate(wires):
        await wire.send(type="answer", id=f"a{number}", request=request.ref, price=2500 + number)
    versions = sorted([(await wire.hear("ack", id=f"a{number}"))["version"] for number, wire in enumerate(wires)])
    assert versions == [1, 2, 3, 4]
    [(_title, _price, state, version)] = await answers()
    assert (state, version) == ("offered", 4)
    for wire in wires:
        await wire.close()


async def test_an_answer_that_was_used_is_told_to_its_store_only():
    store, plain = await place()
    lamp = await database_sync_to_async(VariantFactory)(store=store, sku="LAMP-1", price=2600, stock=3)
    rival = await database_sync_to_async(caller)(store.union)
    others = (
        await database_sync_to_async(issue_key)(
            union=store.union, name="x", scopes=["calls:read"], actor=None, store=rival
        )
    )[1]
    wire, other = await open_line(plain), await open_line(others)
    request = await wish(store.union)
    await wire.send(type="answer", id="1", request=request.ref, price=2500, sku="LAMP-1")
    response = (await wire.hear("ack", id="1"))["response"]
    await use(request)
    used = await wire.hear("used")
    assert {name: used[name] for name in used if name != "used_at"} == {
        "type": "used",
        "request": request.ref,
        "response": response,
        "version": 1,
        "what": "cart",
        "title": lamp.product.title,
        "sku": "LAMP-1",
        "quantity": 1,
        "price": {"amount": 2500, "currency": "GBP"},
    }
    assert (await other.hear("wish.over"))["state"] == "used"
    await other.nothing("used")
    # Used twice it is told once; who was away learns of it.
    await use(request, state="used")
    await wire.nothing("used")
    await wire.send(type="withdraw", id="w", request=request.ref)
    assert (await wire.hear("error", id="w"))["code"] == "answer_gone"
    again = await open_line(plain)
    assert [one["response"] for one in again.hello["used"]] == [response]
    for each in (wire, other, again):
        await each.close()


async def test_withdrawn_is_withdrawn_and_may_be_answered_anew():
    store, plain = await place()
    wire = await open_line(plain)
    request = await wish(store.union)
    await wire.send(type="withdraw", id="w", request=request.ref)
    assert (await wire.hear("error", id="w"))["code"] == "not_found"
    await wire.send(type="answer", id="1", request=request.ref, price=2500)
    await wire.hear("ack", id="1")
    for time in ("w1", "w2"):
        await wire.send(type="withdraw", id=time, request=request.ref)
        assert (await wire.hear("ack", id=time))["state"] == "withdrawn"
    await wire.send(type="answer", id="1", request=request.ref, price=2500)
    assert (await wire.hear("ack", id="1"))["state"] == "withdrawn"
    await wire.send(type="answer", id="2", request=request.ref, price=2400)
    assert (await wire.hear("ack", id="2"))["state"] == "offered"
    await wire.close()


async def test_what_a_person_answered_stands():
    store, plain = await place()
    wire = await open_line(plain)
    request = await wish(store.union)
    await database_sync_to_async(answer_call)(
        request=request, store=store, answer=Answer(title="By hand", price=3000), by="person",
        actor=await database_sync_to_async(UserFactory)(), now=timezone.now(),
    )  # fmt: skip
    for frame in ({"type": "answer", "price": 1}, {"type": "decline"}, {"type": "withdraw"}):
        await wire.send(**frame, id=frame["type"], request=request.ref)
        assert (await wire.hear("error", id=frame["type"]))["code"] == "answered_by_person"
    assert await answers() == [("By hand", 3000, "offered", 1)]
    await wire.close()


WRONG = [
    ({"price": 0}, "price"),
    ({"price": "2500"}, "price"),
    ({"price": 25.0}, "price"),
    ({"price": True}, "price"),
    ({"price": 2**60}, "price"),
    ({}, "price"),
    ({"price": 1, "quantity": 1000}, "quantity"),
    ({"price": 1, "delivery": -1}, "delivery"),
    ({"price": 1, "title": ["a"]}, "title"),
    ({"price": 1, "words": "a" * 501}, "words"),
    ({"price": 1, "available_at": "tomorrow"}, "available_at"),
    ({"price": 1, "available_at": "2030-01-01T10:00:00"}, "available_at"),
    ({"price": 1, "available_at": "2030-02-31T10:00:00Z"}, "available_at"),
    ({"price": 1, "valid_minutes": 0}, "valid_minutes"),
    ({"price": 1, "used": 1}, "used"),
    ({"price": 1, "way": "time"}, "available_at"),
    ({"price": 1, "way": "swap"}, "way"),
    ({"price": 1, "service": 7}, "service"),
    ({"price": 1, "id": None}, "id"),
    ({"price": 1, "id": "i" * 81}, "id"),
    ({"price": 1, "request": 7}, "request"),
]


async def test_frames_out_of_shape_say_where_and_change_nothing(settings):
    settings.SOCKET_BURST = 1000
    store, plain = await place()
    wire = await open_line(plain)
    request = await wish(store.union)
    for number, (fields, field) in enumerate(WRONG):
        await wire.send(**{"type": "answer", "id": f"x{number}", "request": request.ref, **fields})
        refusal = await wire.hear("error")
        assert (refusal["code"], refusal.get("field")) == ("invalid", field), (fields, refusal)
    await wire.send(type="answer", id="s", request=request.ref, price=1, sku="NOBODYS")
    assert (await wire.hear("error", id="s"))["code"] == "unknown_sku"
    await wire.send(type="hum", id="h")
    assert (await wire.hear("error", id="h"))["code"] == "unknown_type"
    await wire.send(type="answer", id="t", request=request.ref, way="talk", words="Come in, we find something.")
    await wire.hear("ack", id="t")
    assert await answers() == [("reading lamp", None, "offered", 1)]
    await wire.close()


async def test_what_travels_is_what_the_document_says():
    hears, says = payloads("connectorHears"), payloads("connectorSends")
    assert set(says) == {"answer", "decline", "withdraw", "ping", "pong"}
    store, plain = await place()
    waited = await wish(store.union, quantity=2, budget=9000, latitude=50.1, longitude=-5.5)
    wire = await open_line(plain)
    for name in ("sayAnswer", "sayWithdraw", "sayDecline"):
        payload = DOCUMENT["components"]["messages"][name]["examples"][0]["payload"]
        frame = {key: waited.ref if value == "REF" else value for key, value in payload.items()}
        fits(frame, says)
        await wire.send(**frame)
        await wire.hear("ack", id=frame["id"])
    sold = await wish(store.union)
    await wire.send(type="answer", id="1", request=sold.ref, price=2500)
    await wire.hear("ack", id="1")
    await use(sold)
    await wire.hear("used")
    await wire.send(type="ping")
    await wire.send(type="hum", id="h")
    await wire.hear("error", id="h")
    again = await open_line(plain)
    assert len(again.hello["used"]) == 1
    for frame in (*wire.heard, again.hello):
        fits(frame, hears)
    assert {frame["type"] for frame in wire.heard} == {"hello", "wish", "wish.over", "used", "ack", "pong", "error"}
    await wire.close()
    await again.close()
