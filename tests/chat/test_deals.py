"""What is agreed in a conversation: cards of both sides, the verifying card, frames, and steps made elsewhere."""

import re

import pytest
from django.utils import timezone

from chat.models import Message, Participant
from chat.services.agreeing import show_draft, show_proposal
from orders.models import Order, OrderDraft, PriceProposal, Purchase
from orders.services.contact import Contact
from orders.services.drafts import DraftLine, compose_draft
from orders.services.proposals import accept_price, counter_price, offer_price
from stores.models import StockHold
from tests.chat.shopping import browser, page
from tests.chat.wires import talking
from tests.factories.accounts import UserFactory
from tests.factories.chat import ConversationFactory, said
from tests.factories.orders import market
from tests.factories.stores import DeliveryOptionFactory, StoreStaffFactory, VariantFactory
from tests.orders.deals import rule_of

FRAGMENT = {"headers": {"X-Fragment": "1"}}
WHERE = {
    "email": "ada@example.com",
    "recipient": "Ada Trevithick",
    "line1": "3 Lemon Street",
    "city": "Truro",
    "postal_code": "TR1 2LZ",
    "country": "GB",
    "payment": "once",
    "token": "bank:approves",
    "do": "pay",
}


def table(**kwargs):
    """A conversation at the bakery of a market, and its manager."""
    there = market()
    conversation = ConversationFactory(store=there.first, **kwargs)
    manager = StoreStaffFactory(store=there.first, permissions=["console", "orders"]).user
    Participant.objects.create(
        union=there.union, conversation=conversation, role="manager", user=manager, name="Lin", joined_at=timezone.now()
    )
    return there, conversation, manager


def named(there, conversation, price=300, **kwargs):
    wanted = {"side": "customer", "actor": None, "variant": there.bread, "contact": Contact(name="Ada"), **kwargs}
    made = offer_price(store=there.first, price=price, conversation=conversation.ref, now=timezone.now(), **wanted)
    show_proposal(proposal_id=made.pk, now=timezone.now())
    return made


def as_shown(content):
    """What the card's button sends of what the card showed."""
    return dict(re.findall(r'type="hidden" name="(digest|total)" value="([^"]+)"', content))


def cards_of(conversation, kind):
    found = Message.objects.filter(conversation=conversation, kind=kind).order_by("seq")
    return [page(conversation, f"cards/{message.seq}/") for message in found]


@pytest.mark.django_db
def test_every_step_is_one_message_whoever_tells_of_it():
    there, conversation, manager = table()
    proposal = named(there, conversation)
    counter_price(proposal=proposal, price=340, side="store", actor=manager, now=timezone.now())
    for _time in range(3):
        show_proposal(proposal_id=proposal.pk, now=timezone.now())
    found = Message.objects.filter(conversation=conversation).order_by("seq")
    assert [(message.kind, message.sender.role, message.text, message.card) for message in found] == [
        ("proposal", "shopper", "1 × Bread, large: £3.00", {"proposal": proposal.pk}),
        ("proposal", "manager", "1 × Bread, large: £3.40", {"proposal": proposal.pk}),
    ]


