"""Wishes and calls over the API, from the throw to what an answer became."""

import base64
import io
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.core.files.storage import default_storage
from django.db import connection
from django.test.utils import CaptureQueriesContext
from PIL import Image

from matching.models import MatchRequest, MatchResponse
from matching.services.answering import Answer, answer_call
from orders.models import Cart, CartLine, PriceProposal, Reservation
from stores.models import StockLevel
from tests.api.client import Api, key_for
from tests.factories.accounts import UserFactory
from tests.factories.matching import CODE, caller, code
from tests.factories.reservations import repair_shop
from tests.factories.stores import ProductFactory, StoreFactory, TaxClassFactory, VariantFactory
from tests.factories.unions import UnionFactory

pytestmark = pytest.mark.django_db
WISHES = "match-requests/"


@pytest.fixture
def here():
    union = UnionFactory(currency="GBP")
    TaxClassFactory(union=union)
    code()
    store, other = caller(union, slug="near"), caller(union, slug="far")
    user = UserFactory()
    return SimpleNamespace(
        union=union,
        store=store,
        other=other,
        user=user,
        guest=Api(union),
        customer=Api(union, key_for(union, user=user)),
        shop=Api(union, key_for(union, store=store)),
        rival=Api(union, key_for(union, store=other)),
        office=Api(union, key_for(union)),
    )


def throw(api, *, key="w-1", token="", **said):
    headers = {"Wish_Token": token} if token else {}
    body = {"words": "reading lamp", "code": CODE, "quantity": 2, "budget": 6000, **said}
    return api.post(WISHES, body, Idempotency_Key=key, **headers)


def told(response):
    return response.status_code, response.json().get("code")


def reply(api, ref, key="", **said):
    headers = {"Idempotency_Key": key} if key else {}
    return api.post(f"match-calls/{ref}/answer/", {"title": "Brass lamp", "price": 2500, **said}, **headers)


def use(api, ref, answer, *, version=1, **headers):
    path = f"{WISHES}{ref}/responses/{answer}/use/"
    return api.post(path, {"version": version, "email": "ada@mail.example", "name": "Ada"}, **headers)


def picture(width=30, height=20):
    buffer = io.BytesIO()
    Image.new("RGB", (width, height), "red").save(buffer, "PNG")
    return base64.b64encode(buffer.getvalue()).decode()


def test_a_guest_throws_a_wish_and_buys_by_an_answer(here):
    variant = VariantFactory(product=ProductFactory(store=here.store), price=3000, stock=5, sku="LAMP")
    made = throw(here.guest)
    wish = made.json()
    assert (made.status_code, wish["state"], wish["stores_called"], wish["code"]) == (201, "open", 2, CODE)
    assert (wish["budget"], wish["quantity"]) == ({"amount": 6000, "currency": "GBP"}, 2)
    known = {"Wish_Token": wish["token"]}
    assert [each["ref"] for each in here.guest.get(WISHES, **known).json()["results"]] == [wish["ref"]]
    [call] = here.shop.get("match-calls/").json()["results"]
    assert (call["request"], call["answer"], call["classes"]) == (wish["ref"], None, ["hg", "hg-lamp"])
    answered = reply(here.shop, wish["ref"], sku="LAMP", delivery=300).json()["answer"]
    assert (answered["state"], answered["version"], answered["by"], answered["price"]["amount"]) == (
        "offered", 1, "program", 2500,
    )  # fmt: skip
    reply(here.rival, wish["ref"], price=4000)
    shown = here.guest.get(f"{WISHES}{wish['ref']}/responses/", **known).json()
    best, second = shown["results"]
    assert [best["store"], second["store"]] == ["near", "far"]
    assert (best["total"]["amount"], best["sku"], best["score"]["parts"]["price"]) == (5300, "LAMP", 100)
    assert set(best["score"]["parts"]) == {"price", "distance", "time", "rating", "speed"}
    used = use(here.guest, wish["ref"], best["ref"], **known)
    cart = used.json()["cart"]
    assert (used.status_code, cart["pieces"], used.json()["union"]) == (200, 2, here.union.slug)
    line = CartLine.objects.get()
    assert (line.variant, line.seen_price, line.cart.token) == (variant, 2500, cart["token"])
    assert StockLevel.objects.get(variant=variant).available == 3
    assert here.guest.get(f"{WISHES}{wish['ref']}/", **known).json()["state"] == "used"
    assert told(use(here.guest, wish["ref"], second["ref"], **known)) == (409, "wish_over")
    assert told(reply(here.rival, wish["ref"])) == (409, "too_late")
    assert Cart.objects.count() == 1


