"""The shopper's pages: a wish, its answers as they are ranked, using one; nobody else's."""

import io
import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from PIL import Image

from chat.models import Conversation
from matching.models import MatchRequest, MatchResponse
from matching.services.answering import Answer, answer_call
from orders.models import CartLine
from tests.factories.accounts import UserFactory
from tests.factories.matching import caller, code
from tests.factories.stores import TaxClassFactory
from tests.factories.unions import UnionFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def place():
    union = UnionFactory(slug="harbour", currency="GBP")
    TaxClassFactory(union=union)
    code()
    return union, caller(union, slug="near", name="hg-13-5")


def ask(client, **said):
    form = {"words": "reading lamp", "quantity": "1", "key": "k", **said}
    return client.post("/u/harbour/match/", form)


def answer(request, store, **said):
    said = {"title": "Brass lamp", "price": 2500, **said}
    return answer_call(request=request, store=store, answer=Answer(**said), by="person", actor=None, now=timezone.now())


def wish_of(client, **said):
    response = ask(client, **said)
    assert response.status_code == 302, response.content.decode()
    request = MatchRequest.objects.latest("id")
    assert response.headers["Location"] == f"/u/harbour/match/{request.ref}/"
    return request


def test_a_guest_asks_and_sees_who_was_asked(place):
    _union, store = place
    client = Client()
    request = wish_of(client, budget="45", by="24", answers_within="120", condition="used")
    assert (request.stores, request.budget, request.condition, request.user) == ([store.pk], 4500, "used", None)
    assert request.answers_until - request.asked_at == timedelta(hours=2)
    page = client.get(f"/u/harbour/match/{request.ref}/").content.decode()
    for text in ("1 shop was asked", "reading lamp", "up to £45.00", "The shops are being asked"):
        assert text in page, text
    assert request.words in client.get("/u/harbour/match/").content.decode()
    assert ask(client, budget="45").headers["Location"] == f"/u/harbour/match/{request.ref}/"


def test_answers_are_ranked_explained_and_used(place):
    union, store = place
    other = caller(union)
    client = Client()
    request = wish_of(client, quantity="2")
    answer(request, store, price=3000)
    cheap = answer(request, other, price=2000, words="With a new shade", delivery=350)
    path = f"/u/harbour/match/{request.ref}/"
    page = client.get(f"{path}answers/").content.decode()
    assert page.index("£20.00") < page.index("£30.00")
    for text in ("With a new shade", "£43.50 altogether", "2 answers", "of 100 points", "Put it in the cart"):
        assert text in page, text
    table = client.get(f"{path}?view=table&sort=price").content.decode()
    assert "Altogether" in table
    used = client.post(f"{path}use/{cheap.ref}/", {"version": "1"})
    assert (used.status_code, used.headers["Location"]) == (302, "/u/harbour/cart/")
    line = CartLine.objects.get()
    assert (line.store, line.quantity, line.seen_price) == (other, 2, 2000)
    done = client.get(path).content.decode()
    assert "You chose the answer of" in done
    assert "£30.00" not in done
    # Whoever has taken it out of the cart finds the way back; pressed twice it is the same line.
    assert "Go on with it" in done
    line.delete()
    for _ in range(2):
        assert client.post(f"{path}use/{cheap.ref}/", {"version": "1"}).headers["Location"] == "/u/harbour/cart/"
    line = CartLine.objects.get()
    assert (line.quantity, line.seen_price) == (2, 2000)


def test_what_changed_is_shown_again_before_it_is_used(place):
    _union, store = place
    client = Client()
    request = wish_of(client)
    response = answer(request, store)
    answer(request, store, price=9900)
    page = client.post(f"/u/harbour/match/{request.ref}/use/{response.ref}/", {"version": "1"}, follow=True)
    assert "has just changed its answer" in page.content.decode()
    assert not CartLine.objects.exists()


