"""What a shopper sees before talking: who answers, in words, and that a program is one."""

import json
import re

import pytest
from django.utils import timezone

from chat.models import Manager
from chat.presenting import presence_text, presence_words
from chat.queries.presence import presences_of
from core.live import redis_connection
from stores.services.keys import issue_key
from tests.chat.answering import beat, manager_of
from tests.factories.stores import ProductFactory, StoreFactory, VariantFactory
from tests.factories.unions import UnionFactory

pytestmark = pytest.mark.django_db
LABEL = "Answers at once (program)"


@pytest.fixture(autouse=True)
def _nobody_else():
    redis_connection().flushdb()
    yield
    redis_connection().flushdb()


@pytest.fixture
def union():
    return UnionFactory(slug="harbour")


def staffed(union, slug, *, program=True, **fields):
    """A shop where a program, or Mrs. Lin, is available at a console."""
    store = StoreFactory(union=union, slug=slug)
    if not program:
        beat(manager_of(store, here=False, shown_name="Mrs. Lin", **fields), at=timezone.now())
        return store
    key, _plain = issue_key(union=union, name="Answers", scopes=["conversations:write"], actor=None, store=store)
    made = Manager.objects.create(
        union=union,
        store=store,
        user=manager_of(StoreFactory(union=union), here=False).user,
        shown_name="Answers",
        is_program=True,
        key=key,
        **{"status": "available", "capacity": 50, **fields},
    )
    beat(made, at=timezone.now())
    return store


def lines_in(response):
    """By shop: the words of its line, None while it is hidden."""
    found = re.findall(r'data-presence-of="([\w-]+)"( hidden)?>([^<]*)<', response.content.decode())
    return {slug: None if hidden else text for slug, hidden, text in found}


def test_a_shop_that_a_program_answers_says_so_wherever_it_stands(client, union):
    staffed(union, "clay")
    store = staffed(union, "books", program=False)
    VariantFactory(product=ProductFactory(store=store, union=union, slug="atlas"), stock=2)
    StoreFactory(union=union, slug="closed")
    for address in ("/u/harbour/", "/u/harbour/stores/"):
        shown = lines_in(client.get(address))
        assert {slug: shown[slug] for slug in ("clay", "books", "closed")} == {
            "clay": LABEL, "books": "Mrs. Lin answers in about 1 min", "closed": None,
        }  # fmt: skip
    assert lines_in(client.get("/u/harbour/clay/")) == {"clay": LABEL}
    assert lines_in(client.get("/u/harbour/closed/")) == {"closed": None}
    assert lines_in(client.get("/u/harbour/books/atlas/")) == {"books": "Mrs. Lin answers in about 1 min"}


def test_the_talk_button_has_the_same_words(client, union):
    words = client.get("/u/harbour/").content.decode()
    told = json.loads(re.search(r'<script id="talk-words" type="application/json">(.*?)</script>', words)[1])
    assert (told["presence"]["program"], told["program"]) == (LABEL, "A program")
    assert presence_words()["program"] == LABEL


def test_a_person_at_the_console_goes_before_the_program(union):
    store = staffed(union, "clay")
    assert presence_text(presences_of(union, now=timezone.now())["clay"]) == LABEL
    beat(manager_of(store, here=False, shown_name="Mrs. Lin"), at=timezone.now())
    assert presence_text(presences_of(union, now=timezone.now())["clay"]) == "Mrs. Lin answers in about 1 min"


def test_who_is_busy_or_gone_is_not_told_to_be_there(union):
    staffed(union, "busy", status="busy")
    gone = staffed(union, "gone")
    Manager.objects.get(store=gone).key.delete()
    assert presences_of(union, now=timezone.now()) == {}


def test_presences_take_the_same_statements_for_three_shops_as_for_one(union, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert presences_of(union, now=timezone.now()) == {}
    staffed(union, "one")
    for shops in (1, 3):
        while len(presences_of(union, now=timezone.now())) < shops:
            staffed(union, f"shop-{Manager.objects.count()}")
        with django_assert_num_queries(6):
            assert len(presences_of(union, now=timezone.now())) == shops


def test_another_unions_shop_is_not_told_of(union):
    staffed(UnionFactory(slug="hills"), "clay")
    assert presences_of(union, now=timezone.now()) == {}
