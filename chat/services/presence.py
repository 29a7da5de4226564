"""Store managers log in at a console, change how they are, and log out."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from accounts.models import User
from chat.models import ConsoleSession, Manager
from chat.queries.presence import (
    PRESENT_FOR,
    heartbeats_are_whole,
    presence_frame,
    presence_key,
    presence_of,
    present_channels,
    present_managers,
)
from core.errors import Invalid
from core.live import announce, redis_connection
from stores.models import Store
from unions.models import Union

LAPSED_WITHIN = 12.0
"""Seconds in which a heartbeat that has lapsed is told of; rounds come every five."""
ENDED = ConsoleSession.EndedBy


@transaction.atomic
def register_manager(*, user: User, union: Union, store: Store | None) -> Manager:
    """The person's place at this console, made at the first log-in. Who may open the console is asked before."""
    manager, _made = Manager.objects.get_or_create(
        union=union, store=store, user=user, defaults={"shown_name": user.name[:80]}
    )
    return manager


@transaction.atomic
def log_in(
    *, manager: Manager, channel: str, address: str | None, device: str, place: str = "", now: datetime
) -> ConsoleSession:
    """A console is there: its channel and address are kept while it is connected, and its stay as history."""
    session, _made = ConsoleSession.objects.update_or_create(
        channel=channel,
        defaults={
            "union_id": manager.union_id,
            "manager": manager,
            "address": address,
            "device": device,
            "place": place,
            "began_at": now,
            "ended_at": None,
            "ended_by": "",
        },
    )
    if manager.status == Manager.Status.OFF:
        change_status(manager=manager, status=Manager.Status.AVAILABLE, now=now)
    transaction.on_commit(lambda: _beat(manager, channel, now=now))
    return session


@transaction.atomic
def change_status(*, manager: Manager, status: str, now: datetime) -> None:
    """available, busy, away, silent; `off` logs out at every console. Raises Invalid."""
    if status not in Manager.Status.values:
        raise Invalid(field="state")
    Manager.objects.filter(union=manager.union_id, pk=manager.pk).update(status=status, status_at=now)
    manager.status, manager.status_at = status, now
    if status == Manager.Status.OFF:
        open_sessions = ConsoleSession.objects.filter(manager=manager, ended_at=None)
        channels = list(open_sessions.values_list("channel", flat=True))
        open_sessions.update(ended_at=now, ended_by=ENDED.LOGGED_OUT)
        transaction.on_commit(lambda: _forget(manager, channels), robust=True)
    transaction.on_commit(lambda: show_presence(manager=manager, now=now), robust=True)


@transaction.atomic
def console_closed(*, channel: str, over: str, now: datetime) -> None:
    """A console's connection is over without a log-out: `over` by signing out or because the way in was taken away,
    else its page was closed or its network is gone.

    It may be back in a moment, so its heartbeat is left to lapse by itself.
    """
    how = {"signed_out": ENDED.LOGGED_OUT, "refused": ENDED.REFUSED}.get(over, ENDED.VANISHED)
    ConsoleSession.objects.filter(channel=channel, ended_at=None).update(ended_at=now, ended_by=how)


def close_dead_consoles(*, now: datetime) -> int:
    """End in the history what no process reports any more: it was killed, or its network cut. Returns how many."""
    if not heartbeats_are_whole(now=now):
        return 0
    beating: dict[int, set[str]] = {}
    dead = []
    # Its first heartbeat is written a moment after the row.
    for session in ConsoleSession.objects.filter(ended_at=None, began_at__lt=now - timedelta(seconds=PRESENT_FOR)):
        if session.union_id not in beating:
            beating[session.union_id] = present_channels(session.union_id, now=now)
        if session.channel not in beating[session.union_id]:
            dead.append(session.pk)
    return ConsoleSession.objects.filter(pk__in=dead, ended_at=None).update(ended_at=now, ended_by=ENDED.VANISHED)


def show_presence(*, manager: Manager, now: datetime) -> None:
    """Tell the pages of the store who is there now."""
    show_presence_at(union=manager.union, store=manager.store, now=now)


def show_presence_at(*, union: Union, store: Store | None, now: datetime) -> None:
    """The same for a place, whoever changed there."""
    presence = presence_of(union, [store], now=now)[store.pk if store else None]
    frame = presence_frame(store.slug if store else "", presence)
    announce({presence_topic(union_id=union.pk, store_id=store.pk if store else None): frame})


def show_lapsed(*, now: datetime) -> int:
    """Managers whose consoles have just fallen silent are shown as gone on their stores' pages. Returns how many."""
    unions = Manager.objects.exclude(status=Manager.Status.OFF).order_by().values_list("union_id", flat=True).distinct()
    shown = 0
    for union_id in unions:
        until = now.timestamp() - PRESENT_FOR
        members: Any = redis_connection().zrangebyscore(presence_key(union_id), until - LAPSED_WITHIN, until)
        lapsed = {int(member.partition(b":")[0]) for member in members}
        if not lapsed:
            continue
        lapsed -= present_managers(union_id, now=now)
        for manager in Manager.objects.filter(union=union_id, pk__in=lapsed).select_related("union", "store"):
            show_presence(manager=manager, now=now)
            shown += 1
    return shown


def presence_topic(*, union_id: int, store_id: int | None) -> str:
    """Where pages that show a store's presence listen."""
    return f"presence.{union_id}.{store_id or 0}"


def _beat(manager: Manager, channel: str, *, now: datetime) -> None:
    redis_connection().zadd(presence_key(manager.union_id), {f"{manager.pk}:{channel}": now.timestamp()})
    show_presence(manager=manager, now=now)


def _forget(manager: Manager, channels: list[str]) -> None:
    if channels:
        redis_connection().zrem(presence_key(manager.union_id), *[f"{manager.pk}:{channel}" for channel in channels])
