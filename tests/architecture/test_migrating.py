"""Our `migrate` keeps the classes of a state where Django would build nearly all of them anew."""

from django.db import migrations, models
from django.db.migrations.state import ModelState, ProjectState

from martunion.management.commands.migrate import options_in_place


def a_shop_and_its_goods() -> ProjectState:
    state = ProjectState()
    number = models.IntegerField()
    state.add_model(ModelState("app", "Shop", [("id", models.AutoField(primary_key=True)), ("number", number)]))
    shop = models.ForeignKey("app.Shop", models.CASCADE)
    state.add_model(ModelState("app", "Good", [("id", models.AutoField(primary_key=True)), ("shop", shop)]))
    return state


ADDED = [
    migrations.AddIndex("shop", models.Index(fields=["number"], name="shop_by_number")),
    migrations.AddConstraint("shop", models.CheckConstraint(condition=models.Q(number__gt=0), name="shop_number")),
]


def test_index_and_constraint_are_known_without_building_a_class():
    state = a_shop_and_its_goods()
    shop, good = (state.apps.get_model("app", name) for name in ("Shop", "Good"))
    with options_in_place():
        for operation in ADDED:
            operation.state_forwards("app", state)
    assert state.apps.get_model("app", "Shop") is shop
    assert state.apps.get_model("app", "Good") is good
    assert [index.name for index in shop._meta.indexes] == ["shop_by_number"]
    assert [constraint.name for constraint in shop._meta.constraints] == ["shop_number"]
    # The same as without: what a later migration reads, also when the classes are built again.
    usual = a_shop_and_its_goods()
    for operation in ADDED:
        operation.state_forwards("app", usual)
    assert state == usual
    assert state.models["app", "shop"].options == usual.models["app", "shop"].options


def test_outside_of_it_django_is_as_it_was():
    state = a_shop_and_its_goods()
    shop = state.apps.get_model("app", "Shop")
    with options_in_place():
        pass
    ADDED[0].state_forwards("app", state)
    assert state.apps.get_model("app", "Shop") is not shop
