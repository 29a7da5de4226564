import json

import pytest
from django.core.management import call_command

from unions.models import BusinessClass
from unions.queries import class_tree, top_classes
from unions.services.classes import BadClassFile, load_business_classes

pytestmark = pytest.mark.django_db

SMALL = {
    "sections": [
        {
            "section": "g",
            "description": "Trade",
            "divisions": [
                {
                    "division": "47",
                    "description": "Retail",
                    "groups": [
                        {
                            "group": "477",
                            "description": "Other goods",
                            "classes": [{"class": "4771", "description": "Clothing"}],
                        }
                    ],
                }
            ],
        }
    ]
}


@pytest.fixture
def small_file(tmp_path):
    path = tmp_path / "classes.json"
    path.write_text(json.dumps(SMALL), encoding="utf-8")
    return path


def test_a_fresh_installation_has_sections_and_divisions_in_three_languages():
    assert BusinessClass.objects.filter(level="section").count() == 21
    assert BusinessClass.objects.filter(level="division").count() == 88
    retail = BusinessClass.objects.get(pk="47")
    assert (retail.parent_id, retail.ancestors) == ("G", ["G", "47"])
    for node in BusinessClass.objects.all():
        assert node.translations["zh-hant"]["title"]
        assert node.translations["ko"]["title"]


def test_a_file_brings_groups_and_classes_and_keeps_translations(small_file):
    korean = BusinessClass.objects.get(pk="47").translations["ko"]["title"]

    assert load_business_classes(path=small_file) == 4

    leaf = BusinessClass.objects.get(pk="4771")
    assert (leaf.level, leaf.parent_id, leaf.ancestors, leaf.title) == (
        "class",
        "477",
        ["G", "47", "477", "4771"],
        "Clothing",
    )
    retail = BusinessClass.objects.get(pk="47")
    assert (retail.title, retail.translations["ko"]["title"]) == ("Retail", korean)
    assert BusinessClass.objects.count() == 111


def test_loading_twice_changes_nothing(small_file):
    load_business_classes(path=small_file)
    before = list(BusinessClass.objects.order_by("code").values())

    load_business_classes(path=small_file)

    assert list(BusinessClass.objects.order_by("code").values()) == before


def test_migrating_again_leaves_what_a_file_brought(small_file):
    load_business_classes(path=small_file)

    call_command("migrate", verbosity=0)

    assert BusinessClass.objects.get(pk="47").title == "Retail"


@pytest.mark.parametrize(
    "content",
    ["not json", "[]", '{"sections": [{"section": "gg", "description": "x"}]}', '{"sections": [{"section": "g"}]}'],
)
def test_a_wrong_file_changes_nothing(tmp_path, content):
    path = tmp_path / "classes.json"
    path.write_text(content)
    before = list(BusinessClass.objects.order_by("code").values())

    with pytest.raises(BadClassFile):
        load_business_classes(path=path)

    assert list(BusinessClass.objects.order_by("code").values()) == before


def test_class_tree_brings_what_is_above():
    assert [node.code for node in class_tree(["47", "A"])] == ["A", "G", "47"]
    assert class_tree([]) == []


def test_top_classes_follow_the_classification():
    codes = [node.code for node in top_classes()]
    assert codes[:5] == ["A", "01", "02", "03", "B"]
    assert len(codes) == 109
