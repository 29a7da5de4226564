"""Calls: only between the two of an active conversation, one at a time, and what is left of them."""

import base64
import hashlib
import hmac
from datetime import timedelta

import pytest
from channels.db import database_sync_to_async
from django.utils import timezone

from chat.models import Call, Manager, Message, TalkSettings
from chat.services.calls import end_lost_calls, ice_servers
from tests.chat.wires import console_wire, shop, shopper_wire, talking
from tests.factories.stores import StoreStaffFactory

pytestmark = pytest.mark.django_db(transaction=True)
SDP = "v=0\r\no=- 1 2 IN IP4 127.0.0.1"


async def ready():
    """A conversation whose manager can talk and be seen."""
    store, manager = await shop()
    shopper, console, ref = await talking(store, manager)
    await console.send(type="presence", id="able", state="available", voice=True, video=True)
    await console.hear("ack", id="able")
    return store, manager, shopper, console, ref


async def call(wire, ref, act, **fields):
    """Send a call frame; its ack or error."""
    frame = {"type": "call", "id": f"{act}{len(wire.heard)}", "conversation": ref, "act": act, "device": "d1", **fields}
    await wire.send(**frame)
    return await wire.hear_any(frame["id"])


@database_sync_to_async
def calls():
    return list(Call.objects.values_list("state", "caller__role", "video"))


@database_sync_to_async
def notices(ref):
    return [
        card["what"]
        for card in Message.objects.filter(conversation__ref=ref, kind="system").values_list("card", flat=True)
    ]


async def going(ref, shopper, console):
    rung = await call(shopper, ref, "ring", video=False, device="phone")
    await console.hear("call", act="ring", call=rung["call"])
    await call(console, ref, "accept", call=rung["call"], device="desk")
    await shopper.hear("call", act="accept", call=rung["call"], device="desk")
    await console.has_heard("call", act="taken", call=rung["call"])
    return rung["call"]


async def test_a_call_is_answered_signalled_and_ended():
    _store, _manager, shopper, console, ref = await ready()
    rung = await call(shopper, ref, "ring", video=True, device="phone")
    heard = await console.hear("call", act="ring")
    assert (heard["call"], heard["conversation"], heard["video"]) == (rung["call"], ref, True)
    assert (await call(console, ref, "offer", call=rung["call"], sdp=SDP))["code"] == "wrong_state"
    assert (await call(shopper, ref, "accept", call=rung["call"]))["code"] == "wrong_state"
    assert (await call(console, ref, "accept", call=rung["call"], device="desk"))["type"] == "ack"
    await shopper.hear("call", act="accept", device="desk")
    await call(shopper, ref, "offer", call=rung["call"], device="phone", sdp=SDP)
    assert (await console.hear("call", act="offer"))["sdp"] == SDP + "\r\n"
    await call(console, ref, "answer", call=rung["call"], device="desk", sdp=SDP)
    assert (await shopper.hear("call", act="answer"))["sdp"] == SDP + "\r\n"
    candidate = {"candidate": "candidate:1 1 udp 1 10.0.0.1 9 typ host", "sdpMid": "0", "sdpMLineIndex": 0}
    await call(shopper, ref, "candidate", call=rung["call"], device="phone", candidate=candidate | {"more": "x"})
    assert (await console.hear("call", act="candidate"))["candidate"] == candidate
    # A device that did not answer has no part in it.
    assert (await call(console, ref, "offer", call=rung["call"], device="tablet", sdp=SDP))["code"] == "not_found"
    assert (await call(console, ref, "hangup", call=rung["call"], device="desk"))["type"] == "ack"
    assert (await shopper.hear("call", act="hangup"))["why"] == "hangup"
    assert await calls() == [("ended", "shopper", True)]
    assert await notices(ref) == ["joined", "call_ended"]
    await shopper.close()
    await console.close()


async def test_a_second_device_stops_ringing():
    store, manager, shopper, console, ref = await ready()
    other = await console_wire(store, manager, state=None)
    await other.send(type="resume", id="r", conversations={ref: 0})
    await other.hear("ack", id="r")
    rung = await call(shopper, ref, "ring", video=False)
    for wire in (console, other):
        await wire.hear("call", act="ring")
    await call(console, ref, "accept", call=rung["call"], device="desk")
    assert (await other.hear("call", act="taken"))["device"] == "desk"
    assert (await call(other, ref, "accept", call=rung["call"], device="tablet"))["code"] == "wrong_state"
    for wire in (shopper, console, other):
        await wire.close()


