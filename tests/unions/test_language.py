import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import RequestFactory

from tests.factories.accounts import UserFactory
from tests.factories.unions import UnionFactory
from unions.middleware.language import language_of


def language(*, union=None, user=None, cookie="", accept=""):
    request = RequestFactory().get("/", headers={"accept-language": accept})
    request.union, request.user = union, user or AnonymousUser()
    if cookie:
        request.COOKIES["django_language"] = cookie
    return language_of(request)


BUSAN = ["ko", "en"]


@pytest.mark.parametrize(
    ("offered", "accept", "expected"),
    [
        (["ko"], "en-GB,en;q=0.9", "ko"),
        (BUSAN, "en-GB,en;q=0.9", "en"),
        (BUSAN, "zh-TW,zh;q=0.9,en;q=0.5", "en"),
        (BUSAN, "fr-FR", "ko"),
        (BUSAN, "*", "ko"),
        (BUSAN, "", "ko"),
        (["zh-hant", "en"], "zh-TW", "zh-hant"),
        (["zh-hant", "en"], "zh-HK,en;q=0.1", "zh-hant"),
        (["xx"], "fr", "en"),
    ],
)
def test_a_first_visitor_reads_what_the_union_speaks(offered, accept, expected):
    assert language(union=UnionFactory.build(languages=offered), accept=accept) == expected


def test_an_own_choice_counts_before_everything():
    union = UnionFactory.build(languages=["ko"])
    person = UserFactory.build(language="zh-hant")

    assert language(union=union, cookie="en", user=person, accept="ko") == "en"
    assert language(union=union, user=person, accept="ko") == "zh-hant"
    assert language(union=union, cookie="tlh", accept="ko") == "ko"


def test_the_center_follows_the_browser():
    assert language(accept="ko-KR,ko;q=0.9") == "ko"
    assert language(accept="fr") == "en"


@pytest.mark.django_db
def test_pages_say_their_language_and_what_it_depends_on(client):
    UnionFactory(slug="busan", languages=["ko"])

    response = client.get("/u/busan/nothing/here/either/", headers={"accept-language": "en"})

    assert response["Content-Language"] == "ko"
    assert "Accept-Language" in response["Vary"]


@pytest.mark.django_db
@pytest.mark.parametrize("slug", ["nowhere", "closed"])
def test_a_missing_unions_page_comes_in_the_readers_language(client, slug):
    UnionFactory(slug="closed", languages=["ko"], is_published=False)
    UnionFactory(slug="busan", languages=["ko"])
    client.get("/u/busan/nothing/here/")

    response = client.get(f"/u/{slug}/pages/about/", headers={"accept-language": "zh-TW"})

    assert response.status_code == 404
    assert response["Content-Language"] == ("zh-hant" if slug == "nowhere" else "ko")
