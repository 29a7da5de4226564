"""How a union weighs the parts of the ranking."""

from __future__ import annotations

from collections.abc import Mapping

from matching.models import Weights
from matching.queries.ranking import PARTS, WEIGHTS
from unions.models import Union


def weights_of(union: Union) -> Mapping[str, int]:
    """Its own, or the usual ones. One query."""
    own = Weights.objects.filter(union=union).first()
    return WEIGHTS if own is None else {part: getattr(own, part) for part in PARTS}
