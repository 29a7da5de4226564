"""The console's frames and pages: what is told, to whom, and with how many statements."""

from datetime import timedelta

import pytest
from channels.db import database_sync_to_async
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from chat.models import Block, Conversation, Manager, Note, SavedReply, TalkSettings
from chat.services.conversations import accept_conversation
from tests.chat.answering import manager_of, waits
from tests.chat.wires import console_wire, shop, shopper_wire, talking
from tests.factories.chat import ConversationFactory, said
from tests.factories.stores import (
    DeliveryOptionFactory,
    ProductFactory,
    StoreFactory,
    StoreStaffFactory,
    VariantFactory,
)
from tests.factories.unions import UnionStaffFactory

live = pytest.mark.django_db(transaction=True)
in_one = pytest.mark.django_db


def browser(user):
    client = Client()
    client.force_login(user)
    return client


def at(store, name, **names):
    return reverse(f"manage:{name}", kwargs={"union": store.union.slug, "store": store.slug, **names})


@database_sync_to_async
def many_waiting(store, number):
    now = timezone.now()
    Conversation.objects.bulk_create(
        Conversation(
            union=store.union, store=store, ref=f"W-{n:05}", visitor=f"w{n}", created_at=now, waiting_since=now
        )
        for n in range(number)
    )


@live
async def test_hello_is_bounded_and_the_rest_comes_in_parts():
    store, manager = await shop()
    await many_waiting(store, 120)
    console = await console_wire(store, manager, state="")
    assert console.hello["counts"] == {"waiting": 120, "active": 0, "missed": 0}
    assert [each["conversation"] for each in console.hello["conversations"]] == [f"W-{n:05}" for n in range(50)]
    await console.send(type="list", id="l", part="waiting", **{"from": 100})
    answer = await console.hear("ack", id="l")
    assert [each["conversation"] for each in answer["conversations"]] == [f"W-{n:05}" for n in range(100, 120)]
    await console.send(type="list", id="x", part="everything", **{"from": 0})
    assert (await console.hear("error", id="x"))["code"] == "invalid"
    await console.close()


@live
async def test_answering_begins_with_logging_in():
    store, manager = await shop()
    await many_waiting(store, 1)
    console = await console_wire(store, manager, state="")
    for kind in ("accept", "join"):
        await console.send(type=kind, id=kind, conversation="W-00000")
        assert (await console.hear("error", id=kind))["code"] == "not_logged_in"
    assert (await database_sync_to_async(Conversation.objects.get)()).state == "waiting"
    await console.close()


@live
async def test_a_note_reaches_colleagues_and_never_the_shopper():
    store, manager = await shop()
    colleague = (await database_sync_to_async(StoreStaffFactory)(store=store, permissions=["console"])).user
    shopper, console, ref = await talking(store, manager)
    other = await console_wire(store, colleague)
    await console.send(type="note", id="n", conversation=ref, text="Careful")
    await console.hear("ack", id="n")
    assert (await other.hear("note", conversation=ref))["text"] == "Careful"
    await shopper.nothing("note")
    for wire in (shopper, console, other):
        await wire.close()


@live
async def test_the_team_tells_who_is_there():
    store, manager = await shop()
    colleague = (await database_sync_to_async(StoreStaffFactory)(store=store, permissions=["console"])).user
    await database_sync_to_async(manager_of)(store, here=False)
    other = await console_wire(store, colleague)
    console = await console_wire(store, manager)
    await console.send(type="team", id="t")
    team = await console.hear("ack", id="t")
    assert next((each["name"], each["here"]) for each in team["colleagues"]) == (colleague.name, True)
    assert [each["here"] for each in team["colleagues"]] == [True, False]
    assert team["support"] is False
    for wire in (other, console):
        await wire.close()


