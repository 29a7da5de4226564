"""The union's tree of goods: moved by steps, merged with its addresses."""

import re

import pytest
from django.test import Client

from core.errors import Invalid, NotFound
from stores.models import Category, CategoryAlias
from stores.services.catalogue import CategoryLoop, save_category
from stores.services.catalogue.categories import merge_category, move_category
from tests.factories.stores import CategoryFactory, ProductFactory, StoreFactory, VariantFactory
from tests.factories.unions import UnionFactory, UnionStaffFactory
from tests.stores.supply import NOW
from unions.models import AuditEntry

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
    move_category(category=one(slug), move=move, actor=None, now=NOW)
    assert [row for row in tree(union) if row[0] in ("bread", "cheese")] == after
    if slug == "tools":
        assert ("tools", ["food"]) in tree(union)


def test_a_category_goes_out_behind_its_parent_with_all_below_it(union):
    save_category(union=union, name="Rolls", slug="rolls", parent=one("bread"))
    move_category(category=one("bread"), move="out", actor=None, now=NOW)
    assert [row[0] for row in tree(union) if not row[1]] == ["food", "bread", "tools"]
    assert ("rolls", ["bread"]) in tree(union)


def test_merging_moves_goods_and_what_stands_below_and_leaves_the_address(union):
    product = ProductFactory(store=StoreFactory(union=union), category=one("food"))
    VariantFactory(product=product)
    merge_category(category=one("food"), into=one("tools"), actor=None, now=NOW)
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
    merge_category(category=one("bread"), into=one("cheese"), actor=None, now=NOW)
    merge_category(category=one("cheese"), into=one("tools"), actor=None, now=NOW)
    assert dict(CategoryAlias.objects.values_list("slug", "category__slug")) == {"bread": "tools", "cheese": "tools"}
    save_category(union=union, name="Bread", slug="bread")
    assert dict(CategoryAlias.objects.values_list("slug", "category__slug")) == {"cheese": "tools"}


def test_what_is_merged_already_is_not_merged_twice(union):
    bread = one("bread")
    merge_category(category=bread, into=one("cheese"), actor=None, now=NOW)
    with pytest.raises(NotFound):
        merge_category(category=bread, into=one("tools"), actor=None, now=NOW)
    assert dict(CategoryAlias.objects.values_list("slug", "category__slug")) == {"bread": "cheese"}
    assert AuditEntry.objects.count() == 1


def test_merging_below_itself_or_elsewhere_is_refused(union):
    with pytest.raises(CategoryLoop):
        merge_category(category=one("food"), into=one("bread"), actor=None, now=NOW)
    for other in (one("food"), CategoryFactory()):
        with pytest.raises(Invalid):
            merge_category(category=one("food"), into=other, actor=None, now=NOW)
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
    asked = {"category": one("bread").pk, "move": "merge", "into": one("tools").pk}
    assert other.post(f"{address}?union={union.pk}", {**asked, "confirmed": "1"}).status_code == 404
    assert Category.objects.filter(slug="bread").exists()


def test_merging_is_asked_about_with_both_names_and_all_that_moves(union):
    store = StoreFactory(union=union)
    for _number in range(2):
        VariantFactory(product=ProductFactory(store=store, category=one("food")))
    office = Client()
    office.force_login(UnionStaffFactory(union=union).user)
    address = f"/admin/stores/category/tree/?union={union.pk}"
    told = {"category": str(one("food").pk), "move": "merge", "into": str(one("tools").pk)}
    page = office.post(address, told)
    body = page.content.decode()
    for words in (
        "Merge “Food” into “Tools”?",
        "2 articles go to “Tools”.",
        "2 categories below it come along.",
        "“Food” is gone then; its addresses lead to “Tools”.",
    ):
        assert words in body
    assert (page.status_code, Category.objects.count(), AuditEntry.objects.count()) == (200, 4, 0)
    # The page asks by a form of its own that carries everything along.
    sent = dict(re.findall(r'<input type="hidden" name="(\w+)" value="(\w+)">', body))
    sent.pop("csrfmiddlewaretoken", None)
    assert sent == {**told, "confirmed": "1"}
    office.post(address, sent)
    assert tree(union) == [("bread", ["tools"]), ("cheese", ["tools"]), ("tools", [])]


def test_a_merge_that_cannot_be_is_refused_before_it_is_asked_about(union):
    office = Client()
    office.force_login(UnionStaffFactory(union=union).user)
    address = f"/admin/stores/category/tree/?union={union.pk}"
    for into, said in (("bread", "A category cannot stand below itself."), ("food", "Choose another category")):
        told = {"category": one("food").pk, "move": "merge", "into": one(into).pk}
        assert said in office.post(address, told, follow=True).content.decode()
    told = {"category": one("food").pk, "move": "merge", "into": ""}
    assert "Choose the category that remains." in office.post(address, told, follow=True).content.decode()
    assert (Category.objects.count(), AuditEntry.objects.count()) == (4, 0)


def test_moves_and_merges_stand_in_the_audit_log(union):
    user = UnionStaffFactory(union=union).user
    office = Client()
    office.force_login(user)
    address = f"/admin/stores/category/tree/?union={union.pk}"
    gone = one("food").pk
    VariantFactory(product=ProductFactory(store=StoreFactory(union=union), category=one("food")))
    for slug, move in (("cheese", "up"), ("bread", "out"), ("cheese", "up")):
        office.post(address, {"category": one(slug).pk, "move": move})
    office.post(address, {"category": gone, "move": "merge", "into": one("tools").pk, "confirmed": "1"})
    entries = AuditEntry.objects.order_by("pk")
    assert list(entries.values_list("verb", "name", "words", "changes")) == [
        ("moved", "Cheese", "", {"place in the tree": ["Food › Cheese (2)", "Food › Cheese (1)"]}),
        ("moved", "Bread", "", {"place in the tree": ["Food › Bread (2)", "Bread (2)"]}),
        ("deleted", "Food", "Merged into “Tools”, 1 article with it", {}),
    ]
    assert set(entries.values_list("union", "actor", "address")) == {(union.pk, user.pk, "127.0.0.1")}
    assert entries.last().thing == str(gone)


def test_without_its_entry_in_the_log_nothing_moves(union, monkeypatch):
    def fails(**_about):
        raise OSError

    monkeypatch.setattr("stores.services.catalogue.categories.note_deed", fails)
    before = tree(union)
    with pytest.raises(OSError):
        move_category(category=one("cheese"), move="up", actor=None, now=NOW)
    with pytest.raises(OSError):
        merge_category(category=one("bread"), into=one("tools"), actor=None, now=NOW)
    assert tree(union) == before
