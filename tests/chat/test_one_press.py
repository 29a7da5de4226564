"""An order in the conversation is filled in and paid with one press; a second one only where something has changed.

Older cards of a price or a time say what they were and ask for nothing.
"""

import re
from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from chat.models import Message
from chat.services.agreeing import show_draft, show_proposal, show_reservation
from orders.models import OrderDraft, PriceProposal, Purchase, Reservation
from orders.presenting.times import times_of_day
from orders.services.contact import Contact
from orders.services.drafts import DraftLine, compose_draft
from orders.services.proposals import counter_price
from orders.services.reservations import accept_reservation, cancel_reservation, propose_reservation
from tests.chat.shopping import browser, page
from tests.chat.test_deals import FRAGMENT, WHERE, as_shown, cards_of, named, table
from tests.factories.chat import ConversationFactory
from tests.factories.reservations import repair_shop
from tests.factories.stores import DeliveryOptionFactory

pytestmark = pytest.mark.django_db


def composed(there, conversation, manager, **fields):
    draft = compose_draft(
        store=there.first,
        lines=[DraftLine(1, there.bread)],
        contact=Contact(),
        actor=manager,
        conversation=conversation.ref,
        now=timezone.now(),
        **fields,
    )
    show_draft(draft_id=draft.pk, now=timezone.now())
    [address] = cards_of(conversation, "order")
    return draft, address


def look(address, **asked):
    return browser().get(address, asked, **FRAGMENT).content.decode()


def pay(address, shown, **sent):
    return browser().post(address, {**WHERE, **as_shown(shown), **sent}, **FRAGMENT)


def test_one_press_keeps_what_was_typed_and_pays():
    there, conversation, manager = table()
    _draft, address = composed(there, conversation, manager, option=there.parcel)
    shown = look(address)
    assert re.findall(r'<button[^>]*name="do" value="(\w+)">([^<]+)<', shown) == [("pay", "Pay £7.50")]
    answer = pay(address, shown, **{f"delivery-{there.first.pk}": there.parcel.pk})
    purchase = Purchase.objects.get()
    assert (answer.status_code, purchase.total, purchase.recipient) == (200, 750, "Ada Trevithick")
    assert OrderDraft.objects.get().state == "ordered"


def test_another_delivery_is_counted_before_it_is_paid():
    there, conversation, manager = table()
    express = DeliveryOptionFactory(store=there.first, name="Express", price=900, position=9)
    _draft, address = composed(there, conversation, manager)
    name = f"delivery-{there.first.pk}"
    first = look(address)
    assert "Pay £7.50" in first
    # Looked at, nothing is kept of it.
    asked = look(address, **{name: express.pk})
    assert ("Pay £12.50" in asked, as_shown(asked)["total"]) == (True, "1250")
    assert f'value="{express.pk}" required data-asks checked' in asked
    # Without scripts the button still said what it came to with the first one: shown once more, with nothing lost.
    refused = pay(address, first, **{name: express.pk})
    told = refused.content.decode()
    assert (refused.status_code, Purchase.objects.count()) == (422, 0)
    assert "The total is now £12.50. Look at it and confirm it once more." in told
    assert ("Pay £12.50" in told, "3 Lemon Street" in told) == (True, True)
    assert pay(address, told, **{name: express.pk}).status_code == 200
    assert Purchase.objects.get().total == 1250


def test_a_price_that_moved_meanwhile_has_to_be_confirmed_again():
    there, conversation, manager = table()
    _draft, address = composed(there, conversation, manager, option=there.parcel)
    sent = {f"delivery-{there.first.pk}": there.parcel.pk}
    shown = look(address)
    type(there.bread).objects.filter(pk=there.bread.pk).update(price=400)
    refused = pay(address, shown, **sent)
    told = refused.content.decode()
    assert (refused.status_code, Purchase.objects.count(), "Pay £8.00" in told) == (422, 0, True)
    assert ("Bread: now 1 at £4.00 each." in told, "ada@example.com" in told) == (True, True)
    assert pay(address, told, **sent).status_code == 200
    assert Purchase.objects.get().total == 800


def test_a_counter_needs_a_price_and_a_yes_does_not():
    there, conversation, manager = table()
    proposal = named(there, conversation)
    [address] = cards_of(conversation, "proposal")
    theirs = browser(None, user=manager)
    shown = theirs.get(address, **FRAGMENT).content.decode()
    label = re.search(r'<label for="id_\d+_price">(.*?)</label>', shown)[1]
    assert (label, "1 × Bread, large" in shown) == ("Price of one", True)
    refused = theirs.post(address, {"do": "counter", "price": "", "expected": 300}, **FRAGMENT)
    assert (refused.status_code, "This field is required." in refused.content.decode()) == (422, True)
    proposal.refresh_from_db()
    assert (proposal.state, proposal.price) == ("offered", 300)
    # Enter in the field of another price says nothing about the one that stands.
    [yes, other] = re.findall(r"<form.*?</form>", shown, re.DOTALL)
    assert ('value="accept"' in yes, 'name="price"' in yes) == (True, False)
    assert ('value="accept"' in other, 'value="counter"' in other) == (False, True)
    assert theirs.post(address, {"do": "accept", "expected": 300}, **FRAGMENT).status_code == 200
    assert PriceProposal.objects.get().state == "accepted"


def test_only_the_newest_card_of_a_price_asks_for_an_answer():
    there, conversation, manager = table()
    proposal = named(there, conversation)
    counter_price(proposal=proposal, price=340, side="store", actor=manager, now=timezone.now())
    show_proposal(proposal_id=proposal.pk, now=timezone.now())
    older, newest = (look(address) for address in cards_of(conversation, "proposal"))
    assert ["<form" in card for card in (older, newest)] == [False, True]


def test_only_the_newest_card_of_a_time_can_be_answered_or_cancelled():
    shop = repair_shop(minutes=60)
    conversation = ConversationFactory(store=shop.store, shopper_name="Ada")
    now = timezone.now()
    [slot, *_more] = times_of_day(bookable=shop, wished=(now + timedelta(days=3)).date(), now=now)["slots"]
    made = propose_reservation(
        bookable=shop,
        starts_at=datetime.fromisoformat(slot["value"]),
        side="customer",
        contact=Contact(name="Ada"),
        actor=None,
        conversation=conversation.ref,
        now=now,
    )
    show_reservation(reservation_id=made.pk, now=timezone.now())
    accept_reservation(reservation=made, side="store", actor=None, now=timezone.now())
    show_reservation(reservation_id=made.pk, now=timezone.now())
    first, second = (look(page(conversation, f"cards/{seq}/")) for seq in _cards_of(conversation))
    assert ("Asked by the shopper" in first, "Confirmed" in first, "<form" in first) == (True, False, False)
    assert ("Confirmed" in second, 'value="cancel"' in second) == (True, True)
    cancel_reservation(reservation=Reservation.objects.get(), side="customer", actor=None, now=timezone.now())
    show_reservation(reservation_id=made.pk, now=timezone.now())
    cards = [look(page(conversation, f"cards/{seq}/")) for seq in _cards_of(conversation)]
    assert ['value="cancel"' in card for card in cards] == [False, False, False]
    assert ["Confirmed" in card for card in cards] == [False, True, False]
    assert "Cancelled" in cards[2]


def _cards_of(conversation):
    steps = Message.objects.filter(conversation=conversation, kind="reservation").order_by("seq")
    return list(steps.values_list("seq", flat=True))
