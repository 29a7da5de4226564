"""Unions, classes, stores and goods: what everyone may read."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from stores.services.search import index_products
from tests.api.client import Api, key_for
from tests.factories.stores import (
    CategoryFactory,
    DeliveryOptionFactory,
    OpeningHoursFactory,
    ProductFactory,
    StoreFactory,
    VariantFactory,
)
from tests.factories.unions import UnionFactory, UnionRegionFactory, business_class

pytestmark = pytest.mark.django_db


def slugs(response) -> list[str]:
    assert response.status_code == 200, response.content
    return [row["slug"] for row in response.json()["results"]]


def queries_of(ask) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert ask().status_code == 200
    return len(captured)


def test_unions_are_listed_in_pages_by_short_name(guest, place):
    for slug in ("aa", "ab", "ac"):
        UnionFactory(slug=slug)
    UnionFactory(slug="ad", is_published=False)
    first = guest.get("/api/v1/unions/?page_size=2")
    assert slugs(first) == ["aa", "ab"]
    assert first.json()["previous"] is None
    UnionFactory(slug="a1")
    second = guest.get(first.json()["next"].replace("http://testserver", ""))
    assert slugs(second) == ["ac", place.union.slug]
    assert second.json()["next"] is None


def test_union_tells_its_regions_and_office(guest, place):
    UnionRegionFactory(union=place.union, code="GB-CON", name="Cornwall")
    told = guest.get("").json()
    assert (told["slug"], told["currency"], told["regions"]) == (
        place.union.slug,
        "GBP",
        [{"code": "GB-CON", "name": "Cornwall"}],
    )
    assert told["contact_email"] == place.union.contact_email


def test_nearest_unions_are_told_with_their_distance(guest):
    UnionFactory(slug="truro", latitude=50.26, longitude=-5.05)
    UnionFactory(slug="busan", latitude=35.18, longitude=129.08)
    response = guest.get("/api/v1/unions/nearest/?lat=50.1&lon=-5.3")
    assert slugs(response) == ["truro", "busan"]
    assert response.json()["results"][0]["distance_km"] == 25.2


@pytest.mark.parametrize("place_asked", ["", "?lat=91&lon=0", "?lat=x&lon=0", "?lat=nan&lon=0", "?lat=inf&lon=0"])
def test_nearest_unions_want_a_place_on_earth(guest, place_asked):
    assert guest.get(f"/api/v1/unions/nearest/{place_asked}").status_code == 422


def test_unpublished_union_exists_only_for_its_own_keys():
    union = UnionFactory(is_published=False)
    assert Api(union).get("stores/").status_code == 404
    assert Api(union, key_for(union)).get("stores/").status_code == 200


def test_classes_count_the_stores_below_them(guest, place):
    place.first.business_class = business_class("47")
    place.first.save()
    place.second.business_class = business_class("10")
    place.second.save()
    told = [(node["code"], node["stores"]) for node in guest.get("classes/").json()["results"]]
    assert told == [("C", 1), ("10", 1), ("G", 1), ("47", 1)]


def test_stores_are_listed_by_class(guest, place):
    place.first.business_class = business_class("47")
    place.first.save()
    StoreFactory(union=place.union, is_published=False)
    StoreFactory(union=place.union, membership__state="suspended")
    assert slugs(guest.get("stores/")) == [place.second.slug, place.first.slug]
    assert slugs(guest.get("stores/?class=G")) == [place.first.slug]
    assert slugs(guest.get("stores/?class=A")) == []


def test_store_tells_its_hours_and_deliveries(guest, place):
    OpeningHoursFactory(store=place.first)
    DeliveryOptionFactory(store=place.first, name="Bicycle", is_active=False)
    told = guest.get(f"stores/{place.first.slug}/").json()
    assert told["opening_hours"] == [{"weekday": 0, "opens": "09:00:00", "closes": "17:00:00"}]
    assert [(way["name"], way["price"]) for way in told["delivery_options"]] == [
        ("Parcel", {"amount": 400, "currency": "GBP"})
    ]


def test_products_show_variants_with_live_stock(guest, place):
    told = {product["slug"]: product for product in guest.get("products/").json()["results"]}
    bread = told[place.bread.product.slug]
    assert (bread["store"], bread["title"], bread["in_stock"], bread["tax_bp"]) == (
        place.first.slug,
        "Bread",
        True,
        0,
    )
    assert bread["variants"] == [
        {
            "id": place.bread.pk,
            "sku": place.bread.sku,
            "gtin": "",
            "options": {"size": "large"},
            "price": {"amount": 350, "currency": "GBP"},
            "was_price": None,
            "counted": True,
            "available": 10,
        }
    ]


def test_products_are_found_by_words_class_category_store_and_stock(guest, place):
    place.first.business_class = business_class("47")
    place.first.save()
    drinks = CategoryFactory(union=place.union, slug="drinks")
    tea = CategoryFactory(parent=drinks, slug="tea")
    oolong = VariantFactory(store=place.second, stock=0, product__title="Oolong", product__category=tea).product
    index_products(product_ids=[oolong.pk, place.bread.product_id, place.lamp.product_id])
    for query, expected in {
        "q=oolo": [oolong.slug],
        "q=oolong bread": [],
        "q=%21%21": [],
        "class=G": [place.bread.product.slug],
        "category=drinks": [oolong.slug],
        "category=tea": [oolong.slug],
        "category=none": [],
        f"store={place.first.slug}": [place.bread.product.slug],
        "in_stock=true": [place.lamp.product.slug, place.bread.product.slug],
        "in_stock=false": [oolong.slug],
    }.items():
        assert slugs(guest.get(f"products/?{query}")) == expected, query


def test_products_not_shown_are_for_keys_that_may_read_the_catalogue(guest, place, bakery, office):
    hidden = VariantFactory(store=place.first, product__is_published=False).product
    other = VariantFactory(store=place.second, product__is_published=False).product
    seen = {product.slug for product in (place.bread.product, place.lamp.product)}
    poor = Api(place.union, key_for(place.union, store=place.first, scopes=["orders:read"]))
    assert set(slugs(guest.get("products/"))) == set(slugs(poor.get("products/"))) == seen
    assert set(slugs(bakery.get("products/"))) == seen | {hidden.slug}
    assert set(slugs(office.get("products/"))) == seen | {hidden.slug, other.slug}
    address = f"products/{place.first.slug}/{hidden.slug}/"
    assert (guest.get(address).status_code, bakery.get(address).status_code) == (404, 200)


def test_lists_take_the_same_number_of_queries_with_one_row_and_with_three(guest, place):
    ProductFactory.reset_sequence(100)
    counts = {path: queries_of(lambda path=path: guest.get(path)) for path in ("products/", "stores/")}
    for store in StoreFactory.create_batch(2, union=place.union):
        VariantFactory.create_batch(2, store=store, product__category=CategoryFactory(union=place.union))
    again = {path: queries_of(lambda path=path: guest.get(path)) for path in ("products/", "stores/")}
    assert again == counts == {"products/": 3, "stores/": 2}


def test_pages_stay_while_goods_are_added(guest, place):
    variants = VariantFactory.create_batch(5, store=place.first)
    wanted = [variant.product.slug for variant in reversed(variants)]
    wanted += [place.lamp.product.slug, place.bread.product.slug]
    address, seen = "products/?page_size=3", []
    while address:
        page = guest.get(address)
        seen += slugs(page)
        VariantFactory(store=place.second)
        address = (page.json()["next"] or "").replace("http://testserver", "")
    assert seen == wanted


def test_search_ranks_the_best_match_first_in_pages_that_stay(guest, place):
    """The title counts most, then what is in stock; a page stays where it is while better matches come in."""
    named = [
        VariantFactory(store=place.first, stock=1, product__title=f"Kelp soap {number}").product for number in range(3)
    ]
    gone = VariantFactory(store=place.first, stock=0, product__title="Kelp soap 9").product
    told = VariantFactory(
        store=place.first, stock=1, product__title="Bowl", product__description="For kelp soap."
    ).product
    for product in (*named, gone, told):
        product.refresh_from_db()
    index_products(product_ids=[*[product.pk for product in named], gone.pk, told.pk])
    in_order = [product.slug for product in reversed(named)] + [gone.slug, told.slug]
    assert slugs(guest.get("products/?q=kelp soap")) == in_order
    first = guest.get("products/?q=kelp soap&page_size=2")
    assert slugs(first) == in_order[:2]
    newest = VariantFactory(store=place.first, stock=1, product__title="Kelp soap 5").product
    index_products(product_ids=[newest.pk])
    second = guest.get(first.json()["next"].replace("http://testserver", ""))
    assert slugs(second) == in_order[2:4]
    assert slugs(guest.get(second.json()["next"].replace("http://testserver", ""))) == in_order[4:]
    assert slugs(guest.get(second.json()["previous"].replace("http://testserver", ""))) == in_order[:2]


def test_search_mends_typing_errors(guest, place):
    soap = VariantFactory(store=place.first, stock=1, product__title="Seaweed soap").product
    index_products(product_ids=[soap.pk])
    assert slugs(guest.get("products/?q=seawed")) == [soap.slug]
    assert slugs(guest.get("products/?q=xylophone")) == []
