import pytest
from django.urls import reverse

from tests.factories.accounts import CenterAdminFactory, UserFactory
from tests.factories.unions import UnionFactory, UnionStaffFactory
from unions.middleware.domains import urlconf_of

pytestmark = pytest.mark.django_db

HOST = "mart.example"
LONG = (
    "/u/kaohsiung/ /u/kaohsiung/tea/oolong/ /u/busan/tea/ /u/kaohsiung/cart/ /account/orders/ / /search/ "
    "/u/kaohsiung/pages/about/"
)
SHORT = "/ /tea/oolong/ /u/busan/tea/ /cart/ /account/orders/ /center/ /center/search/ /pages/about/"


@pytest.fixture(autouse=True)
def _sample_pages(settings):
    settings.ROOT_URLCONF = "tests.unions.sample_urls"
    urlconf_of.cache_clear()
    yield
    urlconf_of.cache_clear()


@pytest.fixture
def union():
    return UnionFactory(slug="kaohsiung", domain=HOST)


def get(client, path, host=HOST, **more):
    return client.get(path, headers={"host": host}, **more)


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/", "shop:home [('union', 'kaohsiung')]"),
        ("/tea/", "shop:store [('store', 'tea'), ('union', 'kaohsiung')]"),
        ("/tea/oolong/", "shop:product [('product', 'oolong'), ('store', 'tea'), ('union', 'kaohsiung')]"),
        ("/search/?q=tea", "shop:search [('union', 'kaohsiung')]"),
        ("/cart/", "orders:cart [('union', 'kaohsiung')]"),
        ("/pages/about/", "unions:page [('slug', 'about'), ('union', 'kaohsiung')]"),
        ("/account/orders/", "orders:mine []"),
        ("/manage/kaohsiung/", "manage [('union', 'kaohsiung')]"),
    ],
)
def test_a_unions_domain_serves_its_pages_under_short_addresses(client, union, path, said):
    response = get(client, path)

    assert response.status_code == 200
    assert response.content.decode() == f"{said} | {SHORT}"


def test_the_center_keeps_the_long_addresses(client):
    UnionFactory(slug="kaohsiung")

    response = get(client, "/u/kaohsiung/tea/", host="center.example")

    assert response.content.decode() == f"shop:store [('store', 'tea'), ('union', 'kaohsiung')] | {LONG}"


def test_one_domains_addresses_do_not_leak_into_the_next_request(client, union):
    UnionFactory(slug="second", domain="second.example")
    get(client, "/")

    second = get(client, "/", host="second.example").content.decode()

    assert second.startswith("shop:home [('union', 'second')] | / /tea/oolong/ /u/busan/tea/ /cart/")
    assert reverse("shop:home", kwargs={"union": "kaohsiung"}) == "/u/kaohsiung/"


def test_the_long_address_leads_to_the_domain_for_good(client, union):
    response = get(client, "/u/kaohsiung/tea/?q=a%20b", host="center.example:8000")

    assert response.status_code == 301
    assert response["Location"] == "http://mart.example:8000/tea/?q=a%20b"
    assert response["Cache-Control"] == "max-age=3600"
    assert get(client, "/u/kaohsiung/tea/")["Location"] == "/tea/"
    assert get(client, "/u/kaohsiung/")["Location"] == "/"


def test_what_is_sent_to_the_long_address_is_not_redirected(client, union):
    assert client.post("/u/kaohsiung/cart/", headers={"host": "center.example"}).status_code == 200


def test_another_unions_pages_lead_back_to_the_center(client, union):
    UnionFactory(slug="busan")

    assert get(client, "/u/busan/tea/")["Location"] == "http://localhost:8000/u/busan/tea/"
    assert get(client, "/center/")["Location"] == "http://localhost:8000/"
    assert get(client, "/center/search/?q=tea")["Location"] == "http://localhost:8000/search/?q=tea"


def test_a_double_slash_leads_nowhere_else(client, union):
    for path in ("/u/kaohsiung//evil.example/", "/center//evil.example/"):
        response = get(client, path)
        location = response.get("Location", "")
        assert not location.startswith("//")
        assert "evil.example" not in location.partition("://")[2].partition("/")[0]


def test_the_domain_is_found_whatever_its_port_and_letters(client, union):
    assert get(client, "/", host="MART.example:8443").status_code == 200


def test_a_union_elsewhere_is_left_to_its_address(client):
    UnionFactory(slug="far", address="https://far.example/mart/")

    response = get(client, "/u/far/tea/", host="center.example")

    assert (response.status_code, response["Location"]) == (302, "https://far.example/mart/")


def test_an_unknown_union_does_not_exist(client):
    assert get(client, "/u/nowhere/", host="center.example").status_code == 404


@pytest.mark.parametrize("host", ["center.example", HOST])
def test_an_unpublished_union_exists_for_its_own_office_only(client, host):
    union = UnionFactory(slug="kaohsiung", domain=HOST if host == HOST else None, is_published=False)
    path = "/tea/" if host == HOST else "/u/kaohsiung/tea/"
    assert get(client, path, host=host).status_code == 404

    for person, status in (
        (UserFactory(), 404),
        (UnionStaffFactory().user, 404),
        (UnionStaffFactory(union=union, role="support").user, 200),
        (CenterAdminFactory(), 200),
    ):
        client.force_login(person)
        assert get(client, path, host=host).status_code == status


def test_the_office_of_an_unpublished_union_can_sign_in_on_its_domain(client):
    UnionFactory(slug="kaohsiung", domain=HOST, is_published=False)

    assert get(client, "/account/orders/").status_code == 200
    assert get(client, "/pages/about/").status_code == 404


def test_known_hosts_cost_no_query(client, django_assert_num_queries):
    for host in ("127.0.0.1:8000", "[::1]:8000"):
        with django_assert_num_queries(0):
            assert get(client, "/search/", host=host).status_code == 200