def test_the_same_press_makes_one_wish_and_the_same_key_one_answer(here):
    first, again = throw(here.guest), throw(here.guest)
    assert (first.json(), again.headers["Idempotency-Replayed"]) == (again.json(), "true")
    assert MatchRequest.objects.count() == 1
    assert told(here.guest.post(WISHES, {"words": "lamp"})) == (400, "idempotency_key_required")
    ref = first.json()["ref"]
    for _ in range(2):
        assert reply(here.shop, ref, key="a-1").json()["answer"]["version"] == 1
    assert reply(here.shop, ref, key="a-2", price=2600).json()["answer"]["version"] == 2


def test_a_wish_is_its_shoppers_alone(here):
    own, guests = throw(here.customer).json(), throw(here.guest, key="w-2").json()
    assert (own["token"], MatchRequest.objects.get(ref=own["ref"]).user) == (None, here.user)
    stranger = Api(here.union, key_for(here.union, user=UserFactory()))
    answer = reply(here.shop, own["ref"]).json()["answer"]["ref"]
    for api, headers in ((here.guest, {}), (here.guest, {"Wish_Token": guests["token"]}), (stranger, {})):
        for path in ("", "responses/", "pictures/x/"):
            assert told(api.get(f"{WISHES}{own['ref']}/{path}", **headers)) == (404, "not_found")
        assert told(api.ask("DELETE", f"{WISHES}{own['ref']}/", **headers)) == (404, "not_found")
        assert told(use(api, own["ref"], answer, **headers)) == (404, "not_found")
        assert own["ref"] not in api.get(WISHES, **headers).content.decode()
    for api in (here.shop, here.office):
        assert told(api.get(WISHES)) == (403, "not_allowed")
        assert told(api.get(f"{WISHES}{own['ref']}/")) == (403, "not_allowed")
        assert told(throw(api, key="w-3")) == (403, "not_allowed")
    assert (MatchRequest.objects.count(), MatchResponse.objects.get().state) == (2, "offered")


def test_only_a_called_store_sees_a_call(here):
    ref = throw(here.guest, stores=["far"]).json()["ref"]
    uncalled = Api(here.union, key_for(here.union, store=StoreFactory(union=here.union)))
    for api in (here.shop, uncalled):
        assert told(api.get(f"match-calls/{ref}/")) == (404, "not_found")
        for step in ("answer", "withdraw", "decline"):
            assert told(api.post(f"match-calls/{ref}/{step}/", {"price": 1})) == (404, "not_found")
    for api in (here.customer, here.office):
        assert told(api.get("match-calls/")) == (403, "not_allowed")
    assert here.rival.get(f"match-calls/{ref}/").json()["words"] == "reading lamp"
    assert told(here.guest.get("match-calls/")) == (401, "key_missing")
    assert not MatchResponse.objects.exists()