@pytest.mark.django_db
def test_a_price_is_agreed_on_its_card_and_ordered_and_paid_on_the_next():
    there, conversation, manager = table()
    proposal = named(there, conversation, quantity=2)
    [address] = cards_of(conversation, "proposal")
    own = browser().get(address, **FRAGMENT).content.decode()
    assert ('value="accept"' in own, 'value="let_go"' in own) == (False, True)
    theirs = browser(None, user=manager)
    assert 'value="accept"' in theirs.get(address, **FRAGMENT).content.decode()
    assert theirs.post(address, {"do": "accept", "expected": 300}, **FRAGMENT).status_code == 200
    assert StockHold.objects.get().quantity == 2
    assert browser().post(address, {"do": "order"}, **FRAGMENT).status_code == 200
    [order] = cards_of(conversation, "order")
    shopper = browser()
    shown = shopper.get(order, **FRAGMENT).content.decode()
    assert ("Pay £10.00" in shown, "£6.00" in shown, "Bread (large)" in shown) == (True, True, True)
    sent = {**WHERE, **as_shown(shown), f"delivery-{there.first.pk}": there.parcel.pk}
    for _press in range(2):
        assert shopper.post(order, sent, **FRAGMENT).status_code == 200
    purchase = Purchase.objects.get()
    assert (purchase.origin, purchase.conversation, purchase.total) == ("conversation", conversation.ref, 1000)
    assert (Order.objects.get().state, StockHold.objects.count()) == ("paid", 0)
    proposal.refresh_from_db()
    assert (proposal.state, proposal.purchase) == ("ordered", purchase)
    for reader in (shopper, theirs):
        assert Order.objects.get().number in reader.get(order, **FRAGMENT).content.decode()


@pytest.mark.django_db
def test_an_older_card_tells_its_own_step_and_the_newest_how_things_stand():
    there, conversation, manager = table()
    proposal = named(there, conversation)
    counter_price(proposal=proposal, price=340, side="store", actor=manager, note="A little more", now=timezone.now())
    show_proposal(proposal_id=proposal.pk, now=timezone.now())
    accept_price(proposal=proposal, side="customer", actor=None, now=timezone.now())
    show_proposal(proposal_id=proposal.pk, now=timezone.now())
    first, second, last = (
        browser().get(address, **FRAGMENT).content.decode() for address in cards_of(conversation, "proposal")
    )
    cards = (first, second, last)
    assert [("£3.00" in card, "£3.40" in card) for card in cards] == [(True, False), (False, True), (False, True)]
    assert ["A little more" in card for card in cards] == [False, True, False]
    assert ['value="order"' in card for card in cards] == [False, False, True]


@pytest.mark.django_db
def test_a_shopper_has_to_name_a_price_and_the_store_may_leave_it_out():
    there, conversation, manager = table()
    said(conversation, "Bread", kind="product", card={"product": there.bread.product_id})
    [address] = cards_of(conversation, "product")
    optional = "(if you like)"
    assert optional not in browser().get(address, **FRAGMENT).content.decode()
    assert optional in browser(None, user=manager).get(address, **FRAGMENT).content.decode()
    sent = {"do": "offer", "quantity": 1, "price": "", "variant": there.bread.pk}
    assert browser().post(address, sent, **FRAGMENT).status_code == 422
    assert PriceProposal.objects.count() == 0


@pytest.mark.django_db
def test_what_comes_of_a_price_stands_below_it_also_when_the_price_is_told_late():
    """A program answers over the API: its cards show it at once, its messages come when a worker is free."""
    there, conversation, manager = table()
    first = named(there, conversation, 200)
    counter_price(proposal=first, price=340, side="store", actor=manager, now=timezone.now())
    # The shopper has read the answer on the card, and names another price for the good.
    second = named(there, conversation, 330)
    accept_price(proposal=second, side="store", actor=manager, now=timezone.now())
    newest = cards_of(conversation, "proposal")[-1]
    assert 'value="order"' in browser().get(newest, **FRAGMENT).content.decode()
    assert browser().post(newest, {"do": "order"}, **FRAGMENT).status_code == 200
    stand = Message.objects.filter(conversation=conversation).order_by("seq").values_list("kind", "text")
    said_of = "1 × Bread, large: £{}".format
    assert [text if kind == "proposal" else kind for kind, text in stand] == [
        said_of("2.00"), said_of("3.40"), said_of("3.30"), said_of("3.30"), "order",
    ]  # fmt: skip
    # The worker finds nothing left to tell.
    for proposal in (first, second):
        show_proposal(proposal_id=proposal.pk, now=timezone.now())
    assert stand.all().count() == 5


