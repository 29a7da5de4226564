"""A page is drawn once for the same live data, and never again shown when that has changed."""

import re
from datetime import UTC, datetime

import pytest
from django.core.management import CommandError, call_command
from django.utils.translation import override

from core import memory
from stores.models import Product, Store
from stores.queries.cards import stock_words
from stores.queries.goods import Wish
from stores.queries.opening import Span
from stores.queries.search import query_of
from stores.queries.shop import Delivery
from stores.services.stock import HoldWant, set_holds
from stores.templatetags.shop import picture
from stores.views.shop.product import source_of
from stores.views.shop.words import arrival_text
from tests.factories.accounts import UserFactory
from tests.factories.stores import ProductFactory, StoreFactory, VariantFactory
from tests.factories.unions import UnionFactory
from tests.stores.lists import list_goods
from unions.models import Union

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
PATHS = ["/u/harbour/", "/u/harbour/search/", "/u/harbour/clay/", "/u/harbour/clay/cup/"]


@pytest.fixture
def variant(db):
    store = StoreFactory(union=UnionFactory(slug="harbour"), slug="clay")
    return VariantFactory(product=ProductFactory(store=store, slug="cup", title="Tea cup"), stock=5)


def drawn(monkeypatch) -> list[str]:
    """The templates of the pages that are drawn from now on."""
    from stores.views.shop import kept

    made: list[str] = []
    draw = kept.render_to_string
    monkeypatch.setattr(kept, "render_to_string", lambda name, *rest: made.append(name) or draw(name, *rest))
    return made


@pytest.mark.parametrize("path", PATHS)
def test_kept_page_is_drawn_once_for_the_same_data(variant, client, monkeypatch, path):
    pages = drawn(monkeypatch)
    first, second = client.get(path), client.get(path)
    assert len(pages) == 1
    client.cookies["theme"] = "dark"
    assert 'data-theme="dark"' in client.get(path).content.decode()
    assert 'data-theme="dark"' not in first.content.decode()
    assert (first.status_code, second.status_code) == (200, 200)


@pytest.mark.parametrize("path", PATHS)
def test_kept_page_shows_new_prices_and_stock_at_once(variant, client, path):
    client.get(path)
    set_holds(union=variant.union, wants=[HoldWant("a", variant.pk, 3)], now=NOW)
    assert "2 left" in client.get(path).content.decode()
    type(variant).objects.filter(pk=variant.pk).update(price=777)
    Product.objects.update(price_from=777, price_to=777)
    assert "£7.77" in client.get(path).content.decode()


@pytest.mark.parametrize("path", PATHS)
def test_kept_page_carries_each_visitors_own_token(variant, client, path):
    tokens = set()
    for _ in range(2):
        content = client.get(path).content.decode()
        found = set(re.findall(r'csrfmiddlewaretoken" value="([^"]+)"', content))
        assert "\u2402" not in content
        assert all(len(token) == 64 for token in found)
        tokens |= found
    assert len(tokens) == 2


def test_kept_page_is_not_shared_with_people_who_are_signed_in(variant, client, monkeypatch):
    client.get("/u/harbour/")
    pages = drawn(monkeypatch)
    person = UserFactory(name="Hui-Ju Chen")
    client.force_login(person)
    signed_in = client.get("/u/harbour/").content.decode()
    client.logout()
    assert pages == []
    assert person.email in signed_in or "Hui-Ju" in signed_in or "/account/logout/" in signed_in
    assert person.email not in client.get("/u/harbour/").content.decode()


def test_kept_page_greets_in_the_visitors_language(variant, client):
    Store.objects.update(translations={"ko": {"name": "도자기"}})
    client.get("/u/harbour/clay/")
    client.cookies["django_language"] = "ko"
    assert "도자기" in client.get("/u/harbour/clay/").content.decode()


def test_union_that_is_edited_or_closed_is_seen_at_once(variant, client):
    client.get("/u/harbour/")
    Union.objects.update(name="New Harbour", translations={"ko": {"name": "항구"}})
    memory.forget()
    assert "New Harbour" in client.get("/u/harbour/").content.decode()
    Union.objects.update(is_published=False)
    assert client.get("/u/harbour/").status_code == 404


def test_reindex_builds_the_index_anew(variant, capsys):
    words = Wish(query=query_of(variant.union_id, "tea"))
    assert list_goods(variant.union, words) == []
    call_command("reindex", union="harbour")
    assert "1 products indexed" in capsys.readouterr().out
    assert len(list_goods(variant.union, words)) == 1
    with pytest.raises(CommandError):
        call_command("reindex", union="nowhere")


@pytest.mark.parametrize(("left", "words"), [(-1, "out"), (0, "out"), (1, "low"), (5, "low"), (6, "in")])
def test_stock_words(left, words):
    assert stock_words(left, "en")[0] == words


@pytest.mark.parametrize(
    ("kind", "days", "text"),
    [
        ("pickup", (0, 0), "Ready today"),
        ("pickup", (1, 1), "Ready Tue 3 Mar"),
        ("delivery", (1, 1), "Arrives Tue 3 Mar"),
        ("delivery", (1, 3), "Arrives Tue 3 Mar to Thu 5 Mar"),
        ("digital", (0, 2), "From Mon 2 Mar"),
    ],
)
def test_arrival_text(kind, days, text):
    week = [Span(weekday, NOW.replace(hour=8).time(), NOW.replace(hour=18).time()) for weekday in range(7)]
    assert arrival_text(Delivery(kind, "", 0, None, *days), NOW, "UTC", week, []) == text


def test_picture_offers_every_size_and_keeps_its_place():
    sizes = [
        {"path": f"a-{width}.{ending}", "width": width, "height": width // 2, "type": f"image/{ending}"}
        for width in (320, 640)
        for ending in ("webp", "avif")
    ]
    drawn_picture = picture(source_of('a "cup"', sizes), "50vw")
    assert drawn_picture == (
        '<picture><source type="image/avif" srcset="/media/a-320.avif 320w, /media/a-640.avif 640w" sizes="50vw">'
        '<img data-picture src="/media/a-640.webp" srcset="/media/a-320.webp 320w, /media/a-640.webp 640w" '
        'sizes="50vw" width="640" height="320" alt="a &quot;cup&quot;" loading="lazy" decoding="async"></picture>'
    )
    assert "srcset" not in picture(source_of("svg", [{"path": "a.svg", "width": 400, "height": 400}]), "50vw")


def test_bars_show_a_new_name_of_the_union_at_once(variant, client):
    path = "/u/harbour/clay/cup/"
    client.get(path)
    Union.objects.filter(slug="harbour").update(name="Harbour and Hill")
    assert client.get(path).content.decode().count("Harbour and Hill") == 2
    Union.objects.filter(slug="harbour").update(translations={"ko": {"name": "항구 연합"}})
    client.cookies["django_language"] = "ko"
    with override("en"):
        assert client.get(path).content.decode().count("항구 연합") == 2


def test_bars_show_a_new_role_and_address_of_the_person_at_once(variant, client):
    person = UserFactory(email="ada@example.com")
    client.force_login(person)
    path = "/u/harbour/clay/cup/"
    assert "ada@example.com" in (first := client.get(path).content.decode())
    assert 'href="/admin/"' not in first
    type(person).objects.filter(pk=person.pk).update(is_staff=True, email="ada@example.org")
    second = client.get(path).content.decode()
    assert ("ada@example.com" in second, "ada@example.org" in second, 'href="/admin/"' in second) == (False, True, True)
    client.logout()
    assert "ada@example.org" not in client.get(path).content.decode()
