"""The base templates stand by themselves: no union, nobody signed in, nothing in the context."""

import re

import pytest
from django.template.loader import get_template, render_to_string
from django.test import RequestFactory

from martunion.embedded import BASE_DIR

TEMPLATES = BASE_DIR / "templates"
SYMBOLS = set(re.findall(r'<symbol id="([\w-]+)"', (BASE_DIR / "static/icons.svg").read_text()))


@pytest.mark.parametrize("name", ["base", "base_plain", "base_union", "base_flow", "base_account", "base_manage"])
def test_base_renders_for_a_request_without_union(name):
    html = render_to_string(f"{name}.html", request=RequestFactory().get("/"))

    assert '<html lang="en" data-hue="240">' in html
    assert '<main id="main" tabindex="-1">' in html
    assert '<a class="skip" href="#main">' in html


@pytest.mark.parametrize("code", ["400", "403", "403_csrf", "404", "429", "500"])
def test_error_page_renders_without_a_request(code):
    html = get_template(f"{code}.html").render()

    assert f'<p class="small muted">{code[:3]}</p>' in html


@pytest.mark.parametrize("theme, shown", [("dark", ' data-theme="dark"'), ("light", ' data-theme="light"'), ("x", "")])
def test_theme_cookie_decides_the_first_paint(theme, shown):
    request = RequestFactory().get("/")
    request.COOKIES["theme"] = theme

    assert f'data-hue="240"{shown}>' in render_to_string("base_union.html", request=request)


def test_templates_carry_no_inline_style_or_handler():
    bad = re.compile(r"<[^>]*\s(style|on[a-z]+)=|<style|<script(?![^>]*\bsrc=)", re.IGNORECASE)
    found = [str(path.relative_to(TEMPLATES)) for path in TEMPLATES.rglob("*.html") if bad.search(path.read_text())]

    assert found == []


def test_what_is_asked_first_is_answered_by_a_button_that_says_what_it_does():
    asking = {
        str(path.relative_to(TEMPLATES)): re.findall(r"<form(?:{%.*?%}|[^>])*>", path.read_text())
        for path in TEMPLATES.rglob("*.html")
    }
    mute = [
        (name, form)
        for name, forms in asking.items()
        for form in forms
        if "data-confirm=" in form and "data-confirm-yes=" not in form
    ]

    assert mute == []


def test_every_named_icon_is_drawn():
    named = {name for path in TEMPLATES.rglob("*.html") for name in re.findall(r'{% icon "([\w-]+)"', path.read_text())}

    assert named - SYMBOLS == set()


def test_form_field_is_labelled_described_and_marked_wrong(client):
    from martunion.look import SampleForm

    html = SampleForm({"email": "x"}).render()

    assert '<label for="id_email">E-mail</label>' in html
    assert '<ul class="errorlist" id="id_email_error"><li>Enter a valid email address.</li></ul>' in html
    assert 'aria-invalid="true" aria-describedby="id_email_helptext id_email_error" id="id_email"' in html
    assert '<a href="#id_email">E-mail</a>: Enter a valid email address.' in html


def test_style_sheets_close_what_they_open():
    """A brace that is missing after a width puts all that follows under it: right on a desk, naked on a phone."""
    depths = {}
    for path in sorted((BASE_DIR / "static/css").glob("*.css")):
        depth = lowest = 0
        for brace in re.findall(r"[{}]", re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.DOTALL)):
            depth += 1 if brace == "{" else -1
            lowest = min(lowest, depth)
        depths[path.name] = (depth, lowest)
    assert depths
    assert {name: found for name, found in depths.items() if found != (0, 0)} == {}
