"""Words, prefixes, typing errors, Chinese and Korean; in one union, in one store, and nothing from next door."""

import pytest

from stores.models import Product, SearchTerm
from stores.queries.goods import Wish
from stores.queries.search import correct, query_of
from stores.queries.words import distance, fold, nearest_word, tokens_of, triples_of, wanted_tokens
from stores.services.search import index_all, index_products, vector_of
from tests.factories.stores import CategoryFactory, ProductFactory, StoreFactory, VariantFactory
from tests.stores.lists import list_goods


def test_fold_drops_case_and_accents_and_keeps_hangul_whole():
    assert fold("Crème BRÛLÉE Straße") == "creme brulee strasse"
    assert fold("한글") == "한글"
    assert fold("ＡＢ１２") == "ab12"


def test_tokens_of_chinese_are_characters_and_pairs():
    assert list(tokens_of("手工茶 tea")) == ["手", "工", "茶", "手工", "工茶", "tea"]


def test_wanted_tokens_of_mixed_text():
    assert wanted_tokens("수제 Tea-cup 茶") == [("수제", False), ("tea", True), ("cup", True), ("茶", False)]


def test_triples_of_pads_the_edges():
    assert triples_of("tea") == ["  t", " te", "ea ", "tea"]


@pytest.mark.parametrize(
    ("first", "second", "errors"),
    [("tea", "tea", 0), ("tea", "te", 1), ("tea", "eta", 1), ("chocolte", "chocolate", 1), ("tea", "cup", 2)],
)
def test_distance_counts_typing_errors(first, second, errors):
    assert distance(first, second, 1) == errors


def test_nearest_word_allows_one_error_in_short_words_and_two_in_long_ones():
    assert nearest_word("chese", ["cheese", "chess"]) == "chess"
    assert nearest_word("tae", ["cup"]) is None
    assert nearest_word("choclatte", ["chocolate"]) == "chocolate"
    assert nearest_word("bred", ["bicycle", "bread"]) == "bread"


def test_vector_of_keeps_the_best_weight_of_a_token():
    assert vector_of(union_id=7, weighed=[("A", ["Tea"]), ("D", ["tea cup"])]) == "'7.tea':1A '7.cup':1D"


def test_query_of_asks_for_every_word():
    assert query_of(7, "green cups 茶") == "('7.green' | '7.green':*) & ('7.cups' | '7.cups':* | '7.cup') & '7.茶'"
    assert query_of(7, " … ") == ""


@pytest.fixture
def store(db):
    return StoreFactory()


def put(store, title, **fields) -> Product:
    product = ProductFactory(store=store, title=title, **fields)
    VariantFactory(product=product)
    index_products(product_ids=[product.pk])
    return product


def found(union, words, **wish) -> list[str]:
    return [card.title for card in list_goods(union, Wish(query=query_of(union.pk, words), **wish))]


def test_search_finds_words_and_beginnings(store):
    put(store, "Green tea")
    put(store, "Teapot")
    put(store, "Steam iron")
    assert found(store.union, "tea") == ["Green tea", "Teapot"]
    assert found(store.union, "TEAP") == ["Teapot"]
    assert found(store.union, "green pot") == []


def test_search_weighs_title_before_tags_before_description(store):
    put(store, "Mug", description="for tea")
    put(store, "Cup", tags=["tea"])
    put(store, "Tea")
    assert found(store.union, "tea") == ["Tea", "Cup", "Mug"]


def test_search_weighs_several_words_like_one(store):
    put(store, "Green tea")
    put(store, "Mug", description="for green tea")
    put(store, "Green cup", tags=["tea"])
    assert found(store.union, "green tea") == ["Green tea", "Green cup", "Mug"]


def test_search_finds_every_language_of_a_product(store):
    put(store, "Mullet roe", translations={"zh-hant": {"title": "烏魚子"}, "ko": {"title": "숭어 어란"}})
    put(store, "Tofu", translations={"zh-hant": {"title": "魚香豆腐"}})
    assert found(store.union, "烏魚子") == ["Mullet roe"]
    assert found(store.union, "烏魚") == ["Mullet roe"]
    assert found(store.union, "어란") == ["Mullet roe"]
    assert sorted(found(store.union, "魚")) == ["Mullet roe", "Tofu"]
    assert found(store.union, "子魚") == []


def test_search_finds_category_store_code_and_option(store):
    category = CategoryFactory(union=store.union, name="Porcelain")
    product = ProductFactory(store=store, title="Cup", category=category)
    VariantFactory(product=product, sku="KH-77", gtin="4710000000017", options={"glaze": "celadon"})
    index_products(product_ids=[product.pk])
    for words in ("porcelain", store.name, "KH-77", "4710000000017", "celadon"):
        assert found(store.union, words) == ["Cup"], words


def test_search_stays_in_its_union_and_store(store):
    neighbour, elsewhere = StoreFactory(union=store.union), StoreFactory()
    put(store, "Tea here")
    put(neighbour, "Tea next door")
    put(elsewhere, "Tea elsewhere")
    assert sorted(found(store.union, "tea")) == ["Tea here", "Tea next door"]
    assert found(store.union, "tea", store_id=store.pk) == ["Tea here"]
    assert found(elsewhere.union, "tea") == ["Tea elsewhere"]


def test_search_survives_any_signs(store):
    put(store, "Tea")
    for words in ("'", "tea' | 'x", "a\\b", ":*", "!", "(", "tea:*", "%s %(x)s", "\u0000tea"):
        assert set(found(store.union, words)) <= {"Tea"}


def test_correct_mends_a_typing_error(store, django_assert_num_queries):
    put(store, "Dark chocolate", description="bitter sweat")
    with django_assert_num_queries(2):
        meant = correct(store.union, "dark chocolte")
    assert (meant.words, found(store.union, meant.words)) == ("dark chocolate", ["Dark chocolate"])
    assert correct(store.union, "drak choclatte").words == "dark chocolate"


def test_correct_leaves_alone_what_is_known_or_far(store):
    put(store, "Dark chocolate")
    assert correct(store.union, "dark") is None
    assert correct(store.union, "bicycle") is None
    assert correct(store.union, "巧克力") is None


def test_correct_knows_only_its_own_union(store):
    put(StoreFactory(), "Dark chocolate")
    assert correct(store.union, "chocolte") is None


def test_index_follows_the_product(store):
    product = put(store, "Tea")
    Product.objects.filter(pk=product.pk).update(title="Coffee")
    index_products(product_ids=[product.pk])
    assert (found(store.union, "tea"), found(store.union, "coffee")) == ([], ["Coffee"])


def test_index_all_forgets_words_that_are_gone(store, django_assert_num_queries):
    product = put(store, "Marmalade")
    elsewhere = put(StoreFactory(), "Chutney")
    product.title = "Jam jar"
    product.save()
    assert index_all(union=store.union) == 1
    words = set(SearchTerm.objects.filter(union=store.union).values_list("word", flat=True))
    assert "marmalade" not in words
    assert SearchTerm.objects.filter(union=elsewhere.union, word="chutney").exists()
    assert index_all() == 2


def test_index_takes_as_many_statements_for_three_as_for_one(store, django_assert_num_queries):
    ids = [ProductFactory(store=store).pk for _ in range(3)]
    for some in (ids[:1], ids):
        with django_assert_num_queries(3):
            index_products(product_ids=some)
