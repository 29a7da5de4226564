"""Where `next` and the referring page may lead: to pages of this site, and never to a failure."""

import pytest
from django.urls import reverse

from tests.factories.accounts import UserFactory
from tests.factories.orders import market

pytestmark = pytest.mark.django_db

NOT_OURS = [
    "x",
    "admin:index",
    "accounts:home",
    "24:61",
    "{{7*7}}",
    "../x",
    "//evil.example/",
    "https://evil.example/",
    "/\\evil.example",
    "https:evil.example",
    "javascript:alert(1)",
    "http://[evil",
    " ",
]


@pytest.mark.parametrize("wanted", NOT_OURS)
def test_language_leads_home_when_the_page_is_not_ours(client, wanted):
    answer = client.post("/account/language/", {"language": "ko", "next": wanted})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/")
    assert answer.cookies["django_language"].value == "ko"


@pytest.mark.parametrize("wanted", ["/u/x/?q=1", "http://testserver/u/x/"])
def test_language_leads_back_to_our_page(client, wanted):
    assert client.post("/account/language/", {"next": wanted}).headers["Location"] == wanted


@pytest.mark.parametrize("wanted", NOT_OURS)
def test_a_new_address_leads_to_the_book_when_the_page_is_not_ours(client, wanted):
    client.force_login(UserFactory())
    words = {"recipient": "Ada", "line1": "1 Harbour Road", "city": "Truro", "country": "GB"}
    answer = client.post("/account/addresses/new/", {**words, "next": wanted})
    assert answer.headers["Location"] == reverse("accounts:addresses")


@pytest.mark.parametrize("referer", NOT_OURS)
def test_a_refused_cart_leads_to_the_cart_when_the_page_is_not_ours(client, referer):
    union = market().union
    cart = f"/u/{union.slug}/cart/"
    answer = client.post(f"{cart}add/", {"variant": "999999", "quantity": "1"}, headers={"Referer": referer})
    assert (answer.status_code, answer.headers.get("Location")) in [(302, cart), (404, None)]