@live
async def test_going_away_passes_an_offer_on_at_once():
    store, manager = await shop()
    console = await console_wire(store, manager)
    shopper = await shopper_wire(store)
    await shopper.send(type="start", id="s", store=store.slug, text="Hello?")
    ref = (await shopper.hear("ack", id="s"))["conversation"]["conversation"]
    assert (await console.hear("conversation", conversation=ref, offered_to=manager.pk))["state"] == "waiting"
    await console.send(type="presence", id="p", state="away")
    await console.hear("ack", id="p")
    now = await database_sync_to_async(Conversation.objects.get)()
    assert (now.state, now.offered_to_id) == ("waiting", None)
    for wire in (shopper, console):
        await wire.close()


@live
async def test_the_page_of_a_shopper_moves_beside_the_conversation():
    store, manager = await shop()
    shopper, console, ref = await talking(store, manager)
    await shopper.send(type="page", id="p", page="/u/harbour/shop/lamp/")
    await shopper.hear("ack", id="p")
    assert (await console.hear("conversation", conversation=ref, page="/u/harbour/shop/lamp/"))["state"] == "active"
    for wrong in ("//evil.example/", "javascript:alert(1)", ""):
        await shopper.send(type="page", id="w", page=wrong)
        assert (await shopper.hear("error", id="w"))["code"] == "invalid"
    for wire in (shopper, console):
        await wire.close()


@in_one
def test_the_console_costs_the_same_with_any_number_waiting(django_assert_num_queries):
    store = StoreFactory()
    client = browser(StoreStaffFactory(store=store, permissions=["console"]).user)
    client.get(at(store, "console"))
    for number in (1, 3):
        for _ in range(number):
            waits(store)
        with django_assert_num_queries(4):
            assert client.get(at(store, "console")).status_code == 200


@in_one
def test_the_context_costs_the_same_whatever_there_is(django_assert_max_num_queries):
    store = StoreFactory()
    user = StoreStaffFactory(store=store, permissions=["console"]).user
    client = browser(user)
    talk = waits(store, visitor="ada", shopper_name="Ada", page="/u/x/")
    for number in (1, 3):
        for n in range(number):
            ConversationFactory(store=store, visitor="ada", state="ended")
            Note.objects.create(union=store.union, conversation=talk, author=user, text=f"n{n}", at=timezone.now())
        with django_assert_max_num_queries(13):
            answer = client.get(at(store, "console_context", ref=talk.ref))
        assert "Ada" in answer.content.decode()


@in_one
def test_a_store_reads_nothing_of_another_stores_conversations():
    store, other = StoreFactory(), StoreFactory()
    client = browser(StoreStaffFactory(store=store, permissions=["console"]).user)
    talk = waits(other)
    said(talk, "A lamp", kind="product", card={"product": 1})
    for name, names in (
        ("console_context", {}),
        ("console_picker", {}),
        ("console_compose", {}),
        ("console_card", {"seq": 1}),
    ):
        assert client.get(at(store, name, ref=talk.ref, **names)).status_code == 404
        assert client.get(at(other, name, ref=talk.ref, **names)).status_code == 404
    assert client.post(at(store, "console_block", ref=talk.ref)).status_code == 404
    assert Block.objects.count() == 0


@in_one
def test_the_office_looks_at_the_frame_but_reads_no_conversation():
    store = StoreFactory()
    client = browser(UnionStaffFactory(union=store.union).user)
    talk = waits(store)
    assert client.get(at(store, "console")).status_code == 200
    assert client.get(at(store, "console_context", ref=talk.ref)).status_code == 403
    assert client.post(at(store, "talk"), {"is_open": ""}).status_code == 403
    assert not TalkSettings.objects.exists()


@in_one
def test_the_support_is_for_the_unions_own_office():
    store, far = StoreFactory(), StoreFactory()
    own = browser(UnionStaffFactory(union=store.union).user)
    stranger = browser(UnionStaffFactory(union=far.union).user)
    owner = browser(StoreStaffFactory(store=store, permissions=["console", "team"]).user)
    for name in ("console", "wall", "talk", "talk_managers", "talk_replies", "talk_blocked"):
        address = reverse(f"manage:{name}", kwargs={"union": store.union.slug, "store": "-"})
        assert [client.get(address).status_code for client in (own, stranger, owner)] == [200, 404, 404], name


