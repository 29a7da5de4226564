"""Real threads: of two who do the same about a response, one does it."""

from collections import Counter
from datetime import timedelta

import pytest

from orders.models import CustomerResponse, ResponseEntry
from orders.services.responses import (
    answer_response,
    escalate_late,
    rate_response,
    resolve_response,
    take_in_review,
    take_response,
)
from stores.models import Review
from tests.factories.stores import ReviewFactory, StoreFactory, StoreStaffFactory
from tests.orders.responding import DUE, NOW, asked
from tests.orders.test_races import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def read(response: CustomerResponse) -> CustomerResponse:
    return CustomerResponse.objects.select_related("union", "store", "review").get(pk=response.pk)


def test_two_who_answer_what_they_both_read_answer_once():
    made = asked(StoreFactory())
    seen = made.entries.get().pk

    def answer(words):
        return lambda: answer_response(response=read(made), words=words, voice="store", actor=None, now=NOW, seen=seen)

    said = at_once(*[answer(f"Answer {number}") for number in range(4)])
    assert Counter(said) == {"done": 1, "answered_meanwhile": 3}
    assert ResponseEntry.objects.filter(step="answer").count() == 1


def test_resolved_by_several_at_once_it_is_resolved_once():
    made = asked(StoreFactory())
    job = lambda: resolve_response(response=read(made), words="Done.", voice="store", actor=None, now=NOW)  # noqa: E731
    assert Counter(at_once(*[job] * 5)) == {"done": 1, "wrong_state": 4}
    assert ResponseEntry.objects.filter(step="resolve").count() == 1


def test_resolved_at_the_moment_it_comes_to_the_union_is_one_or_the_other():
    for _round in range(3):
        made = asked(StoreFactory())
        said = at_once(
            lambda one=made: resolve_response(response=read(one), words="Done.", voice="store", actor=None, now=DUE),
            lambda one=made: escalate_late(union=one.union, now=DUE + timedelta(hours=24)),
        )
        state = read(made).state
        assert (state, said[0]) in {("resolved", "done"), ("escalated", "wrong_state")}


def test_taken_on_by_two_it_is_one_persons():
    made = asked(StoreFactory())
    people = [StoreStaffFactory(store=made.store, permissions=["orders"]).user for _ in range(2)]
    jobs = [lambda who=who: take_response(response=read(made), actor=who, now=NOW) for who in people]
    assert Counter(at_once(*jobs)) == {"done": 1, "taken_meanwhile": 1}
    assert read(made).assigned_to in people


def test_rated_from_two_tabs_it_is_rated_once():
    made = asked(StoreFactory())
    resolve_response(response=made, words="Done.", voice="store", actor=None, now=NOW)
    jobs = [
        lambda stars=stars: rate_response(response=read(made), stars=stars, words="", actor=None, now=NOW)
        for stars in (1, 5)
    ]
    assert Counter(at_once(*jobs)) == {"done": 1, "rated_already": 1}


def test_a_review_that_is_told_of_twice_becomes_one_response():
    review = ReviewFactory(stars=2)
    found = Review.objects.select_related("union", "store__membership", "author")
    assert at_once(*[lambda: take_in_review(review=found.get(pk=review.pk), now=NOW)] * 4) == ["done"] * 4
    assert CustomerResponse.objects.count() == 1
