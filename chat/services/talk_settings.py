"""How a place talks and who answers there."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from accounts.models import User
from chat.errors import ShortcutTaken
from chat.models import Manager, SavedReply, TalkSettings
from chat.services.presence import change_status, show_presence_at
from core.errors import Invalid, NotFound
from stores.models import Store
from unions.models import Union

MOST_REPLIES = 200


@transaction.atomic
def save_talk_settings(*, union: Union, store: Store | None, values: dict[str, Any], now: datetime) -> TalkSettings:
    """Keep how a store (None: the support) talks, and show its pages at once whether it does."""
    settings, _made = TalkSettings.objects.update_or_create(union=union, store=store, defaults=values)
    transaction.on_commit(lambda: show_presence_at(union=union, store=store, now=now), robust=True)
    return settings


@transaction.atomic
def save_manager(*, union: Union, store: Store | None, user: User, values: dict[str, Any]) -> Manager:
    """What shoppers see of somebody who answers, and how much falls to them."""
    manager, _made = Manager.objects.update_or_create(union=union, store=store, user=user, defaults=values)
    return manager


@transaction.atomic
def log_out_manager(*, union: Union, store: Store | None, manager: int, now: datetime) -> None:
    """Log somebody out at all their consoles here: they forgot to. Raises NotFound."""
    found = Manager.objects.filter(union=union, store=store, pk=manager).select_related("union", "store").first()
    if found is None:
        raise NotFound
    change_status(manager=found, status=Manager.Status.OFF, now=now)


@transaction.atomic
def save_reply(
    *, union: Union, store: Store | None, shortcut: str, text: str, reply: SavedReply | None = None
) -> SavedReply:
    """Keep or change a saved reply. Raises Invalid for a shortcut that another one has, or for too many."""
    if reply is None:
        if SavedReply.objects.filter(union=union, store=store).count() >= MOST_REPLIES:
            raise Invalid(field="shortcut")
        reply = SavedReply(union=union, store=store)
    reply.shortcut, reply.text = shortcut, text
    try:
        with transaction.atomic():
            reply.save()
    except IntegrityError:
        raise ShortcutTaken(field="shortcut") from None
    return reply


@transaction.atomic
def delete_reply(*, union: Union, store: Store | None, reply: int) -> None:
    """Raises NotFound, also for another place's."""
    deleted, _by = SavedReply.objects.filter(union=union, store=store, pk=reply).delete()
    if not deleted:
        raise NotFound
