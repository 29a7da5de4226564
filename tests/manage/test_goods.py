import io
import json
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from stores.models import Picture, Product, StockMovement, Variant
from tests.factories.stores import CategoryFactory, ProductFactory, TaxClassFactory, VariantFactory

pytestmark = pytest.mark.django_db


def new_product(shop, **changes):
    tax = TaxClassFactory(union=shop.store.union)
    form = {"title": "Saffron bun", "price": "1.80", "pieces": "12", "kind": "goods", "tax_class": tax.pk, "once": "a"}
    return shop.url("catalogue-new/"), {**form, **changes}


def test_new_product_has_its_price_and_its_first_stock(shop):
    url, form = new_product(shop, tags="sweet, cornish", gtin="4006381333931")
    answer = shop.owner().post(url, form)
    product = Product.objects.get(title="Saffron bun")
    assert (answer.status_code, answer.headers["Location"]) == (302, shop.url("catalogue/saffron-bun/"))
    assert (product.tags, product.is_published, product.price_from, product.in_stock) == (
        ["sweet", "cornish"],
        False,
        180,
        True,
    )
    variant = product.variants.get()
    assert (variant.price, variant.gtin, variant.stock.on_hand) == (180, "4006381333931", 12)


def test_tags_stand_between_the_commas_of_any_keyboard(shop):
    url, form = new_product(shop, tags="甜，在地、麵包, 手作")
    shop.owner().post(url, form)
    assert Product.objects.get(title="Saffron bun").tags == ["甜", "在地", "麵包", "手作"]


def test_new_product_sent_twice_is_made_once(shop):
    url, form = new_product(shop)
    client = shop.owner()
    answers = [client.post(url, form) for _ in range(2)]
    assert {answer.headers["Location"] for answer in answers} == {shop.url("catalogue/saffron-bun/")}
    assert Product.objects.filter(title="Saffron bun").count() == 1
    assert StockMovement.objects.filter(variant__product__title="Saffron bun").count() == 1
    client.post(url, {**form, "once": "b"})
    assert Product.objects.filter(title="Saffron bun").count() == 2


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"title": ""}, "title"), ({"price": "-1"}, "price"), ({"price": "1.234"}, "price"), ({"gtin": "12"}, "gtin")],
)
def test_new_product_refused_keeps_what_was_typed(shop, changes, field):
    url, form = new_product(shop, **{"description": "Baked at five.", **changes})
    answer = shop.owner().post(url, form)
    assert answer.status_code == 200
    assert field in answer.context["form"].errors
    assert "Baked at five." in answer.content.decode()
    assert not Product.objects.filter(title="Saffron bun").exists()


def test_new_product_refuses_a_tax_class_of_another_union(shop):
    url, form = new_product(shop, tax_class=TaxClassFactory().pk)
    assert "tax_class" in shop.owner().post(url, form).context["form"].errors


def test_new_product_has_the_usual_tax_or_none(shop):
    union, url = shop.store.union, shop.url("catalogue-new/")
    usual = TaxClassFactory(union=union)
    TaxClassFactory(union=union, code="exempt", name="Exempt", rate_bp=0)
    client = shop.owner()

    assert f'<option value="{usual.pk}" selected>' in client.get(url).content.decode()

    usual.code = "usual"
    usual.save()
    shown = client.get(url).content.decode()
    tax = re.search(r'<select name="tax_class".*?</select>', shown, re.S)[0]
    assert '<option value="" selected>Choose one</option>' in tax
    assert "tax_class" in client.post(url, new_product(shop, tax_class="")[1]).context["form"].errors


@pytest.mark.parametrize(("typed", "price"), [("1,250", 125000), ("1,250.50", 125050), ("1250", 125000), (" .5 ", 50)])
def test_a_price_is_read_as_people_write_it(shop, typed, price):
    url, form = new_product(shop, price=typed)
    shop.owner().post(url, form)
    assert Product.objects.get(title="Saffron bun").price_from == price


@pytest.mark.parametrize("typed", ["1e5", "1,25", "12,50.00", "NaN", "1 250", "１２"])
def test_a_price_that_may_mean_something_else_is_refused(shop, typed):
    url, form = new_product(shop, price=typed)
    answer = shop.owner().post(url, form)
    assert answer.context["form"].errors["price"] == ["Enter a number."]
    assert not Product.objects.filter(title="Saffron bun").exists()


