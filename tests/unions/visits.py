"""What the platform remembers of a visitor."""

from core.live import redis_connection
from unions.visits import Visit


def visit_of(*, union_id: int, visitor: str) -> Visit:
    """The summary as it is kept; an empty one for somebody new."""
    return Visit.from_text(redis_connection().get(f"visit:{union_id}:{visitor}"))
