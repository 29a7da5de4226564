"""Choosing a time without leaving the conversation: a card with one day's free times, asked and countered in place."""

import re
from datetime import timedelta

import pytest
from channels.db import database_sync_to_async
from django.utils import timezone

from chat.models import Message
from orders.models import Reservation
from orders.presenting.times import times_of_day
from orders.services.reservations import decline_reservation
from tests.chat.shopping import browser, page
from tests.chat.wires import shop as talking_place
from tests.chat.wires import talking
from tests.factories.chat import ConversationFactory, said
from tests.factories.reservations import BookableFactory, at, fresh, repair_shop
from tests.factories.stores import StoreFactory, StoreStaffFactory

pytestmark = pytest.mark.django_db
FRAGMENT = {"headers": {"X-Fragment": "1"}}


@pytest.fixture
def shop():
    return repair_shop(minutes=60)


@pytest.fixture
def conversation(shop):
    return ConversationFactory(store=shop.store, shopper_name="Ada")


def shown(conversation, service):
    seq = said(conversation, "Choose a time", kind="reservation", card={"service": service})
    return page(conversation, f"cards/{seq}/")


def look(address, who=None, **asked):
    return (who or browser()).get(address, asked, **FRAGMENT).content.decode()


def starts_in(content):
    return re.findall(r'name="start" value="([^"]+)"', content)


def day_after(content):
    return re.findall(r'name="day" value="([^"]+)" aria-label="Later', content)[0]


def ask_for(address, content, start, who=None, **more):
    hidden = dict(re.findall(r'type="hidden" name="(times|day|service|once)" value="([^"]*)"', content))
    return (who or browser()).post(address, {**hidden, "start": start, "do": "reserve", **more}, **FRAGMENT)


def test_times_of_day_shows_one_day_and_the_ways_to_the_others(shop, django_assert_num_queries):
    bookable = fresh(shop)
    with django_assert_num_queries(6):
        shown = times_of_day(bookable=bookable, wished=None, now=at(6))
    assert (shown["day"]["value"], shown["earlier"], shown["later"]["value"]) == ("2026-03-03", None, "2026-03-04")
    assert shown["slots"][0] == {"value": "2026-03-03T09:00:00Z", "text": "09:00"}
    with django_assert_num_queries(6):
        shown = times_of_day(bookable=bookable, wished=at(6, day=4).date(), now=at(6))
    assert (shown["day"]["value"], shown["earlier"]["value"]) == ("2026-03-04", "2026-03-03")


def test_a_shopper_turns_the_days_and_asks_for_a_time_in_the_window(shop, conversation):
    address = shown(conversation, shop.key)
    first = look(address)
    later = look(address, times="1", day=day_after(first), service=shop.key)
    start = starts_in(later)[0]
    assert start not in starts_in(first)
    answer = ask_for(address, later, start)
    made = Reservation.objects.get()
    assert (answer.status_code, made.state, made.proposed_by, made.conversation, made.name) == (
        200, "proposed", "customer", conversation.ref, "Ada",
    )  # fmt: skip
    assert made.starts_at.isoformat().replace("+00:00", "Z") == start
    # Pressed twice it asked once.
    ask_for(address, later, start)
    assert Reservation.objects.count() == 1
    steps = Message.objects.filter(conversation=conversation, kind="reservation").order_by("seq")
    assert [step.card for step in steps] == [{"service": shop.key}, {"reservation": made.pk}]


def test_a_time_that_was_just_taken_is_refused_with_the_card_still_open(shop, conversation):
    address = shown(conversation, shop.key)
    content = look(address)
    start = starts_in(content)[0]
    other = ConversationFactory(store=shop.store, visitor="v2")
    theirs = shown(other, shop.key)
    assert ask_for(theirs, look(theirs, browser("v2")), start, browser("v2")).status_code == 200
    refused = ask_for(address, content, start)
    assert (refused.status_code, Reservation.objects.count()) == (409, 1)
    told = refused.content.decode()
    assert start not in starts_in(told)
    assert 'role="alert"' in told


