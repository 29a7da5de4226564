"""What the buttons of a page send: bare numbers, read without a form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def number_in(data: Mapping[str, Any], name: str, *, otherwise: int = -1) -> int:
    """The whole number sent under that name; `otherwise` when there is none, -1 when it is no number.

    Buttons send these, so there is nothing to show beside a field and no form to build.
    """
    text = str(data.get(name) or otherwise).strip()
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 16 else -1