def test_catalogue_is_searched_and_filtered(shop):
    bread = CategoryFactory(union=shop.store.union, name="Bread")
    sourdough = CategoryFactory(parent=bread, name="Sourdough")
    Product.objects.filter(pk=shop.product.pk).update(category=sourdough)
    hidden = ProductFactory(store=shop.store, title="Hidden jam", is_published=False, tags=["sweet"])
    ProductFactory(title="Of another store")
    client = shop.owner()

    def titles(query):
        return [product.title for product in client.get(shop.url(f"catalogue/?{query}")).context["page"].object_list]

    assert titles("") == ["Hidden jam", "Seeded loaf"]
    assert titles("q=LOAF-1") == ["Seeded loaf"]
    assert titles("q=sweet") == ["Hidden jam"]
    assert titles("q=nothing+fits") == []
    assert titles("state=hidden") == ["Hidden jam"]
    assert titles(f"category={bread.pk}") == ["Seeded loaf"]
    client.post(shop.url(f"catalogue/{hidden.slug}/archive/"))
    assert titles("") == ["Seeded loaf"]
    assert titles("state=archived") == ["Hidden jam"]


def test_catalogue_says_how_many_are_available(shop):
    VariantFactory(product=shop.product, stock=4)
    row = shop.owner().get(shop.url("catalogue/")).context["page"].object_list[0]
    assert (row.available, row.variant_count) == (14, 2)


def test_product_is_edited_with_its_translations(shop):
    shop.store.union.languages = ["en", "ko"]
    shop.store.union.save()
    form = {
        "title": "Dark loaf",
        "slug": "dark-loaf",
        "kind": "goods",
        "tax_class": shop.product.tax_class_id,
        "tags": "",
        "title_ko": "호밀빵",
    }
    answer = shop.owner().post(shop.url("catalogue/loaf/"), form)
    assert answer.headers["Location"] == shop.url("catalogue/dark-loaf/")
    shop.product.refresh_from_db()
    assert (shop.product.title, shop.product.translations) == ("Dark loaf", {"ko": {"title": "호밀빵"}})


def test_product_refuses_a_taken_short_name_beside_its_field(shop):
    ProductFactory(store=shop.store, slug="taken")
    form = {"title": "Loaf", "slug": "taken", "kind": "goods", "tax_class": shop.product.tax_class_id, "tags": ""}
    answer = shop.owner().post(shop.url("catalogue/loaf/"), form)
    assert answer.context["form"].errors["slug"] == ["This store has a product with this short name already."]
    shop.product.refresh_from_db()
    assert (shop.product.slug, shop.product.title) == ("loaf", "Seeded loaf")


def test_product_is_hidden_and_shown(shop):
    client = shop.owner()
    for change, shown in (("unpublish", False), ("publish", True)):
        client.post(shop.url(f"catalogue/loaf/{change}/"))
        shop.product.refresh_from_db()
        assert shop.product.is_published is shown
    assert client.post(shop.url("catalogue/loaf/explode/")).status_code == 404


def test_product_without_a_sold_variant_is_not_shown(shop):
    client = shop.owner()
    client.post(shop.url("catalogue/loaf/unpublish/"))
    client.post(shop.url("catalogue/loaf/variants/archive/"), {"variant": shop.variant.pk})
    answer = client.post(shop.url("catalogue/loaf/publish/"), follow=True)
    assert "Give it at least one variant" in answer.content.decode()
    shop.product.refresh_from_db()
    assert shop.product.is_published is False


def test_price_changes_in_its_row(shop):
    answer = shop.owner().post(
        shop.url("catalogue/loaf/price/"),
        {"variant": shop.variant.pk, "version": 1, "price": "4.10"},
        headers={"HX-Request": "true"},
    )
    shop.variant.refresh_from_db()
    assert (shop.variant.price, shop.variant.version) == (410, 2)
    assert 'value="4.10"' in answer.content.decode()
    assert 'name="version" value="2"' in answer.content.decode()
    assert json.loads(answer["HX-Trigger"]) == {
        "toast": {"text": "The new price holds from now on.", "kind": "success"}
    }


def test_price_that_someone_else_changed_is_shown_and_the_typed_one_kept(shop):
    client = shop.owner()
    form = {"variant": shop.variant.pk, "version": 1, "price": "4.10"}
    client.post(shop.url("catalogue/loaf/price/"), form)
    answer = client.post(
        shop.url("catalogue/loaf/price/"), {**form, "price": "3.00"}, headers={"HX-Request": "true"}
    ).content.decode()
    assert "Someone has changed this price in the meantime" in answer
    assert "Now: £4.10." in answer
    assert 'value="3.00"' in answer
    shop.variant.refresh_from_db()
    assert shop.variant.price == 410


def test_price_of_another_stores_variant_does_not_exist_here(shop):
    other = VariantFactory()
    url = shop.url("catalogue/loaf/price/")
    assert shop.owner().post(url, {"variant": other.pk, "version": 1, "price": "1"}).status_code == 404
    other.refresh_from_db()
    assert other.price == 1000


