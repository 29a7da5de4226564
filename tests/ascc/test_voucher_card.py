"""A voucher in a conversation: shown by its owner, handed over, taken on or declined there, step by step."""

from datetime import timedelta

import pytest
from django.utils import timezone

from ascc.models import Transmission, Voucher
from ascc.services.activating import activate_voucher
from ascc.services.conversing import show_voucher
from ascc.services.moving import By
from chat.cards import Showing, offers_of, shown_card
from chat.models import Message
from core.errors import Invalid, NotAllowed, NotFound
from tests.chat.shopping import browser, page
from tests.factories.accounts import UserFactory
from tests.factories.ascc import provider as a_provider
from tests.factories.ascc import voucher as a_voucher
from tests.factories.chat import ConversationFactory, said
from tests.factories.stores import StoreFactory, StoreStaffFactory

pytestmark = pytest.mark.django_db
FRAGMENT = {"headers": {"X-Fragment": "1"}}


@pytest.fixture
def talk():
    """A conversation of a voucher's owner with a provider."""
    ada, now = UserFactory(), timezone.now()
    held = a_voucher(StoreFactory(), owner=ada)
    Voucher.objects.filter(pk=held.pk).update(issued_at=now, activate_until=None, expires_at=now + timedelta(days=99))
    held.refresh_from_db()
    activate_voucher(voucher=held, by=By("customer", ada.pk), now=now)
    worker = a_provider(held.union, store=StoreFactory(union=held.union, name="Mender"))
    found = ConversationFactory(
        store=worker.store, union=held.union, customer=ada, state="active", manager=UserFactory()
    )
    found.voucher, found.worker = Voucher.objects.get(pk=held.pk), worker
    return found


def shown(talk):
    return page(talk, f"cards/{said(talk, 'lamp', kind='voucher', card={'voucher': talk.voucher.code})}/")


def last_card(talk):
    return page(talk, f"cards/{Message.objects.filter(conversation=talk).latest('seq').seq}/")


def server(talk, *permissions):
    return browser(None, user=StoreStaffFactory(store=talk.store, permissions=list(permissions)).user)


def test_it_is_handed_over_and_taken_on_in_the_conversation(talk):
    address, owner = shown(talk), browser(user=talk.customer)
    worker, colleague = server(talk, "console", "service"), server(talk, "console")
    assert "Hand it over to Mender" in owner.get(address, **FRAGMENT).content.decode()
    assert "Hand it over" not in worker.get(address, **FRAGMENT).content.decode()
    assert worker.post(address, {"do": "send", "wish": ""}).status_code == 403
    drawn = owner.post(address, {"do": "send", "wish": "It flickers."}, **FRAGMENT)
    assert drawn.status_code == 200 and "Hand it over" not in drawn.content.decode()
    sent = Transmission.objects.get()
    assert (sent.wish, sent.conversation_id, sent.provider) == ("It flickers.", talk.pk, talk.worker)
    newest = last_card(talk)
    assert newest != address
    assert "Take it back" in owner.get(newest, **FRAGMENT).content.decode()
    asked = worker.get(newest, **FRAGMENT).content.decode()
    assert "Take it on" in asked and "It flickers." in asked
    assert "Take it on" not in colleague.get(newest, **FRAGMENT).content.decode()
    assert colleague.post(newest, {"do": "accept"}).status_code == 403
    assert owner.post(newest, {"do": "accept"}).status_code == 403
    assert Voucher.objects.get(pk=talk.voucher.pk).state == "transmitted"
    assert worker.post(newest, {"do": "accept"}, **FRAGMENT).status_code == 200
    assert Voucher.objects.get(pk=talk.voucher.pk).state == "accepted"
    texts = Message.objects.filter(conversation=talk, kind="voucher").order_by("seq")
    assert [message.sender.role for message in texts] == ["shopper", "shopper", "system"]
    show_voucher(voucher_id=talk.voucher.pk, now=timezone.now())
    assert texts.count() == 3
    assert "taken on by the provider" in owner.get(last_card(talk), **FRAGMENT).content.decode()


def test_it_is_declined_with_a_reason_and_can_be_handed_over_again(talk):
    owner, worker = browser(user=talk.customer), server(talk, "console", "service")
    owner.post(shown(talk), {"do": "send", "wish": ""})
    newest = last_card(talk)
    assert worker.post(newest, {"do": "decline", "reason": ""}).status_code == 422
    worker.post(newest, {"do": "decline", "reason": "On holiday."})
    assert Transmission.objects.get().state == "declined"
    drawn = owner.get(last_card(talk), **FRAGMENT).content.decode()
    assert "On holiday." in drawn and "Hand it over to Mender" in drawn
    assert owner.post(last_card(talk), {"do": "back"}, **FRAGMENT).status_code == 409
    assert Voucher.objects.get(pk=talk.voucher.pk).state == "active"


def test_nobody_shows_a_voucher_that_is_not_theirs(talk):
    asked = {"voucher": talk.voucher.code}
    assert shown_card("voucher", talk, asked, Showing(True, talk.customer)) == (talk.voucher.about, asked)
    with pytest.raises(NotAllowed):
        shown_card("voucher", talk, asked, Showing(False, talk.customer))
    with pytest.raises(Invalid):
        shown_card("picture", talk, asked, Showing(True, talk.customer))
    other = a_voucher(talk.voucher.store, owner=UserFactory())
    for code in (other.code, "", None, 7):
        with pytest.raises(NotFound):
            shown_card("voucher", talk, {"voucher": code}, Showing(True, talk.customer))
    Voucher.objects.filter(pk=talk.voucher.pk).update(owner=UserFactory())
    assert "This is no longer there." in browser(user=talk.customer).get(shown(talk), **FRAGMENT).content.decode()


