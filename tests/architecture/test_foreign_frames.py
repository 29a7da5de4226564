"""Every frame of every socket, with real ids of what is another union's, store's or shopper's: nothing of it moves,
nothing of it is heard. A new frame is walked by itself as soon as it is registered.
"""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import timedelta
from typing import Any

import pytest
from channels.db import database_sync_to_async
from django.apps import apps
from django.db import connections
from django.db.models import Model, Q
from django.utils import timezone
from django_scopes import scopes_disabled

from chat.frames import CONSOLE, SHOPPER, handlers
from chat.models import Call, Conversation, Invitation, Manager, Participant
from martunion.asgi import application
from matching.frames.programs import HANDLERS
from matching.models import MatchRequest, MatchResponse
from orders.models import PriceProposal, Purchase, Reservation
from orders.services.contact import Contact
from orders.services.drafts import DraftLine, compose_draft
from stores.models import DeliveryOption, Product, Store, Variant
from stores.services.keys import issue_key
from tests.architecture.two_unions import Place, filled
from tests.chat.wires import Wire, session_cookie, visitor_cookie, wire
from tests.factories.accounts import UserFactory
from tests.factories.chat import ConversationFactory, said
from tests.sockets import WebsocketCommunicator

TALK, OWN = "SAME-TALK", "OWN-TALK"
PLAIN = {(side, kind) for side in (SHOPPER, CONSOLE) for kind in ("message", "typing", "seen", "resume")}
"""What sockets do without a handler."""
ACTS = ("ring", "accept", "decline", "hangup", "alive", "offer", "candidate", "media")
PUBLIC = {"start", "page", "event", "presence", "watch", "purchase"} | {
    kind for side, kind in handlers if kind.startswith("room") and side == SHOPPER
}
"""What any shopper may do at any store of a union, or whoever has a link."""


@pytest.fixture(autouse=True)
def _papers_of_a_test(settings, tmp_path):
    # An attacker is slower than this test.
    settings.SOCKET_BURST = 1000
    papers = {
        **settings.STORAGES["papers"],
        "OPTIONS": {"location": tmp_path / "papers", "base_url": "/account/papers/"},
    }
    settings.STORAGES = {**settings.STORAGES, "papers": papers}


def live(place: Place) -> dict[str, Any]:
    """Let the place's conversation go on, with one of everything in it; its ids by the names that frames use."""
    now, owner, shopper = timezone.now(), place.people["owner"], place.people["shopper"]
    store = Store.objects.select_related("union", "membership").get(pk=place.store.pk)
    talk = Conversation.objects.get(union=place.union, ref=TALK)
    Conversation.objects.filter(pk=talk.pk).update(state="active", manager=owner, answered_at=now)
    asks = Participant.objects.get(conversation=talk, role="shopper")
    answers = Participant.objects.create(
        union=place.union, conversation=talk, role="manager", user=owner, name=f"{place.marker} owner", joined_at=now
    )
    manager = Manager.objects.create(union=place.union, store=store, user=owner, shown_name=f"{place.marker} owner")
    PriceProposal.objects.filter(union=place.union).update(conversation=TALK)
    Reservation.objects.filter(union=place.union).update(
        conversation=TALK, state="proposed", confirmed_at=None, expires_at=now + timedelta(days=1)
    )
    variant = Variant.objects.select_related("product").get(union=place.union, sku="LOAF-1")
    draft = compose_draft(
        store=store, lines=[DraftLine(1, variant)], contact=Contact(shopper), actor=owner, now=now, conversation=TALK
    )
    call = Call.objects.create(
        union=place.union, conversation=talk, ref=f"call-{place.union.slug}", caller=asks, called=answers,
        caller_device="there", rang_at=now, caller_at=now, called_at=now,
    )  # fmt: skip
    return {
        "store": store.slug,
        "stores": [store.slug],
        "proposal": PriceProposal.objects.get(union=place.union).pk,
        "reservation": Reservation.objects.get(union=place.union).pk,
        "draft": draft.pk,
        "call": call.ref,
        "invitation": Invitation.objects.get(union=place.union).ref,
        "variant": variant.pk,
        "product": variant.product_id,
        "products": list(Product.objects.filter(union=place.union).values_list("pk", flat=True)),
        "lines": [{"variant": variant.pk, "quantity": 1, "price": 300}],
        "delivery": DeliveryOption.objects.filter(union=place.union, store=store).values_list("pk", flat=True)[0],
        "service": place.names["service"],
        "room": place.names["room"],
        "token": Purchase.objects.get(union=place.union, number="SAME-0001").token,
        "to": manager.pk,
        "page": f"/u/{place.union.slug}/{store.slug}/loaf/",
    }


