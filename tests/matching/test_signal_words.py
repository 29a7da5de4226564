"""Which signal code words mean, with the project's own short tree."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.memory import forget
from matching.models import SignalWord
from matching.queries.codes import codes_below, codes_starting, suggest_for_store
from matching.queries.signals import suggest_codes
from matching.services.indexing import fill_signal_words
from matching.words import title_tokens, tokens_in, wish_tokens
from tests.factories.stores import CategoryFactory, ProductFactory, StoreFactory
from tests.factories.unions import UnionFactory
from unions.models import SignalCode


@pytest.fixture(autouse=True)
def _nothing_remembered():
    forget()


def best(words):
    return next((code.code for code in suggest_codes(words, limit=1)), None)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("reading lamp", "hg-13-5"),
        ("a small reading lamp with a green shade", "hg-13-5"),
        ("두 사람을 위한 찻주전자", "hg-11-10"),
        ("자전거 수리", "sv-repair-bike"),
        ("茶壺", "hg-11-10"),
        ("我想買一個茶壺", "hg-11-10"),
        ("茶", "fb-1-14"),
        ("bicycle repair", "sv-repair-bike"),
        ("used mountain bike", "sg-4-4"),
        ("birthday cake for ten", "fb-2-1"),
        ("red leather shoes", "aa-8"),
        ("oak coffee table", "fr-24"),
        ("couch", "fr-22"),
        ("Plumber!", "sv-install-plumb"),
        ("washing machine", "hg-9-8"),
        ("washing machine repair", "sv-repair-appliance"),
        ("剪髮", "sv-care-hair"),
        ("手機維修", "sv-repair-device"),
        ("생일 케이크", "fb-2-1"),
        ("moving house", "sv-deliver-move"),
    ],
)
def test_words_mean_a_code(words, code):
    assert best(words) == code


@pytest.mark.django_db
def test_words_that_nobody_knows_mean_nothing():
    for words in ("", "  ", "xqzv", "the of and", "12", "'; --", "%", "\\"):
        assert suggest_codes(words) == []


@pytest.mark.django_db
def test_a_typing_error_is_mended_and_a_name_is_not():
    assert best("ligth bulb") == "hg-13-7"
    assert best("umbrela") == "hg-16"
    assert best("lampe") == "hg-13-5"
    assert best("kohler") is None


@pytest.mark.django_db
def test_a_suggestion_is_two_queries_however_many_words():
    for words in ("lamp", "red lamp for my desk with a long arm and a switch"):
        with CaptureQueriesContext(connection) as spent:
            assert suggest_codes(words)[0].code == "hg-13-5"
        assert len(spent) == 2


@pytest.mark.django_db
def test_suggestions_are_in_a_steady_order():
    assert [code.code for code in suggest_codes("lamp", limit=3)] == [c.code for c in suggest_codes("lamp")][:3]


def test_a_title_speaks_most_of_what_stands_last():
    tokens = title_tokens("Coffee Tables")
    assert tokens["table"] > tokens["coffee"]
    assert tokens["coffeetable"] > tokens["table"]
    # Covers for chairs are no chairs; rugs and pads are both what they are called.
    assert title_tokens("Chair & Sofa Covers")["chair"] < title_tokens("Chairs & Sofa Covers")["chair"]


def test_a_wish_names_its_thing_before_with_and_for():
    tokens = wish_tokens("green lamp with shelf for bedroom")
    assert tokens["lamp"] > tokens["shelf"] > tokens["green"]
    assert tokens["lamp"] > tokens["bedroom"]


def test_tokens_of_stock_stay_as_they_were():
    assert tokens_in("Two reading lamps, 茶壺") == ["reading", "lamp", "茶壺"]


@pytest.mark.django_db
def test_words_are_made_once_and_anew_when_the_tree_changes():
    assert fill_signal_words() is False
    before = set(SignalWord.objects.values_list("pk", flat=True))
    SignalCode.objects.filter(code="hg-16").update(title="Brollies")
    assert fill_signal_words() is True
    assert best("brolly") == "hg-16"
    kept = before & set(SignalWord.objects.values_list("pk", flat=True))
    assert len(kept) > 0.9 * len(before)


@pytest.mark.django_db
def test_typing_finds_codes_by_beginnings_in_the_readers_language():
    lamps = codes_starting("lam", language="en")[0]
    assert (lamps.code, lamps.title, lamps.path) == ("hg-13-5", "Lamps", ("Home & garden", "Lighting"))
    assert codes_starting("lam", language="ko")[0].title == "스탠드 조명"
    assert codes_starting("자전", language="ko")[0].path == ("스포츠용품", "야외 레저")
    assert codes_starting("wash mach", language="en")[0].code == "hg-9-8"
    assert codes_starting("茶", language="zh-hant")[0].title == "茶葉"
    assert codes_starting("  ", language="en") == codes_starting("%_'\\", language="en") == []


@pytest.mark.django_db
def test_typing_stays_below_a_parent_and_within_a_limit():
    assert {each.code[:2] for each in codes_starting("re", language="en", parent="sv")} == {"sv"}
    assert len(codes_starting("re", language="en", limit=2)) == 2


@pytest.mark.django_db
def test_typing_is_two_queries():
    codes_starting("bi", language="en")
    for words in ("bi", "bicycle re"):
        with CaptureQueriesContext(connection) as spent:
            assert codes_starting(words, language="en")
        assert len(spent) == 2


@pytest.mark.django_db
def test_the_tree_is_walked_level_by_level():
    tops = codes_below("", language="en")
    assert len(tops) == 21
    assert tops[0].title == "Animals & pet supplies"
    assert [each.code for each in codes_below("hg-13", language="en")] == ["hg-13-9", "hg-13-5", "hg-13-7"]
    assert codes_below("nowhere", language="en") == []


@pytest.mark.django_db
def test_a_stores_catalogue_means_codes_most_frequent_first():
    union = UnionFactory()
    store, other = StoreFactory(union=union), StoreFactory(union=union)
    lighting = CategoryFactory(union=union, name="Lighting")
    for title in ("Reading lamp Ada", "Floor lamp, brass", "Desk lamp"):
        ProductFactory(union=union, store=store, title=title, category=lighting)
    ProductFactory(union=union, store=store, title="Ada", category=None, tags=["teapot", "green"])
    ProductFactory(union=union, store=store, title="Hidden umbrella", category=None, is_published=False)
    ProductFactory(union=union, store=other, title="Bicycle", category=None)
    with CaptureQueriesContext(connection) as spent:
        meant = suggest_for_store(store)
    assert [(each.code.code, each.count) for each in meant] == [("hg-13-5", 3), ("hg-11-10", 1)]
    assert len(spent) == 3
    assert suggest_for_store(StoreFactory(union=union)) == []
