"""Who is there, from the heartbeats in Redis, judged by the reader: a record that is too old is nobody."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Avg, Count, F, Q

from chat.models import Conversation, Manager, PushSubscription, TalkSettings
from core.live import redis_connection
from stores.models import Store
from unions.models import Union

HEARTBEAT_EVERY = 10.0
PRESENT_FOR = 25.0
"""Seconds after the last heartbeat in which a console counts as there."""
USUAL_WAIT = timedelta(minutes=1)
LOOKED_BACK = timedelta(days=14)


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


def presence_of(union: Union, stores: Iterable[Store | None], *, now: datetime) -> dict[int | None, Presence]:
    """By store id (None: the union's support). Five statements whatever the number of stores."""
    wanted = list(stores)
    keys = [store.pk for store in wanted if store is not None]
    of_support = Q(store=None) if None in wanted else Q(pk=None)
    connected = present_managers(union, now=now)
    closed = set(
        TalkSettings.objects.filter(union=union, store__in=keys, is_open=False).values_list("store_id", flat=True)
    )
    managers = (
        Manager.objects.filter(Q(store__in=keys) | of_support, union=union, user__is_active=True)
        .exclude(status__in=[Manager.Status.OFF, Manager.Status.SILENT])
        .select_related("user")
        .order_by("is_program", "pk")
    )
    reachable = set(
        PushSubscription.objects.filter(user__manager_roles__union=union, failed_at=None).values_list(
            "user_id", flat=True
        )
    )
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
        wait = waits.get(key, USUAL_WAIT) * (1 + queues.get(key, 0))
        team = [] if key in closed else by_store.get(key, [])
        here = [each for each in team if each.pk in connected and each.status == Manager.Status.AVAILABLE]
        soon = [each for each in team if each.pk in connected or each.user_id in reachable]
        found[key] = _presence("here" if here else "soon" if soon else "away", here or soon, wait)
    return found


def _presence(state: str, team: list[Manager], wait: timedelta) -> Presence:
    if not team:
        return Presence(state, wait)
    first = team[0]
    return Presence(
        state,
        wait,
        name=first.shown_name or first.user.name,
        voice=any(manager.can_voice for manager in team),
        video=any(manager.can_video for manager in team),
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
