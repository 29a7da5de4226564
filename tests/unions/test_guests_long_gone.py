"""Guests who talked, wished or held a voucher, forgotten by their union's retention; what goes on keeps them."""

from datetime import UTC, datetime, timedelta

import pytest

from ascc.models import Voucher
from ascc.services.forgetting import forget_owners_long_gone
from chat.models import Conversation, Message, Note
from chat.services.forgetting import forget_talkers_long_gone
from matching.models import MatchRequest
from matching.services.ending import cancel_request
from matching.services.forgetting import forget_wishers_long_gone
from tests.factories.accounts import UserFactory
from tests.factories.ascc import voucher
from tests.factories.chat import ConversationFactory, said
from tests.factories.matching import shopper, thrown
from tests.factories.orders import NOW
from tests.factories.stores import StoreFactory
from tests.factories.unions import UnionFactory
from tests.unions.test_personal import SECRET, names_in_the_database

pytestmark = pytest.mark.django_db
LATER = datetime(2028, 7, 1, tzinfo=UTC)
EMAIL = "ruby@guest.example"


def shop(days=365):
    return StoreFactory(union=UnionFactory(people_kept_days=days))


def talked(store, *, state="ended", **more):
    talk = ConversationFactory(
        store=store, shopper_name=SECRET, shopper_email=EMAIL, visitor=f"browser-{SECRET}", created_at=NOW, **more
    )
    said(talk, f"I am {SECRET}", now=NOW)
    said(talk, "We open at nine.", by="manager", now=NOW)
    Note.objects.create(union=store.union, conversation=talk, author=UserFactory(), text=f"{SECRET} again", at=NOW)
    ended = {"ended_at": NOW} if state == "ended" else {}
    Conversation.objects.filter(pk=talk.pk).update(
        state=state, shopper_wrote_at=NOW, store_wrote_at=NOW, last_text=f"I am {SECRET}", page=f"/{SECRET}/", **ended
    )
    return talk


@pytest.mark.parametrize("state", ["ended", "missed"])
def test_what_a_guest_said_goes_and_what_the_store_said_stays(state):
    talk = talked(shop(), state=state)
    assert forget_talkers_long_gone(now=NOW + timedelta(days=300)) == 0
    assert "chat_message" in names_in_the_database()
    assert forget_talkers_long_gone(now=LATER) == 1
    assert (names_in_the_database(), names_in_the_database(EMAIL)) == ([], [])
    assert list(Message.objects.order_by("seq").values_list("text", flat=True)) == ["", "We open at nine."]
    talk.refresh_from_db()
    assert (talk.state, talk.visitor) == (state, f"gone-{talk.pk}")
    assert forget_talkers_long_gone(now=LATER) == 0


def test_talks_that_go_on_or_have_an_account_or_a_union_that_keeps_are_kept():
    store = shop()
    talked(store, state="waiting")
    talked(store, customer=UserFactory())
    talked(shop(days=None))
    lately = talked(store)
    Conversation.objects.filter(pk=lately.pk).update(store_wrote_at=LATER - timedelta(days=3))
    before = names_in_the_database()
    assert forget_talkers_long_gone(now=LATER) == 0
    assert names_in_the_database() == before
    assert Message.objects.filter(text="").count() == 0


def test_more_guests_than_fit_into_one_step_are_forgotten_in_several(monkeypatch):
    monkeypatch.setattr("unions.services.retaining.AT_ONCE", 2)
    store = shop()
    for _ in range(5):
        talked(store)
    assert forget_talkers_long_gone(now=LATER) == 5
    assert names_in_the_database() == []


def test_a_guests_wish_goes_when_it_is_long_over():
    union = shop().union
    wish = thrown(union, by=shopper(union, visitor=f"browser-{SECRET}"), words=f"A lamp for {SECRET}")
    MatchRequest.objects.update(email=EMAIL, place=f"{SECRET} street", latitude=50.1, longitude=-5.2)
    own = thrown(union, by=shopper(union, user=UserFactory(), visitor=""))
    assert forget_wishers_long_gone(now=LATER) == 0
    for each in (wish, own):
        cancel_request(request=MatchRequest.objects.get(pk=each.pk), now=NOW)
    MatchRequest.objects.filter(pk=wish.pk).update(is_watched=True)
    assert forget_wishers_long_gone(now=LATER) == 0
    MatchRequest.objects.update(is_watched=False)
    assert forget_wishers_long_gone(now=NOW + timedelta(days=300)) == 0
    assert forget_wishers_long_gone(now=LATER) == 1
    assert (names_in_the_database(), names_in_the_database(EMAIL)) == ([], [])
    wish.refresh_from_db()
    assert (wish.words, wish.latitude, wish.state, wish.visitor) == ("—", None, "cancelled", "")
    own.refresh_from_db()
    assert own.words == "reading lamp"
    assert forget_wishers_long_gone(now=LATER) == 0


def test_a_guests_voucher_keeps_its_address_until_it_is_long_over():
    store = shop()
    held = voucher(store)
    Voucher.objects.update(email=EMAIL, serial=SECRET)
    assert forget_owners_long_gone(now=LATER) == 0
    Voucher.objects.update(state="expired")
    assert forget_owners_long_gone(now=NOW + timedelta(days=300)) == 0
    Voucher.objects.update(owner=UserFactory())
    assert forget_owners_long_gone(now=LATER) == 0
    Voucher.objects.update(owner=None)
    assert forget_owners_long_gone(now=LATER) == 1
    held.refresh_from_db()
    assert (held.email, held.serial, held.state) == ("", "", "expired")
    assert "ascc_voucher" not in names_in_the_database(EMAIL) + names_in_the_database()
    assert forget_owners_long_gone(now=LATER) == 0