def elsewhere_in(place: Place) -> None:
    """A conversation at the neighbour's, of a shopper who has nothing to do with the first store."""
    stranger = place.people["stranger"] = UserFactory(name="Quite Another")
    store = Store.objects.get(union=place.union, slug="next-door")
    talk = ConversationFactory(
        union=place.union, store=store, ref=OWN, customer=stranger, visitor="", shopper_name="Quite Another"
    )
    said(talk, "words next door")
    Participant.objects.create(
        union=place.union, conversation=talk, role="manager", user=place.people["neighbour"], joined_at=timezone.now()
    )


def frames_of(side: str, ids: dict[str, Any], conversation: str) -> list[dict[str, Any]]:
    """Every frame of this side, whole enough to be acted upon."""
    soon = (timezone.now() + timedelta(days=8)).replace(hour=10, minute=0, second=0, microsecond=0)
    usual = ids | {
        "conversation": conversation, "conversations": {conversation: 0}, "seq": 1, "text": "taken over", "words": "",
        "note": "mine", "quantity": 1, "price": 100, "expected": 100, "starts_at": soon.isoformat(), "stars": 1,
        "email": "taken@over.example", "minutes": 5, "part": "others", "from": 0, "state": "available",
        "shortcut": "hello", "device": "mine", "sdp": "v=0", "candidate": {"candidate": ""}, "seconds": 0,
    }  # fmt: skip
    found = []
    for kind in sorted({kind for of, kind in handlers.keys() | PLAIN if of == side}):
        if kind == "call":
            found += [usual | {"type": kind, "act": act} for act in ACTS]
        elif kind == "message":
            cards = [("product", {"product": ids["product"]}), ("order", {"order": "SAME-0002"})]
            found += [usual | {"type": kind, "kind": shown, "card": card} for shown, card in cards]
            found.append(usual | {"type": kind})
        else:
            found.append(usual | {"type": kind})
    if side == SHOPPER:
        found.append(usual | {"type": "watch"})
    return found


async def attack(socket: Wire, frames: list[dict[str, Any]], *own: Any) -> list[tuple[str, str]]:
    """Send them all, the conversation `own` being open each time; what each was answered with."""
    answers = []
    for number, frame in enumerate(frames):
        await reset(*own)
        await socket.send(**{**frame, "id": f"f{number}-{frame['conversation']}"})
        answer = await socket.hear_any(f"f{number}-{frame['conversation']}")
        name = f"{frame['type']} {frame.get('act') or frame.get('kind') or ''}".strip()
        answers.append((name, answer.get("code") or answer["type"]))
    return answers


@database_sync_to_async
def reset(place: Place, ref: str, manager: str) -> None:
    """The attackers' own conversation goes on, whatever their last frame made of it."""
    with scopes_disabled():
        own = Conversation.objects.filter(union=place.union, ref=ref)
        own.update(state="active", manager=place.people[manager], ended_at=None, with_support=False)


def rows_of(model: type[Model], found: Q) -> dict[Any, tuple[Any, ...]]:
    return {row[0]: row for row in model._base_manager.filter(found).values_list("pk", *columns_of(model))}


