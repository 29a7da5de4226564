"""Texts of people in files that spreadsheets open: what begins like a formula must stay a text there.

An apostrophe in front does that. Our own reader takes it away again, so a refused row that is mended and fed again says
what it said.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

MARKS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""What some program takes for the beginning of a formula; the last four in full width, as East Asian ones read them."""
NUMBER = re.compile(r"[+-]?\d[\d .,]*\Z")


def guarded(cells: Iterable[Any]) -> list[Any]:
    """The cells of a row as they may be written; numbers such as -12.50 stay numbers."""
    return [
        f"'{cell}" if isinstance(cell, str) and _is_formula(cell.lstrip("'")) and not NUMBER.match(cell) else cell
        for cell in cells
    ]


def unguarded(cell: str) -> str:
    """What a guarded cell said; any other is left alone."""
    return cell[1:] if cell.startswith("'") and _is_formula(cell.lstrip("'")) else cell


def _is_formula(text: str) -> bool:
    return text.startswith(MARKS)
