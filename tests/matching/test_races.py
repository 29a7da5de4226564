"""Many at once on one wish, with connections of their own on a real PostgreSQL."""

from collections import Counter
from datetime import timedelta

import pytest
from django_scopes import scopes_disabled

from core.outbox import OutboxEvent
from matching.models import MatchRequest, MatchResponse
from matching.queries.answers import response_to
from matching.services.answering import Answer, answer_call, withdraw_answer
from matching.services.answering_from_stock import answer_from_stock
from matching.services.ending import cancel_request, close_requests
from matching.services.throwing import Wish, throw_wish
from matching.services.using import use_response
from orders.models import CartLine, PriceProposal
from orders.services.contact import Contact
from stores.models import StockLevel
from stores.services.search import index_products
from tests.factories.matching import CODE, caller, shopper, thrown
from tests.factories.orders import NOW
from tests.factories.stores import ProductFactory, TaxClassFactory, VariantFactory
from tests.factories.unions import UnionFactory
from tests.payments.test_races import at_once

pytestmark = pytest.mark.django_db(transaction=True)
LATER = NOW + timedelta(minutes=1)
ROUNDS = 8


@pytest.fixture
def place():
    union = UnionFactory()
    TaxClassFactory(union=union)
    return union, caller(union), caller(union)


def say(request, store, *, price=2500, variant=None, now=LATER, by="person"):
    said = Answer(title="Brass lamp", price=price, variant=variant)
    return answer_call(request=request, store=store, answer=said, by=by, actor=None, now=now)


def used(response, *, version=1, cart="t"):
    with scopes_disabled():
        found = response_to(MatchRequest.objects.select_related("union").get(pk=response.request_id), response.ref)
    contact = Contact(name="Ada", email="ada@mail.example", language="en")
    use_response(
        shopper=shopper(found.request.union), response=found, version=version, contact=contact, cart_token=cart * 40,
        now=LATER,
    )  # fmt: skip
    return "used"


def state_of(thing):
    thing.refresh_from_db()
    return thing.state


def test_of_many_presses_on_one_answer_there_is_one_line_and_the_pieces_are_held_once(place):
    union, store, _other = place
    variant = VariantFactory(product=ProductFactory(store=store), price=3000, stock=5)
    request = thrown(union, quantity=2)
    response = say(request, store, variant=variant)
    assert at_once([lambda: used(response)] * 8) == ["used"] * 8
    [line] = CartLine.objects.all()
    assert (line.quantity, line.seen_price, PriceProposal.objects.count()) == (2, 2500, 1)
    assert StockLevel.objects.get(variant=variant).available == 3
    assert state_of(request) == "used"


def test_of_two_answers_used_at_once_one_wins_and_the_other_changes_nothing(place):
    union, store, other = place
    for _ in range(ROUNDS):
        request = thrown(union, by=shopper(union, visitor=f"browser-{_}"))
        one, two = say(request, store), say(request, other)
        answers = at_once([lambda one=one: used(one), lambda two=two: used(two, cart="u")])
        assert Counter(answers) == {"used": 1, "wish_over": 1}
        assert sorted([state_of(one), state_of(two), state_of(request)]) == ["passed", "used", "used"]
    assert CartLine.objects.count() == ROUNDS


def test_an_answer_at_the_deadline_counts_or_is_too_late_and_never_hangs(place):
    union, store, _other = place
    for _ in range(ROUNDS):
        request = thrown(union, by=shopper(union, visitor=f"browser-{_}"))
        before = request.answers_until - timedelta(microseconds=1)
        said, closed = at_once(
            [
                lambda request=request, before=before: say(request, store, now=before).state,
                lambda request=request: close_requests(now=request.answers_until),
            ]
        )
        # A wish that somebody is answering is passed over and closed in the next round.
        close_requests(now=request.answers_until)
        ended = state_of(request)
        assert (said, ended) in {("offered", "selecting"), ("too_late", "expired")}, closed
        assert MatchResponse.objects.filter(request=request).count() == (said == "offered")


def taken_back(request, store, *, by):
    return withdraw_answer(request=request, store=store, by=by, actor=None, now=LATER).state


def test_a_program_never_takes_back_what_a_person_has_just_answered(place):
    union, store, _other = place
    for _ in range(ROUNDS):
        request = thrown(union, by=shopper(union, visitor=f"browser-{_}"))
        response = say(request, store, by="program")
        withdrawn, _said = at_once(
            [
                lambda request=request: taken_back(request, store, by="program"),
                lambda request=request: say(request, store),
            ]
        )
        response.refresh_from_db()
        assert (response.by, response.state) == ("person", "offered")
        assert withdrawn in {"withdrawn", "answered_by_person"}


