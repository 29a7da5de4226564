"""A signature in a step of a store's procedure, as people use the page; over the API it is only named."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from orders.models import RunStep
from orders.services.procedures import StepWish
from tests.api.client import Api, key_for
from tests.factories.procedures import states, steps, walking
from tests.factories.stores import StoreFactory, StoreStaffFactory
from tests.manage.people import new_shop, signed_in
from tests.orders.test_hand_over import drawing

pytestmark = pytest.mark.django_db
SIGN = StepWish("Sign", kind="signature")
NOT_SIGNED = {"signature": ["Let the shopper sign in the field."]}


def body(response) -> str:
    return response.content.decode()


@pytest.fixture
def order(shop):
    return walking(shop.store, SIGN, StepWish("Thank", permission="console"))


@pytest.fixture
def address(shop, order):
    return shop.url(f"steps/{order.number}/1/")


def test_signed_on_the_screen_and_shown_to_the_stores_people(shop, order, address):
    client = shop.staff("orders")
    page = body(client.get(address))
    assert ("data-sign" in page, "data-pad" in page, "provider/sign.js" in page, "signature.png" in page) == (
        True,
        True,
        True,
        False,
    )
    answer = client.post(f"{address}done/", {"note": "", "signed_by": "Ada", "signature": drawing()})
    assert (answer["Location"], states(order)) == (shop.url("steps/"), "do")
    page = body(client.get(address))
    assert ("signed by Ada" in page, f"{address}signature.png" in page, "data-pad" in page) == (True, True, False)
    picture = client.get(f"{address}signature.png")
    assert (picture["Content-Type"], picture.content) == ("image/png", bytes(steps(order)[0].signature))
    assert "no-store" in picture["Cache-Control"]


def test_other_steps_ask_for_no_signature(shop, order):
    page = body(shop.owner().get(shop.url(f"steps/{order.number}/2/")))
    assert ("data-sign" in page, "sign.js" in page, "signature.png" in page) == (False, False, False)


def test_pressed_twice_it_is_signed_once(shop, order, address):
    client = shop.owner()
    client.post(f"{address}done/", {"note": "", "signed_by": "Ada", "signature": drawing()})
    before = bytes(steps(order)[0].signature)
    again = client.post(
        f"{address}done/", {"note": "", "signed_by": "Bo", "signature": drawing(size=(300, 200))}, follow=True
    )
    assert "moved on in the meantime" in body(again)
    assert (steps(order)[0].signed_by, bytes(steps(order)[0].signature), states(order)) == ("Ada", before, "do")


@pytest.mark.parametrize(
    ("sent", "errors"),
    [
        (None, {"signature": ["Let them sign in the field, or say that the name stands for it."]}),
        (drawing(stroke=False), NOT_SIGNED),
        (SimpleUploadedFile("signature.png", b"<html>"), NOT_SIGNED),
        (SimpleUploadedFile("signature.png", drawing().read() + b"\0" * 3_000_000), NOT_SIGNED),
        (SimpleUploadedFile("signature.png", b""), {"signature": ["The submitted file is empty."]}),
    ],
    ids=["nothing", "nothing drawn", "no picture", "huge", "empty"],
)
def test_what_is_no_signature_is_refused_beside_the_field(shop, order, address, sent, errors):
    if sent is not None:
        sent.seek(0)
    form = {"note": "", "signed_by": "Ada"} | ({"signature": sent} if sent is not None else {})
    answer = shop.owner().post(f"{address}done/", form)
    assert (answer.status_code, answer.context["form"].errors, states(order)) == (200, errors, "ob")
    assert steps(order)[0].signature is None


def test_what_was_drawn_is_kept_while_the_name_is_missing(shop, order, address):
    client = shop.owner()
    refused = client.post(f"{address}done/", {"note": "", "signed_by": "", "signature": drawing()})
    assert (refused.context["form"].errors, states(order)) == ({"signed_by": ["Write who signed."]}, "ob")
    assert (f"{address}signature.png" in body(refused), "data-pad" in body(refused)) == (True, True)
    client.post(f"{address}done/", {"note": "", "signed_by": "Ada"})
    assert (states(order), steps(order)[0].signed_by, steps(order)[0].signature is None) == ("do", "Ada", False)


def test_only_who_sees_the_step_sees_the_signature(shop, order, address):
    shop.owner().post(f"{address}done/", {"note": "", "signed_by": "Ada", "signature": drawing()})
    picture = f"{address}signature.png"
    stranger = new_shop()
    answers = {
        "talker": shop.staff("console"),
        "office": shop.office(),
        "next door": shop.colleague_next_door(),
        "elsewhere": stranger.owner(),
    }
    assert {who: client.get(picture).status_code for who, client in answers.items()} == {
        "talker": 403,
        "office": 200,
        "next door": 404,
        "elsewhere": 404,
    }
    assert shop.owner().post(picture).status_code == 405
    assert shop.owner().get(shop.url(f"steps/{order.number}/2/signature.png")).status_code == 404
    assert shop.owner().get(shop.url(f"steps/{order.number}/9/signature.png")).status_code == 404


def test_who_was_given_the_step_may_see_what_was_signed(shop, address, order):
    talker = StoreStaffFactory(store=shop.store, permissions=["console"]).user
    client = signed_in(talker)
    shop.owner().post(f"{address}note/", {"note": "", "signed_by": "Ada", "signature": drawing()})
    assert client.get(f"{address}signature.png").status_code == 403
    RunStep.objects.filter(run__order=order, position=1).update(assignee=talker)
    assert client.get(f"{address}signature.png").status_code == 200


def test_a_program_names_who_signed(shop, order, address):
    api, run = Api(shop.store.union, key_for(shop.store.union, store=shop.store)), f"orders/{order.number}/run/"
    nameless = api.post(f"{run}1/done/", {}, Idempotency_Key="a")
    assert (nameless.status_code, nameless.json()["code"], states(order)) == (422, "invalid", "ob")
    done = api.post(f"{run}1/done/", {"signed_by": "Ada"}, Idempotency_Key="b").json()["steps"][0]
    assert (done["state"], done["signed_by"], done["is_drawn"]) == ("done", "Ada", False)


def test_a_program_finishes_what_was_drawn_on_the_page(shop, order, address):
    shop.owner().post(f"{address}note/", {"note": "", "signed_by": "Ada", "signature": drawing()})
    api, run = Api(shop.store.union, key_for(shop.store.union, store=shop.store)), f"orders/{order.number}/run/"
    done = api.post(f"{run}1/done/", {"signed_by": "Ada"}, Idempotency_Key="b").json()["steps"][0]
    assert (done["state"], done["is_drawn"]) == ("done", True)
    other = StoreFactory(union=shop.store.union)
    assert Api(other.union, key_for(other.union, store=other)).get(run).status_code == 404
