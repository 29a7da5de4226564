"""The one base of every refusal, and how a database constraint becomes one.

Subclasses stand beside the function that raises them. Edges never build messages of their own: a form, a problem
document and a socket frame all show `code` and `detail`.
"""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class DomainError(Exception):
    """A refusal with a stable code, a sentence for a person and an HTTP status for programs.

    `facts` travel into problem documents (`{"available": 2}`); they hold no secrets.
    """

    code = "refused"
    status = 409
    detail: str | Promise = _("This cannot be done.")

    def __init__(self, detail: str | Promise | None = None, **facts: Any) -> None:
        if detail is not None:
            self.detail = detail
        self.facts = facts
        super().__init__(self.code)

    def __str__(self) -> str:
        return str(self.detail)


class Invalid(DomainError):
    """The input itself is wrong; `field` names where."""

    code = "invalid"
    status = 422
    detail = _("This entry is not valid.")

    def __init__(self, detail: str | Promise | None = None, *, field: str | None = None, **facts: Any) -> None:
        self.field = field
        super().__init__(detail, **({"field": field} if field else {}), **facts)


class NotFound(DomainError):
    """It does not exist, or not for this person: both answers look the same."""

    code = "not_found"
    status = 404
    detail = _("This does not exist here.")


class NotAllowed(DomainError):
    """The person is known and may not do this."""

    code = "not_allowed"
    status = 403
    detail = _("You are not allowed to do this.")


class WrongState(DomainError):
    """The thing has moved on; `state` says where it is now."""

    code = "wrong_state"
    detail = _("This has changed in the meantime and can no longer be done.")


def constraint_of(error: IntegrityError) -> str:
    """The name of the violated constraint, or an empty string when the server named none."""
    diagnosis = getattr(error.__cause__, "diag", None)
    return getattr(diagnosis, "constraint_name", None) or ""
