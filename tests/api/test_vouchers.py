"""After-sales service over the API: the customer's steps, the provider's, and the provider's own till."""

import base64
import io
from types import SimpleNamespace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from PIL import Image

from ascc.models import Redemption, ServiceVisit, Transmission, Voucher, VoucherStep
from ascc.queries.vouchers import issuer_of
from ascc.services.confirming import make_code
from ascc.services.guessing import WRONG
from ascc.services.issuing import issue_vouchers
from ascc.services.tokens import token_of
from payments.services.compare_books import compare_books
from tests.api.client import Api, key_for
from tests.factories.accounts import UserFactory
from tests.factories.ascc import program, sold
from tests.factories.ascc import provider as a_provider
from tests.factories.ascc import voucher as a_voucher
from tests.factories.stores import StoreFactory

pytestmark = pytest.mark.django_db
FIVES = {"quality": 5, "punctuality": 5, "courtesy": 5, "price": 5}


@pytest.fixture
def here():
    shop, owner = StoreFactory(), UserFactory()
    held = a_voucher(shop, owner=owner)
    now = timezone.now()
    Voucher.objects.filter(pk=held.pk).update(issued_at=now, expires_at=now.replace(year=now.year + 1))
    held.refresh_from_db()
    worker = a_provider(shop.union, about="Mends radios")
    return SimpleNamespace(
        union=shop.union,
        shop=shop,
        owner=owner,
        voucher=held,
        worker=worker,
        at=f"vouchers/{held.code}/",
        customer=Api(shop.union, key_for(shop.union, user=owner)),
        seller=Api(shop.union, key_for(shop.union, store=shop)),
        till=Api(shop.union, key_for(shop.union, store=worker.store)),
        office=Api(shop.union, key_for(shop.union)),
    )


def do(api, here, step, body=None, *, key=""):
    return api.post(f"{here.at}{step}/", body or {}, Idempotency_Key=key or f"{step}-1")


def told(response):
    return response.status_code, response.json().get("code")


def taken_on(here):
    assert do(here.customer, here, "activate").status_code == 200
    assert do(here.customer, here, "transmit", {"provider": here.worker.ref}).status_code == 200
    assert do(here.till, here, "accept").status_code == 200


def token(here):
    here.voucher.refresh_from_db()
    return token_of(voucher=here.voucher, issuer=issuer_of(here.union), now=timezone.now())


def test_a_voucher_lives_its_whole_life_over_the_api(here):
    shown = here.customer.get(here.at).json()
    assert (shown["state"], shown["next_actions"], shown["visits"], shown["used"]) == ("issued", ["activate"], 2, 0)
    assert do(here.customer, here, "activate").json()["next_actions"] == ["transmit"]
    sent = do(here.customer, here, "transmit", {"provider": here.worker.ref, "wish": "It hums."}).json()
    assert (sent["state"], sent["provider"], sent["next_actions"]) == ("transmitted", here.worker.ref, ["take-back"])
    assert here.till.get(here.at).json()["next_actions"] == ["accept", "decline"]
    assert do(here.till, here, "accept").json()["state"] == "accepted"
    report = {"report": "New belt.", "parts": [{"name": "belt", "quantity": 1, "price": 900}]}
    assert do(here.till, here, "complete", report).json()["state"] == "in_service"
    assert here.customer.get(here.at).json()["next_actions"] == ["complete"]
    assert do(here.customer, here, "complete").json()["state"] == "performed"
    assessed = do(here.customer, here, "assess", {**FIVES, "words": "Fine"}).json()
    assert (assessed["state"], assessed["used"], assessed["score"]) == ("active", 1, 5.0)
    assert assessed["incentive"] == {"amount": 500, "currency": here.union.currency}
    visit = ServiceVisit.objects.get()
    assert (visit.state, visit.report, visit.parts) == ("confirmed", "New belt.", report["parts"])
    assert [(step["what"], step["side"]) for step in assessed["steps"]] == [
        ("issued", "system"),
        ("activated", "customer"),
        ("sent", "customer"),
        ("accepted", "provider"),
        ("appointed", "provider"),
        ("started", "provider"),
        ("reported", "provider"),
        ("redeemed", "customer"),
        ("assessed", "customer"),
        ("activated", "system"),
    ]
    assert compare_books(union=here.union).differences == []