def columns_of(model: type[Model]) -> list[str]:
    return [field.attname for field in model._meta.concrete_fields]


def tables() -> list[type[Model]]:
    return [model for model in apps.get_models() if any(field.name == "union" for field in model._meta.fields)]


@database_sync_to_async
def all_of(place: Place) -> dict[str, dict[Any, tuple[Any, ...]]]:
    """Every row of a union."""
    with scopes_disabled():
        return {model.__name__: rows_of(model, Q(union=place.union)) for model in tables()}


@database_sync_to_async
def first_stores(place: Place) -> dict[str, dict[Any, tuple[Any, ...]]]:
    """Every row that hangs on the union's first store, its conversation, its people or its shopper, at two removes."""
    with scopes_disabled():
        own: dict[type[Model], set[Any]] = defaultdict(set)
        own[Store] = {place.store.pk}
        own[type(place.people["owner"])] = {place.people[who].pk for who in ("owner", "all", "shopper")}
        for _remove in range(3):
            for model in tables():
                for field in model._meta.concrete_fields:
                    related = field.related_model
                    if field.name != "union" and related in own and model is not Store:
                        hanging = model._base_manager.filter(**{f"{field.name}__in": own[related]})
                        own[model] |= set(hanging.values_list("pk", flat=True))
        return {model.__name__: rows_of(model, Q(pk__in=list(keys))) for model, keys in own.items()}


def filled_both() -> tuple[Place, Place]:
    with scopes_disabled():
        near, far = filled("near", "NEAR", "Zephyrine"), filled("far", "FARR", "Quixotic")
        return near, far


async def socket_of(place: Place, side: str, person: str, *, console: str) -> Wire:
    """This person's socket of this side, a manager's logged in."""
    cookies = await session_cookie(place.people[person])
    if side == SHOPPER:
        socket = await wire(f"/ws/u/{place.union.slug}/", cookies={**cookies, **visitor_cookie("somebody-else")})
    else:
        socket = await wire(f"/ws/console/{place.union.slug}/{console}/", cookies=cookies)
    await socket.hear("hello")
    if side == CONSOLE:
        await socket.send(type="presence", id="here", state="available")
        await socket.hear("ack", id="here")
    return socket


def told_by(socket: Wire) -> str:
    return "\n".join(json.dumps(frame, ensure_ascii=False) for frame in socket.heard)


@pytest.mark.parametrize("attacker", ["far", "near"])
@pytest.mark.django_db(transaction=True)
async def test_no_frame_reaches_into_another_union(attacker):
    """From a store's owner and from a shopper, whose own conversation has the same name as the one they aim at."""
    near, far = await database_sync_to_async(filled_both)()
    own, victim = (far, near) if attacker == "far" else (near, far)
    ids = await database_sync_to_async(scopes_disabled()(live))(victim)
    await database_sync_to_async(scopes_disabled()(live))(own)
    try:
        before = await all_of(victim)
        answers, told = [], ""
        for side, person in ((CONSOLE, "owner"), (SHOPPER, "shopper")):
            socket = await socket_of(own, side, person, console="corner")
            for talk in (TALK, OWN):
                frames = [frame for frame in frames_of(side, ids, talk) if frame["type"] != "start"]
                answers += await attack(socket, frames, own, TALK, "owner")
            await socket.close()
            told += told_by(socket)
        after = await all_of(victim)
        assert {name: rows for name, rows in after.items() if rows != before[name]} == {}
        assert victim.marker not in told
        assert {name for name, code in answers if code in ("unknown_type", "internal_error")} == set()
        # Ids are looked for only in frames of the right shape.
        assert {name for name, code in answers if code == "invalid"} <= SHAPELESS
    finally:
        await database_sync_to_async(connections.close_all)()


