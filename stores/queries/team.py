"""Who works in a store, who is invited, and which programs have a key."""

from __future__ import annotations

from datetime import datetime
from typing import TypeVar

from django.db.models import Exists, Model, QuerySet

from accounts.models import User
from accounts.queries import proofs_of_address
from core.errors import NotFound
from stores.models import ApiKey, StaffInvitation, Store, StoreStaff
from stores.queries.access import MANAGED_STATES
from unions.models import EnterpriseMember

Row = TypeVar("Row", bound=Model)


def owners_of(store: Store) -> list[EnterpriseMember]:
    """Who owns the store's enterprise."""
    return list(
        EnterpriseMember.objects.filter(enterprise_id=store.membership.enterprise_id, role=EnterpriseMember.Role.OWNER)
        .select_related("user")
        .order_by("pk")
    )


def staff_of(store: Store) -> QuerySet[StoreStaff]:
    """The store's staff with their `user`, by name."""
    staff = StoreStaff.objects.filter(union_id=store.union_id, store=store)
    return staff.select_related("user").order_by("user__name", "pk")


def told_of(store: Store, permission: str) -> list[User]:
    """Who hears of what there is to do: staff with this permission, else the owners."""
    staff = staff_of(store).filter(permissions__contains=[permission], user__is_active=True)
    return [row.user for row in staff] or [row.user for row in owners_of(store) if row.user.is_active]


def staff_member(store: Store, pk: int) -> StoreStaff:
    """One of the store's staff. Raises NotFound."""
    return _one(staff_of(store).filter(pk=pk))


def open_invitations(*, now: datetime) -> QuerySet[StaffInvitation]:
    """Invitations that can still be accepted, with their store, union, membership and who invited."""
    waiting = StaffInvitation.objects.filter(accepted_at=None, declined_at=None, expires_at__gt=now)
    return waiting.select_related("store__union", "store__membership", "invited_by")


def invitations_to(user: User, *, now: datetime) -> QuerySet[StaffInvitation]:
    """What waits for this person's own yes or no."""
    return open_invitations(now=now).filter(
        Exists(proofs_of_address(user)), email=user.email, store__membership__state__in=MANAGED_STATES
    )


def unaccepted_invitations(store: Store) -> QuerySet[StaffInvitation]:
    """Invitations of the store that wait, were declined or have lapsed, newest first."""
    return StaffInvitation.objects.filter(union_id=store.union_id, store=store, accepted_at=None)


def unaccepted_invitation(store: Store, pk: int) -> StaffInvitation:
    """An invitation that nobody has accepted, lapsed or not. Raises NotFound."""
    return _one(unaccepted_invitations(store).filter(pk=pk))


def keys_of(store: Store) -> QuerySet[ApiKey]:
    """The store's keys that work, with who issued them, newest first."""
    keys = ApiKey.objects.filter(union_id=store.union_id, store=store, revoked_at=None)
    return keys.select_related("created_by").order_by("-pk")


def key_of(store: Store, pk: int) -> ApiKey:
    """One of the store's keys, also one that was revoked. Raises NotFound."""
    return _one(ApiKey.objects.filter(union_id=store.union_id, store=store, pk=pk))


def mail_readers_of(store: Store) -> list[str]:
    """Who reads what is written to the store: the address that it gave, else the owners of its enterprise."""
    if store.email:
        return [store.email]
    owners = EnterpriseMember.objects.filter(
        enterprise__memberships=store.membership_id, role=EnterpriseMember.Role.OWNER, user__is_active=True
    )
    return list(owners.order_by("id").values_list("user__email", flat=True))


def _one(rows: QuerySet[Row]) -> Row:
    found = rows.first()
    if found is None:
        raise NotFound
    return found
