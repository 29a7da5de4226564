"""The tree of signal codes over the REST API: the same for all unions, so below none of them."""

from __future__ import annotations

from django.utils.cache import patch_cache_control, patch_vary_headers
from django.utils.translation import get_language
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.endpoint import Endpoint
from core.memory import remembered
from matching.queries.codes import Found, codes_below, codes_starting
from matching.serializers.codes import SignalCodeFilterSerializer, SignalCodesSerializer

KEPT = 300
"""Seconds that an answer may be kept, here and in the browser: the tree changes when somebody loads a file."""


class SignalCodeList(Endpoint):
    scopes = {"GET": None}

    @extend_schema(
        operation_id="signal_codes_list",
        tags=["matching"],
        summary="Signal codes by what is typed, or level by level",
        parameters=[SignalCodeFilterSerializer],
        responses=SignalCodesSerializer,
    )
    def get(self, request: Request) -> Response:
        """With `q` the best dozen for what was typed so far; else those right below `parent`, or the tops."""
        wish = self.valid(SignalCodeFilterSerializer, request.query_params)
        language = wish.get("language") or get_language() or "en"
        q, parent = wish["q"], wish["parent"]

        def make() -> list[Found]:
            if q.strip():
                return codes_starting(q, language=language, parent=parent)
            return codes_below(parent, language=language)

        found = remembered(("signal codes", q.lower(), parent, language), KEPT, make)
        response = Response(SignalCodesSerializer({"results": found}).data)
        patch_cache_control(response, public=True, max_age=KEPT)
        patch_vary_headers(response, ["Accept-Language"])
        return response
