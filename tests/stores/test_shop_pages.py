"""The street's pages: what they show, in how many queries, to whom, and what they leave out."""

import html
import re
from datetime import UTC, datetime

import pytest
from django.core.cache import cache

from core import memory
from stores.models import DeliveryOption, Product
from stores.services.search import index_products
from tests.factories.stores import (
    CategoryFactory,
    DeliveryOptionFactory,
    OpeningHoursFactory,
    PickupFactory,
    ProductFactory,
    ReviewFactory,
    StoreFactory,
    VariantFactory,
)
from tests.factories.unions import UnionFactory, business_class
from unions.models import Membership, Redirect
from unions.services.classes import load_business_classes

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
PERSON = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0"}


@pytest.fixture
def store():
    load_business_classes()
    union = UnionFactory(slug="harbour", name="Harbour Union")
    return StoreFactory(
        union=union, slug="clay", name="Yancheng Clay", tagline="Cups and bowls", business_class=business_class("47")
    )


def put(store, title="Tea cup", **variant) -> Product:
    product = ProductFactory(store=store, title=title, slug=title.lower().replace(" ", "-"))
    VariantFactory(product=product, **variant)
    index_products(product_ids=[product.pk])
    return product


PAGES = {
    "home": "/u/harbour/",
    "stores": "/u/harbour/stores/",
    "class": "/u/harbour/classes/47/",
    "search": "/u/harbour/search/?q=tea",
    "all goods": "/u/harbour/search/",
    "store": "/u/harbour/clay/",
    "store search": "/u/harbour/clay/?q=tea",
    "everywhere": "/search/?q=tea",
}
QUERIES = {
    "home": 8,
    "stores": 3,
    "class": 7,
    "search": 6,
    "all goods": 5,
    "store": 8,
    "store search": 8,
    "everywhere": 2,
}


@pytest.mark.parametrize("name", PAGES)
def test_page_takes_the_same_queries_for_three_rows_as_for_one(store, client, django_assert_num_queries, name):
    for rows in (1, 3):
        while Product.objects.count() < rows:
            put(store, f"Tea {Product.objects.count()}")
            StoreFactory(union=store.union, business_class=store.business_class)
        cache.clear()
        memory.forget()
        with django_assert_num_queries(QUERIES[name]):
            response = client.get(PAGES[name])
        assert response.status_code == 200


@pytest.mark.parametrize(("name", "queries"), [("all goods", 2), ("search", 3), ("class", 3), ("store", 3)])
def test_list_page_takes_few_queries_while_counts_are_fresh(store, client, django_assert_num_queries, name, queries):
    put(store)
    client.get(PAGES[name])
    with django_assert_num_queries(queries):
        client.get(PAGES[name])


@pytest.mark.parametrize("name", PAGES)
def test_page_shows_the_goods_or_the_shop(store, client, name):
    put(store)
    content = client.get(PAGES[name]).content.decode()
    assert ("Yancheng Clay" if name == "stores" else "Tea cup") in content


@pytest.mark.parametrize("name", PAGES)
def test_page_forgets_a_suspended_enterprise_at_once(store, client, name):
    put(store)
    client.get(PAGES[name])
    Membership.objects.update(state=Membership.State.SUSPENDED)
    response = client.get(PAGES[name])
    assert response.status_code == (404 if name in ("store", "store search") else 200)
    assert "Tea cup" not in response.content.decode()
    assert "Cups and bowls" not in response.content.decode()


@pytest.mark.parametrize("name", [name for name in PAGES if name != "everywhere"])
def test_page_shows_nothing_of_the_next_union(store, client, name):
    other = StoreFactory(name="Elsewhere Ltd", business_class=store.business_class)
    put(other, "Tea elsewhere")
    put(store)
    content = client.get(PAGES[name]).content.decode()
    assert "elsewhere" not in content.lower().replace("search everywhere", "")


def test_pages_of_an_empty_union_say_so(client):
    load_business_classes()
    UnionFactory(slug="harbour")
    for path in ("/u/harbour/", "/u/harbour/stores/", "/u/harbour/classes/47/", "/u/harbour/search/?q=tea"):
        response = client.get(path)
        assert response.status_code == 200
        assert 'class="empty"' in response.content.decode()


@pytest.mark.parametrize(
    "path",
    [
        "/u/nowhere/",
        "/u/harbour/nothing/",
        "/u/harbour/clay/nothing/",
        "/u/harbour/classes/Q9/",
        "/u/harbour/other/cup/",
    ],
)
def test_what_does_not_exist_is_not_found(store, client, path):
    put(StoreFactory(slug="other"), "cup")
    assert client.get(path).status_code == 404


def test_pages_take_no_posts(store, client):
    put(store)
    for path in [*PAGES.values(), "/u/harbour/clay/tea-cup/"]:
        assert client.post(path).status_code == 405