def test_either_side_counters_with_a_free_time_of_the_card(shop, conversation):
    address = shown(conversation, shop.key)
    # A whole day: what is left of today depends on when this runs.
    content = look(address, times="1", day=day_after(look(address)), service=shop.key)
    ask_for(address, content, starts_in(content)[0])
    made = Reservation.objects.get()
    manager = browser(None, user=StoreStaffFactory(store=shop.store, permissions=["console", "orders"]).user)
    seq = Message.objects.get(conversation=conversation, card={"reservation": made.pk}).seq
    theirs = f"/manage/{shop.union.slug}/{shop.store.slug}/console/{conversation.ref}/cards/{seq}/"
    closed = manager.get(theirs).content.decode()
    assert ("Another time" in closed, starts_in(closed)) == (True, [])
    opened = manager.get(theirs, {"times": "1"}).content.decode()
    start = starts_in(opened)[2]
    assert manager.post(theirs, {"do": "counter", "start": start, "times": "1"}).status_code == 200
    made.refresh_from_db()
    assert (made.state, made.proposed_by, made.starts_at.isoformat().replace("+00:00", "Z")) == (
        "countered", "store", start,
    )  # fmt: skip
    own = page(conversation, f"cards/{seq + 1}/")
    again = starts_in(look(own, times="1"))[4]
    assert browser().post(own, {"do": "counter", "start": again, "times": "1"}, **FRAGMENT).status_code == 200
    made.refresh_from_db()
    assert (made.state, made.proposed_by) == ("countered", "customer")


@pytest.mark.parametrize("sent", [{}, {"start": ""}, {"start": "tomorrow"}, {"start": "2026-13-45T99:00:00Z"}])
def test_a_time_that_is_none_is_refused_and_changes_nothing(shop, conversation, sent):
    address = shown(conversation, shop.key)
    refused = browser().post(address, {"do": "reserve", "service": shop.key, **sent}, **FRAGMENT)
    assert (refused.status_code, Reservation.objects.count()) == (422, 0)


def test_a_store_with_several_services_lets_choose_one_and_others_stay_out(shop, conversation):
    visit = BookableFactory(product=None, store=shop.store, union=shop.union, title="A look at the workshop")
    foreign = BookableFactory(product=None, store=StoreFactory(union=shop.union), union=shop.union, title="Elsewhere")
    address = shown(conversation, "")
    content = look(address)
    assert ("A look at the workshop" in content, "Elsewhere" in content, starts_in(content)) == (True, False, [])
    assert starts_in(look(address, service=shop.key))
    refused = browser().post(
        address, {"do": "reserve", "service": foreign.key, "start": "2026-03-03T09:00:00Z"}, **FRAGMENT
    )
    assert (refused.status_code, Reservation.objects.count()) == (422, 0)
    assert visit.store_id == shop.store_id


def test_an_ended_conversation_gives_no_times(shop, conversation):
    address = shown(conversation, shop.key)
    content = look(address)
    type(conversation).objects.filter(pk=conversation.pk).update(state="ended", ended_at=timezone.now())
    assert starts_in(look(address)) == []
    assert (ask_for(address, content, starts_in(content)[0]).status_code, Reservation.objects.count()) == (409, 0)


def test_the_picker_of_the_console_and_the_window_offer_times(shop, conversation):
    manager = browser(None, user=StoreStaffFactory(store=shop.store, permissions=["console"]).user)
    address = f"/manage/{shop.union.slug}/{shop.store.slug}/console/{conversation.ref}/picker/"
    assert f'data-card="reservation" data-key="{shop.key}"' in manager.get(address).content.decode()
    window = f"/u/{shop.union.slug}/conversations/window/"
    assert f'data-service="{shop.key}"' in browser().get(window, {"store": shop.store.slug}).content.decode()
    Reservation.objects.all().delete()
    type(shop).objects.update(is_active=False)
    assert "data-service" not in browser().get(window, {"store": shop.store.slug}).content.decode()


def test_declined_and_asked_again_is_a_new_reservation(shop, conversation):
    address = shown(conversation, shop.key)
    content = look(address)
    start = starts_in(content)[0]
    ask_for(address, content, start)
    decline_reservation(
        reservation=Reservation.objects.get(), side="store", actor=None, now=timezone.now() + timedelta(seconds=1)
    )
    assert ask_for(address, look(address), start).status_code == 200
    assert sorted(Reservation.objects.values_list("state", flat=True)) == ["declined", "proposed"]


@pytest.mark.django_db(transaction=True)
async def test_showing_times_over_the_socket():
    store, manager = await talking_place()
    bookable = await database_sync_to_async(
        lambda: BookableFactory(product=None, store=store, union=store.union, title="A visit")
    )()
    shopper, console, ref = await talking(store, manager)
    await console.send(type="message", id="t1", conversation=ref, kind="reservation", card={"service": bookable.key})
    assert (await console.hear("ack", id="t1"))["seq"] == 3
    told = await shopper.hear("message", seq=3)
    assert (told["kind"], told["text"], told["card"]) == ("reservation", "A visit", {"service": bookable.key})
    await shopper.send(type="message", id="t2", conversation=ref, kind="reservation", card={"service": ""})
    assert (await shopper.hear("ack", id="t2"))["seq"] == 4
    await shopper.send(type="message", id="t3", conversation=ref, kind="reservation", card={"service": "nowhere"})
    assert (await shopper.hear("error", id="t3"))["code"] == "not_bookable"
    for wire in (shopper, console):
        await wire.close()
