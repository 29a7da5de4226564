"""Push for managers who are away: a call waits for their store and nobody of it is at a console."""

from __future__ import annotations

import logging
from collections import defaultdict
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext, override

from chat.models import Manager, PushSubscription
from chat.queries.presence import present_managers, who_may_answer
from chat.services.push import send_push
from core.live import redis_connection
from matching.models import MatchRequest, MatchResponse

logger = logging.getLogger(__name__)
ONCE_IN = 60
"""Seconds within which the devices of a store are called once, however many wishes come."""


def wake_stores(*, request: MatchRequest, now: datetime) -> int:
    """Call the devices of the called stores at which nobody sits and which have not answered by themselves.

    Returns how many devices took it. A push service that is away is noted and not waited for. To be run outside of a
    scope: the stores may be of several unions.
    """
    if request.state != MatchRequest.State.OPEN or request.answers_until <= now:
        return 0
    taken = 0
    for store_id, managers in sorted(_absent(request, now=now).items()):
        if redis_connection().set(f"call-push:{store_id}", 1, nx=True, ex=ONCE_IN):
            taken += _call(managers, request, now=now)
    return taken


def _absent(request: MatchRequest, *, now: datetime) -> dict[int, list[Manager]]:
    """Managers who can be woken, by their store; none of a store where somebody is, or that has answered."""
    answered = MatchResponse.objects.filter(request=request).values("store")
    devices = PushSubscription.objects.filter(failed_at=None, user__is_active=True).values("user")
    managers = (
        who_may_answer()
        .filter(store__in=request.stores, user__in=devices)
        .exclude(status=Manager.Status.SILENT)
        .exclude(store__in=answered)
        .select_related("store__union")
    )
    found: dict[int, list[Manager]] = defaultdict(list)
    for manager in managers:
        found[manager.store_id or 0].append(manager)
    unions = {manager.union_id for rows in found.values() for manager in rows}
    here: set[int] = set()
    for union_id in unions:
        here |= present_managers(union_id, now=now)
    occupied = set(Manager.objects.filter(pk__in=here, store__in=list(found)).values_list("store", flat=True))
    return {store_id: rows for store_id, rows in found.items() if store_id not in occupied}


def _call(managers: list[Manager], request: MatchRequest, *, now: datetime) -> int:
    store = managers[0].store
    assert store is not None
    names = {"union": store.union.slug, "store": store.slug}
    taken = 0
    people = {manager.user_id for manager in managers}
    for device in PushSubscription.objects.filter(user__in=people, failed_at=None).select_related("user"):
        with override(device.user.language or store.union.default_language):
            payload = {
                "title": str(store),
                "body": gettext("Somebody is looking for: %(words)s") % {"words": request.words},
                "url": reverse("manage:call", kwargs={**names, "ref": request.ref}),
                "tag": f"call-{store.pk}",
            }
        try:
            taken += send_push(subscription=device, payload=payload, now=now)
        except ConnectionError as error:
            logger.warning("A manager could not be called (%s).", error)
    return taken