@pytest.mark.django_db
def test_what_the_rule_says_is_in_no_card_and_no_refusal():
    there, conversation, _manager = table()
    rule_of(there.bread, accept_from=333, counter_with=347, floor=211, most_rounds=9)
    named(there, conversation, 300)
    named(there, conversation, 150)
    shown = "".join(
        browser().get(address, **FRAGMENT).content.decode() for address in cards_of(conversation, "proposal")
    )
    assert "3.47" in shown
    assert re.findall(r"(?<!\w)(?:3\.33|2\.11|333|211)(?!\w)", shown) == []


@pytest.mark.django_db
def test_a_composed_order_is_paid_or_waits_when_the_bank_declines():
    there, conversation, manager = table(customer=UserFactory(email="ada@example.com"))
    draft = compose_draft(
        store=there.first,
        lines=[DraftLine(1, there.bread), DraftLine(1, words="Gift wrapping", price=150)],
        contact=Contact(conversation.customer),
        actor=manager,
        option=there.parcel,
        conversation=conversation.ref,
        note="As we said",
        now=timezone.now(),
    )
    show_draft(draft_id=draft.pk, now=timezone.now())
    [address] = cards_of(conversation, "order")
    shopper = browser(user=conversation.customer)
    first = shopper.get(address, **FRAGMENT).content.decode()
    assert ("Gift wrapping" in first, "As we said" in first, "£9.00" in first) == (True, True, True)
    sent = {**WHERE, **as_shown(first), f"delivery-{there.first.pk}": there.parcel.pk}
    refused = shopper.post(address, {**sent, "token": "bank:declines-funds"}, **FRAGMENT)
    assert (refused.status_code, "The bank did not pay." in refused.content.decode()) == (409, True)
    draft.refresh_from_db()
    assert (draft.state, Order.objects.get().state) == ("open", "cancelled")
    assert shopper.post(address, {"do": "withdraw"}, **FRAGMENT).status_code == 422
    assert browser(None, user=manager).post(address, {"do": "pay"}, **FRAGMENT).status_code == 403
    assert browser(None, user=manager).post(address, {"do": "withdraw"}, **FRAGMENT).status_code == 200
    assert OrderDraft.objects.get().state == "withdrawn"
    assert shopper.post(address, sent, **FRAGMENT).status_code == 409
    assert Order.objects.count() == 1


@pytest.mark.django_db
def test_what_is_wrong_on_the_verifying_card_stands_beside_its_field_and_nothing_is_lost():
    there, conversation, manager = table()
    draft = compose_draft(
        store=there.first,
        lines=[DraftLine(1, there.bread)],
        contact=Contact(),
        actor=manager,
        option=there.parcel,
        conversation=conversation.ref,
        now=timezone.now(),
    )
    show_draft(draft_id=draft.pk, now=timezone.now())
    [address] = cards_of(conversation, "order")
    sent = {**WHERE, "email": "ada@", "note": "The blue door", f"delivery-{there.first.pk}": there.parcel.pk}
    told = browser().post(address, sent, **FRAGMENT)
    shown = told.content.decode()
    assert told.status_code == 422
    field = re.search(r'<input[^>]*name="email"[^>]*>', shown)[0]
    assert ('value="ada@"' in field, 'aria-invalid="true"' in field) == (True, True)
    assert f'id="id_{draft.pk}_email_error"' in shown
    for kept in ("Ada Trevithick", "3 Lemon Street", "TR1 2LZ", "The blue door", "<details open>"):
        assert kept in shown
    chosen = re.findall(r'<input type="radio" name="([^"]+)" value="([^"]+)" required(?: data-asks)? checked>', shown)
    assert chosen == [(f"delivery-{there.first.pk}", str(there.parcel.pk)), ("payment", "once")]
    draft.cart.refresh_from_db()
    assert (draft.cart.email, draft.cart.line1, Purchase.objects.count()) == ("", "", 0)


