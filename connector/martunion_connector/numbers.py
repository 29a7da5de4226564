"""Numbers as people write them in lists."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_EVEN, Decimal

LARGEST = Decimal(10) ** 11
_GROUPS = re.compile(r"(?<=\d)[ '’](?=\d{3}(?!\d))")
_NUMBER = re.compile(r"[-+]?(?:\d+|(?=[.,]\d))(?:[.,]\d+)*")


def number_in(text: str, *, decimal: str = "") -> Decimal | None:
    """`12.50`, `12,50`, `£1,234.50`, `1.234,50 €`, `1 234`, `NT$ 1,200`; None for what is not one number.

    Without `decimal` (`.` or `,`) the mark that stands last is the point, unless it stands more than once or exactly
    three digits follow it: `1,234` is a thousand and more.
    """
    found = _NUMBER.findall(_GROUPS.sub("", text))
    if len(found) != 1 or sum(character.isalpha() for character in text) > 4:
        return None
    point = decimal or _point(found[0])
    whole = found[0].replace("," if point == "." else ".", "") if point else re.sub("[.,]", "", found[0])
    try:
        number = Decimal(whole.replace(",", "."))
    except ArithmeticError:
        return None
    return number if abs(number) <= LARGEST else None


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
