"""Drawn parts that stand dozens of times on a page, and the page's frame: as functions, since includes cost too much.

A product card as an included template takes ten times as long; the bars around a page look up twenty addresses.
"""

from __future__ import annotations

from functools import lru_cache
from html import escape as escaped
from typing import Any, NamedTuple
from urllib.parse import quote

from django import template
from django.template.context import Context
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import get_urlconf
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext, ngettext

from core.localized import localized

register = template.Library()


@register.simple_tag
@lru_cache(maxsize=512)
def icon(name: str, label: str = "", kind: str = "") -> SafeString:
    """A symbol of static/icons.svg: silent beside words, or with a label of its own."""
    said = format_html('role="img" aria-label="{}"', label) if label else mark_safe('aria-hidden="true"')
    return format_html(
        '<svg class="{}" {}><use href="{}#{}"/></svg>', f"icon {kind}".strip(), said, static("icons.svg"), name
    )


@register.simple_tag
def stars(rating: float | None, count: int | None = None) -> SafeString:
    """Five stars filled to `rating` (0–5, to a tenth) with the number of reviews; nothing while there is no rating."""
    return SafeString("") if rating is None else _stars(f"{rating:.1f}", count, get_language())


@lru_cache(maxsize=2048)
def _stars(rating: str, count: int | None, _language: str | None) -> SafeString:
    said = gettext("%(rating)s of 5 stars") % {"rating": rating}
    if count is not None:
        said += ", " + ngettext("%(count)d review", "%(count)d reviews", count) % {"count": count}
    width = f"{float(rating) / 5 * 104:.1f}"
    return format_html(
        '<span class="stars" role="img" aria-label="{said}"><svg viewBox="0 0 104 20" aria-hidden="true">'
        '<use class="off" href="{href}" width="104" height="20"/>'
        '<svg width="{width}" height="20" viewBox="0 0 {width} 20"><use href="{href}" width="104" height="20"/></svg>'
        "</svg>{rating}{count}</span>",
        said=said,
        href=static("icons.svg") + "#stars",
        width=width,
        rating=rating,
        count="" if count is None else f" ({count})",
    )


@register.simple_tag
def product_card(card: dict[str, Any], eager: bool = False) -> SafeString:
    """One product in a grid; what `card` holds stands in docs/look.md."""
    stock, picture, badge = card.get("stock"), card.get("picture"), card.get("badge")
    parts = ['<article class="product gone">' if stock and stock["state"] == "out" else '<article class="product">']
    parts.append('<div class="picture">')
    if picture:
        source = f' src="{escaped(picture["src"])}"'
        if picture.get("srcset"):
            source += f' srcset="{escaped(picture["srcset"])}" sizes="(min-width: 48rem) 15rem, 45vw"'
        size = f' width="{picture.get("width") or 600}" height="{picture.get("height") or 600}"'
        how = ' fetchpriority="high"' if eager else ' loading="lazy" decoding="async"'
        parts.append(f'<img{source}{size} alt=""{how}>')
    parts.append("</div>")
    if badge:
        parts.append(f'<span class="badge {badge.get("kind", "live-badge")}">{escaped(badge["text"])}</span>')
    parts.append(f'<h3><a href="{escaped(card["url"])}">{escaped(card["title"])}</a></h3>')
    if card.get("store"):
        parts.append(f'<p class="small muted">{escaped(card["store"])}</p>')
    was, unit = card.get("was"), card.get("unit")
    parts.append(f'<p class="price{" reduced" if was else ""}"><span>{escaped(card["price"])}</span>')
    parts.append(f" <del>{escaped(was)}</del>" if was else "")
    parts.append(f" <small>{escaped(unit)}</small>" if unit else "")
    parts.append("</p>")
    parts.append(stars(card.get("rating") or None, card.get("reviews")))
    if stock:
        key = f' data-stock="{escaped(stock["key"])}"' if stock.get("key") else ""
        parts.append(f'<p class="stock {stock["state"]}"{key}>{escaped(stock["text"])}</p>')
    parts.append("</article>")
    return mark_safe("".join(parts))


# What differs from request to request inside a frame; the marks are replaced after the frame is taken from memory.
MARKS = {name: f"\u2402{name}\u2403" for name in ("csrf", "path", "next", "query", "cart")}


class FrameUnion(NamedTuple):
    """All that a frame can show of a union."""

    slug: str
    name: str
    translations: None = None


class FramePerson(NamedTuple):
    """All that a frame can show of who reads the page."""

    is_authenticated: bool = False
    email: str = ""
    is_staff: bool = False


class FrameRequest:
    """Stands for the request while a frame is rendered for everyone."""

    GET = {"q": MARKS["query"]}
    path = MARKS["next"]

    def __init__(self, union: FrameUnion | None) -> None:
        self.union = union

    def get_full_path(self) -> str:
        return MARKS["path"]


@lru_cache(maxsize=1024)
def _frame(name: str, _language: str | None, _urlconf: Any, union: FrameUnion | None, person: FramePerson) -> str:
    """Drawn from its arguments alone, which are its key in memory: what it shows cannot be older than they are."""
    return render_to_string(
        name,
        {
            "request": FrameRequest(union),
            "user": person,
            "csrf_token": MARKS["csrf"],
            "cart_count": MARKS["cart"],
        },
    )


@register.simple_tag(takes_context=True)
def frame(context: Context, name: str) -> SafeString:
    """A bar around the page, rendered once per union, language, person and kind of addresses (a union's domain has
    shorter ones) in this process, then only filled in."""
    request = context.get("request")
    union = getattr(request, "union", None)
    user = context.get("user")
    shown = FrameUnion(union.slug, localized(union, "name")) if union else None
    person = FramePerson(True, user.email, user.is_staff) if user and user.is_authenticated else FramePerson()
    html = _frame(name, get_language(), get_urlconf(), shown, person)
    path = escape(request.get_full_path()) if request else "/"
    for mark, value in (
        ("csrf", str(context.get("csrf_token") or "")),
        ("path", path),
        ("next", quote(request.path) if request else "/"),
        ("query", escape(request.GET.get("q", "")) if request else ""),
        ("cart", str(context.get("cart_count") or "")),
    ):
        html = html.replace(MARKS[mark], value)
    here = f'href="{escape(request.path)}"' if request else ""
    return mark_safe(html.replace(here, f'{here} aria-current="page"') if here else html)
