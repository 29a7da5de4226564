"""In which language a page comes."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.locale import LocaleMiddleware
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.translation.trans_real import get_supported_language_variant, parse_accept_lang_header

from unions.models import Union


class LanguageMiddleware(LocaleMiddleware):
    """Own choice (cookie, then the signed-in person's) before what the browser reads before the union's language.

    Of the browser's languages only those count that the union speaks: its pages are written in them. A chosen language
    counts everywhere.
    """

    def process_request(self, request: HttpRequest) -> None:
        language = language_of(request)
        translation.activate(language)
        request.LANGUAGE_CODE = translation.get_language()

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """The choice is a cookie's; where sessions look at the request they say so as well."""
        response = super().process_response(request, response)
        if not hasattr(request, "session"):
            patch_vary_headers(response, ("Cookie",))
        return response


def language_of(request: HttpRequest) -> str:
    union: Union | None = getattr(request, "union", None)
    cookie = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
    chosen = _supported(cookie) or _of_person(getattr(request, "user", None))
    if chosen:
        return chosen
    offered = set(union.languages) if union else {code for code, _ in settings.LANGUAGES}
    for code, _weight in parse_accept_lang_header(request.META.get("HTTP_ACCEPT_LANGUAGE", "")):
        if code == "*":
            break
        if (language := _supported(code)) in offered:
            return str(language)
    return (union and _supported(union.default_language)) or settings.LANGUAGE_CODE


def _of_person(user: Any) -> str:
    """Requests of programs have nobody signed in."""
    return _supported(user.language) if user is not None and user.is_authenticated else ""


def _supported(code: str) -> str:
    try:
        return get_supported_language_variant(code) if code else ""
    except LookupError:
        return ""
