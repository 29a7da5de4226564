"""A guest's cart beside their conversation: as their browser names it, of this store alone, while it runs."""

import pytest
from channels.db import database_sync_to_async
from django.core import signing
from django.utils import timezone
from django_scopes import scopes_disabled

from chat.models import Conversation
from chat.queries.context import context_of
from chat.queries.guest_carts import guest_cart_key
from chat.services.guest_carts import note_guest_cart
from core.live import redis_connection
from orders.cookies import SALT
from orders.models import Cart
from orders.services.cart import add_to_cart
from tests.chat.wires import console_wire, shop, visitor_cookie, wire
from tests.factories.accounts import UserFactory
from tests.factories.chat import ConversationFactory
from tests.factories.orders import filled_cart, market
from tests.factories.stores import VariantFactory


@pytest.fixture
def there(db):
    return market()


def beside(conversation, store=None):
    conversation.refresh_from_db()
    found = context_of(conversation, store or conversation.store, now=timezone.now())
    return [(line["title"], line["quantity"]) for line in found.cart]


def noted(there, *conversations, token):
    note_guest_cart(union=there.union, conversations=conversations, token=token)


def test_a_store_sees_its_own_lines_of_the_guests_cart_alone(there):
    cart = filled_cart(there)
    bakery, lamps = ConversationFactory(store=there.first), ConversationFactory(store=there.second)
    assert beside(bakery) == []
    noted(there, bakery, lamps, token=cart.token)
    assert beside(bakery) == [("Bread", 2)]
    assert beside(lamps) == [("Lamp", 1)]
    assert cart.token.encode() not in (redis_connection().get(guest_cart_key(bakery.pk)) or b"")


def test_what_changes_in_the_cart_shows_and_what_was_bought_is_gone(there):
    cart = filled_cart(there)
    talk = ConversationFactory(store=there.first)
    noted(there, talk, token=cart.token)
    add_to_cart(
        union=there.union, user=None, token=cart.token, variant_id=there.bread.pk, quantity=1, now=timezone.now()
    )
    assert beside(talk) == [("Bread", 3)]
    Cart.objects.filter(pk=cart.pk).update(state="bought")
    assert beside(talk) == []
    noted(there, talk, token=cart.token)
    assert redis_connection().get(guest_cart_key(talk.pk)) is None


def test_it_is_not_shown_after_the_end_nor_for_who_has_signed_in(there):
    cart = filled_cart(there)
    talk = ConversationFactory(store=there.first)
    noted(there, talk, token=cart.token)
    Conversation.objects.filter(pk=talk.pk).update(state="ended", ended_at=timezone.now())
    assert beside(talk) == []
    Conversation.objects.filter(pk=talk.pk).update(state="waiting", ended_at=None, customer=UserFactory())
    assert beside(talk) == []


@pytest.mark.parametrize("whose", ["nobody's", "somebody's", "elsewhere"])
def test_another_cart_than_the_guests_own_is_never_taken(there, whose):
    token = "no-such-token"
    if whose == "somebody's":
        token = filled_cart(there, user=UserFactory()).token
    elif whose == "elsewhere":
        token = filled_cart(market()).token
    talk = ConversationFactory(store=there.first)
    noted(there, talk, token=token)
    assert (beside(talk), redis_connection().get(guest_cart_key(talk.pk))) == ([], None)


@pytest.mark.django_db(transaction=True)
async def test_the_page_names_the_cart_and_the_console_hears_that_it_changed():
    store, manager = await shop()

    @database_sync_to_async
    def more(token="guest-of-v1"):
        with scopes_disabled():
            variant = VariantFactory(product__store=store, product__title="Oolong", stock=5)
            return add_to_cart(
                union=store.union, user=None, token=token, variant_id=variant.pk, quantity=1, now=timezone.now()
            ).token

    @database_sync_to_async
    def lines(ref):
        with scopes_disabled():
            return beside(Conversation.objects.select_related("union", "store").get(ref=ref))

    async def arrives(token):
        cookies = {**visitor_cookie("v1"), f"cart-{store.union.slug}": signing.dumps((token, 1), salt=SALT)}
        socket = await wire(f"/ws/u/{store.union.slug}/", cookies=cookies)
        await socket.hear("hello")
        return socket

    console = await console_wire(store, manager)
    token = await more()
    shopper = await arrives(token)
    await shopper.send(type="start", id="s", store=store.slug, text="Does it keep?")
    ref = (await shopper.hear("ack", id="s"))["conversation"]["conversation"]
    await shopper.send(type="page", id="p", page="/u/harbour/")
    await shopper.hear("ack", id="p")
    assert (await console.hear("cart.changed"))["conversation"] == ref
    assert await lines(ref) == [("Oolong", 1)]
    await shopper.close()
    # The same cart once more changes nothing; another piece in it does.
    shopper = await arrives(token)
    await shopper.send(type="page", id="p", page="/u/harbour/")
    await shopper.hear("ack", id="p")
    await console.nothing("cart.changed")
    await more(token)
    await shopper.send(type="page", id="q", page="/u/harbour/cart/")
    await shopper.hear("ack", id="q")
    assert (await console.hear("cart.changed"))["conversation"] == ref
    assert await lines(ref) == [("Oolong", 1), ("Oolong", 1)]
    for socket in (shopper, console):
        await socket.close()