def test_who_sees_what(here):
    taken_on(here)
    stranger = Api(here.union, key_for(here.union, user=UserFactory()))
    other = Api(here.union, key_for(here.union, store=a_provider(here.union).store))
    for api in (stranger, other):
        assert told(api.get(here.at)) == (404, "no_such_voucher")
        assert api.get("vouchers/").json()["results"] == []
    assert other.get("vouchers/?side=provider").json()["results"] == []
    for api, address in (
        (here.customer, "vouchers/?state=accepted"),
        (here.seller, "vouchers/"),
        (here.till, "vouchers/?side=provider"),
        (here.office, "vouchers/"),
    ):
        assert [row["code"] for row in api.get(address).json()["results"]] == [here.voucher.code]
    assert here.customer.get("vouchers/?state=closed").json()["results"] == []
    assert here.till.get("vouchers/").json()["results"] == []
    assert here.office.get("vouchers/?serial=A-1").json()["results"] == []
    order = here.voucher.order_line.order.number
    assert len(here.office.get(f"vouchers/?order={order}").json()["results"]) == 1
    for words in (order, here.voucher.code.lower(), here.owner.email):
        assert [row["code"] for row in here.office.get(f"vouchers/?q={words}").json()["results"]] == [here.voucher.code]
        assert stranger.get(f"vouchers/?q={words}").json()["results"] == []
    assert here.office.get("vouchers/?q=nothing-of-ours").json()["results"] == []
    assert here.customer.get(here.at).json()["token"].count(".") == 2
    for api in (here.seller, here.till, here.office):
        assert api.get(here.at).json()["token"] is None
    assert [step["what"] for step in here.till.get(here.at).json()["steps"]] == ["sent", "accepted"]
    assert len(here.seller.get(here.at).json()["steps"]) == 4
    assert "192." not in here.office.get(here.at).content.decode()


@pytest.mark.parametrize(
    ("step", "who"),
    [
        *((step, "customer") for step in ("accept", "decline", "undo", "hold", "redeem")),
        *((step, "seller") for step in ("activate", "transmit", "take-back", "assess", "hold", "redeem", "undo")),
        *((step, "office") for step in ("activate", "accept", "complete", "assess", "hold", "redeem")),
    ],
)
def test_a_step_is_only_for_its_side(here, step, who):
    before = VoucherStep.objects.count()
    body = {"provider": here.worker.ref, "token": token(here), "text": here.voucher.code, **FIVES}
    assert told(do(getattr(here, who), here, step, body)) == (403, "not_allowed")
    assert VoucherStep.objects.count() == before


def test_a_provider_declines_and_the_customer_takes_back(here):
    do(here.customer, here, "activate")
    do(here.customer, here, "transmit", {"provider": here.worker.ref})
    assert do(here.till, here, "decline", {"reason": "Too far."}).json()["state"] == "active"
    assert told(do(here.till, here, "accept")) == (404, "no_such_voucher")
    do(here.customer, here, "transmit", {"provider": here.worker.ref}, key="again")
    assert do(here.customer, here, "take-back").json()["next_actions"] == ["transmit"]
    assert list(Transmission.objects.order_by("pk").values_list("state", "reason")) == [
        ("declined", "Too far."),
        ("taken_back", ""),
    ]
    assert told(do(here.customer, here, "transmit", {"provider": "CW-NOBODY-0"}, key="x")) == (404, "not_found")


def test_a_photo_comes_as_base64(here):
    program(here.union, store=here.shop, needs_photo=True, needs_serial=True)
    held = a_voucher_of(here)
    here.at = f"vouchers/{held.code}/"
    buffer = io.BytesIO()
    Image.new("RGB", (8, 8)).save(buffer, "PNG")
    photo = base64.b64encode(buffer.getvalue()).decode()
    assert do(here.customer, here, "activate", {"serial": "A-1"}).json()["field"] == "photo"
    assert do(here.customer, here, "activate", {"serial": "A-1", "photo": "€"}).status_code == 422
    assert do(here.customer, here, "activate", {"photo": photo}).json()["field"] == "serial"
    assert do(here.customer, here, "activate", {"serial": "A-1", "photo": photo}).json()["serial"] == "A-1"
    held.refresh_from_db()
    assert held.photo.endswith(".webp")


def a_voucher_of(here):
    """One more of the owner's, of the store's own program."""
    order = sold(here.shop, owner=here.owner)
    issue_vouchers(order_ids=[order.pk], now=timezone.now())
    return Voucher.objects.get(order_line__order=order, program__store=here.shop)


