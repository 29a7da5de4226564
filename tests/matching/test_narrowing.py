"""Answers as a shopper orders and narrows them: each link keeps the other choices, nothing is lost behind a filter."""

from datetime import timedelta

import pytest
from django.http import QueryDict
from django.test import Client
from django.utils import timezone

from matching.models import MatchRequest, MatchResponse
from matching.presenting.choosing import Choice, choice_in
from matching.services.answering import Answer, answer_call
from stores.models import Product
from tests.factories.matching import caller
from tests.factories.stores import ProductFactory, TaxClassFactory, VariantFactory
from tests.factories.unions import UnionFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def asked():
    """A wish for at most £30 within a day, and three answers to it: `dear`, `late` and `used`."""
    union = UnionFactory(slug="harbour", currency="GBP")
    TaxClassFactory(union=union)
    stores = [caller(union, name="hg-13-5") for _ in range(3)]
    client = Client()
    client.post("/u/harbour/match/", {"words": "reading lamp", "quantity": "1", "key": "k", "budget": "30", "by": "24"})
    request = MatchRequest.objects.get()
    soon, late = request.asked_at + timedelta(hours=2), request.asked_at + timedelta(days=3)
    for store, said in zip(
        stores,
        (
            {"title": "Dear lamp", "price": 4000, "available_at": soon, "delivery": 0},
            {"title": "Late lamp", "price": 2500, "available_at": late},
            {"title": "Used lamp", "price": 1000, "available_at": soon, "is_used_good": True},
        ),
        strict=True,
    ):
        answer_call(request=request, store=store, answer=Answer(**said), by="person", actor=None, now=timezone.now())
    return client, f"/u/harbour/match/{request.ref}/"


def titles(client, path, query):
    page = client.get(f"{path}answers/{query}").content.decode()
    places = sorted((page.index(title), title) for title in ("Dear", "Late", "Used") if f"{title} lamp" in page)
    return [title for _place, title in places], page


@pytest.mark.parametrize(
    ("query", "left"),
    [
        ("?only=budget&sort=price", ["Used", "Late"]),
        ("?only=time&sort=price", ["Used", "Dear"]),
        ("?only=brought", ["Dear"]),
        ("?only=new&only=budget", ["Late"]),
        ("?only=nonsense&sort=nonsense&only=brought", ["Dear"]),
    ],
)
def test_only_what_fits_is_left_in_the_chosen_order(asked, query, left):
    client, path = asked
    assert titles(client, path, query)[0] == left
    assert "3 answers" in titles(client, path, query)[1]


def test_each_link_keeps_the_other_choices(asked):
    client, path = asked
    page = titles(client, path, "?only=new&sort=price&view=table")[1]
    for link in (
        "?sort=price&amp;only=budget&amp;only=new&amp;view=table",
        "?sort=price&amp;view=table",
        "?only=new&amp;view=table",
        "?sort=price&amp;only=new",
    ):
        assert f'href="{path}{link}"' in page, link


def test_a_filter_that_leaves_nothing_out_does_not_stand_there(asked):
    client, path = asked
    page = titles(client, path, "")[1]
    assert "To be bought now" not in page
    assert ("Within my budget" in page, "In time" in page, "Can be brought" in page, "New only" in page) == (True,) * 4


def test_when_nothing_fits_all_filters_the_way_back_is_shown(asked):
    client, path = asked
    left, page = titles(client, path, "?only=brought&only=budget")
    assert left == []
    assert "No answer fits all of that" in page and "There are 3 answers without it." in page
    assert f'href="{path}?"' in page


def test_the_chosen_answer_is_named_behind_a_filter_as_well(asked):
    client, path = asked
    dear = MatchResponse.objects.get(title="Dear lamp")
    client.post(f"{path}use/{dear.ref}/", {"version": "1"})
    assert MatchRequest.objects.get().state == "used"
    assert "You chose the answer of" in titles(client, path, "?only=budget")[1]


def test_what_an_address_cannot_mean_is_passed_over():
    assert choice_in(QueryDict("sort=speed&only=x&only=time&only=time&view=map")) == Choice(only=("time",))


def test_an_answer_shows_the_picture_of_its_good(asked):
    client, path = asked
    response = MatchResponse.objects.get(title="Late lamp")
    product = ProductFactory(store=response.store)
    Product.objects.filter(pk=product.pk).update(cover="goods/late.webp")
    MatchResponse.objects.filter(pk=response.pk).update(variant=VariantFactory(product=product))
    assert 'src="/media/goods/late.webp"' in titles(client, path, "")[1]
    assert 'src="/media/goods/late.webp"' in titles(client, path, "?view=table")[1]
    MatchResponse.objects.filter(pk=response.pk).update(picture="answers/1/own.webp")
    page = titles(client, path, "")[1]
    assert ("answers/1/own.webp" in page, "goods/late.webp" in page) == (True, False)
