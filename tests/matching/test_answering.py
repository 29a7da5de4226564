"""Answers: given, changed, withdrawn, declined, used once, and what becomes of the others."""

from datetime import timedelta

import pytest

from chat.models import Conversation
from core.errors import Invalid
from matching.errors import AnswerChanged, AnswerGone, TooLate, WishOver
from matching.models import MatchRequest, MatchResponse
from matching.queries.answers import response_to, responses_to
from matching.queries.calls import call_of, calls_of
from matching.queries.requests import request_of
from matching.services.answering import Answer, answer_call, decline_call, withdraw_answer
from matching.services.ending import cancel_request, close_requests, expire_requests
from matching.services.using import use_response
from orders.models import CartLine, PriceProposal, Reservation
from orders.services.contact import Contact
from stores.models import StockLevel
from stores.services.stock import OutOfStock
from tests.factories.accounts import UserFactory
from tests.factories.matching import caller, shopper, thrown
from tests.factories.orders import NOW
from tests.factories.reservations import repair_shop
from tests.factories.stores import ProductFactory, TaxClassFactory, VariantFactory
from tests.factories.unions import UnionFactory

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(minutes=1)
LAMP = Answer(title="Brass lamp", price=2500)


def answered(request, store, answer=LAMP, *, now=LATER):
    return answer_call(request=request, store=store, answer=answer, by="person", actor=UserFactory(), now=now)


def use(response, *, by=None, version=1, now=LATER, contact=None):
    union = response.request.union
    return use_response(
        shopper=by or shopper(union),
        response=response_to(response.request, response.ref),
        version=version,
        contact=contact or Contact(name="Ada", email="ada@mail.example", language="en"),
        cart_token="t" * 40,
        now=now,
    )


@pytest.fixture
def place():
    union = UnionFactory()
    TaxClassFactory(union=union)
    return union, caller(union), caller(union)


def test_a_store_sees_its_calls_and_answers_once(place):
    union, store, other = place
    request = thrown(union)
    [call] = calls_of(store, now=LATER)
    assert (call.ref, call.answer) == (request.ref, None)
    first = answered(request, store)
    assert (first.state, first.version, first.took_ms, first.currency) == ("offered", 1, 60_000, union.currency)
    changed = answered(request, store, Answer(title="Brass lamp", price=2300), now=LATER + timedelta(minutes=1))
    assert (changed.pk, changed.version, changed.price, changed.took_ms) == (first.pk, 2, 2300, 60_000)
    assert call_of(store, request.ref).answer == changed
    assert call_of(other, request.ref).answer is None
    assert [each.price for each in responses_to(request)] == [2300]


def test_an_answer_becomes_a_cart_line_at_its_price_with_the_pieces_held(place):
    union, store, other = place
    variant = VariantFactory(product=ProductFactory(store=store), price=3000, stock=5)
    request = thrown(union, quantity=2)
    response, loser = answered(request, store, Answer(variant=variant, price=2500)), answered(request, other)
    used = use(response)
    [line] = CartLine.objects.all()
    assert (line.cart, line.variant, line.quantity, line.seen_price) == (used.cart, variant, 2, 2500)
    assert PriceProposal.objects.get().state == "accepted"
    assert StockLevel.objects.get(variant=variant).available == 3
    request.refresh_from_db(), loser.refresh_from_db()
    assert (request.state, loser.state, response_to(request, response.ref).state) == ("used", "passed", "used")
    again = use(response)
    assert (again.cart, CartLine.objects.count(), PriceProposal.objects.count()) == (used.cart, 1, 1)
    with pytest.raises((AnswerGone, WishOver)):
        use(loser)


def test_what_was_sold_meanwhile_is_refused_and_the_wish_stays_open(place):
    union, store, other = place
    variant = VariantFactory(product=ProductFactory(store=store), price=3000, stock=1)
    request = thrown(union, quantity=2)
    response, second = answered(request, store, Answer(variant=variant, price=2500)), answered(request, other)
    with pytest.raises(OutOfStock):
        use(response)
    request.refresh_from_db()
    assert (request.state, MatchResponse.objects.filter(state="offered").count()) == ("open", 2)
    assert not CartLine.objects.exists()
    assert use(second).cart is not None


def test_words_alone_are_bought_at_the_answered_price(place):
    union, store, _other = place
    response = answered(thrown(union), store)
    line = use(response).cart.lines.get()
    assert (line.proposal.title, line.seen_price, line.variant) == ("Brass lamp", 2500, None)


def test_a_time_becomes_a_confirmed_reservation_and_a_talk_a_conversation(place):
    union, store, other = place
    bookable = repair_shop(store=store)
    at = NOW.replace(minute=0, second=0, microsecond=0) + timedelta(days=3)
    timed = answered(thrown(union), store, Answer(way="time", bookable=bookable, available_at=at, price=1500))
    reservation = use(timed).reservation
    assert (reservation.state, reservation.starts_at) == ("confirmed", at)
    assert use(timed).reservation == reservation == Reservation.objects.get()
    talk = answered(thrown(union), other, Answer(way="talk", title="Let us look together"))
    conversation = use(talk).conversation
    assert (conversation.store, Conversation.objects.count()) == (other, 1)
    assert use(talk).conversation == conversation