def test_a_store_changes_withdraws_and_declines(here):
    made = throw(here.guest).json()
    ref, known = made["ref"], {"Wish_Token": made["token"]}
    answer = reply(here.shop, ref).json()["answer"]["ref"]
    reply(here.shop, ref, price=3000)
    refused = use(here.guest, ref, answer, **known)
    assert (told(refused), refused.json()["version"]) == ((409, "answer_changed"), 2)
    for _ in range(2):
        assert here.shop.post(f"match-calls/{ref}/withdraw/").json()["answer"]["state"] == "withdrawn"
    assert told(use(here.guest, ref, answer, version=2, **known)) == (409, "answer_gone")
    assert here.rival.post(f"match-calls/{ref}/decline/").json()["answer"]["state"] == "declined"
    shown = here.guest.get(f"{WISHES}{ref}/responses/", **known).json()
    assert (shown["results"], shown["declined"], shown["state"]) == ([], 1, "open")
    assert told(here.rival.post("match-calls/no-such/decline/")) == (404, "not_found")
    assert not CartLine.objects.exists()


def test_what_was_sold_meanwhile_changes_nothing(here):
    variant = VariantFactory(product=ProductFactory(store=here.store), price=3000, stock=1, sku="LAMP")
    made = throw(here.guest).json()
    answer = reply(here.shop, made["ref"], sku="LAMP").json()["answer"]["ref"]
    assert told(use(here.guest, made["ref"], answer, Wish_Token=made["token"])) == (409, "out_of_stock")
    assert (MatchRequest.objects.get().state, MatchResponse.objects.get().state) == ("open", "offered")
    assert (StockLevel.objects.get(variant=variant).available, CartLine.objects.count()) == (1, 0)
    assert not PriceProposal.objects.exists()


def test_a_wish_is_taken_back_once_and_then_over(here):
    made = throw(here.guest).json()
    path, known = f"{WISHES}{made['ref']}/", {"Wish_Token": made["token"]}
    for _ in range(2):
        assert here.guest.ask("DELETE", path, **known).json()["state"] == "cancelled"
    assert told(reply(here.shop, made["ref"])) == (409, "too_late")


def test_a_person_of_the_store_is_not_overruled_by_its_program(here):
    made = throw(here.customer).json()
    request = MatchRequest.objects.select_related("union").get()
    answer_call(
        request=request, store=here.store, answer=Answer(title="Mine", price=100), by="person", actor=UserFactory(),
        now=request.asked_at,
    )  # fmt: skip
    assert told(reply(here.shop, made["ref"])) == (409, "answered_by_person")
    assert told(here.shop.post(f"match-calls/{made['ref']}/withdraw/")) == (409, "answered_by_person")
    assert MatchResponse.objects.get().title == "Mine"


def test_a_time_becomes_a_reservation_and_a_talk_a_conversation(here):
    bookable = repair_shop(store=here.store)
    first, second = throw(here.customer, key="1").json()["ref"], throw(here.customer, key="2").json()["ref"]
    day = MatchRequest.objects.latest("id").asked_at.replace(hour=12, minute=0, second=0, microsecond=0)
    at = (day + timedelta(days=7 + (2 - day.weekday()) % 7)).isoformat()
    said = {"way": "time", "available_at": at, "price": 1500}
    refused = reply(here.shop, first, **said, service="no-such")
    assert (told(refused), reply(here.shop, first, **said).status_code) == ((404, "not_bookable"), 422)
    timed = reply(here.shop, first, **said, service=bookable.key).json()["answer"]
    used = use(here.customer, first, timed["ref"]).json()
    assert (used["cart"], used["conversation"], used["reservation"]["state"]) == (None, None, "confirmed")
    assert Reservation.objects.get().number == used["reservation"]["number"]
    talk = reply(here.rival, second, way="talk", price=None).json()["answer"]
    used = use(here.customer, second, talk["ref"]).json()
    # Nobody sits at the store's console now.
    assert (used["cart"], used["reservation"], used["conversation"]["state"]) == (None, None, "missed")
    assert told(reply(here.shop, second, way="talk")) == (409, "too_late")


