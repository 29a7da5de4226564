"""Signatures in steps of a store's procedure: in their person's copy, and gone with them while the steps stay."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from orders.models import Customer, Order, Purchase, RunStep
from orders.services.forgetting import forget_people_long_gone
from orders.services.procedures import StepWish
from orders.services.runs.doing import do_step, note_step
from orders.services.runs.starting import choose_procedure
from tests.factories.accounts import UserFactory
from tests.factories.orders import NOW, PurchaseFactory, market
from tests.factories.procedures import published, steps, walking
from tests.orders.test_hand_over import drawing
from tests.unions.test_personal import archive_of, made, names_in_the_database, person, settle
from unions.models import Union
from unions.services.erasing import erase_person

pytestmark = pytest.mark.django_db
SECRET = "Trevithick"
SIGN = StepWish("Sign", kind="signature")


def signed(order, size=(640, 240)) -> RunStep:
    """The step that waits, signed."""
    step = next(each for each in steps(order) if each.state == "open")
    noted = note_step(step=step, ticked=[], signed_by=SECRET, drawing=drawing(size=size), actor=None, now=NOW)
    return do_step(step=noted, actor=None, now=NOW)


def bought(store, user, **purchase) -> Order:
    return walking(store, SIGN, purchase=PurchaseFactory(union=store.union, user=user, **purchase))


def drawings(archive) -> dict[str, bytes]:
    return {name: archive.read(name) for name in archive.namelist() if name.startswith("orders/signatures/")}


def test_what_was_drawn_is_in_its_persons_file_and_nobody_elses():
    there, user, other = market(), person(), UserFactory()
    order, far = bought(there.first, user), bought(there.second, other)
    own, foreign = signed(order), signed(far, size=(300, 200))
    archive = archive_of(made(user))
    assert drawings(archive) == {
        f"orders/signatures/{there.union.slug}/{order.number}-step-1.png": bytes(own.signature)
    }
    [row] = json.loads(archive.read("orders/steps.json"))
    assert (row["run__order__number"], row["signed_by"]) == (order.number, SECRET)
    assert bytes(foreign.signature) not in drawings(archive).values()


def test_each_way_of_an_order_keeps_what_was_drawn_on_it():
    there, user = market(), person()
    order = walking(there.first, SIGN, StepWish("Wrap"), purchase=PurchaseFactory(union=there.union, user=user))
    first = signed(order)
    choose_procedure(order=order, procedure=published(there.first, SIGN, name="Gift"), actor=None, now=NOW)
    second = signed(order, size=(300, 200))
    assert list(drawings(archive_of(made(user))).values()) == [bytes(first.signature), bytes(second.signature)]


def test_an_erased_person_has_signed_nothing_and_the_step_stays_done():
    there, user = market(), person()
    order, far = bought(there.first, user), bought(there.second, UserFactory())
    signed(order)
    foreign = signed(far)
    Order.objects.update(state="completed")
    assert erase_person(user=user, now=datetime.now(UTC)) is True
    settle()
    settle()
    gone, stays = RunStep.objects.get(run__order=order), RunStep.objects.get(run__order=far)
    assert (gone.state, gone.signed_by, gone.signature, gone.closed_at) == ("done", "", None, NOW)
    assert (stays.signed_by, bytes(stays.signature)) == (SECRET, bytes(foreign.signature))


def test_with_a_guest_long_gone_goes_the_signature():
    there = market()
    order = bought(there.first, None, email="guest@example.com", recipient=SECRET)
    customer = Customer.objects.create(union=there.union, email="guest@example.com", name=SECRET)
    Customer.objects.filter(pk=customer.pk).update(created_at=NOW - timedelta(days=500))
    long_ago = NOW - timedelta(days=500)
    Purchase.objects.filter(pk=order.purchase_id).update(customer=customer, placed_at=long_ago)
    signed(order)
    Order.objects.update(state="completed")
    Union.objects.update(people_kept_days=400)
    assert forget_people_long_gone(now=NOW) == 1
    gone = RunStep.objects.get(run__order=order)
    assert (gone.state, gone.signed_by, gone.signature) == ("done", "", None)
    assert names_in_the_database(SECRET) == []