def test_a_till_verifies_holds_redeems_and_undoes(here):
    do(here.customer, here, "activate")
    signed = here.customer.get(here.at).json()["token"]
    shown = here.till.post("vouchers/verify/", {"text": signed}).json()
    assert (shown["code"], shown["signed"], shown["held"], shown["visits_left"]) == (here.voucher.code, True, False, 2)
    assert shown["next_actions"] == ["hold"]
    typed = here.till.post("vouchers/verify/", {"text": here.voucher.code.lower()}).json()
    assert (typed["signed"], typed["next_actions"]) == (False, [])
    assert told(do(here.till, here, "redeem", {"token": signed})) == (404, "no_such_voucher")

    assert told(do(here.till, here, "hold", {"token": here.voucher.code})) == (422, "proof_needed")
    assert do(here.till, here, "hold", {"token": signed}).json()["state"] == "accepted"
    assert do(here.till, here, "hold", {"token": signed}, key="again").json()["state"] == "accepted"
    assert Transmission.objects.count() == 1
    assert here.till.post("vouchers/verify/", {"text": signed}).json()["next_actions"] == ["redeem"]

    assert told(do(here.till, here, "redeem")) == (422, "proof_needed")
    first = do(here.till, here, "redeem", {"token": signed}, key="sale-1")
    again = do(here.till, here, "redeem", {"token": signed}, key="sale-1")
    assert (first.status_code, first.json()) == (200, again.json())
    assert (again["Idempotency-Replayed"], first.json()["visit"]) == ("true", 1)
    assert first.json()["amount"] == {"amount": 4000, "currency": here.union.currency}
    assert told(do(here.till, here, "redeem", {"token": signed}, key="sale-2")) == (409, "voucher_over")

    undone = do(here.till, here, "undo", {"redemption": first.json()["number"]})
    assert undone.json()["undone_at"] is not None
    assert do(here.till, here, "undo", key="undo-2").json()["number"] == first.json()["number"]
    assert (Redemption.objects.count(), Voucher.objects.get(pk=here.voucher.pk).used) == (1, 0)
    assert do(here.till, here, "redeem", {"token": signed}, key="sale-3").status_code == 200
    assert compare_books(union=here.union).differences == []


def test_a_till_redeems_with_the_code_of_the_wallet_and_tries_are_counted(here):
    taken_on(here)
    plain, _until = make_code(voucher=here.voucher, now=timezone.now())
    wrong = f"{(int(plain) + 1) % 1_000_000:06d}"
    refused = do(here.till, here, "redeem", {"code": wrong})
    assert (told(refused), refused.json()["left"]) == ((422, "wrong_confirmation_code"), 4)
    done = do(here.till, here, "redeem", {"code": plain}, key="sale")
    assert done.status_code == 200
    assert do(here.till, here, "redeem", {"code": plain}, key="sale").json() == done.json()


@pytest.mark.parametrize("how", ["malformed", "tampered", "foreign"])
def test_a_token_that_is_not_ours_is_refused_with_the_reason(here, how):
    taken_on(here)
    good = token(here)
    foreign = token_of(voucher=here.voucher, issuer="https://elsewhere.example/u/x/", now=timezone.now())
    head, body, sign = good.split(".")
    bad = {"malformed": "a.b.c", "tampered": f"{head}.{body}.{'A' * len(sign)}", "foreign": foreign}[how]
    for step, body in (("redeem", {"token": bad}), ("hold", {"token": bad})):
        refused = do(here.till, here, step, body)
        assert (told(refused), refused.json()["reason"]) == ((422, "bad_token"), how)
    assert here.till.post("vouchers/verify/", {"text": bad}).json()["reason"] == how
    assert not Redemption.objects.exists()


def test_a_token_of_an_earlier_handing_is_told_from_one_that_is_not_ours(here):
    do(here.customer, here, "activate")
    old = here.customer.get(here.at).json()["token"]
    assert do(here.till, here, "hold", {"token": old}).json()["state"] == "accepted"
    assert here.customer.get(here.at).json()["next_actions"] == ["take-back"]
    assert do(here.customer, here, "take-back").json()["state"] == "active"
    steps = VoucherStep.objects.count()
    refused = do(here.till, here, "hold", {"token": old}, key="replay")
    assert (told(refused), refused.json()["reason"]) == ((422, "bad_token"), "stale")
    assert "show the QR code that is there now" in refused.json()["detail"]
    looked_up = here.till.post("vouchers/verify/", {"text": old}).json()
    assert (looked_up["signed"], looked_up["stale"], looked_up["next_actions"]) == (True, True, [])
    assert (Voucher.objects.get(pk=here.voucher.pk).state, VoucherStep.objects.count()) == ("active", steps)

    # Handed over anew in the app, the old token still redeems nothing, and nobody is taken for a guesser.
    do(here.customer, here, "transmit", {"provider": here.worker.ref})
    do(here.till, here, "accept")
    for number in range(WRONG[0] + 1):
        refused = do(here.till, here, "redeem", {"token": old}, key=f"replay-{number}")
        assert (told(refused), refused.json()["reason"]) == ((422, "bad_token"), "stale")
    assert not Redemption.objects.exists()
    fresh = here.customer.get(here.at).json()["token"]
    assert do(here.till, here, "redeem", {"token": fresh}, key="sale").status_code == 200


