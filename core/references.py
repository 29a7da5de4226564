"""Short references that people read out: Crockford base 32 with a check character, never counting up."""

from __future__ import annotations

import secrets

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LOOKALIKES = str.maketrans({"O": "0", "I": "1", "L": "1", "-": None, " ": None})


def check_character(body: str) -> str:
    """One more character of the same alphabet that gives away any wrong character and any two swapped neighbours.

    The characters are digits of a polynomial over the field of 32 elements (x⁵ + x² + 1); the check is its value at 2.
    """
    value = 0
    for character in body:
        value = _double(value ^ ALPHABET.index(character))
    return ALPHABET[value]


def _double(value: int) -> int:
    doubled = value << 1
    return doubled ^ 0b100101 if doubled & 0b100000 else doubled


def check_weights(length: int) -> list[list[int]]:
    """For each place of a body, what each of the 32 characters adds (by exclusive or) to the value of its check.

    The check is linear, so a database can work it out by looking up and adding.
    """
    weights = []
    for place in range(length):
        row = []
        for value in range(len(ALPHABET)):
            for _ in range(length - place):
                value = _double(value)
            row.append(value)
        weights.append(row)
    return weights


def new_reference(prefix: str, length: int = 8) -> str:
    """A fresh reference such as `KH-7Q2M4X9T-C`: prefix, random characters, check character."""
    body = "".join(ALPHABET[byte % 32] for byte in secrets.token_bytes(length))
    return f"{prefix}-{body}-{check_character(body)}"


def normalise_reference(text: str, *, length: int = 0) -> str:
    """What a person typed, with the spelling slips that Crockford's alphabet forgives undone.

    With `length`, how many characters stand before the check, it may come without any hyphen. Returns an empty string
    when the check character does not fit.
    """
    prefix, hyphen, rest = text.strip().upper().partition("-")
    if length and not hyphen:
        signs = "".join(prefix.split())
        prefix, rest = signs[: -length - 1], signs[-length - 1 :]
    body = rest.translate(LOOKALIKES)
    if len(body) < 2 or any(character not in ALPHABET for character in body):
        return ""
    if check_character(body[:-1]) != body[-1]:
        return ""
    return f"{prefix}-{body[:-1]}-{body[-1]}"


def new_secret(length: int = 32) -> str:
    """An unguessable URL-safe text for links and keys."""
    return secrets.token_urlsafe(length)
