"""A rule speaks to a shopper: event in, invitation at the shopper and window at the console, conversation out."""

import asyncio

import pytest
from channels.db import database_sync_to_async
from django.utils import timezone
from django_scopes import scopes_disabled

from chat.models import Conversation, Invitation, Rule
from chat.services.rules import Wording, change_rule, create_rule
from tests.chat.wires import console_wire, shop, visitor_cookie, wire
from tests.unions.visits import visit_of
from unions.models import BrowsingEvent
from unions.services.browsing import copy_events

pytestmark = pytest.mark.django_db(transaction=True)

TWO_PAGES = {"all": [{"if": "pages", "value": 2}, {"not": {"if": "cart_value", "value": 1}}]}


@database_sync_to_async
def rule_of(store, **fields):
    with scopes_disabled():
        return create_rule(
            union=store.union,
            store=store,
            wording=Wording(**{"name": "Second look", "words": "May I help?", "conditions": TWO_PAGES, **fields}),
            actor=None,
            now=timezone.now(),
        )


@database_sync_to_async
def rows(model, **filters):
    with scopes_disabled():
        return list(model.objects.filter(**filters))


async def recognised(store, visitor="v1"):
    return await wire_of(store, {**visitor_cookie(visitor), "consent": "yes"})


async def wire_of(store, cookies=None):
    socket = await wire(f"/ws/u/{store.union.slug}/", cookies=cookies)
    socket.hello = await socket.hear("hello")
    return socket


async def opens(socket, page, **more):
    await socket.send(type="event", id=page, page=page, **more)
    return await socket.hear("ack", id=page)


async def test_a_rule_that_is_met_invites_at_the_shopper_and_at_the_console():
    store, manager = await shop()
    await rule_of(store)
    console = await console_wire(store, manager)
    shopper = await recognised(store)
    await opens(shopper, f"/u/harbour/{store.slug}/")
    await shopper.nothing("invite")
    await shopper.send(type="event", id="2", page=f"/u/harbour/{store.slug}/oolong/")
    invite = await shopper.hear("invite")
    assert invite["words"] == "May I help?"
    assert invite["store"]["slug"] == store.slug
    window = await console.hear("invite", state="shown")
    assert window["why"]["rule"] == "Second look"
    assert window["why"]["pages"] == [f"/{store.slug}/", f"/{store.slug}/oolong/"]
    await shopper.send(type="accept", id="a", invitation=invite["invitation"], page="/here/")
    ref = (await shopper.hear("ack", id="a"))["conversation"]["conversation"]
    assert (await console.hear("conversation", conversation=ref))["origin"] == "invitation"
    assert (await console.hear("invite", state="accepted"))["conversation"] == ref
    [row] = await rows(Invitation)
    assert row.state == "accepted" and row.visitor == "v1"
    for each in (console, shopper):
        await each.close()


async def test_without_consent_a_rule_speaks_and_nothing_of_the_visitor_is_kept():
    store, manager = await shop()
    rule = await rule_of(store)
    console = await console_wire(store, manager)
    shopper = await wire_of(store)
    assert (await opens(shopper, f"/u/harbour/{store.slug}/"))["recognised"] is False
    await shopper.send(type="event", id="2", page=f"/u/harbour/{store.slug}/oolong/")
    await shopper.hear("invite")
    [row] = await rows(Invitation)
    assert (row.visitor, row.customer_id, row.why) == ("", None, {})
    # A console that opens later is told which rule it was, and nothing of the visitor.
    later = await console_wire(store, manager, state="")
    [invited] = later.hello["invitations"]
    assert (invited["why"], invited["known"]) == ({"rule": rule.name}, False)
    await later.close()
    assert await database_sync_to_async(copy_events)() == 0
    assert await rows(BrowsingEvent) == []
    for each in (console, shopper):
        await each.close()


async def test_with_consent_the_sequence_is_recorded_once():
    store, _ = await shop()
    shopper = await recognised(store)
    await opens(shopper, "/u/harbour/")
    await opens(shopper, f"/u/harbour/{store.slug}/")
    await shopper.send(type="event", id="d", page=f"/u/harbour/{store.slug}/", seconds=30)
    await shopper.hear("ack", id="d")
    assert await database_sync_to_async(copy_events)() == 3
    assert await database_sync_to_async(copy_events)() == 0
    kept = sorted(await rows(BrowsingEvent), key=lambda row: (row.at, row.entry))
    assert [(row.kind, row.page, row.seconds) for row in kept] == [
        ("page", "/", None),
        ("page", f"/{store.slug}/", None),
        ("dwell", f"/{store.slug}/", 30),
    ]
    await shopper.close()


