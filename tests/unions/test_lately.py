"""Programs may be answered with a union as it was within the last second; pages never are."""

import pytest
from django.test import Client

from tests.factories.unions import UnionFactory
from unions.middleware import union as middleware
from unions.models import Union

pytestmark = pytest.mark.django_db


@pytest.fixture
def harbour(monkeypatch):
    monkeypatch.setattr(middleware, "LATELY", 600)
    return UnionFactory(slug="harbour")


def test_programs_look_a_union_up_once_in_a_while(harbour, django_assert_num_queries):
    address = "/api/v1/unions/harbour/cart/"
    with django_assert_num_queries(2):
        assert Client(headers={"Cart-Token": "t" * 40}).get(address).status_code == 404
    with django_assert_num_queries(1):
        assert Client(headers={"Cart-Token": "t" * 40}).get(address).status_code == 404


def test_pages_see_a_change_of_their_union_at_once(harbour):
    assert Client().get("/api/v1/unions/harbour/stores/").status_code == 200
    assert Client().get("/u/harbour/").status_code == 200
    Union.objects.update(is_published=False)
    assert Client().get("/u/harbour/").status_code == 404


def test_what_one_request_sets_on_a_union_no_other_sees(harbour):
    first, _none = middleware._unions_lately(host=None, slug="harbour")[::-1]
    first.name = "elsewhere"
    second, _none = middleware._unions_lately(host=None, slug="harbour")[::-1]
    assert (second.pk, second.name) == (harbour.pk, harbour.name)
