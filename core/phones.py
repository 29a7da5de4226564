"""Telephone numbers as people write them, from anywhere."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

FEWEST_DIGITS = 5


def looks_like_a_phone(value: str) -> None:
    """Enough digits to be rung; how they are set apart is everybody's own. Raises ValidationError."""
    if sum(character.isdigit() for character in value) < FEWEST_DIGITS:
        raise ValidationError(_("Please write it with all its digits."))
