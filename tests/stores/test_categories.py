"""The union's tree of goods: moved by steps, merged with its addresses."""

import pytest
from django.test import Client

from core.errors import Invalid
from stores.models import Category, CategoryAlias
from stores.services.catalogue import CategoryLoop, save_category
from stores.services.catalogue.categories import merge_category, move_category
from tests.factories.stores import CategoryFactory, ProductFactory, StoreFactory, VariantFactory
from tests.factories.unions import UnionFactory, UnionStaffFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def union():
    """Food (Bread, Cheese) and Tools."""
    union = UnionFactory()
    food = CategoryFactory(union=union, slug="food", name="Food", position=0)
    CategoryFactory(parent=food, slug="bread", name="Bread", position=0)
    CategoryFactory(parent=food, slug="cheese", name="Cheese", position=1)
    CategoryFactory(union=union, slug="tools", name="Tools", position=1)
    return union


def one(slug):
    return Category.objects.get(slug=slug)


def tree(union):
    rows = Category.objects.filter(union=union).order_by("position", "name")
    names = {row.pk: row.slug for row in rows}
    return [(row.slug, [names[pk] for pk in row.ancestors]) for row in rows]


@pytest.mark.parametrize(
    ("slug", "move", "after"),
    [
        ("cheese", "up", [("cheese", ["food"]), ("bread", ["food"])]),
        ("bread", "down", [("cheese", ["food"]), ("bread", ["food"])]),
        ("bread", "up", [("bread", ["food"]), ("cheese", ["food"])]),
        ("cheese", "in", [("bread", ["food"]), ("cheese", ["food", "bread"])]),
        ("bread", "in", [("bread", ["food"]), ("cheese", ["food"])]),
        ("food", "out", [("bread", ["food"]), ("cheese", ["food"])]),
        ("tools", "in", [("bread", ["food"]), ("cheese", ["food"])]),
    ],
)
def test_a_step_moves_one_category(union, slug, move, after):
    move_category(category=one(slug), move=move)
    assert [row for row in tree(union) if row[0] in ("bread", "cheese")] == after
    if slug == "tools":
        assert ("tools", ["food"]) in tree(union)


def test_a_category_goes_out_behind_its_parent_with_all_below_it(union):
    save_category(union=union, name="Rolls", slug="rolls", parent=one("bread"))
    move_category(category=one("bread"), move="out")
    assert [row[0] for row in tree(union) if not row[1]] == ["food", "bread", "tools"]
    assert ("rolls", ["bread"]) in tree(union)


def test_merging_moves_goods_and_what_stands_below_and_leaves_the_address(union):
    product = ProductFactory(store=StoreFactory(union=union), category=one("food"))
    VariantFactory(product=product)
    merge_category(category=one("food"), into=one("tools"))
    product.refresh_from_db()
    assert product.category.slug == "tools"
    assert tree(union) == [("bread", ["tools"]), ("cheese", ["tools"]), ("tools", [])]
    answer = Client().get(f"/u/{union.slug}/search/?q=x&category=food&category=cheese")
    assert (answer.status_code, answer.headers["Location"]) == (
        301,
        f"/u/{union.slug}/search/?q=x&category=tools&category=cheese",
    )
    store = f"/u/{union.slug}/{product.store.slug}/"
    assert Client().get(f"{store}?category=food").headers["Location"] == f"{store}?category=tools"


def test_addresses_of_chains_of_merges_lead_to_the_last(union):
    merge_category(category=one("bread"), into=one("cheese"))
    merge_category(category=one("cheese"), into=one("tools"))
    assert dict(CategoryAlias.objects.values_list("slug", "category__slug")) == {"bread": "tools", "cheese": "tools"}
    save_category(union=union, name="Bread", slug="bread")
    assert dict(CategoryAlias.objects.values_list("slug", "category__slug")) == {"cheese": "tools"}


def test_merging_below_itself_or_elsewhere_is_refused(union):
    with pytest.raises(CategoryLoop):
        merge_category(category=one("food"), into=one("bread"))
    for other in (one("food"), CategoryFactory()):
        with pytest.raises(Invalid):
            merge_category(category=one("food"), into=other)
    assert Category.objects.filter(union=union).count() == 4


def test_the_office_moves_and_merges_on_its_page_and_no_other_does(union):
    office, other = Client(), Client()
    office.force_login(UnionStaffFactory(union=union).user)
    other.force_login(UnionStaffFactory().user)
    address = "/admin/stores/category/tree/"
    page = office.get(address)
    assert [node.slug for node in page.context["nodes"]] == ["food", "bread", "cheese", "tools"]
    answer = office.post(f"{address}?union={union.pk}", {"category": one("cheese").pk, "move": "up"})
    assert answer.headers["Location"].endswith(f"focus=up-{one('cheese').pk}")
    assert tree(union)[0][0] in ("cheese", "food")
    assert other.post(f"{address}?union={union.pk}", {"category": one("bread").pk, "move": "out"}).status_code == 404
    office.post(f"{address}?union={union.pk}", {"category": one("bread").pk, "move": "merge", "into": one("tools").pk})
    assert not Category.objects.filter(slug="bread").exists()