def test_what_was_changed_or_withdrawn_is_not_used(place):
    union, store, _other = place
    request = thrown(union)
    response = answered(request, store)
    answered(request, store, Answer(title="Dearer", price=4000))
    with pytest.raises(AnswerChanged) as refused:
        use(response, version=1)
    assert refused.value.facts == {"version": 2}
    withdraw_answer(request=request, store=store, by="person", actor=None, now=LATER)
    assert withdraw_answer(request=request, store=store, by="person", actor=None, now=LATER).state == "withdrawn"
    with pytest.raises(AnswerGone):
        use(response, version=2)
    assert answered(request, store).state == "offered"
    request.refresh_from_db()
    assert request.state == "open"


def test_an_answer_is_used_no_longer_than_it_holds(place):
    union, store, _other = place
    response = answered(thrown(union), store, Answer(price=100, holds=timedelta(minutes=5)))
    with pytest.raises(AnswerGone):
        use(response, now=LATER + timedelta(minutes=5))
    assert use(response, now=LATER + timedelta(minutes=4)).cart is not None


def test_late_answers_are_refused(place):
    union, store, other = place
    request = thrown(union, answers_within=timedelta(minutes=5))
    with pytest.raises(TooLate):
        answered(request, store, now=NOW + timedelta(minutes=5))
    use(answered(request, store))
    for late in (
        answered,
        lambda request, store: decline_call(request=request, store=store, by="person", actor=None, now=LATER),
    ):
        with pytest.raises(TooLate):
            late(request, other)
    assert MatchResponse.objects.count() == 1


def test_a_store_that_has_nothing_says_so(place):
    union, store, _other = place
    request = thrown(union)
    for _ in range(2):
        declined = decline_call(request=request, store=store, by="person", actor=None, now=LATER)
    assert (declined.state, MatchResponse.objects.count(), responses_to(request)) == ("declined", 1, [])
    assert answered(request, store).state == "offered"


@pytest.mark.parametrize(
    ("field", "answer"),
    [
        ("price", Answer()),
        ("price", Answer(price=0)),
        ("price", Answer(price=10**14)),
        ("quantity", Answer(price=5, quantity=0)),
        ("available_at", Answer(way="time")),
        ("holds", Answer(price=5, holds=timedelta(0))),
        ("way", Answer(way="gift")),
        ("words", Answer(price=5, words="\0")),
    ],
)
def test_a_wrong_answer_is_refused(place, field, answer):
    union, store, _other = place
    with pytest.raises(Invalid) as refused:
        answered(thrown(union), store, answer)
    assert refused.value.field == field
    assert not MatchResponse.objects.exists()


def test_another_stores_goods_cannot_be_offered(place):
    union, store, other = place
    variant = VariantFactory(product=ProductFactory(store=other))
    with pytest.raises(Invalid):
        answered(thrown(union), store, Answer(variant=variant, price=5))


def test_after_the_time_for_answers_the_shopper_chooses_then_it_expires(place):
    union, store, _other = place
    request, unanswered = thrown(union), thrown(union)
    response = answered(request, store, Answer(price=100, holds=timedelta(hours=2)))
    close = NOW + timedelta(minutes=30)
    assert (close_requests(now=close - timedelta(seconds=1)), close_requests(now=close)) == (0, 2)
    states = dict(MatchRequest.objects.values_list("ref", "state"))
    assert states == {request.ref: "selecting", unanswered.ref: "expired"}
    assert expire_requests(now=close) == 0
    assert expire_requests(now=LATER + timedelta(hours=2)) == 1
    response.refresh_from_db(), request.refresh_from_db()
    assert (response.state, request.state) == ("lapsed", "expired")


def test_a_shopper_takes_a_wish_back(place):
    union, store, _other = place
    request = thrown(union)
    response = answered(request, store)
    for _ in range(2):
        assert cancel_request(request=request, now=LATER).state == "cancelled"
    response.refresh_from_db()
    assert response.state == "lapsed"
    with pytest.raises(WishOver):
        use(response)


def test_a_wish_is_its_shoppers_alone(place):
    union, _store, _other = place
    from core.errors import NotFound

    request, user = thrown(union), UserFactory()
    own = thrown(union, by=shopper(union, user=user, visitor="browser-9"))
    assert request_of(shopper(union), request.ref) == request
    assert request_of(shopper(union, user=user, visitor=""), own.ref) == own
    for stranger, ref in (
        (shopper(union, visitor="browser-2"), request.ref),
        (shopper(union, visitor="browser-9"), own.ref),
        (shopper(UnionFactory()), request.ref),
    ):
        with pytest.raises(NotFound):
            request_of(stranger, ref)


def test_a_store_of_another_union_answers_in_its_own_money(place):
    union, _store, _other = place
    abroad = UnionFactory(currency="TWD")
    TaxClassFactory(union=abroad)
    store = caller(abroad)
    response = answered(thrown(union, scope="all"), store)
    assert (response.union, response.currency) == (abroad, "TWD")
    cart = use(response).cart
    assert (cart.union, cart.lines.get().seen_price) == (abroad, 2500)
