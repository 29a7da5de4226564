from datetime import UTC, datetime

import pytest

from core.errors import Invalid
from core.models import OutboxEvent
from stores.models import Category, Product, StockLevel, Variant
from stores.services.catalogue import (
    CategoryLoop,
    NothingToSell,
    ProductDetails,
    SkuTaken,
    StalePrice,
    TooManyVariants,
    VariantDetails,
    archive_product,
    archive_variant,
    check_gtin,
    create_product,
    generate_variants,
    publish_product,
    restore_product,
    save_category,
    save_variant,
    set_price,
    unpublish_product,
    update_product,
)
from stores.services.catalogue.prices import WasNotDearer
from stores.services.catalogue.products import SlugTaken
from tests.factories.stores import CategoryFactory, ProductFactory, StoreFactory, TaxClassFactory, VariantFactory
from tests.factories.unions import UnionFactory

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def details(store, **changes):
    tax = changes.pop("tax_class", None) or TaxClassFactory(union=store.union)
    return ProductDetails(**{"title": "Sea salt caramels", "tax_class": tax, **changes})


def test_create_product_makes_a_hidden_product_with_a_short_name_of_its_title():
    store = StoreFactory()
    product = create_product(store=store, details=details(store, tags=["sweet", " sweet", ""]), actor=None, now=NOW)
    product.refresh_from_db()
    assert (product.slug, product.is_published, product.union_id) == ("sea-salt-caramels", False, store.union_id)
    assert product.tags == ["sweet"]


def test_create_product_finds_a_free_short_name_for_the_same_title_and_for_chinese():
    store = StoreFactory()
    first, second = (create_product(store=store, details=details(store), actor=None, now=NOW) for _ in range(2))
    assert first.slug == "sea-salt-caramels"
    assert second.slug.startswith("sea-salt-caramels-")
    chinese = create_product(store=store, details=details(store, title="鳳梨酥"), actor=None, now=NOW)
    assert chinese.slug.startswith("item-")
    assert len(chinese.slug) == len("item-") + 4


@pytest.mark.parametrize("slug", ["cart", "Not Good", "double--hyphen"])
def test_create_product_refuses_short_names_that_addresses_cannot_carry(slug):
    store = StoreFactory()
    with pytest.raises(Invalid) as refusal:
        create_product(store=store, details=details(store, slug=slug), actor=None, now=NOW)
    assert refusal.value.field == "slug"
    assert Product.objects.count() == 0


def test_create_product_refuses_a_taken_short_name_and_anothers_unions_classes():
    store = StoreFactory()
    ProductFactory(store=store, slug="taken")
    with pytest.raises(SlugTaken):
        create_product(store=store, details=details(store, slug="taken"), actor=None, now=NOW)
    with pytest.raises(Invalid) as refusal:
        create_product(store=store, details=details(store, tax_class=TaxClassFactory()), actor=None, now=NOW)
    assert refusal.value.field == "tax_class"
    with pytest.raises(Invalid) as refusal:
        create_product(store=store, details=details(store, category=CategoryFactory()), actor=None, now=NOW)
    assert refusal.value.field == "category"
    assert Product.objects.filter(store=store).count() == 1


def test_update_product_keeps_its_short_name_and_publishes_the_change():
    product = ProductFactory(slug="old-name", title="Old")
    update_product(product=product, details=details(product.store, title="New"), actor=None, now=NOW)
    product.refresh_from_db()
    assert (product.title, product.slug) == ("New", "old-name")
    event = OutboxEvent.objects.get(kind="stores.product_changed")
    assert event.payload == {"product_id": product.pk, "actor_id": None}


def test_publish_product_needs_something_to_sell():
    product = ProductFactory(is_published=False)
    with pytest.raises(NothingToSell):
        publish_product(product=product, actor=None, now=NOW)
    product.refresh_from_db()
    assert product.is_published is False
    VariantFactory(product=product)
    publish_product(product=product, actor=None, now=NOW)
    product.refresh_from_db()
    assert product.is_published is True
    unpublish_product(product=product, actor=None, now=NOW)
    product.refresh_from_db()
    assert product.is_published is False