def test_options_make_variants(shop):
    form = {"options-name_0": "Size", "options-values_0": "small, large", "options-price": "5"}
    answer = shop.owner().post(shop.url("catalogue/loaf/options/"), form)
    assert answer.status_code == 302
    rows = Variant.objects.filter(product=shop.product).order_by("position")
    assert [(row.sku, row.options, row.price) for row in rows] == [
        ("LOAF-1", {"Size": "small"}, 380),
        ("LOAF-LARGE", {"Size": "large"}, 500),
    ]


def test_option_values_stand_between_the_commas_of_any_keyboard(shop):
    form = {"options-name_0": "尺寸", "options-values_0": "小、中，大", "options-price": "5"}
    shop.owner().post(shop.url("catalogue/loaf/options/"), form)
    rows = Variant.objects.filter(product=shop.product).order_by("position")
    assert [row.options for row in rows] == [{"尺寸": "小"}, {"尺寸": "中"}, {"尺寸": "大"}]


def test_options_refused_stay_on_the_page(shop):
    form = {"options-name_0": "Size", "options-values_0": " , ", "options-price": "5"}
    answer = shop.owner().post(shop.url("catalogue/loaf/options/"), form)
    assert answer.status_code == 200
    assert answer.context["options"].errors
    assert Variant.objects.filter(product=shop.product).count() == 1


def test_variant_is_added_and_changed(shop):
    client = shop.owner()
    url = shop.url("catalogue/loaf/variant/")
    client.post(url, {"price": "5.00", "sku": "LOAF-2", "tracks_stock": "on", "low_at": "3", "once": "a"})
    variant = Variant.objects.get(sku="LOAF-2")
    assert (variant.price, variant.stock.low_at) == (500, 3)
    form = {"price": "4.00", "was_price": "5.00", "sku": "LOAF-2", "tracks_stock": "on", "version": variant.version}
    client.post(f"{url}?id={variant.pk}", {**form, "once": "b"})
    variant.refresh_from_db()
    assert (variant.price, variant.was_price, variant.version) == (400, 500, 2)
    answer = client.post(f"{url}?id={variant.pk}", {**form, "price": "3.00", "once": "c"})
    assert "price" in answer.context["form"].errors
    assert re.search(r'name="version" value="2"', answer.content.decode())
    variant.refresh_from_db()
    assert variant.price == 400


def picture(colour="teal"):
    buffer = io.BytesIO()
    Image.new("RGB", (400, 300), colour).save(buffer, "PNG")
    return SimpleUploadedFile("cake.png", buffer.getvalue(), content_type="image/png")


def test_picture_is_uploaded_once_and_waits_for_its_sizes(shop):
    client = shop.owner()
    url = shop.url("catalogue/loaf/pictures/")
    for _ in range(2):
        client.post(url, {"picture-file": picture(), "picture-alt": "A loaf", "once": "a"})
    row = Picture.objects.get()
    assert (row.alt, row.sizes) == ("A loaf", [])
    page = client.get(url, headers={"HX-Request": "true"}).content.decode()
    assert "Being prepared…" in page
    assert 'hx-trigger="every 1500ms"' in page


def test_picture_that_is_none_is_refused_beside_its_field(shop):
    file = SimpleUploadedFile("cake.png", b"not a picture", content_type="image/png")
    answer = shop.owner().post(shop.url("catalogue/loaf/pictures/"), {"picture-file": file, "picture-alt": "Kept"})
    assert answer.status_code == 200
    assert answer.context["picture"].errors["file"] == [
        "This file is not a picture we can read. Send a JPEG, PNG, WebP, AVIF or GIF."
    ]
    assert 'value="Kept"' in answer.content.decode()
    assert not Picture.objects.exists()


def test_pictures_are_described_moved_and_deleted(shop):
    rows = [Picture.objects.create(union=shop.store.union, product=shop.product, position=at) for at in range(2)]
    client = shop.owner()
    url = shop.url("catalogue/loaf/pictures/")
    client.post(f"{url}describe/", {"picture": rows[0].pk, "alt": "A loaf"})
    client.post(f"{url}later/", {"picture": rows[0].pk})
    assert list(shop.product.pictures.values_list("pk", "alt")) == [(rows[1].pk, ""), (rows[0].pk, "A loaf")]
    client.post(f"{url}delete/", {"picture": rows[1].pk})
    assert list(shop.product.pictures.values_list("pk", flat=True)) == [rows[0].pk]
    elsewhere = VariantFactory().product
    foreign = Picture.objects.create(union=elsewhere.union, product=elsewhere)
    assert client.post(f"{url}delete/", {"picture": foreign.pk}).status_code == 404
    assert Picture.objects.filter(pk=foreign.pk).exists()