def test_of_withdrawing_and_using_one_wins(place):
    union, store, _other = place
    for _ in range(ROUNDS):
        request = thrown(union, by=shopper(union, visitor=f"browser-{_}"))
        response = say(request, store)
        lines = CartLine.objects.count()
        withdrawn, pressed = at_once(
            [
                lambda request=request: taken_back(request, store, by="person"),
                lambda response=response: used(response),
            ]
        )
        found = (withdrawn, pressed, state_of(response), state_of(request), CartLine.objects.count() - lines)
        assert found in {
            ("withdrawn", "answer_gone", "withdrawn", "open", 0),
            ("answer_gone", "used", "used", "used", 1),
        }


def test_what_is_used_is_what_was_shown_or_nothing(place):
    union, store, _other = place
    for _ in range(ROUNDS):
        request = thrown(union, by=shopper(union, visitor=f"browser-{_}"))
        response = say(request, store)
        CartLine.objects.all().delete()
        changed, pressed = at_once(
            [
                lambda request=request: say(request, store, price=9900).version,
                lambda response=response: used(response),
            ]
        )
        prices = tuple(CartLine.objects.values_list("seen_price", flat=True))
        response.refresh_from_db()
        found = (changed, pressed, response.price, prices)
        assert found in {(2, "answer_changed", 9900, ()), ("too_late", "used", 2500, (2500,))}


def test_two_workers_close_every_wish_once(place):
    union, store, _other = place
    for index in range(6):
        say(thrown(union, by=shopper(union, visitor=f"browser-{index}")), store)
    empty = [thrown(union, by=shopper(union, visitor=f"silent-{index}")).pk for index in range(4)]
    due = NOW + timedelta(minutes=30)
    assert sum(at_once([lambda: close_requests(now=due)] * 4)) == 10
    assert Counter(MatchRequest.objects.values_list("state", flat=True)) == {"selecting": 6, "expired": 4}
    assert {request.pk for request in MatchRequest.objects.filter(state="expired")} == set(empty)


def test_the_same_form_sent_many_times_is_one_wish(place):
    union, store, _other = place
    wish = Wish(words="reading lamp", code=CODE)
    refs = at_once([lambda: throw_wish(shopper=shopper(union), wish=wish, now=NOW, key="press-1").ref] * 6)
    assert (len(set(refs)), MatchRequest.objects.count()) == (1, 1)
    assert OutboxEvent.objects.filter(kind="matching.wish_thrown").count() == 1
    assert store.pk in MatchRequest.objects.get().stores


def test_two_people_of_a_store_answer_at_once_and_it_is_one_answer(place):
    union, store, _other = place
    request = thrown(union)
    versions = at_once([lambda price=price: say(request, store, price=price).version for price in (100, 200, 300, 400)])
    assert sorted(versions) == [1, 2, 3, 4]
    assert MatchResponse.objects.get().version == 4


def test_a_person_and_the_stock_answer_at_once_and_the_persons_word_stands(place):
    union, _store, _other = place
    store = caller(union, itself=True)
    for index in range(ROUNDS):
        request = thrown(union, by=shopper(union, visitor=f"browser-{index}"))
        variant = VariantFactory(
            product=ProductFactory(store=store, title=f"Reading lamp {index}"), price=2000, stock=5
        )
        index_products(product_ids=[variant.product_id])
        MatchResponse.objects.filter(request=request).delete()
        at_once(
            [
                lambda request=request: say(request, store, price=777).version,
                lambda request=request: answer_from_stock(request=request, now=LATER),
            ]
        )
        answer = MatchResponse.objects.get(request=request, store=store)
        assert (answer.by, answer.price) == ("person", 777)


def test_taking_back_and_using_at_once_is_one_of_both(place):
    union, store, _other = place
    for _ in range(ROUNDS):
        request = thrown(union, by=shopper(union, visitor=f"browser-{_}"))
        response = say(request, store)
        taken, pressed = at_once(
            [
                lambda request=request: cancel_request(request=request, now=LATER).state,
                lambda response=response: used(response),
            ]
        )
        found = (taken, pressed, state_of(request), state_of(response))
        assert found in {
            ("cancelled", "wish_over", "cancelled", "lapsed"),
            ("cancelled", "answer_gone", "cancelled", "lapsed"),
            ("wish_over", "used", "used", "used"),
        }
