"""What a manager sees: the store, who they are in it, and its conversations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery

from accounts.models import User
from chat.models import ConsoleSession, Conversation, Manager, Participant
from core.errors import NotAllowed, NotFound
from stores.models import ApiKey, Store, StoreStaff
from stores.queries.access import MANAGED_STATES, managed_store
from unions.models import EnterpriseMember, Union, UnionStaff
from unions.queries import is_union_admin

SUPPORT = "-"
"""In addresses, the place of a store's slug for the union's own support."""
PART = 50
"""Conversations of one part of the list that are told at once; the rest comes by `list` frames."""
MOST_OWN = 200
LISTED = [Conversation.State.WAITING, Conversation.State.ACTIVE, Conversation.State.MISSED]


@dataclass(frozen=True)
class Door:
    """What somebody may do at a console. `store` is None at the support's."""

    store: Store | None
    may_talk: bool
    may_see_orders: bool


def console_door(user: Any, union: Union, slug: str) -> Door:
    """The console that this person may open. Raises NotFound, NotAllowed."""
    if slug == SUPPORT:
        if not is_union_admin(user, union):
            raise NotFound
        return Door(None, may_talk=True, may_see_orders=False)
    store: Any = managed_store(user, union, slug, None, looking=True)
    staff = StoreStaff.objects.filter(union=union, store=store, user=user).first()
    inside = store.membership.state in MANAGED_STATES
    permissions = set(StoreStaff.Permission.values) if store.may_owner else set(staff.permissions if staff else ())
    door = Door(
        store,
        may_talk=inside and StoreStaff.Permission.CONSOLE in permissions,
        may_see_orders=store.may_office or (inside and StoreStaff.Permission.ORDERS in permissions),
    )
    if not (door.may_talk or door.may_see_orders):
        raise NotAllowed
    return door


def program_door(key: ApiKey, union: Union, slug: str) -> Door:
    """The console that a program with this key may open: its store's, or with a union's key any. Raises NotFound."""
    if key.union_id != union.pk or key.user_id is not None or "conversations:write" not in key.scopes:
        raise NotFound
    if slug == SUPPORT:
        if key.store_id is not None:
            raise NotFound
        return Door(None, may_talk=True, may_see_orders=False)
    store = Store.objects.filter(union=union, slug=slug, membership__state__in=MANAGED_STATES).first()
    if store is None or key.store_id not in (None, store.pk):
        raise NotFound
    return Door(store, may_talk=True, may_see_orders="orders:read" in key.scopes)


def conversations_at(union: Union, store: Store | None) -> QuerySet[Conversation]:
    """A store's conversations; for the support its own and those that stores could not answer."""
    conversations = Conversation.objects.filter(union=union)
    if store is None:
        return conversations.filter(Q(store=None) | Q(with_support=True))
    return conversations.filter(store=store)


def conversations_heard_at(union: Union, store: Store | None) -> QuerySet[Conversation]:
    """These, and those into which the store was asked by a shopper: there it reads and speaks, and nothing else."""
    if store is None:
        return conversations_at(union, store)
    return Conversation.objects.filter(Q(store=store) | Q(beside=store), union=union)


def console_list(union: Union, store: Store | None) -> QuerySet[Any]:
    """What is open at a console, with how far the shopper has read."""
    return _listed(conversations_at(union, store))


def _listed(conversations: QuerySet[Conversation]) -> QuerySet[Any]:
    own = Participant.objects.filter(conversation=OuterRef("pk"), role=Participant.Role.SHOPPER)
    return (
        conversations.filter(state__in=LISTED)
        .select_related("store", "beside", "manager", "customer")
        .annotate(shopper_seen=Subquery(own.values("seen_seq")[:1]))
    )


def parts_of_list(union: Union, store: Store | None, user: User) -> dict[str, QuerySet[Any]]:
    """The list in its parts: the person's own, who waits (first come first), colleagues', who was missed, and into
    which the store was asked.
    """
    listed = console_list(union, store)
    asked = Conversation.objects.filter(union=union, beside=store) if store else Conversation.objects.none()
    waiting = listed.filter(state=Conversation.State.WAITING)
    active = listed.filter(state=Conversation.State.ACTIVE)
    return {
        "mine": (active.filter(manager=user) | waiting.filter(offered_to=user)).order_by("id"),
        "waiting": waiting.order_by("waiting_since", "id"),
        "others": active.exclude(manager=user).order_by("-id"),
        "missed": listed.filter(state=Conversation.State.MISSED).order_by("-id"),
        "beside": _listed(asked).order_by("-id"),
    }


def counts_of_list(union: Union, store: Store | None) -> dict[str, int]:
    """How many there are by state. One statement."""
    found = (
        conversations_at(union, store)
        .filter(state__in=LISTED)
        .order_by()
        .values_list("state")
        .annotate(number=Count("pk"))
    )
    return {str(state): 0 for state in LISTED} | dict(found)


def conversation_at(union: Union, store: Store | None, ref: str) -> Conversation:
    """A conversation at this console. Raises NotFound, also for another store's."""
    return _one(conversations_at(union, store), ref)


def conversation_heard_at(union: Union, store: Store | None, ref: str) -> Conversation:
    """The same, also where the store was only asked in. Raises NotFound."""
    return _one(conversations_heard_at(union, store), ref)


def _one(conversations: QuerySet[Conversation], ref: str) -> Conversation:
    conversation = conversations.filter(ref=ref).select_related("store", "beside", "union", "manager").first()
    if conversation is None:
        raise NotFound
    return conversation


def speakers_of(user: User, conversations: list[int]) -> dict[int, Participant]:
    """The person's own voices, by conversation."""
    return {
        participant.conversation_id: participant
        for participant in Participant.objects.filter(conversation__in=conversations, user=user, left_at=None).exclude(
            role=Participant.Role.SHOPPER
        )
    }


def manager_at(user: User, union: Union, store: Store | None) -> Manager:
    """The person's place at this console. Raises NotAllowed before they have registered there."""
    manager = Manager.objects.filter(union=union, store=store, user=user).first()
    if manager is None:
        raise NotAllowed
    return manager


def people_of_place(union: Union, store: Store | None) -> list[tuple[User, Manager | None]]:
    """Who may answer here by their place in the team or the office, each with what is kept of them. Two statements."""
    if store is None:
        people = User.objects.filter(
            pk__in=UnionStaff.objects.filter(union=union, role=UnionStaff.Role.ADMIN).values("user")
        )
    else:
        owners = EnterpriseMember.objects.filter(
            enterprise=store.membership.enterprise_id, role=EnterpriseMember.Role.OWNER
        )
        staff = StoreStaff.objects.filter(
            union=union, store=store, permissions__contains=[StoreStaff.Permission.CONSOLE]
        )
        people = User.objects.filter(Q(pk__in=owners.values("user")) | Q(pk__in=staff.values("user")))
    managers = {
        manager.user_id: manager for manager in Manager.objects.filter(union=union, store=store).select_related("user")
    }
    return [(person, managers.get(person.pk)) for person in people.filter(is_active=True).order_by("name", "pk")]


def recent_sessions(union: Union, store: Store | None) -> QuerySet[ConsoleSession]:
    """The last stays at the consoles of a place: who, where, from which address, how long."""
    return (
        ConsoleSession.objects.filter(union=union, manager__store=store).select_related("manager__user").order_by("-id")
    )
