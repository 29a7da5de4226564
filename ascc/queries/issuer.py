"""Under which name a union signs its vouchers."""

from __future__ import annotations

from unions.models import Union
from unions.queries import absolute_address


def issuer_of(union: Union) -> str:
    """The union's own address: `iss` of its tokens, so that those of another union are told apart."""
    return absolute_address(union, f"/u/{union.slug}/")