async def test_nobody_is_invited_while_nobody_is_there():
    store, _ = await shop()
    await rule_of(store)
    shopper = await recognised(store)
    for page in ("", "a/", "b/"):
        await opens(shopper, f"/u/harbour/{store.slug}/{page}")
    assert await rows(Invitation) == []
    await shopper.close()


async def test_two_tabs_of_one_visitor_are_met_once():
    store, manager = await shop()
    await rule_of(store, cooldown_minutes=0, limit_per_visitor=0)
    console = await console_wire(store, manager)
    tabs = [await recognised(store) for _ in range(4)]
    await opens(tabs[0], f"/u/harbour/{store.slug}/")
    await asyncio.gather(
        *(tab.send(type="event", id="x", page=f"/u/harbour/{store.slug}/{n}/") for n, tab in enumerate(tabs))
    )
    for tab in tabs:
        await tab.hear("ack", id="x")
    assert len(await rows(Invitation)) == 1
    for each in (console, *tabs):
        await each.close()


async def test_a_changed_rule_counts_from_the_next_event():
    store, manager = await shop()
    rule = await rule_of(store, conditions={"if": "pages", "value": 50})
    console = await console_wire(store, manager)
    shopper = await recognised(store)
    await opens(shopper, f"/u/harbour/{store.slug}/")
    wording = Wording(name="Now", conditions={"if": "pages", "value": 2})
    await database_sync_to_async(scopes_disabled()(change_rule))(
        rule=rule, wording=wording, actor=None, now=timezone.now()
    )
    await opens(shopper, f"/u/harbour/{store.slug}/2/")
    assert len(await rows(Invitation)) == 1
    for each in (console, shopper):
        await each.close()


async def test_a_declined_invitation_is_remembered_and_cannot_be_accepted():
    store, manager = await shop()
    await rule_of(store)
    console = await console_wire(store, manager)
    shopper = await recognised(store)
    await opens(shopper, f"/u/harbour/{store.slug}/")
    await shopper.send(type="event", id="2", page=f"/u/harbour/{store.slug}/2/")
    ref = (await shopper.hear("invite"))["invitation"]
    await shopper.send(type="decline", id="d", invitation=ref)
    await shopper.hear("ack", id="d")
    await shopper.send(type="accept", id="a", invitation=ref)
    assert (await shopper.hear("error", id="a"))["code"] == "wrong_state"
    await opens(shopper, f"/u/harbour/{store.slug}/3/")
    assert [row.state for row in await rows(Invitation)] == ["declined"]
    assert await rows(Conversation) == []
    for each in (console, shopper):
        await each.close()


async def test_another_visitor_cannot_answer_an_invitation():
    store, manager = await shop()
    await rule_of(store)
    console = await console_wire(store, manager)
    shopper, stranger = await recognised(store), await recognised(store, "v2")
    await opens(shopper, f"/u/harbour/{store.slug}/")
    await shopper.send(type="event", id="2", page=f"/u/harbour/{store.slug}/2/")
    ref = (await shopper.hear("invite"))["invitation"]
    for kind in ("accept", "decline"):
        await stranger.send(type=kind, id=kind, invitation=ref)
        assert (await stranger.hear("error", id=kind))["code"] == "not_found"
    assert [row.state for row in await rows(Invitation)] == ["shown"]
    for each in (console, shopper, stranger):
        await each.close()


async def test_connect_at_once_opens_the_conversation():
    store, manager = await shop()
    await rule_of(store, action=Rule.Action.CONNECT)
    console = await console_wire(store, manager)
    shopper = await recognised(store)
    await opens(shopper, f"/u/harbour/{store.slug}/")
    await shopper.send(type="event", id="2", page=f"/u/harbour/{store.slug}/2/")
    invite = await shopper.hear("invite")
    assert invite["state"] == "accepted"
    [conversation] = await rows(Conversation)
    assert (conversation.ref, conversation.origin) == (invite["conversation"], "invitation")
    assert conversation.offered_to_id == manager.pk
    for each in (console, shopper):
        await each.close()


