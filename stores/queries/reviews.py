"""Reviews as the pages look them up."""

from __future__ import annotations

from uuid import UUID

from stores.models import Review
from unions.models import Union


def visible_review(*, union: Union, ref: UUID) -> Review | None:
    """A shown review of the union, with its store and product, or None."""
    shown = Review.objects.filter(union=union, ref=ref, is_visible=True)
    return shown.select_related("union", "store", "product").first()
