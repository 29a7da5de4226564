"""Lists of goods: filters, orders, live prices and stock, a fixed number of queries, only what may be seen."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.cache import cache
from kombu.exceptions import OperationalError

from stores import tasks
from stores.models import Product
from stores.queries import facets
from stores.queries.facets import facets_of
from stores.queries.goods import Wish
from stores.services.stock import HoldWant, set_holds
from stores.services.summary import refresh_product
from tests.factories.stores import CategoryFactory, ProductFactory, StoreFactory, VariantFactory
from tests.factories.unions import UnionFactory, business_class
from tests.stores.lists import list_goods
from unions.models import Membership
from unions.services.classes import load_business_classes

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.fixture
def union():
    return UnionFactory(currency="GBP")


def put(title, *, store=None, union=None, price=1000, stock=10, days=0, **fields):
    """A product with one variant, added `days` after NOW."""
    product = ProductFactory(store=store or StoreFactory(union=union), title=title, **fields)
    VariantFactory(product=product, price=price, stock=stock)
    Product.objects.filter(pk=product.pk).update(created_at=NOW + timedelta(days=days))
    return product


def titles(union, **wish):
    return [card.title for card in list_goods(union, Wish(**wish))]


def test_list_shows_newest_first_and_pages(union):
    store = StoreFactory(union=union)
    for day in range(27):
        put(f"Good {day}", store=store, days=day)
    assert titles(union) == [f"Good {day}" for day in range(26, 2, -1)]
    assert titles(union, page=2) == ["Good 2", "Good 1", "Good 0"]
    assert titles(union, page=3) == []


def test_list_sorts_by_price(union):
    store = StoreFactory(union=union)
    for price in (500, 100, 900):
        put(str(price), store=store, price=price)
    assert titles(union, sort="price") == ["100", "500", "900"]
    assert titles(union, sort="price_down") == ["900", "500", "100"]


def test_list_sorts_by_distance_of_the_store(union):
    far = StoreFactory(union=union, latitude=50.9, longitude=-3.5)
    near = StoreFactory(union=union, latitude=50.27, longitude=-5.05)
    nowhere = StoreFactory(union=union)
    put("far", store=far)
    put("nowhere", store=nowhere)
    put("near old", store=near, days=-1)
    put("near new", store=near)
    here = (50.2632, -5.051)
    assert titles(union, sort="near", place=here) == ["near new", "near old", "far", "nowhere"]
    assert len(titles(union, sort="near")) == 4


def test_list_narrows_down(union):
    load_business_classes()
    food = StoreFactory(union=union, slug="food", business_class=business_class("56"))
    shop = StoreFactory(union=union, slug="shop", business_class=business_class("47"))
    drinks = CategoryFactory(union=union, slug="drinks")
    tea = CategoryFactory(parent=drinks, slug="tea")
    put("Meal", store=food, price=1500)
    put("Green", store=shop, category=tea, price=700)
    put("Juice", store=shop, category=drinks, price=300, stock=0)
    assert sorted(titles(union, categories=("drinks",))) == ["Green", "Juice"]
    assert titles(union, categories=("tea",)) == ["Green"]
    assert titles(union, stores=("food",)) == ["Meal"]
    assert titles(union, classes=("56",)) == ["Meal"]
    assert sorted(titles(union, business_class="G")) == ["Green", "Juice"]
    assert titles(union, price=(700, 1500)) == ["Green"]
    assert sorted(titles(union, in_stock=True)) == ["Green", "Meal"]


def test_list_shows_price_and_stock_as_they_are_now(union):
    product = put("Cup", union=union, stock=4)
    variant = product.variants.get()
    other = VariantFactory(product=product, price=1200, stock=2)
    [card] = list_goods(union, Wish())
    assert (card.price, card.left, card.state) == ("from £10.00", "In stock", "in")
    assert card.stock == f"{variant.pk}:4,{other.pk}:2"
    set_holds(union=union, wants=[HoldWant("a", variant.pk, 4)], now=NOW)
    [card] = list_goods(union, Wish())
    assert (card.left, card.state) == ("2 left", "low")
    set_holds(union=union, wants=[HoldWant("b", other.pk, 2)], now=NOW)
    [card] = list_goods(union, Wish())
    assert (card.left, card.state) == ("Sold out", "out")


def test_list_shows_services_as_available(union):
    product = ProductFactory(store=StoreFactory(union=union), kind="service")
    VariantFactory(product=product, tracks_stock=False, price=2500, was_price=3000)
    [card] = list_goods(union, Wish())
    assert (card.left, card.stock, card.price, card.was) == ("Available", "", "£25.00", "£30.00")


def test_list_speaks_the_language(union):
    from django.utils.translation import override

    store = StoreFactory(union=union, translations={"ko": {"name": "가게"}})
    put("Tea", store=store, translations={"ko": {"title": "차"}})
    with override("ko"):
        [card] = list_goods(union, Wish())
    assert (card.title, card.store) == ("차", "가게")


@pytest.mark.parametrize(
    "hide",
    [
        lambda product: Product.objects.filter(pk=product.pk).update(is_published=False),
        lambda product: type(product.store).objects.update(is_published=False),
        lambda product: Membership.objects.update(state=Membership.State.SUSPENDED),
    ],
)
def test_list_leaves_out_at_once_what_may_not_be_seen(union, hide):
    product = put("Cup", union=union)
    assert titles(union) == ["Cup"]
    facets_of(union, Wish())
    hide(product)
    assert titles(union) == []
    assert titles(union, sort="near", place=(0.0, 0.0)) == []


def test_list_knows_only_its_union(union):
    put("Here", union=union)
    put("There", union=UnionFactory())
    assert titles(union) == ["Here"]
    assert facets_of(union, Wish()).total == 1


@pytest.mark.parametrize("sort", ["newest", "price", "near"])
def test_list_is_one_query_however_many(union, django_assert_num_queries, sort):
    store = StoreFactory(union=union)
    for rows in (1, 3):
        while Product.objects.count() < rows:
            put("Cup", store=store)
        with django_assert_num_queries(1):
            assert len(list_goods(union, Wish(sort=sort, place=(1.0, 1.0)))) == rows


def facet(facets, name):
    for group in facets.facets:
        if group.name == name:
            return {option.value: option.count for option in group.options}
    return None


def test_facets_count_with_the_other_choices_applied(union):
    cups, bags = (CategoryFactory(union=union, slug=slug) for slug in ("cups", "bags"))
    one, two = (StoreFactory(union=union, slug=slug) for slug in ("one", "two"))
    put("A", store=one, category=cups, price=500)
    put("B", store=one, category=bags, price=2000)
    put("C", store=two, category=cups, price=2000, stock=0)
    found = facets_of(union, Wish())
    assert (found.total, found.chosen_count) == (3, 0)
    assert facet(found, "category") == {"cups": 2, "bags": 1}
    assert facet(found, "store") == {"one": 2, "two": 1}
    assert facet(found, "price") == {"-1000": 1, "1000-2500": 2}
    assert facet(found, "in_stock") == {"1": 2}
    found = facets_of(union, Wish(categories=("cups",), stores=("one",)))
    assert found.total == 1
    assert facet(found, "category") == {"cups": 1, "bags": 1}
    assert facet(found, "store") == {"one": 1, "two": 1}


def test_facets_count_parents_with_their_children(union):
    drinks = CategoryFactory(union=union, slug="drinks")
    put("Green", union=union, category=CategoryFactory(parent=drinks, slug="tea"))
    assert facet(facets_of(union, Wish()), "category") == {"drinks": 1, "tea": 1}


@pytest.fixture
def asked(monkeypatch):
    """Counts that a worker was asked for; none is quick enough for a request."""
    tasks: list[list] = []
    monkeypatch.setattr(facets.current_app, "send_task", lambda name, args, **_: tasks.append([name, *args]))
    monkeypatch.setattr(facets, "QUICK", -1.0)
    return tasks


def test_facets_that_take_long_are_counted_by_a_worker(union, asked, monkeypatch, django_assert_num_queries):
    put("One", union=union)
    assert facets_of(union, Wish()).total == 1
    put("Two", union=union)
    monkeypatch.setattr(facets.Cube, "is_fresh", False)
    with django_assert_num_queries(0):
        assert [facets_of(union, Wish()).total for _ in range(3)] == [1, 1, 1]
    [[name, *of]] = asked
    assert (name, of) == (tasks.count_facets.name, [union.pk, "", None, ""])
    tasks.count_facets(*of)
    with django_assert_num_queries(0):
        assert facets_of(union, Wish()).total == 2


def test_facets_of_very_many_goods_begin_with_a_part(union, asked, monkeypatch):
    monkeypatch.setattr(facets, "FIRST_PART", 2)
    for title in ("One", "Two", "Three"):
        put(title, union=union)
    for _ in range(2):
        found = facets_of(union, Wish())
        assert (found.total, found.capped) == (2, True)
    [[_name, *of]] = asked
    tasks.count_facets(*of)
    found = facets_of(union, Wish())
    assert (found.total, found.capped, len(asked)) == (3, False, 1)


def test_facets_stay_as_they_are_while_nobody_takes_the_count(union, asked, monkeypatch):
    def away(*_args, **_options):
        raise OperationalError

    put("One", union=union)
    facets_of(union, Wish())
    put("Two", union=union)
    monkeypatch.setattr(facets.Cube, "is_fresh", False)
    monkeypatch.setattr(facets.current_app, "send_task", away)
    assert facets_of(union, Wish()).total == 1


def test_facets_are_counted_once_and_then_remembered(union, django_assert_num_queries):
    put("A", union=union)
    with django_assert_num_queries(2):
        facets_of(union, Wish())
    with django_assert_num_queries(0):
        facets_of(union, Wish(in_stock=True))
    put("B", union=union)
    assert facets_of(union, Wish()).total == 1
    cache.clear()
    assert facets_of(union, Wish()).total == 2


def test_refresh_product_follows_variants_and_pictures(union):
    product = put("Cup", union=union, stock=0)
    VariantFactory(product=product, price=300, stock=2)
    VariantFactory(product=product, price=100, stock=2, is_active=False)
    product.pictures.create(
        union=union,
        sizes=[
            {"path": "a-200.webp", "width": 200, "height": 200, "type": "image/webp"},
            {"path": "a-480.webp", "width": 480, "height": 480, "type": "image/webp"},
        ],
    )
    Product.objects.update(price_from=0, price_to=0, in_stock=False)
    refresh_product(product_ids=[product.pk])
    product.refresh_from_db()
    assert (product.price_from, product.price_to, product.in_stock) == (300, 1000, True)
    assert product.cover == "a-480.webp"