@pytest.mark.parametrize("wrong", [{"page": "here"}, {"page": ""}, {"page": "/", "seconds": -1}, {"page": 5}])
async def test_a_wrong_event_is_refused_and_nothing_is_noted(wrong):
    store, _ = await shop()
    shopper = await recognised(store)
    await shopper.send(type="event", id="w", **wrong)
    assert (await shopper.hear("error", id="w"))["code"] == "invalid"
    visit = await database_sync_to_async(visit_of)(union_id=store.union_id, visitor="v1")
    assert visit.visits == 0
    await shopper.close()


async def test_a_stores_rule_says_nothing_at_the_neighbours():
    store, manager = await shop()
    await rule_of(store)
    console = await console_wire(store, manager)
    shopper = await recognised(store)
    for page in ("/u/harbour/", "/u/harbour/next-door/", "/u/harbour/next-door/loaf/"):
        await opens(shopper, page)
    assert await rows(Invitation) == []
    for each in (console, shopper):
        await each.close()


async def test_the_place_that_was_given_with_a_press_is_known_to_rules():
    """`Use my place` on a page of the union keeps it in the browser's cookie, which the socket reads."""
    store, manager = await shop()
    await _located(store, 50.26, -5.05)
    await rule_of(store, conditions={"if": "within_km", "value": 5})
    console = await console_wire(store, manager)
    page = f"/u/harbour/{store.slug}/"
    for cookies in ({}, {"place": "51.500,-0.120"}, {"place": "here"}):
        far = await wire_of(store, cookies)
        await opens(far, page)
        await far.nothing("invite")
        assert "invite" not in [frame["type"] for frame in far.heard]
        await far.close()
    near = await wire_of(store, {"place": "50.261,-5.049"})
    await near.send(type="event", id="e", page=page)
    assert (await near.hear("invite"))["words"] == "May I help?"
    for socket in (near, console):
        await socket.close()


@database_sync_to_async
def _located(store, latitude, longitude):
    with scopes_disabled():
        type(store).objects.filter(pk=store.pk).update(latitude=latitude, longitude=longitude)
        store.refresh_from_db()


async def test_who_has_answered_is_not_asked_again_on_the_next_page_without_consent():
    store, manager = await shop()
    rule = await rule_of(store, conditions={"if": "pages", "value": 1}, cooldown_minutes=60)
    console = await console_wire(store, manager)
    shopper = await wire_of(store)
    await shopper.send(type="event", id="1", page=f"/u/harbour/{store.slug}/")
    invite = await shopper.hear("invite")
    await shopper.send(type="decline", id="n", invitation=invite["invitation"])
    await shopper.hear("ack", id="n")
    # The next page is a new connection that knows nothing; the tab says what it has answered.
    following = await wire_of(store)
    await opens(following, f"/u/harbour/{store.slug}/oolong/", answered={rule.ref: 70})
    await following.nothing("invite")
    [row] = await rows(Invitation)
    assert row.state == "declined"
    # After the rule's own time it may speak again.
    later = await wire_of(store)
    await later.send(type="event", id="3", page=f"/u/harbour/{store.slug}/", answered={rule.ref: 3601})
    await later.hear("invite")
    assert len(await rows(Invitation)) == 2
    for each in (console, shopper, following, later):
        await each.close()


@pytest.mark.parametrize(
    "wrong",
    [
        ["r"],
        {"r": -1},
        {"r": "1"},
        {"r": True},
        {"r": 1.5},
        {"r" * 25: 1},
        {str(n): 1 for n in range(21)},
        {"r": 10**6},
    ],
)
async def test_answers_that_are_none_are_refused(wrong):
    store, manager = await shop()
    await rule_of(store, conditions={"if": "pages", "value": 1})
    console = await console_wire(store, manager)
    shopper = await wire_of(store)
    await shopper.send(type="event", id="1", page=f"/u/harbour/{store.slug}/", answered=wrong)
    assert (await shopper.hear("error", id="1"))["code"] == "invalid"
    await shopper.nothing("invite")
    assert await rows(Invitation) == []
    for each in (console, shopper):
        await each.close()
