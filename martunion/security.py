"""What every page is guarded by: its Content-Security-Policy, who may keep a copy of it, texts without NUL."""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, QueryDict
from django.shortcuts import render
from django.urls import Resolver404, resolve
from django.utils.cache import has_vary_header
from django.utils.http import urlencode

STRICT = {
    "default-src": "'self'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data: blob:",
    "connect-src": "'self'",
    "object-src": "'none'",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}

# django-unfold's pages: Alpine evaluates expressions in attributes, and widths and colours stand in style attributes.
ADMIN = STRICT | {"script-src": "'self' 'unsafe-eval'", "style-src": "'self' 'unsafe-inline'"}

# Swagger UI writes its styles itself; its script comes from a file of its own (SpectacularSwaggerSplitView).
API_DOCS = STRICT | {"style-src": "'self' 'unsafe-inline'"}

EXCEPTIONS = {"/admin/": ADMIN, "/api/v1/docs/": API_DOCS}


DEVICES = "camera=(self), microphone=(self), display-capture=(self), geolocation=(self)"
"""Permissions-Policy: what a call uses, and where the nearest union is looked for; for no frame of others."""


def policy_for(path: str) -> str:
    """The policy of a path as the header's value."""
    policy = next((policy for prefix, policy in EXCEPTIONS.items() if path.startswith(prefix)), STRICT)
    return "; ".join(f"{directive} {sources}" for directive, sources in policy.items())


class ContentSecurityPolicyMiddleware:
    """Send the policy with every response that has none of its own."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", policy_for(request.path))
        response.headers.setdefault("Permissions-Policy", DEVICES)
        return response


OF_ONE_PERSON = ("/account/", "/manage/", "/provider/")


class PrivatePagesMiddleware:
    """Say who may keep a copy of a response that says nothing of it itself.

    Nobody keeps people's own pages and what a key or a guest's token opens, so that the way back on a shared computer
    shows nothing after signing out; what differs by cookie (the form's token, the cart's count) no proxy keeps.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if not response.has_header("Cache-Control"):
            if request.path.startswith(OF_ONE_PERSON) or _has_token(request) or _has_key(request):
                response["Cache-Control"] = "private, no-store"
            elif has_vary_header(response, "Cookie"):
                response["Cache-Control"] = "private"
        return response


def _has_token(request: HttpRequest) -> bool:
    """A guest's token, of whatever: `Cart-Token`, `Reservation-Token`, `Proposal-Token`, `Conversation-Token`."""
    return any(name.startswith("HTTP_") and name.endswith("_TOKEN") for name in request.META)


def _has_key(request: HttpRequest) -> bool:
    return "Authorization" in request.headers


class NoNulMiddleware:
    """PostgreSQL keeps no text with a NUL in it, so nothing here has one: such an address does not exist, such a form
    cannot be read, such a cookie was never ours, and in what is looked for it stands for nothing. Without this each of
    them would be a failure on our side.

    The API refuses them itself, as problem documents.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # Before sessions, which look for what the cookie says.
        for name in [name for name, value in request.COOKIES.items() if "\0" in value]:
            del request.COOKIES[name]
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_: Any) -> None:
        """Here, so that the page that says so comes in the reader's language."""
        if request.path_info.startswith("/api/"):
            return
        if "\0" in request.path_info:
            raise Http404
        query = request.META.get("QUERY_STRING", "")
        if "%00" in query or "\0" in query:
            asked = [(name, value) for name, values in request.GET.lists() for value in values]
            cleaned = urlencode([(name.replace("\0", ""), value.replace("\0", "")) for name, value in asked])
            request.META["QUERY_STRING"] = cleaned
            request.GET = QueryDict(cleaned)
        if request.method == "POST" and any(
            "\0" in value for _name, values in request.POST.lists() for value in values
        ):
            raise SuspiciousOperation("a form with a NUL in it")


def _above(path: str) -> str:
    """The nearest page above an address: an order's for the address of one of its steps."""
    while path != "/":
        path = f"{path.rstrip('/').rpartition('/')[0]}/"
        try:
            resolve(path)
        except Resolver404:
            continue
        break
    return path


class WrongMethodMiddleware:
    """An address that takes only forms, opened in a browser: a page with a way back instead of nothing at all."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if (
            isinstance(response, HttpResponseNotAllowed)
            and not response.content
            and "text/html" in request.headers.get("Accept", "")
        ):
            page = render(request, "405.html", {"page": _above(request.path)}, status=405)
            page["Allow"] = response["Allow"]
            return page
        return response
