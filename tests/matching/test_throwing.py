"""Who is called for a wish, who answers from the stock, and what limits there are."""

from datetime import timedelta

import pytest

from chat.models import Block
from core.errors import Invalid
from core.outbox import OutboxEvent
from matching.errors import TooManyWishes
from matching.models import MatchRequest, MatchResponse, Subscription
from matching.services.answering_from_stock import answer_from_stock
from matching.services.throwing import Wish, throw_wish
from stores.services.search import index_products
from tests.factories.matching import caller, code, shopper, thrown
from tests.factories.orders import NOW
from tests.factories.stores import OpeningHoursFactory, ProductFactory, StoreFactory, VariantFactory
from tests.factories.unions import UnionFactory

pytestmark = pytest.mark.django_db
TRURO, PENZANCE = (50.263, -5.051), (50.118, -5.537)


def lamp(store, *, price=2000, title="Brass reading lamp", **given):
    variant = VariantFactory(product=ProductFactory(store=store, title=title), price=price, **{"stock": 5, **given})
    index_products(product_ids=[variant.product_id])
    return variant


def test_stores_subscribed_to_the_class_or_one_above_it_are_called():
    union = UnionFactory()
    exact, above = caller(union), caller(union, name="hg")
    caller(union, name="hg-sofa"), caller(UnionFactory()), StoreFactory(union=union)
    request = thrown(union)
    assert sorted(request.stores) == sorted([exact.pk, above.pk])
    assert (request.state, request.classes, request.code_id) == ("open", ["hg", "hg-lamp"], "hg-lamp")
    assert OutboxEvent.objects.filter(kind="matching.wish_thrown").count() == 1


def test_who_is_closed_hidden_blocked_or_takes_no_calls_is_not_called():
    union = UnionFactory()
    ready, unpublished = caller(union), caller(union, is_published=False)
    suspended, resting = caller(union), caller(union, takes_calls=False)
    suspended.membership.state = "suspended"
    suspended.membership.save()
    closed, silent = caller(union, only_open=True), caller(union)
    OpeningHoursFactory(store=closed, weekday=(NOW.weekday() + 3) % 7)
    Block.objects.create(union=union, store=silent, visitor="browser-1", reason="", at=NOW)
    request = thrown(union)
    assert request.stores == [ready.pk]
    assert {unpublished.pk, resting.pk, closed.pk, silent.pk}.isdisjoint(request.stores)


def test_budget_and_distance_of_both_sides_narrow_the_call():
    union = UnionFactory()
    near = caller(union, latitude=TRURO[0], longitude=TRURO[1])
    far = caller(union, latitude=PENZANCE[0], longitude=PENZANCE[1])
    caller(union, latitude=PENZANCE[0], longitude=PENZANCE[1], reach_km=20)
    caller(union, latitude=TRURO[0], longitude=TRURO[1], budget_from=50_000)
    place = {"latitude": TRURO[0], "longitude": TRURO[1], "budget": 3000}
    assert sorted(thrown(union, **place).stores) == sorted([near.pk, far.pk])
    assert thrown(union, **place, reach_km=10).stores == [near.pk]


def test_a_store_takes_so_many_calls_a_day():
    union = UnionFactory()
    store = caller(union, most_a_day=1)
    assert [thrown(union).stores, thrown(union).stores] == [[store.pk], []]


def test_only_chosen_stores_are_called():
    union = UnionFactory()
    chosen, other = StoreFactory(union=union), caller(union)
    foreign = StoreFactory()
    request = thrown(union, scope="chosen", stores=[chosen.pk, foreign.pk])
    assert request.stores == [chosen.pk]
    assert other.pk not in request.stores
    with pytest.raises(Invalid):
        thrown(union, scope="chosen")


def test_a_wish_reaches_neighbours_and_all_unions_only_when_it_says_so():
    union = UnionFactory(latitude=50.2, longitude=-5.0)
    beside = UnionFactory(latitude=50.7, longitude=-3.5)
    far = UnionFactory(latitude=22.6, longitude=120.3, currency="TWD")
    stores = [caller(each) for each in (union, beside, far)]
    assert thrown(union).stores == [stores[0].pk]
    assert sorted(thrown(union, scope="near").stores) == sorted(store.pk for store in stores[:2])
    assert sorted(thrown(union, scope="all").stores) == sorted(store.pk for store in stores)


def test_stock_answers_at_once_within_budget_and_quantity():
    union = UnionFactory()
    dear, right, empty, quiet = (caller(union, itself=itself) for itself in (True, True, True, False))
    lamp(dear, price=9000)
    cheap = lamp(right, price=2500)
    lamp(right, price=2000, title="Lamp oil")
    lamp(empty, stock=1)
    lamp(quiet)
    request = thrown(union, budget=6000, quantity=2)
    [answer] = MatchResponse.objects.filter(request=request)
    assert (answer.store, answer.variant, answer.price, answer.quantity, answer.by) == (right, cheap, 2500, 2, "stock")
    assert (answer.currency, answer.total, answer.valid_until - NOW) == (union.currency, 5000, timedelta(hours=1))
    assert answer_from_stock(request=request, now=NOW) == 0


def test_the_same_form_sent_twice_makes_one_wish():
    union = UnionFactory()
    caller(union)
    made = [
        throw_wish(shopper=shopper(union), wish=Wish("lamp", code=code().code), now=NOW, key="form-1") for _ in range(2)
    ]
    assert made[0] == made[1]
    assert MatchRequest.objects.count() == 1


def test_a_shopper_has_so_many_wishes_at_once():
    union = UnionFactory()
    caller(union)
    for _ in range(5):
        thrown(union)
    with pytest.raises(TooManyWishes):
        thrown(union)
    assert thrown(union, by=shopper(union, visitor="browser-2")).state == "open"


@pytest.mark.parametrize(
    ("field", "said"),
    [
        ("words", {"words": "  "}),
        ("words", {"words": "a\0b"}),
        ("quantity", {"quantity": 0}),
        ("budget", {"budget": 0}),
        ("latitude", {"latitude": 50.0}),
        ("latitude", {"latitude": 500.0, "longitude": 1.0}),
        ("wanted_by", {"wanted_by": NOW}),
        ("answers_within", {"answers_within": timedelta(seconds=1)}),
        ("condition", {"condition": "broken"}),
        ("scope", {"scope": "galaxy"}),
        ("code", {"code": "no-such"}),
    ],
)
def test_a_wrong_wish_is_refused_and_nothing_is_written(field, said):
    union = UnionFactory()
    caller(union)
    with pytest.raises(Invalid) as refused:
        thrown(union, **said)
    assert refused.value.field == field
    assert MatchRequest.objects.count() == 0


def test_matching_is_one_query_however_many_stores(django_assert_num_queries):
    from matching.queries.subscribers import subscribers_for

    union = UnionFactory()
    for _ in range(3):
        caller(union)
    asked = {"chosen": None, "budget": None, "currency": union.currency, "latitude": None, "longitude": None}
    with django_assert_num_queries(1):
        found = subscribers_for(unions=[union], codes=["hg", "hg-lamp"], reach_km=None, now=NOW, **asked)
    assert len(found) == Subscription.objects.count() == 3