def test_the_token_of_another_voucher_redeems_nothing(here):
    taken_on(here)
    other = a_voucher(here.shop, owner=here.owner)
    Voucher.objects.filter(pk=other.pk).update(expires_at=here.voucher.expires_at)
    other.refresh_from_db()
    signed = token_of(voucher=other, issuer=issuer_of(here.union), now=timezone.now())
    for step in ("redeem", "hold"):
        assert told(do(here.till, here, step, {"token": signed})) == (404, "no_such_voucher")
    assert not Redemption.objects.exists()


def test_a_suspended_provider_finishes_and_takes_on_nothing_new(here):
    do(here.customer, here, "activate")
    type(here.worker).objects.filter(pk=here.worker.pk).update(state="suspended")
    assert told(do(here.till, here, "hold", {"token": token(here)})) == (409, "provider_not_here")
    assert told(do(here.customer, here, "transmit", {"provider": here.worker.ref})) == (404, "not_found")
    assert Voucher.objects.get(pk=here.voucher.pk).state == "active"


def test_who_guesses_codes_is_stopped_and_others_are_not(here, caplog):
    taken_on(here)
    for number in range(WRONG[0]):
        assert told(here.till.get(f"vouchers/CW-{number}/")) == (404, "no_such_voucher")
    assert "voucher guessed too often: key-" in caplog.text
    for refused in (
        here.till.get(here.at),
        here.till.post("vouchers/verify/", {"text": here.voucher.code}),
        do(here.till, here, "redeem", {"token": token(here)}),
    ):
        assert told(refused) == (429, "too_many")
    assert not Redemption.objects.exists()
    assert here.customer.get(here.at).status_code == 200


def test_many_keys_of_one_address_are_stopped_together(here):
    keys = [Api(here.union, key_for(here.union, user=UserFactory())) for _ in range(6)]
    answers = [
        keys[number // (WRONG[0] - 1)].get(f"vouchers/CW-{number}/").status_code for number in range(5 * WRONG[0] + 1)
    ]
    assert answers == [404] * 5 * WRONG[0] + [429]


def test_programs_and_providers_are_for_everybody(here):
    guest = Api(here.union)
    own = program(here.union, store=here.shop, title="Own plan", covers=["check_up"])
    [newest, first] = guest.get("programs/").json()["results"]
    assert (newest["number"], newest["store"], newest["covers"]) == (own.ref, here.shop.slug, ["check_up"])
    assert (first["store"], first["visits"], first["goods"]) == (None, 2, [])
    assert [row["number"] for row in guest.get(f"programs/?store={here.shop.slug}").json()["results"]] == [own.ref]
    assert guest.get("programs/?sale=extra").json()["results"] == []
    assert guest.get(f"programs/{own.ref}/?version=1").json()["title"] == "Own plan"
    assert guest.get(f"programs/{own.ref}/?version=2").status_code == 404

    a_provider(here.union, state="applied")
    a_provider(StoreFactory().union)
    here.worker.skills.create(union=here.union, code="el-4")
    [row] = guest.get("providers/").json()["results"]
    assert (row["number"], row["store"], row["skills"]) == (here.worker.ref, here.worker.store.slug, ["el-4"])
    assert (row["score"], row["answers_after"], row["done"]) == (None, None, 0)
    assert len(guest.get("providers/?q=RADIOS").json()["results"]) == 1
    assert guest.get("providers/?q=clocks").json()["results"] == []
    assert guest.get("providers/?skill=zz").json()["results"] == []
    assert guest.get(f"providers/{here.worker.ref}/").json()["said"] == []


@pytest.mark.parametrize("address", ["programs/", "providers/", "vouchers/", "vouchers/?side=provider"])
def test_lists_ask_a_fixed_number_of_questions(here, address):
    api = here.till if "side" in address else here.customer

    def asked():
        api.get(address)
        with CaptureQueriesContext(connection) as captured:
            rows = api.get(address).json()["results"]
        return len(rows), len(captured)

    taken_on(here)
    one = asked()
    for number in range(2):
        program(here.union, store=here.shop, title=f"Plan {number}")
        a_provider(here.union).skills.create(union=here.union, code="el")
        a_voucher_in_hand(here)
    assert (one[0], asked()) == (1, (3, one[1]))


def a_voucher_in_hand(here):
    """One more of the owner's that the worker has taken on."""
    order = sold(here.shop, owner=here.owner)
    issue_vouchers(order_ids=[order.pk], now=timezone.now())
    vouchers = Voucher.objects.filter(order_line__order=order)
    vouchers.filter(program__store=here.shop).update(owner=None)
    held = vouchers.get(program__store=None)
    api_at = f"vouchers/{held.code}/"
    for api, step, body in (
        (here.customer, "activate", {}),
        (here.customer, "transmit", {"provider": here.worker.ref}),
        (here.till, "accept", {}),
    ):
        assert api.post(f"{api_at}{step}/", body, Idempotency_Key=f"{held.code}-{step}").status_code == 200
    held.refresh_from_db()
    return held
