"""Short names in addresses, made from what people call a thing."""

from __future__ import annotations

import secrets
from collections.abc import Collection

from django.utils.text import slugify

from core.references import ALPHABET
from unions.models.union import RESERVED_SLUGS

TAIL = 4


def free_slug(*, name: str, taken: Collection[str], fallback: str, length: int) -> str:
    """A slug of the name (Latin letters and digits) that is neither taken nor reserved.

    A name without Latin letters gives `fallback` with random characters behind it; so does one that is taken.
    """
    base = slugify(name)[:length].strip("-_").replace("_", "-")
    if base and base not in taken and base not in RESERVED_SLUGS:
        return base
    stem = (base or fallback)[: length - TAIL - 1].strip("-")
    while True:
        tail = "".join(secrets.choice(ALPHABET.lower()) for _ in range(TAIL))
        if (slug := f"{stem}-{tail}") not in taken:
            return slug