@pytest.mark.parametrize(
    "query",
    [
        "page=0", "page=-3", "page=x", "page=99999999999", "page=²", "price=a-b", "price=5", "price=-", "sort=none",
        "lat=a&lon=b", "lat=nan&lon=1", "lat=91&lon=1", "store=%27", "class=%F0%9F%8D%B5",
        "q=%27", "in_stock=maybe", "q=" + "x" * 3000, "price=99999999999999999999-",
    ],
)  # fmt: skip
def test_list_survives_any_address(store, client, query):
    put(store)
    for path in ("/u/harbour/search/", "/u/harbour/clay/", "/u/harbour/stores/"):
        assert client.get(f"{path}?{query}").status_code == 200


def test_search_says_what_it_mended(store, client):
    put(store, "Dark chocolate")
    content = client.get("/u/harbour/search/?q=choclate").content.decode()
    assert "Showing results for “chocolate”" in content
    assert "Dark chocolate" in content
    content = client.get("/u/harbour/clay/?q=choclate").content.decode()
    assert "Showing results for “chocolate”" in content


def test_search_finds_shops_by_name(store, client):
    put(store)
    assert "Cups and bowls" in client.get("/u/harbour/search/?q=yancheng").content.decode()
    assert "Cups and bowls" not in client.get("/u/harbour/search/?q=%25").content.decode()


def test_search_everywhere_groups_by_union(store, client):
    put(store, "Green tea")
    far = StoreFactory(union=UnionFactory(slug="hills", name="Hills Union"))
    put(far, "Black tea")
    put(StoreFactory(union=UnionFactory(name="Closed Union", is_published=False)), "White tea")
    content = client.get("/search/?q=tea").content.decode()
    assert "Harbour Union" in content
    assert "Hills Union" in content
    assert "White tea" not in content
    [link] = re.findall(r'<h3><a href="([^"]*hills[^"]*)"', content)
    into_union = client.get(html.unescape(link), headers=PERSON)
    into_store = client.get(into_union["Location"], headers=PERSON)
    assert into_store["Location"] == f"/u/hills/{far.slug}/black-tea/"
    recorded = list(Redirect.objects.order_by("id").values_list("kind", "target", "words"))
    assert recorded == [("to_union", "hills", "tea"), ("to_store", far.slug, "tea")]


@pytest.mark.parametrize("address", ["/search/", "/u/harbour/search/", "/u/harbour/clay/"])
def test_a_search_without_a_find_says_what_was_searched_and_a_next_step(store, client, address):
    put(store)
    content = client.get(f"{address}?q=qqqzzz").content.decode()
    empty = content[content.index('<div class="empty">') :]
    assert re.search(r"<h2>[^<]*“qqqzzz”[^<]*</h2><p>[^<]+</p><a class=\"button go\" href=\"[^\"]+\">[^<]+</a>", empty)


def test_links_to_shops_are_recorded_once_and_lead_on(store, client):
    put(store)
    response = client.get("/u/harbour/clay/?way=class&class=47", headers=PERSON)
    assert (response.status_code, response["Location"]) == (302, "/u/harbour/clay/")
    redirect = Redirect.objects.get()
    assert (redirect.kind, redirect.way, redirect.target, redirect.business_class) == (
        "to_store",
        "class",
        "clay",
        "47",
    )
    client.get("/u/harbour/clay/", headers=PERSON)
    response = client.get("/u/harbour/clay/tea-cup/?way=search&q=tea&variant=1", headers=PERSON)
    assert response["Location"] == "/u/harbour/clay/tea-cup/?variant=1"
    assert list(Redirect.objects.order_by("id").values_list("target", "words")) == [("clay", ""), ("clay", "tea")]


def test_lists_sort_by_the_place_that_was_given(store, client):
    far = StoreFactory(union=store.union, latitude=51.5, longitude=-0.1, name="Far Shop")
    near = StoreFactory(union=store.union, latitude=50.26, longitude=-5.05, name="Near Shop")
    put(far, "Far cup")
    put(near, "Near cup")
    response = client.get("/u/harbour/search/?lat=50.26&lon=-5.05&sort=near")
    content = response.content.decode()
    assert content.index("Near cup") < content.index("Far cup")
    assert client.cookies["place"].value == "50.260,-5.050"
    content = client.get("/u/harbour/stores/").content.decode()
    assert content.index("Near Shop") < content.index("Far Shop")


def test_product_page_shows_variants_with_price_and_stock(store, client, django_assert_num_queries):
    product = put(store, price=1000, was_price=1500, stock=0, options={"size": "S"})
    VariantFactory(product=product, price=1200, stock=3, options={"size": "M"}, gtin="4710000000017")
    PickupFactory(store=store)
    DeliveryOptionFactory(store=store, free_from=5000)
    OpeningHoursFactory(store=store)
    for _ in range(3):
        ReviewFactory(product=product, words="Light in the hand")
    put(store, "Bowl")
    client.get("/u/harbour/clay/tea-cup/")
    with django_assert_num_queries(2):
        content = client.get("/u/harbour/clay/tea-cup/").content.decode()
    for shown in ("£12.00", "3 left", "Sold out", "4710000000017", "Light in the hand", "Bowl", "Pick up at the store"):
        assert shown in content, shown
    assert content.count('name="variant"') == 2


