"""Article numbers of the demo: GTIN-13 from the range that GS1 leaves to shops for their own use."""


def check_digit(body: str) -> str:
    """The digit that makes a GTIN of any length complete: weights 3, 1, 3 … from the right (GS1 specifications 7.9)."""
    total = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(body)))
    return str(-total % 10)


def in_store_gtin(prefix: int, number: int) -> str:
    """A GTIN-13 for use inside one union: `prefix` from 20 to 29, `number` below ten thousand million."""
    body = f"{prefix:02d}{number:010d}"
    return body + check_digit(body)
