"""Finding unions."""

from __future__ import annotations

from unions.models import Union


def union_at(*, host: str, slug: str | None) -> Union | None:
    """The union addressed by the path, else by a domain of its own; None at the center."""
    if slug:
        return Union.objects.filter(slug=slug).first()
    return Union.objects.filter(domain=host).first()
