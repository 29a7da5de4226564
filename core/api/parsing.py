"""Reading JSON bodies: as long as any request needs, and no deeper than Python reads."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

from rest_framework import exceptions
from rest_framework.parsers import JSONParser

LARGEST_BODY = 1_000_000


class TooLarge(exceptions.APIException):
    """More than any request of this API needs; refused before it is read."""

    status_code = 413
    default_code = "too_large"
    default_detail = "A request has at most a million bytes."


class BoundedJSONParser(JSONParser):
    """DRF's, for bodies that nobody told the length of beforehand, and for nested nonsense."""

    def parse(
        self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        body = stream.read(LARGEST_BODY + 1)
        if len(body) > LARGEST_BODY:
            raise TooLarge
        try:
            return super().parse(io.BytesIO(body), media_type, parser_context)
        except RecursionError as error:
            raise exceptions.ParseError("This JSON is nested too deeply.") from error
