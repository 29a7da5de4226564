"""Erasing a person while the books stay: the row of the person remains and says nothing any more.

Orders, payments and ledger keep pointing at it. What other apps keep of them in words they blank when they hear of it
(`PERSON_ERASED`), each in a step of its own that may be repeated.
"""

from __future__ import annotations

from datetime import datetime

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.db import transaction
from django.utils.translation import gettext_lazy as _
from django_scopes import scopes_disabled

from accounts.models import Address, User
from core.errors import DomainError
from core.outbox import publish
from core.personal import closers, reasons_to_stay
from core.references import new_secret
from unions.events import PERSON_ERASED
from unions.models import HomeUnion, Redirect
from unions.services.browsing import forget_browsing_of
from unions.services.personal_files import drop_files_of

NOBODY = "@erased.invalid"
GONE = "gone-"
"""So begins the secret of an address that opens nothing any more: it was that of somebody who has been forgotten."""
AGAIN = _("You were buying something at this moment. Please try again.")


class NotYet(DomainError):
    """Something that needs this person is still going on; `reasons` are sentences for them."""

    code = "not_erasable_yet"
    detail = _("Some things have to be brought to an end first.")

    def __init__(self, reasons: list[str]) -> None:
        super().__init__(" ".join(reasons))
        self.reasons = reasons


def is_erased(*, user: User) -> bool:
    """Whether the person is nobody any more."""
    return user.email.endswith(NOBODY)


def what_holds_back(*, user: User) -> list[str]:
    """What the person has to bring to an end first, in sentences; empty when nothing stands in the way."""
    with scopes_disabled():
        return [str(reason) for reasons in reasons_to_stay for reason in reasons(user)]


def erase_person(*, user: User, now: datetime) -> bool:
    """Make the person nobody. False when that was done before. Raises NotYet, and then nothing has changed.

    Carts are locked and closed first, as buying locks them first; then the person's row, so that a purchase that is
    being written is seen and holds back, and none can follow. Killed at any moment, it can be begun again: until the
    commit nothing has happened, and after it the outbox goes on by itself.
    """
    with transaction.atomic(), scopes_disabled():
        for close, _is_open in closers:
            close(user=user, now=now)
        person = User.objects.select_for_update().get(pk=user.pk)
        if is_erased(user=person):
            return False
        if reasons := what_holds_back(user=person):
            raise NotYet(reasons)
        if any(is_open(person) for _close, is_open in closers):
            raise NotYet([str(AGAIN)])
        person.email = f"{new_secret(18).lower()}{NOBODY}"
        person.name = person.phone = person.language = ""
        person.is_active = person.is_staff = False
        person.set_unusable_password()
        person.save(update_fields=["email", "name", "phone", "language", "is_active", "is_staff", "password"])
        Address.objects.filter(user=person).delete()
        EmailAddress.objects.filter(user=person).delete()
        Authenticator.objects.filter(user=person).delete()
        HomeUnion.objects.filter(user=person).delete()
        Redirect.objects.filter(user=person).update(user=None, visitor="", words="")
        publish(PERSON_ERASED, aggregate=f"user:{person.pk}", user_id=person.pk)
    return True


def forget_traces(*, user: User) -> None:
    """What this app keeps beside the person's row: the browsing record and their files. Repeating changes nothing."""
    forget_browsing_of(user=user)
    drop_files_of(user=user)
