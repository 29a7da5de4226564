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


def test_an_address_that_takes_forms_only_leads_to_the_page_it_belongs_to(client):
    place = market()
    address = f"/u/{place.union.slug}/track/abc/CON-1/cancel/"
    answer = client.get(address, headers={"accept": "text/html"})
    assert answer.status_code == 405
    assert f'href="/u/{place.union.slug}/track/abc/"' in answer.content.decode()


def test_a_refused_visitor_of_the_office_is_a_line_in_the_log_and_no_traceback(client, caplog):
    client.force_login(UserFactory())
    answer = client.get("/admin/", follow=True)
    assert (answer.status_code, "This page is for others" in answer.content.decode()) == (403, True)
    assert [record.exc_info for record in caplog.records if record.name == "django.request"] == [None]