def test_pictures_are_for_the_shopper_and_the_called_stores(here):
    made = throw(here.guest, stores=["near"], pictures=[picture(), picture()]).json()
    assert len(set(made["pictures"])) == 2
    path, known = f"pictures/{made['pictures'][0]}/", {"Wish_Token": made["token"]}
    for response in (
        here.guest.get(f"{WISHES}{made['ref']}/{path}", **known),
        here.shop.get(f"match-calls/{made['ref']}/{path}"),
    ):
        assert (response.status_code, response.headers["Content-Type"]) == (200, "image/webp")
        with Image.open(io.BytesIO(response.content)) as shown:
            assert (shown.format, shown.size) == ("WEBP", (30, 20))
    assert here.shop.get(f"match-calls/{made['ref']}/").json()["pictures"] == made["pictures"]
    assert told(here.rival.get(f"match-calls/{made['ref']}/{path}")) == (404, "not_found")
    assert told(here.guest.get(f"{WISHES}{made['ref']}/{path}")) == (404, "not_found")
    assert told(here.guest.get(f"{WISHES}{made['ref']}/pictures/no-such/", **known)) == (404, "not_found")


def test_a_picture_goes_with_an_answer(here):
    made = throw(here.guest).json()
    first = reply(here.shop, made["ref"], picture=picture(60, 50)).json()["answer"]["picture"]
    assert first.startswith(f"/media/answers/{here.store.union_id}/")
    assert reply(here.shop, made["ref"], price=2900).json()["answer"]["picture"] == first
    shown = here.guest.get(f"{WISHES}{made['ref']}/responses/", Wish_Token=made["token"]).json()["results"]
    assert shown[0]["picture"] == first
    with default_storage.open(first.removeprefix("/media/")) as kept, Image.open(kept) as drawn:
        assert (drawn.format, drawn.size) == ("WEBP", (60, 50))
    assert reply(here.shop, made["ref"], picture=base64.b64encode(b"no picture").decode()).status_code == 422
    assert MatchResponse.objects.get().version == 2


@pytest.mark.parametrize(
    "wrong",
    [
        {"words": " "},
        {"words": "\0"},
        {"quantity": 0},
        {"budget": -1},
        {"latitude": 1.0},
        {"scope": "chosen"},
        {"stores": ["no-such"]},
        {"code": "no-such"},
        {"wanted_by": "2020-01-01T00:00:00Z"},
        {"is_watched": True},
        {"pictures": ["%%%"]},
        {"pictures": [base64.b64encode(b"%PDF-1.7 %%EOF").decode()]},
        {"pictures": [base64.b64encode(b"no picture").decode()]},
        {"pictures": ["aaaa"] * 4},
    ],
)
def test_a_wrong_wish_is_refused(here, wrong):
    assert throw(here.guest, **wrong).status_code == 422
    assert not MatchRequest.objects.exists()


def test_more_than_five_at_once_are_too_many(here):
    token = throw(here.guest, key="0").json()["token"]
    for index in range(1, 5):
        assert throw(here.guest, key=str(index), token=token).status_code == 201
    refused = throw(here.guest, key="5", token=token)
    assert told(refused) == (429, "too_many")
    assert MatchRequest.objects.count() == 5


def test_lists_ask_a_fixed_number_of_questions(here):
    token = throw(here.guest, key="0").json()["token"]

    def asked(api, path, **headers):
        with CaptureQueriesContext(connection) as queries:
            assert api.get(path, **headers).status_code == 200
        return len(queries)

    ref = MatchRequest.objects.get().ref
    reply(here.shop, ref)

    def counts():
        return [
            asked(here.guest, WISHES, Wish_Token=token),
            asked(here.guest, f"{WISHES}{ref}/responses/", Wish_Token=token),
            asked(here.shop, "match-calls/"),
        ]

    first = counts()
    throw(here.guest, key="1", token=token), throw(here.guest, key="2", token=token)
    reply(here.rival, ref)
    for each in MatchRequest.objects.exclude(ref=ref):
        reply(here.shop, each.ref)
    assert counts() == first
