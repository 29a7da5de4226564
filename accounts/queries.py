"""Reading what belongs to a person."""

from __future__ import annotations

from uuid import UUID

from allauth.account.models import EmailAddress
from django.db.models import QuerySet

from accounts.models import Address, User
from core.errors import NotFound


def proofs_of_address(user: User) -> QuerySet[EmailAddress]:
    """The row that says that the e-mail address of the person's sign-in was shown to be theirs; none before."""
    return EmailAddress.objects.filter(user=user, email__iexact=user.email, verified=True)


def addresses_of(user: User) -> QuerySet[Address]:
    """The person's address book, the one to use first on top."""
    return Address.objects.filter(user=user).order_by("-is_default", "-created_at", "-id")


def address_for(user: User, key: UUID) -> Address:
    """Raises NotFound, also for someone else's address."""
    address = Address.objects.filter(user=user, key=key).first()
    if address is None:
        raise NotFound
    return address
