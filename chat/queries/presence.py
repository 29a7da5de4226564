"""Who is there, from the heartbeats in Redis, judged by the reader: a record that is too old is nobody."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Avg, Count, Exists, F, OuterRef, Q, QuerySet

from accounts.models import User
from chat.models import Conversation, Manager, PushSubscription, TalkSettings
from core.live import redis_connection
from stores.models import Store, StoreStaff
from stores.queries.access import MANAGED_STATES
from unions.models import EnterpriseMember, Union, UnionStaff

HEARTBEAT_EVERY = 10.0
PRESENT_FOR = 25.0
"""Seconds after the last heartbeat in which a console counts as there."""
USUAL_WAIT = timedelta(minutes=1)
SHORTEST_WAIT = timedelta(seconds=5)
"""A program answers at once; nobody is promised no time at all."""
LOOKED_BACK = timedelta(days=14)
FULL_AGAIN_AFTER = 45.0
"""Seconds after which a Redis that came back empty has every heartbeat again, and silence means absence."""
KNOWN_SINCE = "chat:known-since"


def presence_key(union_id: int) -> str:
    """The sorted set of a union's consoles: members `manager:channel`, scored by their last heartbeat."""
    return f"chat:present:{union_id}"


@dataclass(frozen=True)
class Presence:
    """Whether somebody at a store will answer, and after how long.

    `here`: at the console and available; `soon`: can be woken by push, or is there but busy; `away`: leave a message.
    """

    state: str
    wait: timedelta
    name: str = ""
    voice: bool = False
    video: bool = False
    program: bool = False


def present_managers(union: Union | int, *, now: datetime) -> set[int]:
    """Ids of managers with a console connected at this moment; one round trip to Redis."""
    key = presence_key(union if isinstance(union, int) else union.pk)
    members: Any = redis_connection().zrangebyscore(key, now.timestamp() - PRESENT_FOR, "+inf")
    return {int(member.partition(b":")[0]) for member in members}


def present_channels(union_id: int, *, now: datetime) -> set[str]:
    """Channels of consoles with a living heartbeat."""
    members: Any = redis_connection().zrangebyscore(presence_key(union_id), now.timestamp() - PRESENT_FOR, "+inf")
    return {member.partition(b":")[2].decode() for member in members}


def heartbeats_are_whole(*, now: datetime) -> bool:
    """False for the first seconds of a Redis that was emptied or has just been started: then nobody seems to be there.

    Nobody is sent away and no conversation taken back on such evidence.
    """
    connection = redis_connection()
    connection.set(KNOWN_SINCE, now.timestamp(), nx=True)
    since: Any = connection.get(KNOWN_SINCE)
    return now.timestamp() - float(since) >= FULL_AGAIN_AFTER


def who_may_answer() -> QuerySet[Manager]:
    """Managers who would be let into their console today: of the team with that permission, or of the union's office.

    Who has left keeps their row and their history, but nothing is offered to them and nobody waits for them.
    """
    store_staff = StoreStaff.objects.filter(
        union=OuterRef("union"),
        store=OuterRef("store"),
        user=OuterRef("user"),
        permissions__contains=[StoreStaff.Permission.CONSOLE],
    )
    owners = EnterpriseMember.objects.filter(
        enterprise=OuterRef("store__membership__enterprise"), user=OuterRef("user"), role=EnterpriseMember.Role.OWNER
    )
    office = UnionStaff.objects.filter(union=OuterRef("union"), user=OuterRef("user"), role=UnionStaff.Role.ADMIN)
    # A program may what its key may, as long as there is one.
    program = Q(is_program=True, key__revoked_at=None, key__scopes__contains=["conversations:write"])
    at_store = Q(store__membership__state__in=MANAGED_STATES) & (Exists(store_staff) | Exists(owners) | program)
    at_support = Q(store=None) & (Q(user__is_superuser=True) | Exists(office) | program)
    return Manager.objects.filter(at_store | at_support, user__is_active=True)


def reachable_users(union: Union) -> set[int]:
    """Users with a browser that can be woken by push."""
    return set(
        PushSubscription.objects.filter(user__manager_roles__union=union, failed_at=None)
        .values_list("user_id", flat=True)
        .distinct()
    )


