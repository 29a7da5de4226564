"""A shopper asks another store into a conversation: its people hear and speak there, and nobody else's do."""

import pytest
from channels.db import database_sync_to_async
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django_scopes import scopes_disabled

from chat import handlers, tasks
from chat.errors import ConversationEnded
from chat.models import Conversation, Message, Note
from chat.services.calling import asked_users
from chat.services.handing import bring_store
from core.errors import NotFound, WrongState
from core.outbox import OutboxEvent
from tests.chat.answering import manager_of
from tests.chat.wires import console_wire, shop, talking
from tests.factories.chat import ConversationFactory, said
from tests.factories.stores import StoreFactory, StoreStaffFactory

NOW = timezone.now()


@pytest.fixture
def talk(db):
    """An active conversation of a shopper with one store, and another store of the union."""
    store = StoreFactory(name="Mender")
    answering = manager_of(store)
    found = ConversationFactory(store=store, state="active", manager=answering.user)
    found.seller = StoreFactory(union=store.union, name="Lamp shop")
    return found


def asked(talk):
    return bring_store(conversation=talk, store=talk.seller, now=NOW)


def browser(user):
    client = Client()
    client.force_login(user)
    return client


def clerk_of(store, *permissions):
    return browser(StoreStaffFactory(store=store, permissions=list(permissions or ["console"])).user)


def at(store, name, **names):
    return reverse(f"manage:{name}", kwargs={"union": store.union.slug, "store": store.slug, **names})


def test_one_other_store_of_the_union_is_asked_once(talk):
    asked(talk)
    asked(talk)
    assert Conversation.objects.get(pk=talk.pk).beside == talk.seller
    notices = Message.objects.filter(conversation=talk, kind="system")
    assert [message.card for message in notices] == [{"what": "store_asked", "name": "Lamp shop"}]
    assert OutboxEvent.objects.filter(kind="chat.store_asked").count() == 1
    for wrong, refusal in (
        (StoreFactory(union=talk.union), WrongState),
        (talk.store, NotFound),
        (StoreFactory(), NotFound),
    ):
        with pytest.raises(refusal):
            bring_store(conversation=talk, store=wrong, now=NOW)
    assert Conversation.objects.get(pk=talk.pk).beside == talk.seller


def test_nobody_is_asked_into_what_has_ended_or_is_with_the_support(talk):
    Conversation.objects.filter(pk=talk.pk).update(state="ended", ended_at=NOW, manager=None)
    with pytest.raises(ConversationEnded):
        asked(talk)
    with_support = ConversationFactory(store=None, union=talk.union, visitor="v2")
    with pytest.raises(NotFound):
        bring_store(conversation=with_support, store=talk.seller, now=NOW)
    assert not Conversation.objects.exclude(beside=None).exists()


def test_its_people_are_called_and_no_others(talk, monkeypatch):
    mine, silent = manager_of(talk.seller, here=False), manager_of(talk.seller, here=False, status="silent")
    assert asked_users(conversation=talk) == []
    assert asked_users(conversation=asked(talk)) == [mine.user_id] and silent.user_id != mine.user_id
    called = []
    monkeypatch.setattr(tasks, "call", lambda **said: called.append(said) or 1)
    tasks.tell_of_asked(talk.pk)
    assert [(one["users"], one["why"]) for one in called] == [([mine.user_id], "asked")]
    monkeypatch.setattr(tasks.tell_of_asked, "delay", called.append)
    handlers.push_asked(conversation_id=talk.pk)
    assert called[-1] == talk.pk


