from datetime import UTC, datetime

import pytest

from tests.factories.accounts import UserFactory
from tests.factories.unions import UnionFactory, UnionPageFactory, UnionRegionFactory
from unions.models import HomeUnion, Redirect
from unions.services.redirects import remember_home
from unions.views import recording

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 2, 8, 30, tzinfo=UTC)
BROWSER = {"user-agent": "Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0"}


@pytest.fixture
def kaohsiung():
    union = UnionFactory(slug="kaohsiung", name="Kaohsiung Mart Union", latitude=22.6, longitude=120.3)
    UnionRegionFactory(union=union, code="TW-KHH", name="Kaohsiung City")
    return union


@pytest.fixture
def far():
    union = UnionFactory(
        slug="far", name="Far Union", address="https://far.example/mart/", latitude=35.2, longitude=129.1
    )
    UnionRegionFactory(union=union, code="KR-26", name="Busan")
    return union


def go(client, path, **headers):
    return client.get(path, headers={**BROWSER, **headers})


def test_the_center_shows_every_published_union(client, kaohsiung, far):
    UnionFactory(name="Hidden Union", is_published=False)

    page = client.get("/").content.decode()

    assert "Kaohsiung Mart Union" in page
    assert "/go/kaohsiung/?way=list" in page
    assert "Far Union" in page
    assert "On its own site" in page
    assert "Hidden Union" not in page
    assert '<option value="TW-KHH">Kaohsiung City</option>' in page


def test_the_center_takes_the_same_queries_for_one_and_three_unions(client, kaohsiung, django_assert_num_queries):
    with django_assert_num_queries(4):
        client.get("/", headers={"host": "127.0.0.1"})
    UnionRegionFactory.create_batch(2)
    with django_assert_num_queries(4):
        client.get("/", headers={"host": "127.0.0.1"})


def test_hundreds_of_unions_come_in_pages_of_sixty_kilobytes(client):
    for union in UnionFactory.create_batch(300):
        UnionRegionFactory(union=union, name=f"Somewhere in the region of {union.name}")

    first = client.get("/").content.decode()

    assert first.count('class="union-card"') == 12
    assert len(first.encode()) < 60_000
    assert client.get("/?page=25").content.decode().count('class="union-card"') == 12
    assert "?page=2" in first


def test_one_union_of_a_region_is_gone_to_at_once(client, kaohsiung):
    response = client.get("/find/region/?code=tw-khh")

    assert (response.status_code, response["Location"]) == (302, "/go/kaohsiung/?way=region")


def test_one_union_elsewhere_is_linked_since_no_form_may_lead_off_our_site(client, far):
    response = client.get("/find/region/?code=KR-26")

    assert response.status_code == 200
    page = response.content.decode()
    assert '<a class="button go" href="/go/far/?way=region">Go to Far Union</a>' in page
    assert Redirect.objects.count() == 0


def test_one_union_with_a_domain_is_linked_too(client, kaohsiung):
    kaohsiung.domain = "mart.example"
    kaohsiung.save()

    response = client.get("/find/region/?code=TW-KHH")

    assert response.status_code == 200
    assert "Go to Kaohsiung Mart Union" in response.content.decode()


def test_several_unions_of_a_region_are_offered(client, kaohsiung):
    UnionRegionFactory(union=UnionFactory(name="Second Union"), code="TW-KHH")

    page = client.get("/find/region/?code=TW-KHH").content.decode()

    assert page.count('class="union-card"') == 2
    assert "/go/kaohsiung/?way=region" in page


@pytest.mark.parametrize("code", ["", "XX-000", "%3Cscript%3E"])
def test_a_region_without_union_says_so(client, kaohsiung, code):
    response = client.get(f"/find/region/?code={code}")

    assert response.status_code == 200
    assert "No union covers this region yet" in response.content.decode()


def test_the_nearest_unions_are_found_by_place(client, kaohsiung, far):
    response = client.post("/find/place/", {"lat": "25.0330", "lon": "121.5654"})
    page = client.get("/find/place/").content.decode()

    assert (response.status_code, response["Location"]) == (302, "/find/place/")
    assert "Nearest to you" in page
    assert page.index("Kaohsiung Mart Union") < page.index("Far Union")
    assert "300 km away" in page
    assert "/go/kaohsiung/?way=place" in page


@pytest.mark.parametrize("place", [{}, {"lat": "x", "lon": "1"}, {"lat": "91", "lon": "1"}, {"lat": "nan", "lon": "1"}])
def test_a_wrong_place_is_refused_kindly(client, kaohsiung, place):
    response = client.post("/find/place/", place)

    assert response.status_code == 422
    assert "Your place did not arrive" in response.content.decode()


def test_nobodys_place_stands_in_an_address(client):
    response = client.get("/find/place/?lat=1&lon=1")

    assert (response.status_code, response["Location"]) == (302, "/#find")


def test_the_found_unions_can_be_read_in_another_language(client, kaohsiung):
    client.post("/find/place/", {"lat": "25.0330", "lon": "121.5654"})
    back = client.post("/account/language/", {"language": "ko", "next": "/find/place/"})

    page = client.get(back["Location"]).content.decode()

    assert '<html lang="ko"' in page
    assert "/go/kaohsiung/?way=place" in page


def test_a_union_at_the_other_end_of_the_world_is_not_called_near(client, kaohsiung):
    client.post("/find/place/", {"lat": "-33.45", "lon": "-70.66"})

    page = client.get("/find/place/").content.decode()

    assert "No union is near you yet" in page
    assert "Nearest to you" not in page