async def test_missed_declined_and_repeated_calls_are_noted_once():
    _store, _manager, shopper, console, ref = await ready()
    rung = await call(console, ref, "ring", video=False)
    assert (await call(shopper, ref, "ring", video=False))["code"] == "busy"
    await call(console, ref, "hangup", call=rung["call"])
    await call(console, ref, "hangup", call=rung["call"])
    assert await notices(ref) == ["joined", "call_missed"]
    rung = await call(console, ref, "ring", video=False)
    await call(shopper, ref, "decline", call=rung["call"], why="denied")
    assert (await console.hear("call", act="hangup", call=rung["call"]))["why"] == "denied"
    assert await notices(ref) == ["joined", "call_missed", "call_declined"]
    assert await calls() == [("declined", "manager", False), ("missed", "manager", False)]
    await shopper.close()
    await console.close()


async def test_only_what_the_store_and_the_console_can():
    store, _manager, shopper, console, ref = await ready()
    await database_sync_to_async(TalkSettings.objects.create)(union=store.union, store=store, video=False)
    assert (await call(shopper, ref, "ring", video=True))["code"] == "no_calls"
    await database_sync_to_async(Manager.objects.update)(can_voice=False)
    assert (await call(shopper, ref, "ring", video=False))["code"] == "no_calls"
    assert await calls() == []
    await shopper.close()
    await console.close()


async def test_nobody_else_has_a_part_in_it():
    store, _manager, shopper, console, ref = await ready()
    stranger = await shopper_wire(store, "v2")
    colleague = await database_sync_to_async(StoreStaffFactory)(store=store, permissions=["console"])
    beside = await console_wire(store, colleague.user)
    await beside.send(type="resume", id="r", conversations={ref: 0})
    await beside.hear("ack", id="r")
    rung = await going(ref, shopper, console)
    assert (await call(stranger, ref, "hangup", call=rung))["code"] == "not_found"
    assert (await call(beside, ref, "hangup", call=rung))["code"] == "not_allowed"
    await call(shopper, ref, "offer", call=rung, device="phone", sdp=SDP)
    await console.hear("call", act="offer")
    await beside.nothing("call")
    await stranger.nothing("call")
    assert await calls() == [("active", "shopper", False)]
    for wire in (shopper, console, stranger, beside):
        await wire.close()


async def test_frames_of_calls_are_checked():
    _store, _manager, shopper, console, ref = await ready()
    rung = await going(ref, shopper, console)
    for fields in (
        {"act": "offer", "sdp": "x" * 24_001},
        {"act": "offer", "sdp": ""},
        {"act": "candidate", "candidate": "x"},
        {"act": "candidate", "candidate": {"candidate": "x" * 1001}},
        {"act": "candidate", "candidate": {"candidate": "x", "sdpMLineIndex": -1}},
        {"act": "media", "audio": 1},
        {"act": "shout"},
    ):
        assert (await call(shopper, ref, fields.pop("act"), call=rung, device="phone", **fields))["code"] == "invalid"
    await console.nothing("call")
    await shopper.close()
    await console.close()


async def test_the_other_side_hears_of_a_lost_line_and_a_forgotten_call_ends():
    _store, _manager, shopper, console, ref = await ready()
    rung = await going(ref, shopper, console)
    await shopper.close()
    await console.hear("call", act="lost", call=rung)
    later = timezone.now() + timedelta(seconds=60)
    assert await database_sync_to_async(end_lost_calls)(now=later) == 1
    assert (await console.hear("call", act="hangup"))["why"] == "lost"
    assert await notices(ref) == ["joined", "call_ended"]
    assert await database_sync_to_async(end_lost_calls)(now=later) == 0
    await console.close()


async def test_the_end_of_a_conversation_ends_its_call():
    _store, _manager, shopper, console, ref = await ready()
    await going(ref, shopper, console)
    await console.send(type="end", id="e", conversation=ref)
    await console.hear("ack", id="e")
    assert await calls() == [("ended", "shopper", False)]
    assert await notices(ref) == ["joined", "call_ended", "ended"]
    assert (await call(shopper, ref, "ring", video=False))["code"] == "wrong_state"
    await shopper.close()
    await console.close()


def test_the_word_for_turn_is_coturns(settings):
    settings.STUN_URLS, settings.TURN_URLS, settings.TURN_SECRET = ["stun:a"], ["turn:a?transport=udp"], "north"
    now = timezone.now()
    stun, turn = ice_servers(whose="c1", now=now)
    assert stun == {"urls": ["stun:a"]}
    assert turn["username"] == f"{int(now.timestamp()) + settings.TURN_SECONDS}:c1"
    expected = hmac.new(b"north", turn["username"].encode(), hashlib.sha1).digest()
    assert base64.b64decode(turn["credential"]) == expected
    settings.TURN_SECRET = ""
    assert ice_servers(whose="c1", now=now) == [stun]
