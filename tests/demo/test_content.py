import os
from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from martunion.demo.content import UNIONS, people, shared, union_content
from martunion.demo.goods import sku_of
from martunion.demo.gtin import check_digit, in_store_gtin
from martunion.demo.pictures import MOTIFS, SCENES, TONES
from martunion.demo.plan import pieces_of, plan_trade, steps_of
from stores.models import StoreStaff
from unions.models.union import RESERVED_SLUGS, slug_shape
from unions.services.classes import SHORT_TABLE, read_business_classes

LANGUAGES = {"en", "zh-hant", "ko"}
FULL_TABLE = Path(__file__).resolve().parents[3] / "shared" / "data" / "isic" / "isic_rev4_en.json"
NOW = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)

STORES = [
    pytest.param(content, store, id=f"{content.slug}/{store.slug}")
    for content in map(union_content, UNIONS)
    for store in content.stores
]


@pytest.mark.parametrize(
    ("body", "digit"), [("400638133393", "1"), ("629104150021", "3"), ("03600029145", "2"), ("210000000000", "5")]
)
def test_check_digit_completes_a_gtin(body, digit):
    assert check_digit(body) == digit


def test_in_store_gtin_has_thirteen_digits():
    assert in_store_gtin(21, 1_002_003) == "2100010020031"


def test_unions_have_about_a_hundred_goods_each():
    assert [sum(len(store.goods) for store in union_content(slug).stores) for slug in UNIONS] == [100, 99, 102]


@pytest.mark.parametrize("slug", UNIONS)
def test_union_texts_are_there_in_every_language(slug):
    raw = union_content(slug).raw
    assert set(raw["name"]) == set(raw["tagline"]) == set(raw["about"]) == LANGUAGES
    assert raw["scene"] in SCENES
    for page in raw["pages"]:
        assert set(page["title"]) == LANGUAGES
        assert {raw["languages"][0], "en"} <= set(page["body"])
    for named in (*raw["tax"].values(), *raw["delivery"].values()):
        assert set(named["name"]) == LANGUAGES


def test_categories_and_classes_are_named_in_every_language():
    for node in (*shared()["categories"].values(), *shared()["classes"].values(), *shared()["groups"].values()):
        assert set(node) >= LANGUAGES


def test_categories_stand_under_known_ones():
    tree = shared()["categories"]
    assert all("parent" not in tree[node["parent"]] for node in tree.values() if "parent" in node)


def test_classes_hang_in_the_short_table():
    short = {row.code for row in read_business_classes(path=SHORT_TABLE)}
    groups = set(shared()["groups"])
    assert {code[:2] for code in groups} <= short
    assert {code[:3] for code in shared()["classes"]} == groups


def test_classes_exist_in_isic():
    if not FULL_TABLE.exists() and os.environ.get("CI") != "true":
        pytest.skip("the real input is not beside this checkout")
    codes = {row.code for row in read_business_classes(path=FULL_TABLE)}
    assert set(shared()["classes"]) | set(shared()["groups"]) <= codes


@pytest.mark.parametrize(("content", "store"), STORES)
def test_store_is_complete(content, store):
    raw = store.raw
    assert set(raw["name"]) == set(raw["tagline"]) == LANGUAGES
    assert {content.language, "en"} <= set(raw["about"])
    assert raw["class"] in shared()["classes"]
    assert raw["tone"] in TONES
    assert set(raw["front"]) <= set(MOTIFS)
    assert set(raw["delivery"]) <= set(content.raw["delivery"])
    assert "onsite" in raw["delivery"] or not any(good.is_service for good in store.goods)
    assert store.slug not in RESERVED_SLUGS
    for person in raw["staff"]:
        assert set(person["may"]) <= set(StoreStaff.Permission.values)


@pytest.mark.parametrize(("content", "store"), STORES)
def test_goods_are_complete(content, store):
    for good in store.goods:
        slug_shape(good.slug)
        assert good.motif in MOTIFS, good.slug
        assert not good.tone or good.tone in TONES, good.slug
        assert good.category in shared()["categories"], good.slug
        assert good.tax in content.raw["tax"], good.slug
        assert {content.language, "en"} <= set(good.title), good.slug
        assert {content.language, "en"} <= set(good.about), good.slug
        assert good.tags, good.slug
        assert all(variant.price > 0 and variant.stock >= 0 for variant in good.variants), good.slug
        assert good.was is None or all(variant.price < good.was for variant in good.variants), good.slug
        assert len({tuple(variant.options.items()) for variant in good.variants}) == len(good.variants), good.slug
        exponent = {"GBP": -2}.get(content.raw["currency"], 0)
        assert all(variant.price == variant.price.quantize(Decimal(1).scaleb(exponent)) for variant in good.variants)


def test_slugs_and_numbers_are_unique():
    for content in map(union_content, UNIONS):
        assert len({store.slug for store in content.stores}) == len(content.stores) == 9
        for store in content.stores:
            slugs = Counter(good.slug for good in store.goods)
            assert max(slugs.values()) == 1, slugs
            skus = [
                sku_of(store.slug, number, place)
                for number, good in enumerate(store.goods)
                for place in range(len(good.variants))
            ]
            assert len(set(skus)) == len(skus)


def test_people_are_nobody_real():
    emails = [person["email"] for persons in people()["offices"].values() for person in persons]
    emails += [applicant["email"] for applicant in people()["applicants"].values()]
    emails += [row[1] + "@mail.example" for rows in people()["customers"].values() for row in rows]
    for content in map(union_content, UNIONS):
        for store in content.stores:
            emails += [store.raw["owner"]["email"], *(person["email"] for person in store.raw["staff"])]
    assert len(set(emails)) == len(emails)
    assert all(email.endswith(".example") for email in emails)


def test_reviews_are_about_something_there():
    for content in map(union_content, UNIONS):
        there = {(store.slug, good.slug) for store in content.stores for good in store.goods}
        there |= {(store.slug, "") for store in content.stores}
        for store, good, stars, language, title, words in content.reviews:
            assert (store, good) in there
            assert 1 <= stars <= 5
            assert language in LANGUAGES
            assert title
            assert words


@pytest.mark.parametrize("slug", UNIONS)
def test_plan_follows_from_its_keys(slug):
    content = union_content(slug)
    later = NOW + timedelta(days=3)
    assert pieces_of(plan_trade(content, until=NOW)) == pieces_of(plan_trade(content, until=later))


@pytest.mark.parametrize("hour", [1, 10, 17, 23])
@pytest.mark.parametrize("slug", UNIONS)
def test_plan_leaves_orders_at_every_step(slug, hour):
    now = NOW.replace(hour=hour)
    plan = plan_trade(union_content(slug), until=now)
    last: dict[tuple[str, str], str] = {}
    for step in steps_of(plan, until=now, holding=timedelta(days=7)):
        for part in [step.part] if step.part else step.purchase.parts:
            last[step.purchase.token, part.store] = step.move
    assert set(last.values()) == {
        *("place", "accept", "pack", "ship", "deliver", "hand_over", "complete", "cancel", "refuse")
    }
    assert all(purchase.at <= now for purchase in plan)
