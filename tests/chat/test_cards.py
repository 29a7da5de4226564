"""What is shown in a conversation is drawn for whoever looks, as it is now."""

import pytest

from chat import cards
from core.errors import WrongState
from tests.chat.shopping import browser, page
from tests.factories.accounts import UserFactory
from tests.factories.chat import ConversationFactory, said
from tests.factories.orders import OrderFactory, PurchaseFactory
from tests.factories.stores import StoreStaffFactory, VariantFactory

pytestmark = pytest.mark.django_db

FRAGMENT = {"headers": {"X-Fragment": "1"}}


def card(conversation, kind, shown):
    seq = said(conversation, "shown", kind=kind, card=shown)
    return page(conversation, f"cards/{seq}/")


def test_a_product_has_the_price_and_stock_of_now():
    conversation = ConversationFactory()
    variant = VariantFactory(product__store=conversation.store, product__title="Rye", price=420, stock=9)
    address = card(conversation, "product", {"product": variant.product_id})
    shown = browser().get(address, **FRAGMENT).content.decode()
    assert "Rye" in shown
    assert "In stock" in shown
    assert "<html" not in shown
    variant.product.is_published = False
    variant.product.save()
    assert "This is no longer there." in browser().get(address, **FRAGMENT).content.decode()


def test_an_order_is_told_in_its_state_and_leads_each_side_to_its_own_page():
    shopper = UserFactory()
    conversation = ConversationFactory(customer=shopper)
    purchase = PurchaseFactory(union=conversation.union, user=shopper)
    order = OrderFactory(store=conversation.store, purchase=purchase, state="paid")
    address = card(conversation, "order", {"order": order.number})
    own = browser(user=shopper).get(address, **FRAGMENT).content.decode()
    assert f"/track/{purchase.token}/" in own
    manager = StoreStaffFactory(store=conversation.store, permissions=["console", "orders"]).user
    theirs = browser(None, user=manager).get(address, **FRAGMENT).content.decode()
    assert purchase.token not in theirs
    assert f"/orders/{order.number}/" in theirs


def test_somebody_elses_order_cannot_be_shown():
    conversation = ConversationFactory(customer=UserFactory())
    order = OrderFactory(
        store=conversation.store, purchase=PurchaseFactory(union=conversation.union, user=UserFactory())
    )
    address = card(conversation, "order", {"order": order.number})
    assert "This is no longer there." in browser(user=conversation.customer).get(address, **FRAGMENT).content.decode()


def test_forms_of_a_card_are_done_and_refused_in_place(monkeypatch):
    monkeypatch.setattr(cards, "_drawers", dict(cards._drawers))
    monkeypatch.setattr(cards, "_pressers", {})

    @cards.card("voucher")
    def draw_voucher(message, reader):
        return cards.Card("talk/cards/gone.html")

    done = []

    @cards.press("voucher")
    def press_voucher(message, reader, sent, now):
        if sent["do"] == "late":
            raise WrongState
        done.append((message.card, reader.is_shopper, sent["do"]))

    conversation = ConversationFactory()
    address = card(conversation, "voucher", {"voucher": 7})
    assert browser().post(address, {"do": "accept"}, **FRAGMENT).status_code == 200
    refused = browser().post(address, {"do": "late"}, **FRAGMENT)
    assert (refused.status_code, str(WrongState.detail) in refused.content.decode()) == (409, True)
    assert browser("v2").post(address, {"do": "accept"}).status_code == 404
    assert done == [({"voucher": 7}, True, "accept")]
    assert browser().post(card(conversation, "product", {"product": 1}), {"do": "accept"}).status_code == 405


@pytest.mark.parametrize("shown", [{}, {"product": "1"}, {"product": True}, None])
def test_a_card_that_names_nothing_says_so(shown):
    conversation = ConversationFactory()
    address = card(conversation, "product", shown)
    assert "This is no longer there." in browser().get(address, **FRAGMENT).content.decode()
    assert browser().get(address).status_code == 200
