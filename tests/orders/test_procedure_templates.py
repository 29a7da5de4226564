"""Templates of sales procedures, made by a union's office for its stores."""

import pytest

from orders.models import Procedure, ProcedureStep
from orders.queries.procedures import newest_version, steps_of
from tests.factories.procedures import published
from tests.factories.stores import StoreFactory
from tests.factories.unions import UnionStaffFactory
from tests.manage.people import other_office, signed_in

pytestmark = pytest.mark.django_db
STEP = {
    "kind": "own",
    "due_count": "",
    "due_unit": "hours",
    "due_from": "previous",
    "moves": "",
    "checklist": "",
    "promise": "",
}


def typed(*titles: str, places: int = 3, **more: str) -> dict[str, str]:
    """The form with these steps in its first places."""
    rows = [STEP | {"title": title} for title in (*titles, *[""] * (places - len(titles)))]
    said = {f"{name}_{number}": value for number, row in enumerate(rows, 1) for name, value in row.items()}
    return {"name": "The union's way"} | said | more


@pytest.fixture
def store():
    return StoreFactory()


@pytest.fixture
def office(store):
    return signed_in(UnionStaffFactory(union=store.union).user)


def test_office_makes_a_template_and_its_next_version(store, office):
    answer = office.post(
        "/admin/orders/procedure/add/",
        typed(
            "Confirm",
            "Check",
            moves_1="accept",
            due_count_1="2",
            due_from_1="paid",
            checklist_2="a\nb",
            promise_2="Good",
        ),
    )
    template = Procedure.objects.get(store=None)
    assert (answer.status_code, template.union) == (302, store.union)
    first, second = steps_of(newest_version(template))
    assert (first.moves, first.due_count, first.due_from, second.checklist, second.promise) == (
        "accept", 2, "paid", ["a", "b"], "Good",
    )  # fmt: skip
    page = office.get(f"/admin/orders/procedure/{template.pk}/change/").content.decode()
    assert ("Confirm → Check" in page, "version 1 in force" in page) == (True, True)
    address = f"/admin/orders/procedure/{template.pk}/version/"
    assert "Check" in office.get(address).content.decode()
    office.post(address, typed("Yes", "", "Thank you", places=5))
    steps = steps_of(newest_version(template))
    assert [(step.title, step.key == first.key) for step in steps] == [("Yes", True), ("Thank you", False)]
    assert newest_version(template).number == 2
    office.post(f"/admin/orders/procedure/{template.pk}/move/retire/", {"confirmed": "1"})
    assert office.get(address).status_code == 404


def test_wrong_template_changes_nothing(store, office):
    refused = office.post("/admin/orders/procedure/add/", typed("Pack", "Accept", moves_1="pack", moves_2="accept"))
    assert (refused.status_code, "once each" in refused.content.decode()) == (200, True)
    assert office.post("/admin/orders/procedure/add/", typed()).status_code == 200
    assert (Procedure.objects.count(), ProcedureStep.objects.count()) == (0, 0)


def test_procedures_of_stores_and_other_unions_are_not_changed(store, office):
    own = published(store)
    assert office.get(f"/admin/orders/procedure/{own.pk}/change/").status_code == 200
    assert office.post(f"/admin/orders/procedure/{own.pk}/version/", typed("x")).status_code == 404
    template = Procedure.objects.create(union=store.union, ref="T-1", name="Theirs", created_at=own.created_at)
    assert other_office().post(f"/admin/orders/procedure/{template.pk}/version/", typed("x")).status_code == 404
    assert newest_version(template) is None
