"""Numbers as people write them in lists."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_EVEN, Decimal

LARGEST = Decimal(10) ** 11
_NOISE = re.compile(r"[^\d.,+\-]")


def number_in(text: str, *, decimal: str = "") -> Decimal | None:
    """`12.50`, `12,50`, `£1,234.50`, `1.234,50 €`, `1 234`, `NT$ 1,200`; None for what is no number.

    Without `decimal` (`.` or `,`) the mark that stands last is the point, unless it stands more than once or exactly
    three digits follow it: `1,234` is a thousand and more.
    """
    if sum(character.isalpha() for character in text) > 4 or not re.search(r"\d", text):
        return None
    bare = _NOISE.sub("", text).strip(".,") if not decimal else _NOISE.sub("", text)
    if "-" in bare[1:] or "+" in bare[1:]:
        return None
    point = decimal or _point(bare)
    whole = bare
    for mark in ".,":
        if mark != point:
            whole = whole.replace(mark, "")
    whole = whole.replace(point, ".") if point else whole
    try:
        found = Decimal(whole)
    except ArithmeticError:
        return None
    return found if abs(found) <= LARGEST else None


def _point(bare: str) -> str:
    last = max(bare.rfind("."), bare.rfind(","))
    if last < 0:
        return ""
    mark = bare[last]
    other = "," if mark == "." else "."
    if bare.count(mark) > 1:
        return ""
    if len(bare) - last - 1 == 3 and other not in bare and bare[:last].lstrip("+-0"):
        return ""
    return mark


def minor_units(amount: Decimal, digits: int) -> int:
    """`12.50` with two digits is `1250`; what is finer is rounded."""
    return int(amount.scaleb(digits).quantize(Decimal(1), ROUND_HALF_EVEN))