def test_archived_product_is_hidden_and_comes_back_hidden():
    product = VariantFactory().product
    archive_product(product=product, actor=None, now=NOW)
    product.refresh_from_db()
    assert (product.is_published, product.archived_at) == (False, NOW)
    restore_product(product=product, actor=None, now=NOW)
    product.refresh_from_db()
    assert (product.is_published, product.archived_at) == (False, None)


def test_save_variant_counts_goods_and_follows_prices():
    product = ProductFactory(slug="caramels")
    variant = save_variant(product=product, details=VariantDetails(price=450, low_at=3), actor=None, now=NOW)
    assert (variant.sku, variant.version, variant.price) == ("CARAMELS", 1, 450)
    assert StockLevel.objects.get(variant=variant).low_at == 3
    second = save_variant(product=product, details=VariantDetails(price=900), actor=None, now=NOW)
    assert second.sku == "CARAMELS-2"
    product.refresh_from_db()
    assert (product.price_from, product.price_to, product.in_stock) == (450, 900, False)


def test_save_variant_of_a_service_is_not_counted():
    product = ProductFactory(kind=Product.Kind.SERVICE)
    variant = save_variant(product=product, details=VariantDetails(price=450), actor=None, now=NOW)
    assert variant.tracks_stock is False
    assert not StockLevel.objects.exists()


def test_save_variant_refuses_a_taken_sku_a_wrong_gtin_and_a_stale_version():
    variant = VariantFactory(sku="A-1", price=1000)
    other = VariantFactory(product=variant.product, sku="B-1")
    with pytest.raises(SkuTaken):
        save_variant(
            product=variant.product, details=VariantDetails(price=5, sku="A-1"), actor=None, now=NOW, variant=other
        )
    with pytest.raises(Invalid) as refusal:
        save_variant(product=variant.product, details=VariantDetails(price=5, gtin="123"), actor=None, now=NOW)
    assert refusal.value.field == "gtin"
    with pytest.raises(StalePrice) as stale:
        save_variant(
            product=variant.product,
            details=VariantDetails(price=5),
            actor=None,
            now=NOW,
            variant=variant,
            expected_version=7,
        )
    assert stale.value.facts == {"price": 1000, "version": 1}
    assert list(Variant.objects.order_by("id").values_list("sku", "price")) == [("A-1", 1000), ("B-1", 1000)]


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("", ""), ("4006381333931", "4006381333931"), ("4-006381 333931", "4006381333931"), ("96385074", "96385074")],
)
def test_check_gtin_compacts(typed, kept):
    assert check_gtin(text=typed) == kept


def test_check_gtin_refuses_a_wrong_check_digit():
    with pytest.raises(Invalid):
        check_gtin(text="4006381333930")


def test_set_price_raises_the_version_once():
    variant = VariantFactory(price=1000)
    set_price(variant=variant, price=800, was_price=1000, actor=None, now=NOW, expected_version=1)
    variant.refresh_from_db()
    assert (variant.price, variant.was_price, variant.version) == (800, 1000, 2)
    variant.product.refresh_from_db()
    assert variant.product.price_from == 800


def test_set_price_ends_a_reduction_that_the_price_overtakes():
    variant = VariantFactory(price=800, was_price=1000)
    set_price(variant=variant, price=1200, actor=None, now=NOW)
    variant.refresh_from_db()
    assert (variant.price, variant.was_price) == (1200, None)


def test_set_price_refuses_a_stale_version_and_says_the_price_of_now():
    variant = VariantFactory(price=1000)
    set_price(variant=variant, price=900, actor=None, now=NOW, expected_version=1)
    with pytest.raises(StalePrice) as refusal:
        set_price(variant=variant, price=500, actor=None, now=NOW, expected_version=1)
    assert refusal.value.facts == {"price": 900, "version": 2}
    variant.refresh_from_db()
    assert variant.price == 900


def test_set_price_refuses_below_zero_and_a_price_before_that_was_lower():
    variant = VariantFactory(price=1000)
    with pytest.raises(Invalid):
        set_price(variant=variant, price=-1, actor=None, now=NOW)
    with pytest.raises(WasNotDearer):
        set_price(variant=variant, price=900, was_price=900, actor=None, now=NOW)
    variant.refresh_from_db()
    assert (variant.price, variant.was_price, variant.version) == (1000, None, 1)