def test_product_page_shows_what_else_is_in_the_window(store, client):
    """Same category first, then the newest; nothing hidden, nothing of another shop, never itself."""
    tea, pots = CategoryFactory(union=store.union), CategoryFactory(union=store.union)
    product = put(store)
    titles = ["Old pot", "Leaves", "Hidden leaves", "Kettle", "Bowl", "Spoon"]
    others = {title: put(store, title) for title in titles}
    for good, category in (
        (product, tea),
        (others["Leaves"], tea),
        (others["Hidden leaves"], tea),
        (others["Bowl"], pots),
    ):
        Product.objects.filter(pk=good.pk).update(category=category)
    Product.objects.filter(title="Hidden leaves").update(is_published=False)
    put(StoreFactory(union=store.union), "Elsewhere")
    window = client.get("/u/harbour/clay/tea-cup/").content.decode().partition('id="related"')[2]
    assert re.findall(r'<h3><a href="/u/harbour/clay/[^"]+">([^<]+)</a>', window) == [
        "Leaves",
        "Spoon",
        "Bowl",
        "Kettle",
    ]
    assert "£10.00" in window


def test_product_page_without_variants_cannot_be_bought(store, client):
    ProductFactory(store=store, slug="bare")
    content = client.get("/u/harbour/clay/bare/").content.decode()
    assert "Not for sale at the moment" in content
    assert 'name="variant"' not in content


def test_product_page_vanishes_with_its_product_and_its_store(store, client):
    product = put(store)
    path = "/u/harbour/clay/tea-cup/"
    assert client.get(path).status_code == 200
    Product.objects.filter(pk=product.pk).update(is_published=False)
    assert client.get(path).status_code == 404
    Product.objects.filter(pk=product.pk).update(is_published=True)
    Membership.objects.update(state=Membership.State.SUSPENDED)
    assert client.get(path).status_code == 404


def test_texts_are_escaped(store, client):
    product = put(store, "Plain")
    Product.objects.filter(pk=product.pk).update(title="<script>x</script>", description="<b>bold</b>", tags=["<i>"])
    for path in ("/u/harbour/search/", "/u/harbour/clay/plain/", "/u/harbour/"):
        content = client.get(path).content.decode()
        assert "<script>x" not in content
        assert "<b>bold" not in content
        assert "<i>" not in content


@pytest.mark.parametrize("language", ["en", "zh-hant", "ko"])
def test_pages_come_in_every_language(store, client, language):
    put(store)
    client.cookies["django_language"] = language
    for path in [*PAGES.values(), "/u/harbour/clay/tea-cup/"]:
        response = client.get(path)
        assert response.status_code == 200
        assert f'lang="{language}"' in response.content.decode()


@pytest.mark.parametrize(("kind", "ways"), [("goods", ["delivery", "pickup"]), ("service", ["digital", "pickup"])])
def test_product_page_offers_the_ways_that_suit_its_kind(store, client, kind, ways):
    DeliveryOption.objects.filter(store=store).delete()
    for position, way in enumerate(("digital", "delivery", "pickup")):
        DeliveryOptionFactory(store=store, kind=way, position=position)
    product = VariantFactory(store=store, product__kind=kind).product
    shown = client.get(f"/u/{store.union.slug}/{store.slug}/{product.slug}/")
    assert [option.kind for option, _arrival in shown.context["delivery"]] == ways


def test_a_search_is_kept_when_the_shopper_tells_where_they_are(store, client):
    put(store)

    page = client.get("/u/harbour/search/?q=cup&in_stock=1&sort=price&page=2&lat=1&lon=2").content.decode()

    form = re.search(r'<form method="get" action="([^"]*)" data-locate.*?</form>', page, re.S)
    assert form[1] == "/u/harbour/search/"
    assert re.findall(r'<input type="hidden" name="(\w+)"(?: value="([^"]*)")?>', form[0]) == [
        ("q", "cup"),
        ("in_stock", "1"),
        ("sort", "price"),
        ("lat", ""),
        ("lon", ""),
    ]


def test_an_address_for_forms_opened_in_a_browser_shows_a_way_back(store, client):
    asked = client.get("/account/language/", headers={"accept": "text/html,*/*"})
    program = client.get("/account/language/", headers={"accept": "application/json"})

    assert (asked.status_code, asked["Allow"]) == (405, "POST")
    assert 'href="/"' in asked.content.decode()
    assert "This page cannot be opened this way" in asked.content.decode()
    assert (program.status_code, program.content) == (405, b"")


def test_a_quantity_that_is_cut_to_the_stock_is_said(store, client):
    put(store)

    page = client.get("/u/harbour/clay/tea-cup/").content.decode()

    assert 'data-cut="Only 2 are left; we put in 2." data-most="At most 2 at once; we put in 2."' in page