def colleagues_of(
    union: Union, store: Store | None, user: User, *, now: datetime
) -> tuple[list[tuple[Manager, bool]], bool]:
    """(the others who answer here, each with whether they are there; whether somebody is at the union's support)."""
    present = present_managers(union, now=now)
    managers = list(
        who_may_answer().filter(Q(store=store) | Q(store=None), union=union).exclude(user=user).select_related("user")
    )
    own = [
        (each, each.pk in present and each.status != Manager.Status.OFF)
        for each in managers
        if each.store_id == (store.pk if store else None)
    ]
    support = any(
        each.pk in present and each.status == Manager.Status.AVAILABLE for each in managers if each.store_id is None
    )
    return sorted(own, key=lambda pair: (not pair[1], str(pair[0]))), support and store is not None


def presence_of(union: Union, stores: Iterable[Store | None], *, now: datetime) -> dict[int | None, Presence]:
    """By store id (None: the union's support). Five statements whatever the number of stores."""
    wanted = list(stores)
    keys = [store.pk for store in wanted if store is not None]
    of_support = Q(store=None) if None in wanted else Q(pk=None)
    connected = present_managers(union, now=now)
    wishes = {
        each.store_id: each for each in TalkSettings.objects.filter(union=union).filter(Q(store__in=keys) | of_support)
    }
    closed = {key for key, wish in wishes.items() if key is not None and not wish.is_open}
    managers = (
        who_may_answer()
        .filter(Q(store__in=keys) | of_support, union=union)
        .exclude(status__in=[Manager.Status.OFF, Manager.Status.SILENT])
        .select_related("user")
        .order_by("is_program", "pk")
    )
    reachable = reachable_users(union)
    waits = dict(
        Conversation.objects.filter(union=union, answered_at__isnull=False, created_at__gt=now - LOOKED_BACK)
        .filter(Q(store__in=keys) | of_support)
        .values_list("store_id")
        .annotate(wait=Avg(F("answered_at") - F("created_at")))
    )
    queues = dict(
        Conversation.objects.filter(union=union, state=Conversation.State.WAITING)
        .filter(Q(store__in=keys) | of_support)
        .values_list("store_id")
        .annotate(length=Count("pk"))
    )
    found: dict[int | None, Presence] = {}
    by_store: dict[int | None, list[Manager]] = {}
    for manager in managers:
        by_store.setdefault(manager.store_id, []).append(manager)
    for store in wanted:
        key = store.pk if store is not None else None
        wait = max(waits.get(key, USUAL_WAIT), SHORTEST_WAIT) * (1 + queues.get(key, 0))
        team = [] if key in closed else by_store.get(key, [])
        here = [each for each in team if each.pk in connected and each.status == Manager.Status.AVAILABLE]
        soon = [each for each in team if each.pk in connected or each.user_id in reachable]
        wish = wishes.get(key) or TalkSettings()
        found[key] = _presence("here" if here else "soon" if soon else "away", here or soon, wait, wish)
    return found


def presences_of(union: Union, *, now: datetime) -> dict[str, Presence]:
    """Of all shops of the union where somebody answers at this moment, by slug.

    One round trip to Redis while nobody does; else six statements besides, whatever the number of shops.
    """
    connected = present_managers(union, now=now)
    if not connected:
        return {}
    staffed = Manager.objects.filter(union=union, pk__in=connected, status=Manager.Status.AVAILABLE)
    shops = list(Store.objects.visible().filter(union=union, pk__in=staffed.values("store")))
    found = presence_of(union, shops, now=now)
    return {shop.slug: found[shop.pk] for shop in shops if found[shop.pk].state == "here"}


def _presence(state: str, team: list[Manager], wait: timedelta, wish: TalkSettings) -> Presence:
    if not team:
        return Presence(state, wait)
    first = team[0]
    return Presence(
        state,
        wait,
        name=first.shown_name or first.user.name,
        voice=wish.voice and any(manager.can_voice for manager in team),
        video=wish.voice and wish.video and any(manager.can_video for manager in team),
        program=all(manager.is_program for manager in team),
    )


def presence_frame(store_slug: str, presence: Presence) -> dict[str, object]:
    """`presence` as it goes to shoppers."""
    return {
        "type": "presence",
        "store": store_slug,
        "state": presence.state,
        "wait": int(presence.wait.total_seconds()),
        "name": presence.name,
        "voice": presence.voice,
        "video": presence.video,
        "program": presence.program,
    }
