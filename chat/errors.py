"""Refusals that several services of this app share."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from core.errors import DomainError, NotAllowed


class ConversationEnded(DomainError):
    """Nothing can be said in a conversation that has ended."""

    code = "ended"
    detail = _("This conversation has ended.")


class Blocked(NotAllowed):
    """The store or the union does not talk to this visitor."""

    code = "blocked"
    detail = _("No conversation can be begun from here.")


class TooMany(DomainError):
    """More than one visitor may have at once, or in a while."""

    code = "too_many"
    status = 429
    detail = _("That is too much at once. Please wait a moment.")
