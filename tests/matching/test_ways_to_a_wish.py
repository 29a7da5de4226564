"""Where a shopper finds that all shops can be asked at once, and what the lists of wishes say."""

import pytest
from django.test import Client
from django.utils import timezone

from matching.models import MatchRequest
from matching.services.answering import Answer, answer_call, decline_call
from tests.factories.matching import caller, code
from tests.factories.stores import ProductFactory, TaxClassFactory, VariantFactory
from tests.factories.unions import UnionFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def place():
    union = UnionFactory(slug="harbour", currency="GBP", languages=["en", "ko"])
    TaxClassFactory(union=union)
    code()
    return union, caller(union, slug="near", name="hg-13-5")


def said(client, path):
    return client.get(path).content.decode()


def thrown(client, **more):
    response = client.post("/u/harbour/match/", {"words": "reading lamp", "quantity": "1", "key": "k", **more})
    assert response.status_code == 302, response.content.decode()
    return MatchRequest.objects.latest("id")


def test_home_search_and_product_lead_to_a_wish_with_its_words(place):
    union, store = place
    product = ProductFactory(union=union, store=store, title="Oak & elm shelf", slug="oak-shelf")
    VariantFactory(union=union, store=store, product=product)
    client = Client()
    assert 'action="/u/harbour/match/"' in said(client, "/u/harbour/")
    assert 'href="/u/harbour/match/?q=Oak%20%26%20elm%20shelf"' in said(client, "/u/harbour/near/oak-shelf/")
    nothing = said(client, "/u/harbour/search/?q=brass+%26+lamp+zzz")
    for way in ("/u/harbour/match/?q=brass%20%26%20lamp%20zzz", "/search/?q=brass%20%26%20lamp%20zzz"):
        assert f'{way}"' in nothing, way
    assert 'value="brass &amp; lamp zzz"' in said(client, "/u/harbour/match/?q=brass+%26+lamp+zzz")


def test_a_section_of_the_form_that_was_filled_stays_open_when_something_else_is_refused(place):
    client = Client()
    page = client.post(
        "/u/harbour/match/",
        {"words": "", "quantity": "1", "scope": "union", "condition": "used", "answers_within": "30"},
    ).content.decode()
    assert "<details open><summary" in page
    assert page.count("<details open><summary") == 1


def test_lists_say_how_many_have_answered_and_that_nobody_has_it(place):
    _union, store = place
    client = Client()
    request = thrown(client)
    path = f"/u/harbour/match/{request.ref}/"
    assert "1 shop was asked" in said(client, "/u/harbour/match/")
    decline_call(request=request, store=store, by="person", actor=None, now=timezone.now())
    page = said(client, path)
    assert "No shop that was asked has it" in page
    assert "The shops are being asked" not in page
    offer = Answer(title="Brass lamp", price=2500)
    answer_call(request=request, store=store, answer=offer, by="person", actor=None, now=timezone.now())
    assert "1 answer<" in said(client, "/u/harbour/match/")
    assert "No shop that was asked has it" not in said(client, path)


def test_a_good_of_the_catalogue_is_named_in_the_reader_s_language_and_own_words_stay(place):
    union, store = place
    words = {"ko": {"title": "황동 램프", "options": {"Large": "큰 것"}}}
    product = ProductFactory(union=union, store=store, title="Brass lamp", slug="lamp", translations=words)
    variant = VariantFactory(union=union, store=store, product=product, options={"Size": "Large"})
    client = Client(headers={"accept-language": "ko"})
    request = thrown(client)
    for title, shown in (
        ("", "황동 램프"),
        ("Brass lamp · Large", "황동 램프 · 큰 것"),
        ("Lamp of my aunt", "Lamp of my aunt"),
    ):
        offer = Answer(title=title, price=2500, variant=variant)
        answer_call(request=request, store=store, answer=offer, by="person", actor=None, now=timezone.now())
        assert f">{shown}</a></h2>" in said(client, f"/u/harbour/match/{request.ref}/"), title


def test_a_chosen_answer_leads_to_the_cart_and_a_wish_that_reached_nobody_counts_nothing_down(place):
    _union, store = place
    client = Client()
    request = thrown(client)
    offer = Answer(title="Brass lamp", price=2500)
    given = answer_call(request=request, store=store, answer=offer, by="person", actor=None, now=timezone.now())
    path = f"/u/harbour/match/{request.ref}/"
    assert client.post(f"{path}use/{given.ref}/", {"version": "1"}).status_code == 302
    page = said(client, path)
    assert '<a href="/u/harbour/cart/">To the cart</a>' in page
    assert '<span class="badge">found</span>' in page
    store.subscriptions.all().delete()
    nobody = thrown(client, words="periscope", key="k2")
    page = said(client, f"/u/harbour/match/{nobody.ref}/")
    assert "No shop here is known for this" in page
    assert "data-countdown" not in page
