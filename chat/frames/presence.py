"""Logging in and out at a console, and seeing on a page whether somebody is there."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from chat.frames import CONSOLE, SHOPPER, frame
from chat.frames.reading import flag_of, text_of
from chat.frames.sessions import ConsoleSession, ShopperSession
from chat.models import Manager
from chat.queries.presence import presence_frame, presence_of
from chat.services.handing import withdraw_offers
from chat.services.presence import change_status, log_in, presence_topic, register_manager
from chat.services.programs import register_program
from chat.services.routing import offer_waiting
from core.errors import Invalid
from stores.models import Store

MOST_STORES = 100


@frame("presence", of=CONSOLE)
def presence(session: ConsoleSession, asked: dict[str, Any]) -> dict[str, Any]:
    """`{"state": "available" | "busy" | "away" | "silent" | "off", "place": …, "voice": …, "video": …}`.

    The first one logs this console in; `off` logs out.
    """
    now = timezone.now()
    status = text_of(asked, "state", most=9)
    if session.manager is None:
        if status == Manager.Status.OFF:
            return {"state": status}
        if session.key is not None:
            manager = register_program(key=session.key, store=session.store, user=session.user)
        else:
            manager = register_manager(user=session.user, union=session.union, store=session.store)
        log_in(
            manager=manager,
            channel=session.channel,
            address=session.address,
            device=session.device,
            place=text_of(asked, "place", most=80),
            now=now,
        )
        session.manager = manager
        session.socket.relay.heartbeat.begin(session.channel, union_id=session.union.pk, manager_id=manager.pk)
    manager = session.manager
    Manager.objects.filter(pk=manager.pk).update(can_voice=flag_of(asked, "voice"), can_video=flag_of(asked, "video"))
    change_status(manager=manager, status=status, now=now)
    if status == Manager.Status.OFF:
        session.socket.relay.heartbeat.end(session.channel)
        session.manager = None
    if status != Manager.Status.AVAILABLE:
        withdraw_offers(manager=manager, now=now)
    offer_waiting(union=session.union, store=session.store, now=now)
    return {"state": status, "manager": manager.pk, "capacity": manager.capacity}


@frame("presence", of=SHOPPER)
def watch_presence(session: ShopperSession, asked: dict[str, Any]) -> dict[str, Any]:
    """`{"stores": ["slug", …]}` (an empty text: the union's support): how they are now, and from here on."""
    slugs = asked.get("stores")
    if not isinstance(slugs, list) or len(slugs) > MOST_STORES or not all(isinstance(slug, str) for slug in slugs):
        raise Invalid(field="stores")
    stores: list[Store | None] = list(Store.objects.visible().filter(union=session.union, slug__in=slugs))
    if "" in slugs:
        stores.append(None)
    found = presence_of(session.union, stores, now=timezone.now())
    session.socket.listen("presence.", [presence_topic(union_id=session.union.pk, store_id=key) for key in found])
    return {
        "stores": [presence_frame(store.slug if store else "", found[store.pk if store else None]) for store in stores]
    }