def test_a_question_goes_to_the_shop_and_the_wish_stays_open(place):
    _union, store = place
    client = Client()
    request = wish_of(client)
    response = answer(request, store)
    asked = client.post(f"/u/harbour/match/{request.ref}/ask/{response.ref}/")
    conversation = Conversation.objects.get()
    # The window is what is live.
    assert asked.headers["Location"] == f"/u/harbour/conversations/{conversation.ref}/?open=1"
    assert (conversation.store, MatchRequest.objects.get().state) == (store, "open")


def test_a_wish_is_taken_back(place):
    client = Client()
    request = wish_of(client)
    asked = client.get(f"/u/harbour/match/{request.ref}/").content.decode()
    # Asked before it is done: js/confirm.js looks at the form.
    assert '/cancel/" data-confirm="Take the wish back' in asked
    page = client.post(f"/u/harbour/match/{request.ref}/cancel/", follow=True).content.decode()
    assert "You took this wish back" in page
    assert MatchRequest.objects.get().state == "cancelled"


@pytest.mark.parametrize(
    ("said", "text"),
    [
        ({"words": ""}, "This field is required."),
        ({"quantity": "0"}, "greater than or equal to 1"),
        ({"budget": "much"}, "Enter a number."),
        ({"scope": "chosen"}, "Choose at least one shop."),
        ({"is_watched": "on"}, "Where shall we write to?"),
        ({"scope": "galaxy"}, "Select a valid choice"),
    ],
)
def test_a_wrong_entry_is_said_beside_its_field_and_nothing_is_asked(place, said, text):
    response = ask(Client(), **said)
    assert response.status_code == 422
    assert text in response.content.decode()
    assert not MatchRequest.objects.exists()


def test_nobody_else_sees_or_uses_it(place):
    _union, store = place
    UnionFactory(slug="elsewhere")
    client, stranger, member = Client(), Client(), Client()
    member.force_login(UserFactory())
    request = wish_of(client)
    response = answer(request, store)
    for person in (stranger, member):
        for path in ("", "answers/"):
            assert person.get(f"/u/harbour/match/{request.ref}/{path}").status_code == 404
        for path in ("cancel/", f"use/{response.ref}/", f"ask/{response.ref}/"):
            assert person.post(f"/u/harbour/match/{request.ref}/{path}", {"version": "1"}).status_code == 404
    assert client.get(f"/u/elsewhere/match/{request.ref}/").status_code == 404
    assert MatchResponse.objects.get().state == "offered"


@pytest.mark.parametrize("stores", [1, 3])
def test_the_page_takes_a_fixed_number_of_queries(place, stores, django_assert_num_queries):
    union, store = place
    client = Client()
    others = [caller(union) for _ in range(stores - 1)]
    request = wish_of(client)
    for each in (store, *others):
        answer(request, each)
    path = f"/u/harbour/match/{request.ref}/answers/"
    client.get(path)
    with django_assert_num_queries(5):
        body = client.get(path).content.decode()
    assert len(re.findall("Put it in the cart", body)) == stores


def test_pictures_go_along_and_only_the_shopper_opens_them_here(place):
    client, buffer = Client(), io.BytesIO()
    Image.new("RGB", (30, 20), "red").save(buffer, "JPEG")
    files = [SimpleUploadedFile(f"lamp{n}.jpg", buffer.getvalue()) for n in range(2)]
    request = wish_of(client, pictures=files)
    assert len(request.pictures) == 2
    path = f"/u/harbour/match/{request.ref}/pictures/{request.pictures[0]}/"
    assert path in client.get(f"/u/harbour/match/{request.ref}/").content.decode()
    shown = client.get(path)
    assert (shown.headers["Content-Type"], shown.headers["X-Content-Type-Options"]) == ("image/webp", "nosniff")
    assert Client().get(path).status_code == 404
    wrong = [SimpleUploadedFile("lamp.jpg", b"no picture")]
    assert ask(client, key="k2", pictures=wrong).status_code == 422
    assert ask(client, key="k3", pictures=[SimpleUploadedFile(f"{n}.jpg", b"x") for n in range(4)]).status_code == 422
    assert MatchRequest.objects.count() == 1