def test_who_was_asked_reads_cards_and_does_nothing_with_them(talk):
    seq = said(talk, "Repair on Friday", kind="reservation", card={"reservation": 1})
    seller, other = clerk_of(talk.seller), clerk_of(StoreFactory(union=talk.union))
    names = {"ref": talk.ref, "seq": seq}
    own = at(talk.seller, "console_card", **names)
    assert seller.get(own).status_code == 404
    asked(talk)
    drawn = seller.get(own)
    assert drawn.status_code == 200 and "Between the customer and Mender." in drawn.content.decode()
    assert "<form" not in drawn.content.decode()
    assert seller.post(own, {"do": "accept"}).status_code == 405
    shared = reverse("talk:card", args=[talk.union.slug, talk.ref, seq])
    assert "Between the customer" in seller.get(shared, headers={"X-Fragment": "1"}).content.decode()
    assert seller.post(shared, {"do": "accept"}).status_code == 405
    Note.objects.create(union=talk.union, conversation=talk, text="Careful with him", at=NOW)
    aside = seller.get(at(talk.seller, "console_context", ref=talk.ref)).content.decode()
    assert "has asked you to join" in aside and "Careful" not in aside and "Orders" not in aside
    for name in ("console_compose", "console_picker"):
        assert seller.get(at(talk.seller, name, ref=talk.ref)).status_code == 404
    assert seller.post(at(talk.seller, "console_block", ref=talk.ref)).status_code == 404
    assert other.get(shared).status_code == 404
    assert clerk_of(talk.seller, "orders").get(shared).status_code == 404
    assert seller.get(at(talk.store, "console_card", **names)).status_code == 404


@pytest.mark.django_db(transaction=True)
async def test_both_stores_hear_and_speak_and_a_third_does_not():
    store, manager = await shop()

    @database_sync_to_async
    def sellers():
        with scopes_disabled():
            seller, third = StoreFactory(union=store.union, name="Lamp shop"), StoreFactory(union=store.union)
            people = [StoreStaffFactory(store=each, permissions=["console"]).user for each in (seller, third)]
            return seller, third, people

    seller, third, (clerk, stranger) = await sellers()
    shopper, console, ref = await talking(store, manager)
    beside, outside = await console_wire(seller, clerk), await console_wire(third, stranger)

    @database_sync_to_async
    def ask():
        with scopes_disabled():
            Conversation.objects.filter(ref=ref).update(page="/u/somewhere/")
            bring_store(conversation=Conversation.objects.get(ref=ref), store=seller, now=timezone.now())

    await beside.send(type="join", id="j0", conversation=ref)
    assert (await beside.hear("error", id="j0"))["code"] == "not_found"
    await ask()
    told = await beside.hear("conversation", conversation=ref)
    assert (told["beside"]["slug"], told["store"]["slug"], told["page"]) == (seller.slug, store.slug, "")
    assert (await console.hear("conversation", beside=told["beside"]))["page"] == "/u/somewhere/"
    await beside.send(type="join", id="j", conversation=ref)
    assert (await beside.hear("ack", id="j"))["conversation"]["page"] == ""
    await beside.send(type="resume", id="r", conversations={ref: 0})
    assert "gone" not in await beside.hear("ack", id="r")
    assert any(frame.get("text") == "Is the lamp still there?" for frame in beside.heard)
    await beside.send(type="message", id="m", conversation=ref, text="It is under guarantee.")
    await beside.hear("ack", id="m")
    for wire in (shopper, console):
        heard = await wire.hear("message", text="It is under guarantee.")
        assert heard["name"].endswith(", Lamp shop") and heard["role"] == "manager"
    notices = [f["card"] for f in shopper.heard if f["type"] == "message" and f["kind"] == "system"]
    assert notices[-1] == {"what": "joined_in", "name": heard["name"]}
    await shopper.send(type="message", id="s2", conversation=ref, text="Thank you both!")
    assert (await beside.hear("message", conversation=ref, text="Thank you both!"))["role"] == "shopper"

    # It does nothing but hear and speak.
    for kind, more in (
        ("accept", {}),
        ("end", {}),
        ("note", {"text": "x"}),
        ("assign", {"to": 0}),
    ):
        await beside.send(type=kind, id=kind, conversation=ref, **more)
        assert (await beside.hear_any(kind)).get("code") == "not_found", kind
    await outside.send(type="resume", id="r", conversations={ref: 0})
    assert (await outside.hear("ack", id="r"))["gone"] == [ref]
    for kind in ("join", "accept"):
        await outside.send(type=kind, id=kind, conversation=ref)
        assert (await outside.hear("error", id=kind))["code"] == "not_found"
    await outside.nothing("message")

    # Another console of the store finds it in its list, as what it was asked into.
    again = await console_wire(seller, clerk, state="")
    [listed] = again.hello["conversations"]
    assert (listed["conversation"], listed["joined"], listed["page"]) == (ref, True, "")
    assert again.hello["counts"] == {"waiting": 0, "active": 0, "missed": 0}
    for wire in (shopper, console, beside, outside, again):
        await wire.close()
