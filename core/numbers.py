"""Whole numbers that arrive as text."""

LARGEST_ID = 2**63 - 1


def row_id(text: str) -> int | None:
    """The id of a row written in a text; None for what can be none, however long it is or whatever digits it uses.

    Python refuses to read thousands of digits and PostgreSQL what exceeds its columns: both would be failures of ours.
    """
    if not (text.isascii() and text.isdecimal() and len(text) < 20):
        return None
    number = int(text)
    return number if number <= LARGEST_ID else None