@pytest.mark.django_db
def test_a_price_that_is_refused_stays_in_its_field():
    there, conversation, manager = table()
    proposal = named(there, conversation)
    [address] = cards_of(conversation, "proposal")
    sent = {"do": "counter", "price": "3.4o", "note": "As a regular", "expected": 300}
    told = browser(None, user=manager).post(address, sent, **FRAGMENT)
    shown = told.content.decode()
    assert (told.status_code, shown.count("Enter a number.")) == (422, 1)
    assert ('value="3.4o"' in shown, 'value="As a regular"' in shown) == (True, True)
    # The price that it answers to is the one of now, also when it has moved since.
    counter_price(proposal=proposal, price=345, side="store", actor=manager, now=timezone.now())
    late = {"do": "counter", "price": "3.20", "expected": 300}
    shown = browser().post(address, late, **FRAGMENT).content.decode()
    assert ('value="3.20"' in shown, 'name="expected" value="345"' in shown) == (True, True)
    proposal.refresh_from_db()
    assert (proposal.state, proposal.price) == ("countered", 345)


@pytest.mark.django_db
def test_what_a_service_refuses_stands_beside_the_field_it_is_about():
    there, conversation, _manager = table()
    seq = said(conversation, "Bread", kind="product", card={"product": there.bread.product_id})
    address = page(conversation, f"cards/{seq}/")
    told = browser().post(address, {"do": "offer", "variant": there.bread.pk, "quantity": 3, "price": "90"}, **FRAGMENT)
    shown = told.content.decode()
    assert (told.status_code, f'id="id_{seq}_price_error"' in shown, 'value="90"' in shown) == (422, True, True)
    assert (shown.count("It costs less than that."), 'value="3"' in shown) == (1, True)
    # What is about no field that can be seen is told below the card.
    told = browser().post(address, {"do": "dance", "variant": there.bread.pk, "quantity": 3, "price": "3"}, **FRAGMENT)
    assert (told.status_code, 'role="alert"' in told.content.decode()) == (422, True)
    assert PriceProposal.objects.count() == 0


@pytest.mark.django_db
def test_cards_of_another_conversation_say_nothing():
    there, conversation, _manager = table()
    proposal = named(there, conversation)
    other = ConversationFactory(store=there.first, visitor="v2")
    seq = said(other, "x", kind="proposal", card={"proposal": proposal.pk})
    shown = browser("v2").get(page(other, f"cards/{seq}/"), **FRAGMENT).content.decode()
    assert "This is no longer there." in shown
    assert browser("v2").post(page(other, f"cards/{seq}/"), {"do": "let_go"}, **FRAGMENT).status_code == 404
    proposal.refresh_from_db()
    assert proposal.state == "offered"


@pytest.mark.django_db
def test_a_step_made_after_the_end_changes_the_card_and_says_nothing_new():
    there, conversation, _manager = table()
    proposal = named(there, conversation)
    type(conversation).objects.filter(pk=conversation.pk).update(state="ended")
    accept_price(proposal=proposal, side="store", actor=None, now=timezone.now())
    show_proposal(proposal_id=proposal.pk, now=timezone.now())
    assert Message.objects.filter(conversation=conversation).count() == 1
    [address] = cards_of(conversation, "proposal")
    assert "accepted" in browser().get(address, **FRAGMENT).content.decode()


