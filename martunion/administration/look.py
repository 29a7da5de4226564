"""How the administration looks (django-unfold); the colours follow `static/css/tokens.css`."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

LIGHTNESS = {
    "50": (97.5, 0.012),
    "100": (94.5, 0.025),
    "200": (89.5, 0.05),
    "300": (82, 0.08),
    "400": (71, 0.11),
    "500": (60, 0.12),
    "600": (50, 0.11),
    "700": (43, 0.095),
    "800": (36, 0.08),
    "900": (30, 0.065),
    "950": (22, 0.05),
}
HUE = 195


def stylesheet(request: HttpRequest) -> str:
    return static("css/office.css")


def script(request: HttpRequest) -> str:
    return static("js/office.js")


def favicon(request: HttpRequest) -> str:
    return static("favicon.svg")


def language_switch(request: HttpRequest) -> str:
    return reverse("accounts:language")


UNFOLD: dict[str, Any] = {
    "SITE_TITLE": _("martunion office"),
    "SITE_HEADER": _("martunion office"),
    "SITE_SUBHEADER": _("Mart unions side by side"),
    "SITE_SYMBOL": "storefront",
    "SITE_URL": "/",
    "SITE_DROPDOWN": "martunion.administration.navigation.site_links",
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": favicon}],
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_LANGUAGES": True,
    "SHOW_BACK_BUTTON": True,
    "LANGUAGES": {"action": language_switch},
    "STYLES": [stylesheet],
    "SCRIPTS": [script],
    "COLORS": {
        "primary": {step: f"oklch({light}% {chroma} {HUE})" for step, (light, chroma) in LIGHTNESS.items()},
    },
    "BORDER_RADIUS": "8px",
    "SIDEBAR": {
        "show_search": False,
        "show_all_applications": False,
        "navigation": "martunion.administration.navigation.sections",
    },
}
