"""Signal codes over the API and as a field of a form."""

import pytest
from django import forms
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.translation import override

from core.memory import forget
from matching.forms.codes import SignalCodeField
from tests.factories.unions import UnionFactory


@pytest.fixture(autouse=True)
def _nothing_remembered():
    forget()


class WishForm(forms.Form):
    code = SignalCodeField(required=False)


class NeedsOne(forms.Form):
    code = SignalCodeField()


@pytest.mark.django_db
def test_the_api_finds_codes_by_what_is_typed(client):
    response = client.get("/api/v1/signal-codes/", {"q": "lam", "language": "ko"})
    assert response.status_code == 200
    assert response.json()["results"][0] == {
        "code": "hg-13-5", "title": "스탠드 조명", "path": ["가정 및 원예", "조명"],
    }  # fmt: skip
    assert response["Cache-Control"] == "public, max-age=300"
    assert "Accept-Language" in response["Vary"]


@pytest.mark.django_db
def test_the_api_walks_the_tree(client):
    below = client.get("/api/v1/signal-codes/", {"parent": "hg-13"}).json()["results"]
    assert [each["code"] for each in below] == ["hg-13-9", "hg-13-5", "hg-13-7"]
    within = client.get("/api/v1/signal-codes/", {"parent": "sv", "q": "bicycle"}).json()["results"]
    assert next(each["code"] for each in within) == "sv-repair-bike"
    assert {each["code"].split("-")[0] for each in within} == {"sv"}


@pytest.mark.django_db
def test_the_api_refuses_what_is_no_language_and_what_is_too_long(client):
    for wish in ({"language": "xx"}, {"q": "x" * 81}, {"parent": "x" * 25}):
        response = client.get("/api/v1/signal-codes/", wish)
        assert (response.status_code, response["Content-Type"]) == (422, "application/problem+json")


@pytest.mark.django_db
def test_a_chosen_code_is_taken_and_an_unknown_one_is_not():
    form = WishForm({"code": "hg-13-5", "code_words": "anything"})
    assert form.is_valid()
    assert form.cleaned_data == {"code": "hg-13-5"}
    form = WishForm({"code": "nowhere"})
    assert form.errors == {"code": ["Nothing is called so. Try another word."]}


@pytest.mark.django_db
def test_words_without_a_choice_are_answered_with_radios():
    form = WishForm({"code_words": "reading lamp"})
    assert form.errors == {"code": ["Choose one of these."]}
    page = form.as_div()
    assert '<input type="radio" name="code" value="hg-13-5">' in page
    assert 'value="reading lamp"' in page
    assert WishForm({"code_words": "xqzv"}).errors == {"code": ["Nothing is called so. Try another word."]}


@pytest.mark.django_db
def test_nothing_is_fine_unless_one_is_needed():
    assert WishForm({}).is_valid()
    assert NeedsOne({}).errors == {"code": ["This field is required."]}


@pytest.mark.django_db
def test_a_code_from_before_is_shown_checked_in_the_readers_language():
    with override("zh-hant"):
        page = WishForm(initial={"code": "hg-13-5"}).as_div()
    assert '<input type="radio" name="code" value="hg-13-5" checked>' in page
    assert "檯燈與立燈" in page
    assert "居家與園藝 › 照明" in page


@pytest.mark.django_db
def test_typed_words_stay_text():
    page = WishForm({"code_words": '"><script>'}).as_div()
    assert "<script>" not in page


@pytest.mark.django_db
def test_the_api_answers_on_a_unions_own_domain_too_and_leaves_nothing_in_the_browser(client, settings):
    settings.ALLOWED_HOSTS = ["*"]
    UnionFactory(slug="harbour", domain="harbour.example")
    with CaptureQueriesContext(connection) as spent:
        response = client.get("/api/v1/signal-codes/", {"q": "lam", "language": "en"}, HTTP_HOST="harbour.example")
    assert response.json()["results"][0]["code"] == "hg-13-5"
    assert not response.cookies
    # The union of this host, the words of the tree, the codes, their names.
    assert len(spent) == 4
    with CaptureQueriesContext(connection) as spent:
        assert client.get("/api/v1/signal-codes/", {"q": "LAM", "language": "en"}).status_code == 200
    assert len(spent) <= 1