@in_one
def test_blocking_ends_the_conversation_and_unblocking_lets_back_in():
    store = StoreFactory()
    client = browser(StoreStaffFactory(store=store, permissions=["console"]).user)
    talk = waits(store, visitor="rude")
    assert client.post(at(store, "console_block", ref=talk.ref), {"reason": "Spam", "days": "30"}).status_code == 200
    block = Block.objects.get()
    assert (block.visitor, block.store, block.reason, (block.until - block.at).days) == ("rude", store, "Spam", 30)
    assert Conversation.objects.get().state == "ended"
    client.post(at(store, "talk_blocked"), {"block": block.pk})
    assert not Block.objects.exists()


@in_one
def test_the_team_sees_a_held_address_and_frees_it():
    store = StoreFactory()
    client = browser(StoreStaffFactory(store=store, permissions=["console"]).user)
    until = timezone.now() + timedelta(hours=3)
    block = Block.objects.create(
        union=store.union, store=store, visitor="rude", at=timezone.now(), address="203.0.113.7", address_until=until
    )
    assert "Network address 203.0.113.7 until" in client.get(at(store, "talk_blocked")).content.decode()
    client.post(at(store, "talk_blocked"), {"block": block.pk, "address": "1"})
    assert Block.objects.get().address is None
    shown = client.get(at(store, "talk_blocked")).content.decode()
    assert ("203.0.113.7" in shown, "Let them back in" in shown) == (False, True)


@in_one
def test_blocks_of_another_store_stay():
    store, other = StoreFactory(), StoreFactory()
    block = Block.objects.create(union=other.union, store=other, visitor="x", at=timezone.now())
    client = browser(StoreStaffFactory(store=store, permissions=["console"]).user)
    assert client.post(at(store, "talk_blocked"), {"block": block.pk}).status_code == 404
    assert Block.objects.count() == 1


@in_one
def test_saved_replies_are_the_stores_own_and_a_shortcut_is_there_once():
    store, other = StoreFactory(), StoreFactory()
    client = browser(StoreStaffFactory(store=store, permissions=["console"]).user)
    SavedReply.objects.create(union=other.union, store=other, shortcut="hi", text="Theirs")
    client.post(at(store, "talk_replies"), {"shortcut": "hi", "text": "Ours"})
    answer = client.post(at(store, "talk_replies"), {"shortcut": "hi", "text": "Again"})
    assert "Another saved reply has this shortcut." in answer.content.decode()
    assert list(SavedReply.objects.filter(store=store).values_list("text", flat=True)) == ["Ours"]
    theirs = SavedReply.objects.get(store=other)
    assert client.post(at(store, "talk_replies"), {"delete": theirs.pk}).status_code == 404
    assert SavedReply.objects.filter(pk=theirs.pk).exists()


@in_one
def test_who_leads_the_team_says_how_the_store_talks_and_who_answers():
    store = StoreFactory()
    lead = StoreStaffFactory(store=store, permissions=["console", "team"]).user
    helper = StoreStaffFactory(store=store, permissions=["console"]).user
    given = {"is_open": "on", "departments": "Repairs\nSales\nRepairs", "offer_seconds": 20, "overflow_seconds": 0,
             "idle_minutes": 15, "free_minutes": 5}  # fmt: skip
    assert browser(helper).post(at(store, "talk"), given).status_code == 403
    assert browser(lead).post(at(store, "talk"), given).status_code == 302
    kept = TalkSettings.objects.get(store=store)
    assert (kept.departments, kept.offer_seconds, kept.voice) == (["Repairs", "Sales"], 20, False)
    assert kept.free_minutes == 5
    manager = {"user": helper.pk, "shown_name": "Mrs. Lin", "capacity": 6, "departments": ["Repairs"]}
    assert browser(helper).post(at(store, "talk_managers"), manager).status_code == 403
    assert browser(lead).post(at(store, "talk_managers"), manager).status_code == 302
    made = Manager.objects.get(user=helper)
    assert (made.shown_name, made.capacity, made.departments, made.status) == ("Mrs. Lin", 6, ["Repairs"], "off")