def test_generate_variants_makes_every_combination_in_order():
    product = ProductFactory(slug="shirt")
    made = generate_variants(
        product=product, options={"size": ["S", "M"], "colour": ["blue", "red"]}, price=2000, actor=None, now=NOW
    )
    assert [(variant.options, variant.sku, variant.price) for variant in made] == [
        ({"size": "S", "colour": "blue"}, "SHIRT-S-BLUE", 2000),
        ({"size": "S", "colour": "red"}, "SHIRT-S-RED", 2000),
        ({"size": "M", "colour": "blue"}, "SHIRT-M-BLUE", 2000),
        ({"size": "M", "colour": "red"}, "SHIRT-M-RED", 2000),
    ]
    product.refresh_from_db()
    assert product.option_names == ["size", "colour"]
    assert StockLevel.objects.filter(variant__product=product).count() == 4


def test_generate_variants_keeps_what_fits_and_stops_selling_the_rest():
    product = ProductFactory(slug="shirt")
    generate_variants(product=product, options={"size": ["S", "M"]}, price=2000, actor=None, now=NOW)
    Variant.objects.filter(options={"size": "M"}).update(price=2500)
    generate_variants(product=product, options={"size": ["M", "L"]}, price=3000, actor=None, now=NOW)
    rows = Variant.objects.filter(product=product).order_by("id")
    assert [(row.options["size"], row.price, row.is_active) for row in rows] == [
        ("S", 2000, False),
        ("M", 2500, True),
        ("L", 3000, True),
    ]


def test_generate_variants_turns_the_only_plain_variant_into_the_first():
    variant = VariantFactory(options={}, stock=7, price=1500)
    generate_variants(product=variant.product, options={"size": ["S", "M"]}, price=2000, actor=None, now=NOW)
    variant.refresh_from_db()
    assert (variant.options, variant.price, variant.stock.on_hand) == ({"size": "S"}, 1500, 7)
    assert Variant.objects.filter(product=variant.product).count() == 2


@pytest.mark.parametrize(
    "options",
    [{}, {"size": []}, {"": ["S"]}, {"a": ["1"], "b": ["1"], "c": ["1"], "d": ["1"]}, {"size": ["x" * 41]}],
)
def test_generate_variants_refuses_options_without_sense(options):
    product = ProductFactory()
    with pytest.raises(Invalid):
        generate_variants(product=product, options=options, price=1, actor=None, now=NOW)
    assert not Variant.objects.exists()


def test_generate_variants_refuses_too_many():
    product = ProductFactory()
    numbers = [str(number) for number in range(11)]
    with pytest.raises(TooManyVariants):
        generate_variants(product=product, options={"a": numbers, "b": numbers}, price=1, actor=None, now=NOW)
    assert not Variant.objects.exists()


def test_archive_variant_takes_its_price_out_of_the_range():
    cheap = VariantFactory(price=500)
    VariantFactory(product=cheap.product, price=900)
    archive_variant(variant=cheap, actor=None, now=NOW)
    cheap.product.refresh_from_db()
    assert (cheap.is_active, cheap.product.price_from, cheap.product.price_to) == (False, 900, 900)


def test_save_category_keeps_the_ancestors_of_all_below():
    union = UnionFactory()
    food = save_category(union=union, name="Food", slug="food")
    sweets = save_category(union=union, name="Sweets", slug="sweets", parent=food)
    fudge = save_category(union=union, name="Fudge", slug="fudge", parent=sweets)
    gifts = save_category(union=union, name="Gifts", slug="gifts")
    sweets.refresh_from_db()
    save_category(union=union, name="Sweets", slug="sweets", parent=gifts, category=sweets)
    fudge.refresh_from_db()
    assert fudge.ancestors == [gifts.pk, sweets.pk]
    assert Category.objects.get(pk=food.pk).ancestors == []
    with pytest.raises(CategoryLoop):
        save_category(union=union, name="Gifts", slug="gifts", parent=fudge, category=gifts)
    gifts.refresh_from_db()
    assert gifts.parent_id is None