@pytest.mark.django_db(transaction=True)
async def test_two_sockets_agree_a_price_and_compose_an_order():
    from channels.db import database_sync_to_async

    from tests.chat.wires import shop

    store, user = await shop()
    bread = await database_sync_to_async(VariantFactory)(store=store, price=350, stock=5, product__title="Bread")
    await database_sync_to_async(DeliveryOptionFactory)(store=store)
    shopper, console, ref = await talking(store, user)
    offer = {"conversation": ref, "variant": bread.pk, "quantity": 2, "price": 300}
    await shopper.send(type="proposal", id="p1", **offer)
    made = await shopper.hear("ack", id="p1")
    assert (made["state"], made["price"], made["by"]) == ("offered", 300, "customer")
    heard = await console.hear("message", card={"proposal": made["proposal"]})
    assert (heard["kind"], heard["role"]) == ("proposal", "shopper")
    await shopper.send(type="proposal", id="p1", **offer)
    assert (await shopper.hear("ack", id="p1"))["proposal"] == made["proposal"]
    await shopper.send(type="accept_proposal", id="x", conversation=ref, proposal=made["proposal"], expected=300)
    assert (await shopper.hear("error", id="x"))["code"] == "not_your_turn"
    await console.send(type="counter", id="c", conversation=ref, proposal=made["proposal"], price=320, expected=300)
    assert (await console.hear("ack", id="c"))["state"] == "countered"
    await shopper.send(type="accept_proposal", id="y", conversation=ref, proposal=made["proposal"], expected=300)
    assert (await shopper.hear("error", id="y"))["code"] == "proposal_moved"
    await shopper.send(type="accept_proposal", id="z", conversation=ref, proposal=made["proposal"], expected=320)
    assert (await shopper.hear("ack", id="z"))["state"] == "accepted"
    await shopper.send(type="order_proposal", id="o", conversation=ref, proposal=made["proposal"])
    assert (await shopper.hear("ack", id="o"))["state"] == "open"
    lines = [{"variant": bread.pk, "quantity": 1}, {"words": "Wrapping", "quantity": 1, "price": 100}]
    await console.send(type="compose", id="k", conversation=ref, lines=lines)
    draft = (await console.hear("ack", id="k"))["draft"]
    heard = await shopper.hear("message", card={"draft": draft})
    assert (heard["kind"], heard["role"]) == ("order", "manager")
    await console.send(type="withdraw_order", id="w", conversation=ref, draft=draft)
    await console.hear("ack", id="w")
    assert (await shopper.hear("card", card={"draft": draft}))["conversation"] == ref
    assert await PriceProposal.objects.filter(state="accepted").acount() == 1
    await shopper.close()
    await console.close()


@pytest.mark.django_db(transaction=True)
async def test_a_refusal_of_a_composed_order_says_which_line_it_is_about():
    from channels.db import database_sync_to_async

    from tests.chat.wires import shop

    store, user = await shop()
    make = database_sync_to_async(VariantFactory)
    bread = await make(store=store, price=350, stock=5, product__title="Bread")
    cake = await make(store=store, price=900, stock=1, product__title="Cake")
    await database_sync_to_async(DeliveryOptionFactory)(store=store)
    await database_sync_to_async(rule_of)(cake, floor=800)
    shopper, console, ref = await talking(store, user)
    first = {"variant": bread.pk, "quantity": 1}
    for number, (second, code, facts) in enumerate(
        [
            ({"variant": cake.pk, "quantity": 0}, "invalid", {"line": 1, "field": "quantity"}),
            ({"words": "Wrapping", "quantity": 1}, "invalid", {"line": 1, "field": "price"}),
            ({"variant": bread.pk, "quantity": 1, "price": 300}, "invalid", {"line": 1, "field": "price"}),
            ({"variant": cake.pk, "quantity": 1, "price": 799}, "beyond_rights", {"line": 1}),
            ({"variant": cake.pk, "quantity": 2}, "out_of_stock", {"variant_id": cake.pk, "available": 1}),
            ({"variant": 10**9, "quantity": 1}, "not_found", {"line": 1}),
        ]
    ):
        await console.send(type="compose", id=f"k{number}", conversation=ref, lines=[first, second])
        told = await console.hear("error", id=f"k{number}")
        assert (told["code"], {name: told.get(name) for name in facts}) == (code, facts)
    assert (await OrderDraft.objects.acount(), await StockHold.objects.acount()) == (0, 0)
    # The same id after a lost answer is the same order.
    drafts = set()
    for _time in range(2):
        await console.send(
            type="compose", id="once", conversation=ref, lines=[first, {"variant": cake.pk, "quantity": 1}]
        )
        drafts.add((await console.hear("ack", id="once"))["draft"])
    assert (len(drafts), await OrderDraft.objects.acount()) == (1, 1)
    await shopper.close()
    await console.close()