@in_one
def test_the_picker_finds_the_stores_goods_by_name():
    store, other = StoreFactory(), StoreFactory()
    for place, title in ((store, "Blue lamp"), (store, "Red chair"), (other, "Blue lampshade")):
        VariantFactory(product=ProductFactory(store=place, title=title))
    client = browser(StoreStaffFactory(store=store, permissions=["console"]).user)
    shown = client.get(at(store, "console_picker", ref=waits(store).ref) + "?q=lamp").content.decode()
    assert ("Blue lamp<" in shown, "Red chair" in shown, "lampshade" in shown) == (True, False, False)


@in_one
def test_an_order_is_composed_of_the_stores_own_goods_and_ways():
    store, other = StoreFactory(), StoreFactory()
    lamp = VariantFactory(product=ProductFactory(store=store, title="Blue lamp"), price=1250, stock=3, sku="L-1")
    VariantFactory(product=ProductFactory(store=store, title="Blue bulb"), is_active=False)
    VariantFactory(product=ProductFactory(store=other, title="Blue lampshade"))
    way = DeliveryOptionFactory(store=store, name="Cart and horse", price=400, free_from=5000)
    DeliveryOptionFactory(store=other, name="Balloon")
    client = browser(StoreStaffFactory(store=store, permissions=["console"]).user)
    address = at(store, "console_compose", ref=waits(store).ref)
    shown = client.get(address).content.decode()
    assert f'<option value="{way.pk}" data-price="400" data-free-from="5000">Cart and horse' in shown
    assert "Balloon" not in shown
    for words in ("blue", "l-1"):
        found = client.get(address, {"q": words}).content.decode()
        assert f'data-good="{lamp.pk}" data-title="Blue lamp"' in found
        assert ('data-price="1250"' in found, 'data-left="3"' in found) == (True, True)
        assert ("bulb" in found, "lampshade" in found) == (False, False)
    assert "Nothing has this name." in client.get(address, {"q": "zz"}).content.decode()
    # The union's own support sells nothing.
    office = browser(UnionStaffFactory(union=store.union).user)
    own = ConversationFactory(union=store.union, store=None, visitor="v9")
    assert office.get(reverse("manage:console_compose", args=[store.union.slug, "-", own.ref])).status_code == 404


@in_one
def test_the_wall_tells_this_moment_and_the_days():
    store = StoreFactory()
    office = browser(UnionStaffFactory(union=store.union).user)
    manager = manager_of(store)
    now = timezone.now()
    talk = waits(store, created_at=now, shopper_name="Ada")
    accept_conversation(conversation=talk, manager=manager, now=now)
    Conversation.objects.filter(pk=talk.pk).update(rating=4)
    waits(store, created_at=now, shopper_name="Grace")
    shown = office.get(reverse("manage:wall", kwargs={"union": store.union.slug, "store": "-"})).content.decode()
    assert "Grace" in shown
    assert "50 % of 2 conversations were answered" in shown
    assert "Shoppers gave 4.0 of 5 stars" in shown
    assert "0 conversations became orders" in shown


@in_one
def test_the_shoppers_language_is_called_by_its_own_name():
    conversation = ConversationFactory(language="ko")
    user = StoreStaffFactory(store=conversation.store, permissions=["console"]).user
    address = f"{at(conversation.store, 'console')}{conversation.ref}/context/"
    assert '<span class="badge" lang="ko">한국어</span>' in browser(user).get(address).content.decode()