def test_going_to_a_union_is_recorded_and_remembered(client, kaohsiung):
    response = go(client, "/go/kaohsiung/?way=search&q=oolong&to=/u/kaohsiung/tea/oolong/")

    assert (response.status_code, response["Location"]) == (302, "/u/kaohsiung/tea/oolong/")
    redirect = Redirect.objects.get()
    assert (redirect.union, redirect.kind, redirect.way, redirect.target, redirect.words, redirect.user) == (
        kaohsiung,
        "to_union",
        "search",
        "kaohsiung",
        "oolong",
        None,
    )
    assert len(redirect.visitor) >= 20
    assert client.cookies["home_union"].value == "kaohsiung"
    page = client.get("/").content.decode()
    assert "Your union: Kaohsiung Mart Union" in page
    assert "/go/kaohsiung/?way=remembered" in page


def test_a_visitor_is_recognised_and_never_by_a_forged_cookie(client, kaohsiung):
    go(client, "/go/kaohsiung/")
    go(client, "/go/kaohsiung/")
    first, second = Redirect.objects.values_list("visitor", flat=True)
    assert first == second

    client.cookies["visitor"] = "somebody-else"
    go(client, "/go/kaohsiung/")
    assert Redirect.objects.exclude(visitor=first).get().visitor != "somebody-else"


def test_pages_that_need_no_visitor_set_no_cookie(client, kaohsiung):
    client.get("/")
    assert "visitor" not in client.cookies
    assert "home_union" not in client.cookies


def test_a_signed_in_persons_union_is_remembered_everywhere(client, kaohsiung):
    user = UserFactory()
    client.force_login(user)
    go(client, "/go/kaohsiung/?way=list")

    assert HomeUnion.objects.get().user == user
    assert Redirect.objects.get().user == user
    client.cookies.pop("home_union")
    assert "Your union: Kaohsiung Mart Union" in client.get("/").content.decode()


def test_a_union_elsewhere_is_redirected_to_like_any_other(client, far):
    response = go(client, "/go/far/?way=region&to=/u/far/tea/")

    assert response["Location"] == "https://far.example/mart/"
    redirect = Redirect.objects.get()
    assert (redirect.kind, redirect.way, redirect.target) == (
        "to_union_elsewhere",
        "region",
        "https://far.example/mart/",
    )
    assert client.cookies["home_union"].value == "far"


def test_a_union_with_a_domain_is_gone_to_there(client, kaohsiung):
    kaohsiung.domain = "mart.example"
    kaohsiung.save()

    assert go(client, "/go/kaohsiung/?to=/u/kaohsiung/tea/")["Location"] == "http://mart.example:8000/tea/"


@pytest.mark.parametrize(
    "to",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example/",
        "/u/kaohsiung/../../admin/",
        "/u/kaohsiung//evil.example/",
        "/u/other/",
        "/account/logout/",
        "javascript:alert(1)",
        "",
    ],
)
def test_going_leads_to_the_unions_own_pages_only(client, kaohsiung, to):
    assert go(client, f"/go/kaohsiung/?to={to}")["Location"] == "/u/kaohsiung/"


def test_unknown_and_unpublished_unions_are_not_gone_to(client):
    UnionFactory(slug="closed", is_published=False)

    for slug in ("closed", "nowhere"):
        assert go(client, f"/go/{slug}/").status_code == 404
    assert Redirect.objects.count() == 0


@pytest.mark.parametrize(
    "headers",
    [
        {"user-agent": "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"},
        {"user-agent": ""},
        {"sec-purpose": "prefetch;prerender"},
    ],
)
def test_programs_are_sent_on_and_not_recorded(client, kaohsiung, headers):
    response = go(client, "/go/kaohsiung/?way=list", **headers)

    assert response["Location"] == "/u/kaohsiung/"
    assert response["X-Robots-Tag"] == "noindex"
    assert Redirect.objects.count() == 0
    assert "visitor" not in client.cookies


def test_one_address_fills_no_table(client, kaohsiung, monkeypatch):
    monkeypatch.setattr(recording, "MOST_PER_MINUTE", 3)

    answers = [go(client, "/go/kaohsiung/").status_code for _ in range(5)]

    assert answers == [302] * 5
    assert Redirect.objects.count() == 3


def test_the_remembered_union_is_forgotten_when_it_closes(client, kaohsiung):
    user = UserFactory()
    remember_home(user=user, union=kaohsiung, now=NOW)
    kaohsiung.is_published = False
    kaohsiung.save()
    client.force_login(user)

    assert "Your union" not in client.get("/").content.decode()


def test_union_pages_show_their_own_texts_in_the_readers_language(client, kaohsiung):
    UnionPageFactory(
        union=kaohsiung,
        slug="about",
        title="About us",
        body="We stand together.\n\n<b>Always</b>.",
        translations={"ko": {"title": "소개", "body": "함께합니다."}},
    )
    UnionPageFactory(union=kaohsiung, slug="draft", is_published=False)
    UnionPageFactory(slug="about", title="Another union's page")

    page = client.get("/u/kaohsiung/pages/about/").content.decode()
    assert "<p>We stand together.</p>" in page
    assert "&lt;b&gt;Always&lt;/b&gt;" in page
    assert "Another union" not in page
    assert client.get("/u/kaohsiung/pages/")["Location"] == "/u/kaohsiung/pages/about/"
    assert client.get("/u/kaohsiung/pages/draft/").status_code == 404

    client.cookies["django_language"] = "ko"
    assert "소개" in client.get("/u/kaohsiung/pages/about/").content.decode()


def test_a_union_without_pages_has_no_about(client, kaohsiung):
    assert client.get("/u/kaohsiung/pages/").status_code == 404


def test_programs_are_told_what_not_to_read(client, kaohsiung):
    response = client.get("/robots.txt")

    assert response["Content-Type"] == "text/plain; charset=utf-8"
    assert "Disallow: /go/\n" in response.content.decode()
