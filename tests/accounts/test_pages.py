import re

import pytest
from django.urls import reverse

from accounts.models import Address
from tests.factories.accounts import AddressFactory, UserFactory
from tests.factories.unions import MembershipFactory, UnionFactory, UnionStaffFactory

pytestmark = pytest.mark.django_db

ADDRESS = {"recipient": "Mina Park", "line1": "12 Haeundae-ro", "city": "Busan", "country": "KR"}


@pytest.fixture
def user(client):
    user = UserFactory(name="Mina")
    client.force_login(user)
    return user


def test_own_pages_want_a_sign_in_and_return_to_where_one_was(client):
    for name in ("home", "profile", "addresses", "new_address"):
        address = reverse(f"accounts:{name}")
        response = client.get(address)
        assert (response.status_code, response["Location"]) == (302, f"/account/login/?next={address}")


def test_home_shows_shops_and_offices(client, user):
    membership = MembershipFactory(enterprise__owner=user, state="suspended")
    union = UnionStaffFactory(user=user).union
    user.is_staff = True
    user.save()
    MembershipFactory()

    page = client.get("/account/").content.decode()

    assert "Hello, Mina" in page
    assert page.count("See where it stands") == 1
    assert membership.enterprise.name in page
    assert "suspended" in page
    assert union.name in page


def test_home_takes_the_same_queries_for_one_and_three_shops(client, user, django_assert_num_queries):
    MembershipFactory(enterprise__owner=user)
    with django_assert_num_queries(5):
        client.get("/account/")
    MembershipFactory.create_batch(2, enterprise__owner=user)
    with django_assert_num_queries(5):
        client.get("/account/")


def test_profile_is_saved_and_speaks_the_chosen_language_at_once(client, user):
    response = client.post("/account/profile/", {"name": "민아", "phone": "010", "language": "ko"}, follow=True)

    user.refresh_from_db()
    assert (user.name, user.phone, user.language) == ("민아", "010", "ko")
    assert response["Content-Language"] == "ko"
    assert client.cookies["django_language"].value == "ko"


def test_profile_refuses_an_unknown_language_and_keeps_what_was_written(client, user):
    response = client.post("/account/profile/", {"name": "Min", "phone": "", "language": "tlh"})

    assert response.status_code == 200
    assert 'value="Min"' in response.content.decode()
    user.refresh_from_db()
    assert (user.name, user.language) == ("Mina", "")


def test_a_guest_switches_the_language_and_stays_on_the_page(client):
    response = client.post("/account/language/", {"language": "zh-hant", "next": "/account/login/?next=/x/"})

    assert (response.status_code, response["Location"]) == (302, "/account/login/?next=/x/")
    assert client.get("/account/login/")["Content-Language"] == "zh-hant"


def test_a_signed_in_person_keeps_the_switched_language(client, user):
    client.post("/account/language/", {"language": "ko"})

    user.refresh_from_db()
    assert user.language == "ko"


@pytest.mark.parametrize(
    ("chosen", "browser", "spoken", "said"),
    [
        ("", "en-GB,en", "en", "You have signed out."),
        ("", "zh-TW,zh", "zh-hant", "您已登出。"),
        ("ko", "en-GB,en", "ko", "로그아웃 되었습니다."),
    ],
)
def test_the_farewell_speaks_the_language_of_the_page_that_shows_it(client, user, chosen, browser, spoken, said):
    user.language = "ko"
    user.save()
    if chosen:
        client.cookies["django_language"] = chosen
    page = client.post("/account/logout/", follow=True, headers={"accept-language": browser})
    assert [str(message) for message in page.context["messages"]] == [said]
    assert spoken == page.context["request"].LANGUAGE_CODE


@pytest.mark.parametrize("wanted", ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:1"])
def test_the_language_switch_leads_nowhere_else(client, wanted):
    response = client.post("/account/language/", {"language": "ko", "next": wanted})

    assert response["Location"] == "/"


def test_an_unknown_language_changes_nothing(client):
    response = client.post("/account/language/", {"language": "tlh"})

    assert response.status_code == 302
    assert "django_language" not in client.cookies


def test_the_language_is_not_switched_by_a_link(client):
    assert client.get("/account/language/?language=ko").status_code == 405


def test_an_address_is_added_and_the_person_returns_to_the_checkout(client, user):
    response = client.post("/account/addresses/new/?next=/u/x/checkout/", {**ADDRESS, "next": "/u/x/checkout/"})

    assert response["Location"] == "/u/x/checkout/"
    address = Address.objects.get()
    assert (address.user, address.recipient, address.is_default) == (user, "Mina Park", True)


def chosen_country(client):
    page = client.get("/account/addresses/new/").content.decode()
    return re.search(r'<option value="([A-Z]*)" selected>', page)[1]


def test_a_new_address_begins_in_no_country_when_none_is_known(client, user):
    assert chosen_country(client) == ""


def test_a_new_address_begins_in_the_country_of_the_home_union(client, user):
    client.cookies["home_union"] = UnionFactory(slug="kaohsiung", country="TW").slug
    assert chosen_country(client) == "TW"


def test_a_new_address_begins_in_the_country_of_the_first_address(client, user):
    client.cookies["home_union"] = UnionFactory(slug="kaohsiung", country="TW").slug
    AddressFactory(user=user, country="KR", is_default=True)
    assert chosen_country(client) == "KR"


def test_the_address_book_names_countries(client, user):
    AddressFactory(user=user, country="TW")

    assert ", Taiwan</span>" in client.get("/account/addresses/").content.decode()


def test_a_wrong_address_is_shown_again_as_written(client, user):
    response = client.post("/account/addresses/new/", {**ADDRESS, "country": "XX"})

    page = response.content.decode()
    assert response.status_code == 200
    assert "12 Haeundae-ro" in page
    assert 'role="alert"' in page
    assert "asked for again" not in page
    assert Address.objects.count() == 0


def test_addresses_are_changed_put_first_and_removed(client, user):
    first = AddressFactory(user=user, is_default=True, label="home")
    second = AddressFactory(user=user, label="work")

    assert client.post(f"/account/addresses/{second.key}/first/").status_code == 302
    second.refresh_from_db()
    assert second.is_default

    assert client.post(f"/account/addresses/{first.key}/", ADDRESS).status_code == 302
    first.refresh_from_db()
    assert first.city == "Busan"

    assert client.post(f"/account/addresses/{first.key}/remove/").status_code == 302
    assert list(Address.objects.values_list("pk", flat=True)) == [second.pk]
    assert "Used first" in client.get("/account/addresses/").content.decode()


def test_other_peoples_addresses_do_not_exist(client, user):
    other = AddressFactory(recipient="Somebody Else")

    for path, method in (("", "get"), ("", "post"), ("first/", "post"), ("remove/", "post")):
        response = getattr(client, method)(f"/account/addresses/{other.key}/{path}", ADDRESS)
        assert response.status_code == 404
    other.refresh_from_db()
    assert other.recipient == "Somebody Else"
    assert "Somebody Else" not in client.get("/account/addresses/").content.decode()


def test_own_pages_work_on_a_unions_domain(client, user):
    UnionFactory(slug="busan", domain="mart.example", languages=["ko"])

    response = client.get("/account/", headers={"host": "mart.example"})

    assert response.status_code == 200
    assert response["Content-Language"] == "ko"
