"""Resolves `request.union` once, from the host or the path, and opens the tenancy scope for the request."""

from __future__ import annotations

import re
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django_scopes import scope, scopes_disabled

from unions.queries import union_at

UNION_IN_PATH = re.compile(r"^/(?:u|manage|api/v1/unions)/([a-z0-9-]+)(?:/|$)")


class UnionMiddleware:
    """Sets `request.union` (a Union or None). Outside a union, tables of unions are open only to explicit filters."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        found = UNION_IN_PATH.match(request.path_info)
        union = union_at(host=request.get_host().partition(":")[0], slug=found.group(1) if found else None)
        request.union = union  # type: ignore[attr-defined]
        if union is None:
            with scopes_disabled():
                return self.get_response(request)
        with scope(union=union):
            return self.get_response(request)
