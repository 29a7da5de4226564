"""Who may do what in which store: owners of its enterprise, its staff by permission, the union's office may look."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser
from django.db.models import Exists, OuterRef, Q, QuerySet, Value
from django.db.models.expressions import Combinable

from accounts.models import User
from core.errors import NotAllowed, NotFound
from stores.models import Store, StoreStaff
from unions.models import EnterpriseMember, Membership, Union, UnionStaff

MANAGED_STATES = [Membership.State.ACTIVE, Membership.State.SUSPENDED]
"""A suspended enterprise still finishes its open orders; one that has left manages nothing here."""


def _owns(user: User) -> Combinable:
    return Exists(
        EnterpriseMember.objects.filter(
            enterprise=OuterRef("membership__enterprise"), user=user, role=EnterpriseMember.Role.OWNER
        )
    )


def _works_in(user: User, permission: str | None = None) -> Combinable:
    roles = StoreStaff.objects.filter(union=OuterRef("union"), store=OuterRef("pk"), user=user)
    return Exists(roles.filter(permissions__contains=[permission]) if permission else roles)


def _administers(user: User) -> Combinable:
    if user.is_superuser:
        return Value(True)
    return Exists(UnionStaff.objects.filter(union=OuterRef("union"), user=user))


def stores_managed_by(user: User | AnonymousUser, union: Union | None = None) -> QuerySet[Store]:
    """The stores whose management pages are this person's own workplace (not those they may only look at)."""
    stores = Store.objects.filter(union=union) if union else Store.objects.all()
    if not isinstance(user, User) or not user.is_active:
        return stores.none()
    return (
        stores.filter(membership__state__in=MANAGED_STATES)
        .filter(Q(_owns(user)) | Q(_works_in(user)))
        .select_related("union", "membership")
        .order_by("union__name", "name")
    )


def permissions_of(user: User, store: Store) -> frozenset[str]:
    """What the person may do in this store: everything for owners, nothing for strangers and the office."""
    owns = EnterpriseMember.objects.filter(
        enterprise=store.membership.enterprise_id, user=user, role=EnterpriseMember.Role.OWNER
    )
    if owns.exists():
        return frozenset(StoreStaff.Permission.values)
    granted = StoreStaff.objects.filter(union_id=store.union_id, store=store, user=user)
    return frozenset(granted.values_list("permissions", flat=True).first() or ())


def managed_store(
    user: User | AnonymousUser, union: Union, slug: str, permission: str | None, *, looking: bool = False
) -> Store:
    """The store with this slug, for someone who may do `permission` in it (None: anyone who works there).

    With `looking=True` (pages that only show) the union's office may enter too. The store carries `may_owner`,
    `may_staff` and `may_office`. One query. Raises NotFound for strangers, as if there were no such store; NotAllowed
    for colleagues without the permission and for the office where something would be changed.
    """
    if not isinstance(user, User) or not user.is_active:
        raise NotFound
    store = (
        Store.objects.filter(union=union, slug=slug)
        .select_related("union", "membership__enterprise", "business_class")
        .annotate(
            may_owner=_owns(user),
            may_staff=_works_in(user, permission),
            works_here=_works_in(user),
            may_office=_administers(user),
        )
        .first()
    )
    if store is None or not (store.may_owner or store.works_here or store.may_office):
        raise NotFound
    inside = store.membership.state in MANAGED_STATES and (store.may_owner or store.may_staff)
    if inside or (looking and store.may_office):
        return store
    if store.membership.state not in MANAGED_STATES and not store.may_office:
        raise NotFound
    raise NotAllowed
