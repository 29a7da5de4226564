"""The ranking: explained, a total order, the same whatever order the answers came in."""

from datetime import timedelta
from types import SimpleNamespace

from hypothesis import given
from hypothesis import strategies as st

from matching.queries.ranking import PARTS, ranked, score_of
from tests.factories.orders import NOW

REQUEST = SimpleNamespace(
    latitude=50.26, longitude=-5.05, budget=5000, currency="GBP", wanted_by=NOW + timedelta(days=2), asked_at=NOW
)


def answer(ref="A", *, total=3000, place=(50.26, -5.05), stars=None, hours=None, took=1000, currency="GBP", minute=0):
    store = SimpleNamespace(latitude=place[0] if place else None, longitude=place[1] if place else None, rating=stars)
    return SimpleNamespace(
        ref=ref,
        total=total,
        store=store,
        currency=currency,
        took_ms=took,
        available_at=None if hours is None else NOW + timedelta(hours=hours),
        answered_at=NOW + timedelta(minutes=minute),
    )


def test_cheaper_nearer_sooner_better_and_quicker_come_first():
    best = answer("B", stars=5.0, hours=0, took=0)
    score = score_of(best, REQUEST, cheapest=3000)
    assert (score.points, dict(score.parts), score.km) == (1000, dict.fromkeys(PARTS, 100), 0)
    for worse in (
        answer(total=4000, stars=5.0, hours=0, took=0),
        answer(place=(50.12, -5.54), stars=5.0, hours=0, took=0),
        answer(stars=3.0, hours=0, took=0),
        answer(stars=5.0, hours=20, took=0),
        answer(stars=5.0, hours=0, took=60_000),
    ):
        assert [each.ref for each, _score in ranked([worse, best], REQUEST)] == ["B", "A"]


def test_over_the_budget_too_late_and_unknown_are_what_the_page_says():
    parts = score_of(answer(total=6000, hours=72, place=None), REQUEST, cheapest=6000).parts
    assert (parts["price"], parts["time"], parts["distance"], parts["rating"]) == (40, 0, 50, 50)
    assert score_of(answer(total=6000, currency="EUR"), REQUEST, cheapest=6000).parts["price"] == 100
    assert score_of(answer(total=None), REQUEST, cheapest=None).parts["price"] == 50


def test_a_unions_weights_count():
    near_dear, far_cheap = answer("N", total=4000), answer("F", total=2000, place=(51.5, -0.1))
    by_price = {"price": 100, "distance": 0, "time": 0, "rating": 0, "speed": 0}
    by_distance = {**by_price, "price": 0, "distance": 100}
    assert ranked([near_dear, far_cheap], REQUEST, weights=by_price)[0][0].ref == "F"
    assert ranked([near_dear, far_cheap], REQUEST, weights=by_distance)[0][0].ref == "N"
    assert ranked([near_dear], REQUEST, weights=dict.fromkeys(PARTS, 0))[0][1].points == 0


answers = st.lists(
    st.builds(
        answer,
        ref=st.text("ABCDEFGH", min_size=1, max_size=6),
        total=st.none() | st.integers(1, 9000),
        place=st.none() | st.tuples(st.floats(-90, 90), st.floats(-180, 180)),
        stars=st.none() | st.floats(1, 5),
        hours=st.none() | st.floats(-10, 500),
        took=st.integers(0, 10**7),
        currency=st.sampled_from(["GBP", "TWD"]),
        minute=st.integers(0, 5),
    ),
    unique_by=lambda each: each.ref,
    max_size=12,
)


@given(found=answers, seed=st.randoms())
def test_the_order_is_total_and_the_same_for_any_order_of_arrival(found, seed):
    shuffled = list(found)
    seed.shuffle(shuffled)
    order = [each.ref for each, _score in ranked(found, REQUEST)]
    assert order == [each.ref for each, _score in ranked(shuffled, REQUEST)]
    assert sorted(order) == sorted(each.ref for each in found)
    points = [score.points for _each, score in ranked(found, REQUEST)]
    assert points == sorted(points, reverse=True)
    assert all(0 <= point <= 1000 for point in points)


@given(found=answers.filter(lambda found: len(found) > 2))
def test_of_three_the_first_stands_before_the_third(found):
    """Pairwise as in the whole list, as long as who is cheapest is there: an order, not a tournament."""
    whole = ranked(found, REQUEST)
    keys = [(-score.points, each.total is None, each.currency, each.total or 0) for each, score in whole]
    assert keys == sorted(keys)
