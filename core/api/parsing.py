"""Reading JSON bodies no deeper than Python reads, and of nothing but letters."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from typing import Any

from rest_framework import exceptions
from rest_framework.parsers import JSONParser


class ShallowJSONParser(JSONParser):
    """DRF's; nested nonsense and halves of letters are the sender's mistake and not a failure of ours."""

    def parse(
        self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        body = stream.read()
        try:
            data: dict[str, Any] = super().parse(io.BytesIO(body), media_type, parser_context)
            if may_hold_half_letters(body):
                json.dumps(data, ensure_ascii=False).encode()
        except RecursionError as error:
            raise exceptions.ParseError("This JSON is nested too deeply.") from error
        except UnicodeEncodeError as error:
            raise exceptions.ParseError("This JSON holds half of a letter (a lone surrogate).") from error
        return data


def may_hold_half_letters(body: bytes) -> bool:
    """Only escapes can name halves, as they name the two that make a whole: whoever finds one has to look closer."""
    return b"\\ud" in body.lower()
