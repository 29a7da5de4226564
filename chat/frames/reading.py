"""Taking values out of a client's frame."""

from __future__ import annotations

from typing import Any

from core.errors import Invalid

LONGEST_ID = 64


def text_of(asked: dict[str, Any], name: str, *, most: int, empty: bool = True) -> str:
    """A text of at most so many characters, without control character NUL. Raises Invalid."""
    value = asked.get(name, "")
    if not isinstance(value, str) or len(value) > most or "\x00" in value or not (empty or value.strip()):
        raise Invalid(field=name)
    try:
        value.encode()
    except UnicodeEncodeError:  # half of a surrogate pair
        raise Invalid(field=name) from None
    return value.strip()


def number_of(asked: dict[str, Any], name: str, *, least: int = 0, most: int = 2**53) -> int:
    """A whole number between these two. Raises Invalid."""
    value = asked.get(name)
    if type(value) is not int or not least <= value <= most:
        raise Invalid(field=name)
    return value


def flag_of(asked: dict[str, Any], name: str) -> bool:
    """True or false. Raises Invalid."""
    value = asked.get(name, False)
    if type(value) is not bool:
        raise Invalid(field=name)
    return value


def positions_of(asked: dict[str, Any], *, most: int) -> dict[str, int]:
    """`{"conversations": {"KH-…": 17}}`: references with the last number that the client has. Raises Invalid."""
    value = asked.get("conversations")
    if not isinstance(value, dict) or len(value) > most:
        raise Invalid(field="conversations")
    for ref, seq in value.items():
        if not isinstance(ref, str) or type(seq) is not int or not 0 <= seq < 2**31:
            raise Invalid(field="conversations")
    return value
