"""Unions, their offices, and enterprises that belong to them."""

from __future__ import annotations

from datetime import UTC, datetime
from string import ascii_uppercase
from typing import Any

import factory

from tests.factories.accounts import UserFactory
from unions.models import (
    BusinessClass,
    Enterprise,
    EnterpriseMember,
    Membership,
    Union,
    UnionPage,
    UnionRegion,
    UnionStaff,
)

APPLIED_AT = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


def letters(number: int, length: int = 4) -> str:
    """The number written with the letters A to Z: 0 is AAAA, 27 is AABB."""
    text = ""
    for _ in range(length):
        number, rest = divmod(number, 26)
        text = ascii_uppercase[rest] + text
    return text


class UnionFactory(factory.django.DjangoModelFactory):
    """A published union in English and pounds, without a domain of its own."""

    class Meta:
        model = Union

    slug = factory.Sequence(lambda n: f"union{n}")
    name = factory.Sequence(lambda n: f"Union {n}")
    prefix = factory.Sequence(letters)
    country = "GB"
    currency = "GBP"
    time_zone = "Europe/London"
    is_published = True
    contact_email = factory.LazyAttribute(lambda union: f"office@{union.slug}.example")


class UnionRegionFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = UnionRegion

    union = factory.SubFactory(UnionFactory)
    code = factory.Sequence(lambda n: f"GB-{letters(n, 3)}")
    name = factory.LazyAttribute(lambda region: f"Region {region.code}")


class UnionPageFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = UnionPage

    union = factory.SubFactory(UnionFactory)
    slug = factory.Sequence(lambda n: f"page{n}")
    title = factory.Sequence(lambda n: f"Page {n}")
    body = "First paragraph.\n\nSecond paragraph."


class UnionStaffFactory(factory.django.DjangoModelFactory):
    """An administrator of a union's office; `user__…` reaches the person, who may open the administration."""

    class Meta:
        model = UnionStaff

    union = factory.SubFactory(UnionFactory)
    user = factory.SubFactory(UserFactory, is_staff=True)


class EnterpriseFactory(factory.django.DjangoModelFactory):
    """An enterprise with an owner: `EnterpriseFactory(owner=user)`, or `owner=False` for none."""

    class Meta:
        model = Enterprise
        skip_postgeneration_save = True

    name = factory.Sequence(lambda n: f"Enterprise {n}")
    legal_name = factory.LazyAttribute(lambda enterprise: f"{enterprise.name} Ltd")
    registration_number = factory.Sequence(lambda n: f"{n:08d}")
    country = "GB"
    address = "1 Quay Street, Truro TR1 2HE"
    email = factory.LazyAttribute(lambda enterprise: f"office{enterprise.registration_number}@example.com")

    @factory.post_generation
    def owner(self: Enterprise, create: bool, extracted: Any, **kwargs: Any) -> None:  # type: ignore[misc]
        if create and extracted is not False:
            user = extracted or UserFactory(**kwargs)
            EnterpriseMember.objects.create(enterprise=self, user=user, role=EnterpriseMember.Role.OWNER)


class MembershipFactory(factory.django.DjangoModelFactory):
    """An active member; `state=Membership.State.APPLIED` for one that waits."""

    class Meta:
        model = Membership

    union = factory.SubFactory(UnionFactory)
    enterprise = factory.SubFactory(EnterpriseFactory)
    state = Membership.State.ACTIVE
    store_name = factory.LazyAttribute(lambda membership: membership.enterprise.name)
    applied_at = APPLIED_AT
    decided_at = factory.LazyAttribute(lambda m: None if m.state == Membership.State.APPLIED else m.applied_at)


def owner_of(thing: Enterprise | Membership) -> Any:
    """The first owner of the enterprise, or of a membership's enterprise."""
    enterprise = thing.enterprise if isinstance(thing, Membership) else thing
    return enterprise.members.filter(role=EnterpriseMember.Role.OWNER).order_by("id").first().user


def business_class(code: str) -> BusinessClass:
    """A class of the project's own short table (sections `A` to `U` and divisions `01` to `99`)."""
    return BusinessClass.objects.get(pk=code)
