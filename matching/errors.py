"""Refusals that several services of this app share."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from core.errors import DomainError


class WishOver(DomainError):
    """The wish is no longer open for this; `state` says where it is."""

    code = "wish_over"
    detail = _("This wish is over.")


class TooLate(DomainError):
    """The time for answers is over, or the shopper has chosen."""

    code = "too_late"
    detail = _("The time for answers to this wish is over.")


class AnswerChanged(DomainError):
    """The store has changed its answer since it was shown; `version` is the present one."""

    code = "answer_changed"
    detail = _("The shop has just changed its answer. Please look again.")


class AnswerGone(DomainError):
    """Withdrawn, or no longer valid; `state` says which."""

    code = "answer_gone"
    detail = _("This answer no longer holds.")


class AnsweredByPerson(DomainError):
    """Somebody of the store has answered this wish: a program leaves that as it is."""

    code = "answered_by_person"
    detail = _("A person of your shop has answered this wish.")


class UnknownSku(DomainError):
    """The store sells no good with this stock keeping unit here; without one the answer is what its title says."""

    code = "unknown_sku"
    status = 422
    detail = _("Your shop has no good with this stock keeping unit here.")


class TooManyWishes(DomainError):
    """More than one shopper may have at once or in a while."""

    code = "too_many"
    status = 429
    detail = _("That is too much at once. Please wait a moment.")
