"""Changing what a person says of themselves: profile, language, address book."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import Address, User
from core.errors import DomainError, Invalid

MOST_ADDRESSES = 50


class TooManyAddresses(DomainError):
    """The person keeps MOST_ADDRESSES already."""

    code = "too_many_addresses"
    detail = _("Your address book is full. Remove an address that you no longer need.")


@dataclass(frozen=True, slots=True)
class AddressDetails:
    """The words of an address; `country` is an ISO 3166-1 code."""

    recipient: str
    line1: str
    city: str
    country: str
    line2: str = ""
    region: str = ""
    postal_code: str = ""
    phone: str = ""
    label: str = ""


def save_profile(*, user: User, name: str, phone: str, language: str) -> User:
    """Raises Invalid for a language that the platform does not speak (empty: follow the browser)."""
    user.name, user.phone, user.language = name.strip(), phone.strip(), _known_language(language)
    user.save(update_fields=["name", "phone", "language"])
    return user


def choose_language(*, user: User, language: str) -> None:
    """Raises Invalid for a language that the platform does not speak."""
    user.language = _known_language(language)
    user.save(update_fields=["language"])


@transaction.atomic
def add_address(*, user: User, details: AddressDetails, use_first: bool = False) -> Address:
    """The first address of a book is used first in any case. Raises TooManyAddresses."""
    _lock_book(user)
    count = Address.objects.filter(user=user).count()
    if count >= MOST_ADDRESSES:
        raise TooManyAddresses
    address = Address(user=user)
    _write(address, details)
    address.save()
    if use_first or count == 0:
        _put_first(address)
    return address


@transaction.atomic
def change_address(*, address: Address, details: AddressDetails, use_first: bool = False) -> Address:
    """Rewrite an entry; orders keep the address they were placed with."""
    _lock_book(address.user)
    _write(address, details)
    address.save(update_fields=list(AddressDetails.__dataclass_fields__))
    if use_first:
        _put_first(address)
    return address


@transaction.atomic
def put_address_first(*, address: Address) -> None:
    """Make it the one that is offered first; the one that was gives way."""
    _lock_book(address.user)
    _put_first(address)


@transaction.atomic
def remove_address(*, address: Address) -> None:
    """When it was the one to use first, the newest of the others takes its place."""
    user = address.user
    _lock_book(user)
    Address.objects.filter(pk=address.pk).delete()
    others = Address.objects.filter(user=user)
    if not others.filter(is_default=True).exists() and (newest := others.order_by("-created_at", "-id").first()):
        _put_first(newest)


def _lock_book(user: User) -> None:
    """One change to a person's book at a time, so that exactly one address stays first."""
    User.objects.select_for_update().only("pk").get(pk=user.pk)


def _put_first(address: Address) -> None:
    Address.objects.filter(user=address.user_id, is_default=True).exclude(pk=address.pk).update(is_default=False)
    Address.objects.filter(pk=address.pk).update(is_default=True)
    address.is_default = True


def _write(address: Address, details: AddressDetails) -> None:
    for name in AddressDetails.__dataclass_fields__:
        setattr(address, name, getattr(details, name).strip())


def _known_language(language: str) -> str:
    if language and language not in dict(settings.LANGUAGES):
        raise Invalid(_("We do not speak this language yet."), field="language")
    return language
