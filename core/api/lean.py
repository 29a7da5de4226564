"""The same endpoint with less around it, for the requests of a purchase.

DRF takes most of a millisecond to wrap a request, weigh what it accepts, pick a parser and render. Here a usual request
(JSON in, JSON out, not large) goes past that; the checks are the same objects in the same order: union, key, scope,
limit. Whatever is unusual takes DRF's own way from the start, and a refusal takes it from there on, so every problem
document has one origin.
"""

from __future__ import annotations

import json
from typing import Any, ClassVar

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from rest_framework import exceptions
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response

from core.api.endpoint import UnionEndpoint
from core.api.parsing import may_hold_half_letters

LARGEST = 64_000
READABLE = frozenset({"application/json", "application/json; charset=utf-8"})
WRITABLE = frozenset({"", "*/*", "application/json"})


class LeanEndpoint(UnionEndpoint):
    """Methods named in `lean` are answered without DRF's wrapping when the request is a usual one.

    Their `request` is then Django's own, with `data` and `auth` as DRF's has them.
    """

    lean: ClassVar[frozenset[str]] = frozenset()

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        data = usual_body(request) if request.method in self.lean else None
        if data is None:
            return super().dispatch(request, *args, **kwargs)
        self.args, self.kwargs, self.request = args, kwargs, request  # type: ignore[assignment]
        request.data, request.auth = data, None  # type: ignore[attr-defined]
        try:
            self.admit(request)
            response = getattr(self, str(request.method).lower())(request, *args, **kwargs)
        except Exception as error:
            return self.refusal(request, error)
        return self.rendered(response)

    def admit(self, request: Any) -> None:
        """What `initial` asks, in the same order."""
        if self.union is None:
            raise exceptions.NotFound
        if "HTTP_AUTHORIZATION" in request.META:
            for authenticator in self.get_authenticators():
                known = authenticator.authenticate(request)
                if known is not None:
                    request.auth = known[1]
        self.check_permissions(request)
        self.check_throttles(request)
        if request.auth is None and not self.union.is_published:
            raise exceptions.NotFound

    def refusal(self, request: HttpRequest, error: Exception) -> HttpResponseBase:
        """DRF's own handling of the error, with the request wrapped for it."""
        self.request = wrapped = self.initialize_request(request, *self.args, **self.kwargs)
        self.headers = self.default_response_headers
        return self.finalize_response(wrapped, self.handle_exception(error))

    def rendered(self, response: Response) -> HttpResponse:
        headers = {**response.headers, "Allow": ", ".join(self.allowed_methods), "Content-Type": "application/json"}
        return HttpResponse(_renderer.render(response.data), status=response.status_code, headers=headers)


def usual_body(request: HttpRequest) -> dict[str, Any] | None:
    """The JSON object of a request that needs none of DRF's choices; None for every other."""
    meta = request.META
    length = meta.get("CONTENT_LENGTH") or ""
    if (
        meta.get("CONTENT_TYPE") not in READABLE
        or meta.get("HTTP_ACCEPT", "") not in WRITABLE
        or meta.get("QUERY_STRING")
        or not (length.isascii() and length.isdigit() and len(length) < 6 and int(length) <= LARGEST)
        or "\x00" in request.path_info
    ):
        return None
    if may_hold_half_letters(request.body):
        return None
    try:
        data = json.loads(request.body.decode(), parse_constant=_not_json)
    except (ValueError, RecursionError):
        return None
    return data if isinstance(data, dict) else None


def _not_json(word: str) -> None:
    raise ValueError(word)


_renderer = JSONRenderer()
