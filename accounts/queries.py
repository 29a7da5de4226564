"""Reading what belongs to a person."""

from __future__ import annotations

from uuid import UUID

from django.db.models import QuerySet

from accounts.models import Address, User
from core.errors import NotFound


def addresses_of(user: User) -> QuerySet[Address]:
    """The person's address book, the one to use first on top."""
    return Address.objects.filter(user=user).order_by("-is_default", "-created_at", "-id")


def address_for(user: User, key: UUID) -> Address:
    """Raises NotFound, also for someone else's address."""
    address = Address.objects.filter(user=user, key=key).first()
    if address is None:
        raise NotFound
    return address