@pytest.mark.django_db(transaction=True)
async def test_no_frame_reaches_another_store_or_shopper_of_the_union():
    """From the shop next door and from another of its shoppers: in the conversation they aim at, and in their own."""
    near, _far = await database_sync_to_async(filled_both)()
    ids = await database_sync_to_async(scopes_disabled()(live))(near)
    await database_sync_to_async(scopes_disabled()(elsewhere_in))(near)
    try:
        before = await first_stores(near)
        answers, told = [], ""
        for side, person in ((CONSOLE, "neighbour"), (SHOPPER, "stranger")):
            socket = await socket_of(near, side, person, console="next-door")
            for talk in (TALK, OWN):
                frames = frames_of(side, ids, talk)
                if side == SHOPPER:
                    frames = [frame for frame in frames if frame["type"] not in PUBLIC]
                found = await attack(socket, frames, near, OWN, "neighbour")
                answers += [(talk, *answer) for answer in found]
            await socket.close()
            told += told_by(socket)
        after = await first_stores(near)
        assert {name: rows for name, rows in after.items() if rows != before.get(name, {})} == {}
        private = [f"{near.marker} question", f"{near.marker} Ada", near.people["shopper"].email, "SAME-0006"]
        assert [words for words in private if words in told] == []
        assert {kind for talk, kind, code in answers if talk == TALK and code == "ack"} <= HARMLESS
    finally:
        await database_sync_to_async(connections.close_all)()


@database_sync_to_async
def called_alone(place: Place) -> None:
    """A wish called to the place's first store only, which has answered it; in both unions under one number."""
    with scopes_disabled():
        wish = MatchRequest.objects.filter(union=place.union, ref="SAME-WISH")
        assert wish.get().stores == [place.store.pk]
        wish.update(scope="chosen", classes=["*"])
        MatchResponse.objects.filter(union=place.union, ref="SAME-ANSWER").update(by="program", keys=["SAME-ID"])


async def program_of(place: Place, slug: str) -> Wire:
    """The line of a program of this store, past its `hello`."""

    @database_sync_to_async
    def key() -> str:
        with scopes_disabled():
            store = Store.objects.select_related("union").get(union=place.union, slug=slug)
            return issue_key(union=store.union, name="x", scopes=["calls:write"], actor=None, store=store)[1]

    headers = [(b"authorization", f"Bearer {await key()}".encode())]
    socket = Wire(WebsocketCommunicator(application, "/ws/connector/", headers=headers))
    assert (await socket.communicator.connect())[0]
    await socket.hear("hello")
    return socket


@pytest.mark.django_db(transaction=True)
async def test_no_program_reaches_the_calls_of_another_store():
    """From next door, and from another union where a wish and an answer have the same names."""
    near, far = await database_sync_to_async(filled_both)()
    try:
        await called_alone(near)
        await called_alone(far)
        lines = [await program_of(near, "next-door"), await program_of(far, "corner")]
        before = await all_of(near)
        answers = []
        for number, line in enumerate(lines):
            for kind in sorted(HANDLERS):
                for frame_id in ("SAME-ID", f"own-{number}-{kind}"):
                    await line.send(type=kind, id=frame_id, request="SAME-WISH", price=1, title="taken over")
                    answer = await line.hear_any(frame_id)
                    answers.append((number, answer.get("code") or answer["type"]))
            assert f"{near.marker} lamp" not in told_by(line)
            await line.close()
        assert {code for number, code in answers if number == 0} == {"not_found"}
        # The other union's program has changed its own answer, declined, and then had nothing to withdraw.
        assert {code for number, code in answers if number == 1} == {"ack", "answer_gone"}
        after = await all_of(near)
        assert {name: rows for name, rows in after.items() if rows != before[name]} == {}
    finally:
        await database_sync_to_async(connections.close_all)()


SHAPELESS: set[str] = set()
HARMLESS = {"counts", "list", "team", "reply", "presence", "resume"}
"""Answered whatever conversation is named beside: they ask about one's own console; `resume` says what is not there."""
