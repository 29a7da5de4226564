"""Shoppers, stores and programs that mean no good: what they try is refused, and nothing has changed."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from chat.errors import TooMany
from chat.models import Block, Conversation
from chat.services.limits import counters_of
from core.errors import Invalid, NotAllowed
from matching.errors import AnsweredByPerson, AnswerGone
from matching.models import CallSettings, MatchRequest, MatchResponse
from matching.queries.answers import response_to, responses_to
from matching.queries.fitting import goods_fitting
from matching.services.answering import Answer, answer_call, decline_call
from matching.services.remembering import tell_watchers
from matching.services.throwing import MOST_LIVE, WATCHED, Wish, throw_wish
from matching.services.using import use_response
from orders.errors import BeyondRights
from orders.models import ProposalRule
from orders.services.contact import Contact
from stores.models import StoreStaff
from tests.factories.accounts import UserFactory
from tests.factories.matching import CODE, caller, code, shopper, thrown
from tests.factories.orders import NOW
from tests.factories.stores import ProductFactory, TaxClassFactory, VariantFactory
from tests.factories.unions import UnionFactory
from tests.payments.test_races import at_once
from unions.models import Membership

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(minutes=1)


@pytest.fixture
def place():
    union = UnionFactory()
    TaxClassFactory(union=union)
    return union, caller(union)


def say(request, store, *, by="person", **said):
    answer = Answer(**{"title": "Brass lamp", "price": 2500, **said})
    return answer_call(request=request, store=store, answer=answer, by=by, actor=None, now=LATER)


def use(response):
    return use_response(
        shopper=shopper(response.request.union),
        response=response_to(response.request, response.ref),
        version=response.version,
        contact=Contact(name="Ada", email="ada@mail.example", language="en"),
        cart_token="t" * 40,
        now=LATER,
    )


def take_away(store, how):
    if how == "hidden":
        type(store).objects.filter(pk=store.pk).update(is_published=False)
    else:
        Membership.objects.filter(pk=store.membership_id).update(state=Membership.State.SUSPENDED)


def state_of(thing):
    thing.refresh_from_db()
    return thing.state


@pytest.mark.parametrize("first", ["answered", "declined"])
def test_a_program_does_not_overrule_a_person_who_has_nothing(place, first):
    union, store = place
    request = thrown(union)
    if first == "answered":
        say(request, store, by="program")
    else:
        decline_call(request=request, store=store, by="program", actor=None, now=LATER)
    person = UserFactory()
    declined = decline_call(request=request, store=store, by="person", actor=person, now=LATER)
    assert (declined.state, declined.by, declined.actor) == ("declined", "person", person)
    with pytest.raises(AnsweredByPerson):
        say(request, store, by="program")
    assert MatchResponse.objects.get().state == "declined"
    assert say(request, store, price=2400).state == "offered"


@pytest.mark.parametrize("how", ["hidden", "suspended"])
def test_a_store_that_shoppers_do_not_see_answers_nothing(place, how):
    union, store = place
    request = thrown(union)
    take_away(store, how)
    for by in ("person", "program"):
        with pytest.raises(NotAllowed):
            say(request, store, by=by)
    assert not MatchResponse.objects.exists()


@pytest.mark.parametrize("how", ["hidden", "suspended"])
@pytest.mark.parametrize("way", ["cart", "talk"])
def test_what_such_a_store_answered_before_is_neither_shown_nor_used(place, how, way):
    union, store = place
    request = thrown(union)
    response = say(request, store, way=way)
    assert responses_to(request) == [response]
    take_away(store, how)
    assert responses_to(request) == []
    with pytest.raises(AnswerGone):
        use(response)
    assert (state_of(response), state_of(request), Conversation.objects.count()) == ("offered", "open", 0)


def test_what_was_used_stays_to_be_seen(place):
    union, store = place
    request = thrown(union)
    response = say(request, store, way="talk")
    use(response)
    take_away(store, "hidden")
    assert [(each.pk, each.state) for each in responses_to(request)] == [(response.pk, "used")]


def test_a_price_counts_for_all_wished_pieces(place):
    union, store = place
    request = thrown(union, quantity=999)
    with pytest.raises(Invalid) as refusal:
        say(request, store, price=10**13)
    assert refusal.value.facts == {"field": "price"}
    assert not MatchResponse.objects.exists()
    assert say(request, store, price=10**10).total == 999 * 10**10


def test_below_the_floor_of_a_rule_answers_only_who_may_edit_goods(place):
    union, store = place
    variant = VariantFactory(product=ProductFactory(store=store), price=3000, stock=5)
    ProposalRule.objects.create(union=union, store=store, product=variant.product, variant=variant, floor=2800)
    seller, owner = UserFactory(), UserFactory()
    StoreStaff.objects.create(union=union, store=store, user=seller, permissions=["console"])
    StoreStaff.objects.create(union=union, store=store, user=owner, permissions=["console", "catalogue"])
    request = thrown(union)

    def offer(price, actor, by="person"):
        said = Answer(variant=variant, price=price)
        return answer_call(request=request, store=store, answer=said, by=by, actor=actor, now=LATER)

    with pytest.raises(BeyondRights):
        offer(2799, seller)
    assert not MatchResponse.objects.exists()
    assert offer(2700, seller, by="program").price == 2700
    assert offer(2800, seller).price == 2800
    with pytest.raises(BeyondRights):
        offer(1, seller)
    assert MatchResponse.objects.get().price == 2800
    assert offer(2799, owner).price == 2799


@pytest.mark.parametrize("words", ["\u200b\u2060\ufeff", "\u202e\u202c", "&|!:*'\\", "<->", " ", "\x1b"])
def test_a_wish_that_says_nothing_calls_nobody(place, words):
    union, _store = place
    with pytest.raises(Invalid) as refusal:
        thrown(union, words=words, code="")
    assert refusal.value.facts == {"field": "words"}
    assert not MatchRequest.objects.exists()


@pytest.mark.parametrize(
    "words", ["燈", "조명", "\U0001f4a1", "7", "a:*b & !c", "' | ''); drop table x; --", "\u202elamp"]
)
def test_words_are_words_whatever_they_look_like(place, words):
    union, store = place
    CallSettings.objects.create(union=union, store=store, answers_itself=True)
    request = thrown(union, words=words, is_watched=True, email="ada@mail.example")
    assert (request.words, request.stores) == (words, [store.pk])
    assert goods_fitting(request, store) == []
    MatchRequest.objects.update(state="expired", ended_at=LATER)
    assert tell_watchers(now=LATER) == 0


@pytest.mark.parametrize("moment", [datetime(9999, 12, 31, 23, 59, tzinfo=UTC), datetime(1, 1, 1, tzinfo=UTC)])
def test_a_time_at_the_edge_of_time_spoils_nobodys_page(place, moment):
    union, store = place
    with pytest.raises(Invalid) as refusal:
        thrown(union, wanted_by=moment)
    assert refusal.value.facts == {"field": "wanted_by"}
    request = thrown(union)
    with pytest.raises(Invalid) as refusal:
        say(request, store, available_at=moment)
    assert refusal.value.facts == {"field": "available_at"}
    assert (MatchRequest.objects.count(), MatchResponse.objects.count()) == (1, 0)


@pytest.mark.parametrize("whole", [False, True])
def test_who_is_blocked_in_another_union_is_not_heard_there(whole):
    here, there = UnionFactory(), UnionFactory()
    store, other, person = caller(there), caller(there), UserFactory()
    Block.objects.create(union=there, store=None if whole else store, user=person, at=NOW)
    request = thrown(here, by=shopper(here, user=person), scope="all")
    assert request.stores == ([] if whole else [other.pk])


def test_of_a_wish_one_answer_is_used_whichever_unions_they_are_of(place):
    union, store = place
    elsewhere = caller(UnionFactory())
    request = thrown(union, scope="all")
    first, second = say(request, store), say(request, elsewhere)
    MatchResponse.objects.filter(pk=first.pk).update(state="used")
    with pytest.raises(IntegrityError, match="match_response_used_once"), transaction.atomic():
        MatchResponse.objects.filter(union=elsewhere.union, pk=second.pk).update(state="used")


def test_one_mailbox_is_remembered_few_times_whoever_asks():
    code()
    union, others = UnionFactory(), [UnionFactory() for _ in range(WATCHED[0])]

    def remembered(where, index, email=" Victim@mail.example"):
        wish = Wish(words="lamp", code=CODE, is_watched=True, email=email)
        return throw_wish(shopper=shopper(where, visitor=f"browser-{index}"), wish=wish, now=NOW)

    for index, where in enumerate(others):
        assert remembered(where, index).email == "victim@mail.example"
    with pytest.raises(TooMany):
        remembered(union, "other")
    assert MatchRequest.objects.count() == WATCHED[0]
    assert remembered(union, "other", email="ada@mail.example").is_watched


def test_an_ipv6_network_counts_as_one_address():
    def counters(address):
        return set(counters_of(what="wish", limit=(20, 10**9), visitor="", address=address))

    assert counters("2001:db8::1") == counters("2001:db8::ffff:1") != counters("2001:db8:0:1::1")
    assert counters("203.0.113.9") != counters("203.0.113.10")


@pytest.mark.django_db(transaction=True)
def test_many_wishes_at_once_are_no_more_than_a_shopper_may_have():
    union = UnionFactory()
    code()
    wish = Wish(words="reading lamp", code=CODE)
    answers = at_once(
        [
            lambda key=key: throw_wish(shopper=shopper(union), wish=wish, now=NOW, key=f"k{key}").state
            for key in range(MOST_LIVE + 3)
        ]
    )
    assert Counter(answers) == {"open": MOST_LIVE, "too_many": 3}
    assert MatchRequest.objects.count() == MOST_LIVE


@pytest.mark.django_db(transaction=True)
def test_the_last_wish_that_is_allowed_may_be_pressed_many_times():
    union = UnionFactory()
    for _ in range(MOST_LIVE - 1):
        thrown(union)
    wish = Wish(words="reading lamp", code=CODE)
    refs = at_once([lambda: throw_wish(shopper=shopper(union), wish=wish, now=NOW, key="press").ref] * 4)
    assert (len(set(refs)), MatchRequest.objects.count()) == (1, MOST_LIVE)
