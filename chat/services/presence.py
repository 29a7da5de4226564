"""Store managers log in at a console, change how they are, and log out."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from accounts.models import User
from chat.models import ConsoleSession, Manager
from chat.queries.presence import (
    PRESENT_FOR,
    heartbeats_are_whole,
    presence_frame,
    presence_key,
    presence_of,
    present_channels,
)
from core.errors import Invalid
from core.live import announce, redis_connection
from stores.models import Store
from unions.models import Union

ENDED = ConsoleSession.EndedBy
SHOWN_AFTER_END = timedelta(seconds=45)


@transaction.atomic
def register_manager(*, user: User, union: Union, store: Store | None, is_program: bool = False) -> Manager:
    """The person's place at this console, made at the first log-in. Who may open the console is asked before."""
    manager, _made = Manager.objects.get_or_create(
        union=union, store=store, user=user, defaults={"shown_name": user.name[:80], "is_program": is_program}
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
    Manager.objects.filter(pk=manager.pk).update(status=status, status_at=now)
    manager.status, manager.status_at = status, now
    if status == Manager.Status.OFF:
        open_sessions = ConsoleSession.objects.filter(manager=manager, ended_at=None)
        channels = list(open_sessions.values_list("channel", flat=True))
        open_sessions.update(ended_at=now, ended_by=ENDED.LOGGED_OUT)
        transaction.on_commit(lambda: _forget(manager, channels), robust=True)
    transaction.on_commit(lambda: show_presence(manager=manager, now=now), robust=True)


@transaction.atomic
def console_closed(*, channel: str, now: datetime) -> None:
    """A console's connection is over without a log-out: its page was closed or its network is gone.

    It may be back in a moment, so its heartbeat is left to lapse by itself.
    """
    ConsoleSession.objects.filter(channel=channel, ended_at=None).update(ended_at=now, ended_by=ENDED.VANISHED)


def close_dead_consoles(*, now: datetime) -> int:
    """End what no process reports any more (it was killed, or its network cut), and show stores who is gone.

    A store is shown anew for a while after each end, since a heartbeat lapses some seconds later. Returns how many.
    """
    if not heartbeats_are_whole(now=now):
        return 0
    recent = ConsoleSession.objects.filter(Q(ended_at=None) | Q(ended_at__gt=now - SHOWN_AFTER_END)).select_related(
        "manager__union", "manager__store", "manager__user"
    )
    closed = 0
    gone: dict[tuple[int, int | None], Manager] = {}
    beating: dict[int, set[str]] = {}
    for session in recent:
        manager = session.manager
        if session.ended_at is None:
            if session.began_at > now - timedelta(seconds=PRESENT_FOR):
                continue
            if manager.union_id not in beating:
                beating[manager.union_id] = present_channels(manager.union, now=now)
            if session.channel in beating[manager.union_id]:
                continue
            closed += ConsoleSession.objects.filter(pk=session.pk, ended_at=None).update(
                ended_at=now, ended_by=ENDED.VANISHED
            )
        gone[manager.union_id, manager.store_id] = manager
    for manager in gone.values():
        show_presence(manager=manager, now=now)
    return closed


def show_presence(*, manager: Manager, now: datetime) -> None:
    """Tell the pages of the store who is there now."""
    show_presence_at(union=manager.union, store=manager.store, now=now)


def show_presence_at(*, union: Union, store: Store | None, now: datetime) -> None:
    """The same for a place, whoever changed there."""
    presence = presence_of(union, [store], now=now)[store.pk if store else None]
    frame = presence_frame(store.slug if store else "", presence)
    announce({presence_topic(union_id=union.pk, store_id=store.pk if store else None): frame})


def presence_topic(*, union_id: int, store_id: int | None) -> str:
    """Where pages that show a store's presence listen."""
    return f"presence.{union_id}.{store_id or 0}"


def _beat(manager: Manager, channel: str, *, now: datetime) -> None:
    redis_connection().zadd(presence_key(manager.union_id), {f"{manager.pk}:{channel}": now.timestamp()})
    show_presence(manager=manager, now=now)


def _forget(manager: Manager, channels: list[str]) -> None:
    if channels:
        redis_connection().zrem(presence_key(manager.union_id), *[f"{manager.pk}:{channel}" for channel in channels])
