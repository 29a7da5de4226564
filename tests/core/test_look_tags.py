from django.contrib.auth.models import AnonymousUser
from django.template import Context, Template
from django.test import RequestFactory
from django.utils.translation import override

from accounts.models import User
from core.templatetags.look import icon, product_card, stars
from unions.models import Union


def test_icon_is_silent_beside_words():
    assert icon("cart") == '<svg class="icon" aria-hidden="true"><use href="/static/icons.svg#cart"/></svg>'


def test_icon_alone_says_its_label_escaped():
    assert icon("cart", 'Cart "one"') == (
        '<svg class="icon" role="img" aria-label="Cart &quot;one&quot;"><use href="/static/icons.svg#cart"/></svg>'
    )


def test_stars_say_rating_and_number_of_reviews():
    html = stars(3.5, 2)

    assert 'aria-label="3.5 of 5 stars, 2 reviews"' in html
    assert 'viewBox="0 0 72.8 20"' in html


def test_stars_are_absent_without_a_rating():
    assert stars(None, 0) == ""


def page(path, *, union=None, user=None, csrf="secret-one", **context):
    request = RequestFactory().get(path)
    request.union = union
    text = Template('{% load look %}{% frame "components/top.html" %}{% frame "components/bottom.html" %}')
    shown = {"request": request, "user": user or AnonymousUser(), "csrf_token": csrf}
    return text.render(Context(shown | context))


def test_frame_is_filled_anew_for_each_request():
    first = page("/look/?q=tea%22", csrf="secret-one")
    second = page("/look/?q=pot", csrf="secret-two")

    assert 'value="secret-one"' in first
    assert 'value="/look/?q=tea%22"' in first
    assert 'value="secret-two"' in second
    assert "secret-one" not in second
    assert "tea" not in second
    assert "\u2402" not in first + second


def test_frame_of_one_person_is_never_shown_to_another():
    ann, ben = User(pk=1, email="ann@example.org"), User(pk=2, email="ben@example.org")

    assert "ann@example.org" in page("/", user=ann)
    assert "ann@example.org" not in page("/", user=ben)
    assert "ann@example.org" not in page("/")


def test_frame_of_one_union_is_never_shown_in_another():
    harbour = Union(slug="harbour", name="Harbour", languages=["en"])
    hills = Union(slug="hills", name="Hills", languages=["en"])

    assert "Harbour" in page("/u/harbour/", union=harbour)
    assert "Harbour" not in page("/u/hills/", union=hills)


def test_frame_follows_a_new_name_and_the_language():
    union = Union(slug="harbour", name="Harbour", languages=["en"], translations={"ko": {"name": "항구"}})

    assert "Harbour" in page("/", union=union)
    with override("ko"):
        assert "항구" in page("/", union=union)
    union.name = "Old Harbour"
    assert "Old Harbour" in page("/", union=union)


def test_product_card_escapes_what_a_store_wrote():
    html = product_card(
        {"url": "/a?b=1&c=2", "title": "<b>Cup</b>", "price": "£1", "stock": {"state": "out", "text": "none"}}
    )

    assert html == (
        '<article class="product gone"><div class="picture"></div>'
        '<h3><a href="/a?b=1&amp;c=2">&lt;b&gt;Cup&lt;/b&gt;</a></h3>'
        '<p class="price"><span>£1</span></p><p class="stock out">none</p></article>'
    )
