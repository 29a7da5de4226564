"""Drawn parts that appear dozens of times on a page; as functions they cost a fraction of an include."""

from django import template
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext

register = template.Library()


@register.simple_tag
def icon(name: str, label: str = "", kind: str = "") -> SafeString:
    """A symbol of static/icons.svg: silent beside words, or with a label of its own."""
    classes = f"icon {kind}".strip()
    if label:
        return format_html(
            '<svg class="{}" role="img" aria-label="{}"><use href="{}#{}"/></svg>',
            classes,
            label,
            static("icons.svg"),
            name,
        )
    return format_html(
        '<svg class="{}" aria-hidden="true"><use href="{}#{}"/></svg>', classes, static("icons.svg"), name
    )


@register.simple_tag
def stars(rating: float | None, count: int | None = None) -> SafeString:
    """Five stars filled to `rating` (0–5, to a tenth) with the number of reviews; nothing while there is no rating."""
    if rating is None:
        return SafeString("")
    said = gettext("%(rating)s of 5 stars") % {"rating": f"{rating:.1f}"}
    reviews = "" if count is None else ngettext("%(count)d review", "%(count)d reviews", count) % {"count": count}
    shown = "" if count is None else f"({count})"
    href = static("icons.svg") + "#stars"
    return format_html(
        '<span class="stars" role="img" aria-label="{}"><svg viewBox="0 0 104 20" aria-hidden="true">'
        '<use class="off" href="{}" width="104" height="20"/>'
        '<svg width="{}" height="20" viewBox="0 0 {} 20"><use href="{}" width="104" height="20"/></svg></svg>'
        "{} {}</span>",
        f"{said}, {reviews}" if reviews else said,
        href,
        *(2 * [f"{rating / 5 * 104:.1f}"]),
        href,
        f"{rating:.1f}",
        shown,
    )
