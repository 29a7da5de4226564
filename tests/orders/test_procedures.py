"""Procedures of a store: their steps, versions and uses."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from core.errors import Invalid, NotFound, WrongState, constraint_of
from orders.models import OrderLine, Procedure, ProcedureAssignment, ProcedureStep, ProcedureVersion
from orders.queries.procedures import draft_of, newest_version, steps_of, store_procedures, version_for
from orders.services.procedures import (
    StepWish,
    add_step,
    assign,
    change_step,
    copy_procedure,
    create_procedure,
    discard_draft,
    move_step,
    publish_draft,
    publish_whole,
    remove_step,
    retire_procedure,
    unassign,
)
from tests.factories.accounts import UserFactory
from tests.factories.orders import NOW, OrderFactory
from tests.factories.procedures import WAY, published
from tests.factories.stores import CategoryFactory, StoreFactory, StoreStaffFactory, VariantFactory

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(days=1)


@pytest.fixture
def store():
    return StoreFactory()


def titles(procedure: Procedure) -> list[str]:
    version = draft_of(procedure) or newest_version(procedure)
    return [step.title for step in steps_of(version)]


def test_steps_are_added_moved_changed_and_removed(store):
    procedure = create_procedure(union=store.union, store=store, name="  Repairs  ", now=NOW)
    first, second, third = (add_step(procedure=procedure, wish=StepWish(title)) for title in ("One", "Two", "Three"))
    change_step(
        procedure=procedure, key=third.key, wish=StepWish("Three", due_from="step", due_key=first.key, due_count=1)
    )
    move_step(procedure=procedure, key=third.key, up=True)
    assert titles(procedure) == ["One", "Three", "Two"]
    move_step(procedure=procedure, key=first.key, up=False)
    assert titles(procedure) == ["Three", "One", "Two"]
    # It cannot be counted from what comes later.
    third.refresh_from_db()
    assert (third.position, third.due_from, third.due_key) == (1, "previous", "")
    move_step(procedure=procedure, key=third.key, up=True)
    remove_step(procedure=procedure, key=second.key)
    assert titles(procedure) == ["Three", "One"]
    assert procedure.name == "Repairs"
    with pytest.raises(NotFound):
        remove_step(procedure=procedure, key=second.key)


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        (StepWish("  "), "title"),
        (StepWish("x" * 81), "title"),
        (StepWish("Tell", tells=True), "promise"),
        (StepWish("Deposit", kind="take_deposit"), "deposit"),
        (StepWish("Deposit", kind="take_deposit", deposit=100, moves="pack"), "moves"),
        (StepWish("Late", due_count=5000, due_unit="hours"), "due_count"),
        (StepWish("After", due_from="step", due_key="nothing"), "due_key"),
        (StepWish("List", checklist=["x"] * 16), "checklist"),
        (StepWish("Kind", kind="dance"), "kind"),
    ],
)
def test_step_that_cannot_be_is_refused(store, wish, field):
    procedure = create_procedure(union=store.union, store=store, name="Repairs", now=NOW)
    with pytest.raises(Invalid) as refusal:
        add_step(procedure=procedure, wish=wish)
    assert refusal.value.field == field
    assert ProcedureStep.objects.count() == 0


def test_person_of_a_step_must_be_able_to_do_it(store):
    procedure = create_procedure(union=store.union, store=store, name="Repairs", now=NOW)
    packer = StoreStaffFactory(store=store, permissions=["orders"]).user
    assert add_step(procedure=procedure, wish=StepWish("Pack", person=packer)).person == packer
    for person, permission in ((packer, "console"), (UserFactory(), "orders")):
        with pytest.raises(Invalid):
            add_step(procedure=procedure, wish=StepWish("Call", person=person, permission=permission))


def test_published_steps_never_change(store):
    procedure = published(store)
    step = ProcedureStep.objects.filter(title="Pack").get()
    for change in (
        lambda: ProcedureStep.objects.filter(pk=step.pk).update(title="Other"),
        lambda: ProcedureStep.objects.filter(pk=step.pk).delete(),
        lambda: ProcedureStep.objects.create(union=store.union, version=step.version, position=9, key="k", title="New"),
    ):
        with pytest.raises(IntegrityError) as refusal, transaction.atomic():
            change()
        assert constraint_of(refusal.value) == "procedure_step_published_stays"
    assert titles(procedure) == [wish.title for wish in WAY]


def test_person_who_is_erased_is_forgotten_also_in_published_steps(store):
    packer = StoreStaffFactory(store=store, permissions=["orders"]).user
    published(store, StepWish("Pack", person=packer))
    packer.delete()
    assert ProcedureStep.objects.get().person is None


def test_editing_a_published_procedure_begins_a_draft_that_nobody_walks_by(store):
    procedure = published(store)
    assign(store=store, procedure=procedure)
    key = ProcedureStep.objects.get(title="Call back").key
    change_step(procedure=procedure, key=key, wish=StepWish("Ring", permission="console"))
    order = OrderFactory(store=store)
    assert version_for(order, at=LATER).number == 1
    assert [step.title for step in steps_of(newest_version(procedure))][-1] == "Call back"
    publish_draft(procedure=procedure, actor=None, now=NOW)
    assert version_for(order, at=LATER).number == 2
    assert version_for(order, at=NOW - timedelta(minutes=1)).number == 1
    assert ProcedureStep.objects.filter(key=key).count() == 2
    with pytest.raises(WrongState):
        publish_draft(procedure=procedure, actor=None, now=NOW)


def test_draft_can_be_thrown_away_once_something_is_published(store):
    fresh = create_procedure(union=store.union, store=store, name="Fresh", now=NOW)
    with pytest.raises(WrongState):
        discard_draft(procedure=fresh)
    procedure = published(store)
    add_step(procedure=procedure, wish=StepWish("More"))
    discard_draft(procedure=procedure)
    assert (draft_of(procedure), len(titles(procedure))) == (None, len(WAY))


@pytest.mark.parametrize("moves", [("pack", "accept"), ("accept", "accept")])
def test_moves_out_of_order_are_not_published(store, moves):
    procedure = create_procedure(union=store.union, store=store, name="Wrong", now=NOW)
    with pytest.raises(Invalid):
        publish_draft(procedure=procedure, actor=None, now=NOW)
    for move in moves:
        add_step(procedure=procedure, wish=StepWish(move, moves=move))
    with pytest.raises(Invalid):
        publish_draft(procedure=procedure, actor=None, now=NOW)
    assert newest_version(procedure) is None


def test_whole_steps_keep_the_keys_they_had(store):
    procedure = published(store)
    kept = ProcedureStep.objects.get(title="Pack").key
    version = publish_whole(
        procedure=procedure, wishes=[StepWish("Wrap", key=kept, moves="pack"), StepWish("Other", key="made-up")],
        actor=None, now=LATER,
    )  # fmt: skip
    found = steps_of(version)
    assert (version.number, [step.title for step in found], found[0].key) == (2, ["Wrap", "Other"], kept)
    assert found[1].key != "made-up"


def test_template_is_copied_without_its_people(store):
    template = create_procedure(union=store.union, store=None, name="Union's way", now=NOW)
    publish_whole(procedure=template, wishes=WAY, actor=None, now=NOW)
    copy = copy_procedure(source=template, store=store, now=NOW)
    copy.refresh_from_db()
    assert (copy.name, copy.source, titles(copy)) == ("Union's way", template, [wish.title for wish in WAY])
    assert newest_version(copy) is None
    foreign = StoreFactory()
    with pytest.raises(Invalid):
        copy_procedure(source=template, store=foreign, now=NOW)
    with pytest.raises(Invalid):
        copy_procedure(source=copy, store=StoreFactory(union=store.union), now=NOW)


def test_most_specific_use_wins(store):
    union = store.union
    top = CategoryFactory(union=union)
    below = CategoryFactory(union=union, parent=top, ancestors=[top.pk])
    variant, other = VariantFactory(store=store), VariantFactory(store=store)
    variant.product.category, other.product.category = below, top
    variant.product.save()
    other.product.save()
    order = OrderFactory(store=store, lines=False)
    for one in (other, variant):
        OrderLine.objects.create(union=union, order=order, variant=one, title="x", quantity=1, unit_price=1, total=1)
    ways = {name: published(store, name=name) for name in ("store", "top", "below", "product", "order")}

    def way() -> str:
        found = version_for(order, at=LATER)
        return found.procedure.name if found else ""

    assert way() == ""
    assign(store=store, procedure=ways["store"])
    assert way() == "store"
    assign(store=store, procedure=ways["top"], category=top)
    assert way() == "top"
    assign(store=store, procedure=ways["below"], category=below)
    assert way() == "below"
    use = assign(store=store, procedure=ways["product"], product=variant.product)
    assert way() == "product"
    ProcedureAssignment.objects.create(union=union, store=store, procedure=ways["order"], order=order)
    assert way() == "order"
    retire_procedure(procedure=ways["order"], now=NOW)
    assert way() == "product"
    assert unassign(procedure=ways["product"], assignment_id=use.pk) is True
    assert unassign(procedure=ways["product"], assignment_id=use.pk) is False
    assert way() == "below"


def test_procedure_is_used_only_where_it_may_be(store):
    procedure = create_procedure(union=store.union, store=store, name="Draft", now=NOW)
    with pytest.raises(Invalid):
        assign(store=store, procedure=procedure)
    ready = published(store)
    foreign = VariantFactory()
    with pytest.raises(Invalid):
        assign(store=store, procedure=ready, product=foreign.product)
    with pytest.raises(Invalid):
        assign(store=store, procedure=ready, category=CategoryFactory())
    with pytest.raises(Invalid):
        assign(store=StoreFactory(union=store.union), procedure=ready)
    assert ProcedureAssignment.objects.count() == 0
    first = assign(store=store, procedure=ready)
    other = published(store, name="Other")
    assert assign(store=store, procedure=other).pk == first.pk
    assert ProcedureAssignment.objects.get().procedure == other


@pytest.mark.parametrize("count", [1, 3])
def test_list_of_procedures_costs_the_same_with_any_number(store, count, django_assert_num_queries):
    for number in range(count):
        assign(store=store, procedure=published(store, name=f"Way {number}"))
    with django_assert_num_queries(2):
        rows = list(store_procedures(store))
        assert [(row.current, row.has_draft, row.step_count) for row in rows] == [(1, False, 5)] * count
        assert sum(len(row.assignments.all()) for row in rows) == 1


def test_draft_is_one(store):
    procedure = published(store)
    add_step(procedure=procedure, wish=StepWish("More"))
    with pytest.raises(IntegrityError), transaction.atomic():
        ProcedureVersion.objects.create(union=store.union, procedure=procedure, number=9)