def test_the_window_offers_what_can_be_handed_over(talk):
    offers = offers_of(talk.union, talk.store, talk.customer)
    assert [(offer.kind, offer.card) for offer in offers] == [("voucher", {"voucher": talk.voucher.code})]
    assert offers_of(talk.union, StoreFactory(union=talk.union), talk.customer) == []
    assert len(offers_of(talk.union, talk.voucher.store, talk.customer)) == 1
    assert offers_of(talk.union, talk.store, UserFactory()) == offers_of(talk.union, talk.store, None) == []
    window = f"/u/{talk.union.slug}/conversations/window/?store={talk.store.slug}"
    assert talk.voucher.code in browser(user=talk.customer).get(window).content.decode()


def test_the_center_is_asked_into_the_conversation(talk):
    owner, address = browser(user=talk.customer), shown(talk)
    assert "Ask the service center to join" in owner.get(address, **FRAGMENT).content.decode()
    drawn = owner.post(address, {"do": "center"}, **FRAGMENT)
    assert drawn.status_code == 200 and "Ask the service center" not in drawn.content.decode()
    owner.post(address, {"do": "center"})
    talk.refresh_from_db()
    assert (talk.with_support, talk.state) == (True, "active")
    notices = Message.objects.filter(conversation=talk, kind="system")
    assert [message.card["what"] for message in notices] == ["support_asked"]


@pytest.mark.parametrize("who", ["provider", "store", "center"])
def test_a_question_begins_a_conversation_with_the_voucher_in_it(talk, who):
    owner = browser(user=talk.customer)
    whom = talk.worker.ref if who == "provider" else who
    type(talk).objects.filter(pk=talk.pk).update(state="ended", manager=None, ended_at=timezone.now())
    address = f"/u/{talk.union.slug}/providers/ask/{talk.voucher.code}/?who={whom}"
    assert owner.get(address).status_code == 200
    assert owner.post(address, {"text": ""}).status_code == 422
    response = owner.post(address, {"text": "Could you mend it?"})
    assert response.status_code == 302
    begun = Message.objects.filter(kind="voucher").latest("pk").conversation
    expected = {"provider": talk.store_id, "store": talk.voucher.store_id, "center": None}[who]
    assert (begun.store_id, begun.customer) == (expected, talk.customer)
    assert response["Location"].endswith(f"/conversations/{begun.ref}/?open=1")
    assert list(begun.messages.exclude(kind="system").values_list("kind", flat=True)) == ["text", "voucher"]
    stranger = browser("v2", user=UserFactory())
    assert stranger.post(address, {"text": "Mine?"}).status_code == 404


def test_who_sold_it_is_asked_into_the_conversation_from_the_card_and_from_the_wallet(talk):
    owner, worker = browser(user=talk.customer), server(talk, "console", "service")
    address, wallet = shown(talk), f"/account/vouchers/{talk.voucher.code}/"
    words = f"Ask {talk.voucher.store.name}, who sold it, to join"
    assert words in owner.get(address, **FRAGMENT).content.decode()
    assert words not in worker.get(address, **FRAGMENT).content.decode()
    assert worker.post(address, {"do": "seller"}).status_code == 422
    assert owner.post(f"{wallet}invite/", {"who": "store"}).status_code == 404
    owner.post(address, {"do": "send", "wish": ""})
    page = owner.get(wallet).content.decode()
    assert f"Ask {talk.voucher.store.name} to join" in page and "Ask the service center to join" in page
    stranger = browser("v2", user=UserFactory())
    assert stranger.post(f"{wallet}invite/", {"who": "store"}).status_code == 404
    talk.refresh_from_db()
    assert (talk.beside, talk.with_support) == (None, False)

    response = owner.post(f"{wallet}invite/", {"who": "store"})
    assert response["Location"].endswith(f"/conversations/{talk.ref}/?open=1")
    assert words not in owner.get(last_voucher(talk), **FRAGMENT).content.decode()
    owner.post(last_voucher(talk), {"do": "seller"}, **FRAGMENT)
    owner.post(f"{wallet}invite/", {"who": "center"})
    talk.refresh_from_db()
    assert (talk.beside, talk.with_support, talk.state) == (talk.voucher.store, True, "active")
    whats = [
        message.card["what"] for message in Message.objects.filter(conversation=talk, kind="system").order_by("seq")
    ]
    assert [what for what in whats if what.endswith("asked")] == ["store_asked", "support_asked"]
    assert " to join</button>" not in owner.get(wallet).content.decode()

    # Its people read the card, and take nothing on for the provider.
    seller = browser(None, user=StoreStaffFactory(store=talk.voucher.store, permissions=["console", "service"]).user)
    drawn = seller.get(last_voucher(talk), **FRAGMENT).content.decode()
    assert talk.voucher.code in drawn and "Take it on" not in drawn
    assert seller.post(last_voucher(talk), {"do": "accept"}).status_code == 405
    assert Voucher.objects.get(pk=talk.voucher.pk).state == "transmitted"


def last_voucher(talk):
    return page(talk, f"cards/{Message.objects.filter(conversation=talk, kind='voucher').latest('seq').seq}/")
