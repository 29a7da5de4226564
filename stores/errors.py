"""What urgent sales refuse."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from core.errors import DomainError


class UrgentOver(DomainError):
    """The sale has not begun, is over or was called off; `state` says which."""

    code = "urgent_over"
    detail = _("This urgent sale is not running.")


class UrgentSoldOut(DomainError):
    """Every piece of the sale is sold."""

    code = "sold_out"
    detail = _("Every piece of this urgent sale is sold.")


class UrgentBusy(DomainError):
    """`left` pieces are free; the others are claimed and not all bought, or people are waiting: there is a queue."""

    code = "urgent_busy"
    detail = _("At the moment every piece is in somebody’s cart. Some may come back: you can wait in the queue.")


class UrgentLimit(DomainError):
    """A shopper may have `most` pieces of this sale, of which `bought` are bought already."""

    code = "urgent_limit"
    detail = _("That is more than one shopper may have of this urgent sale.")


class UrgentOverlaps(DomainError):
    """Another urgent sale of the same variant is planned for a part of that time."""

    code = "urgent_overlaps"
    detail = _("There is an urgent sale of this at that time already.")


class UrgentBegun(DomainError):
    """It has begun, so it can be ended but not changed."""

    code = "urgent_begun"
    detail = _("This urgent sale has begun: it can be ended, not changed.")
