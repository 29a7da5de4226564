"""Whom a push calls, and with what words."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Collection, Iterable
from datetime import datetime

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext, ngettext, override

from chat.models import Conversation, Manager, PushSubscription
from chat.queries.consoles import SUPPORT
from chat.queries.presence import present_managers, who_may_answer
from chat.services.push import send_push
from orders.models import RunStep
from orders.queries.ways import IS_OVER
from stores.models import Store, StoreStaff
from stores.queries.team import told_of

logger = logging.getLogger(__name__)
State = Conversation.State
EXPECTED = {
    "offered": {State.WAITING},
    "wrote": {State.ACTIVE},
    "missed": {State.MISSED},
    "asked": {State.WAITING, State.ACTIVE, State.MISSED},
}
"""By why somebody is called, where the conversation has to stand for it still to matter."""


def answering_users(*, conversation: Conversation) -> list[int]:
    """Who answers at the place of a conversation and has not asked for silence."""
    managers = who_may_answer().filter(union=conversation.union_id).exclude(status=Manager.Status.SILENT)
    at = Q(store=conversation.store_id)
    if conversation.with_support:
        at |= Q(store=None)
    return list(managers.filter(at).values_list("user_id", flat=True).distinct())


def asked_users(*, conversation: Conversation) -> list[int]:
    """The same of the store that the shopper has asked to join; empty without one."""
    if conversation.beside_id is None:
        return []
    managers = who_may_answer().filter(union=conversation.union_id, store=conversation.beside_id)
    return list(managers.exclude(status=Manager.Status.SILENT).values_list("user_id", flat=True).distinct())


def call(*, conversation_id: int, users: Iterable[int], why: str, now: datetime) -> int:
    """Call these people on their devices about a conversation, unless it has found somebody meanwhile.

    Who has a console of the union open is told there. Returns how many devices took it. A push service that is away is
    noted and not waited for: the conversation goes its way without it.
    """
    conversation = Conversation.objects.select_related("union", "store", "beside").get(pk=conversation_id)
    if conversation.state not in EXPECTED[why]:
        return 0
    here = set(
        Manager.objects.filter(pk__in=present_managers(conversation.union_id, now=now)).values_list(
            "user_id", flat=True
        )
    )
    place = conversation.beside if why == "asked" else conversation.store
    slug = place.slug if place is not None else SUPPORT
    url = reverse("manage:console", kwargs={"union": conversation.union.slug, "store": slug})
    taken = 0
    for subscription in PushSubscription.objects.filter(
        user__in=set(users) - here, user__is_active=True, failed_at=None
    ).select_related("user"):
        with override(subscription.user.language or conversation.union.default_language):
            payload = {
                "title": str(place or conversation.union),
                "body": _words(why) % {"name": conversation.shopper_name or gettext("A shopper")},
                "url": f"{url}#{conversation.ref}",
                "tag": conversation.ref,
            }
        try:
            taken += send_push(subscription=subscription, payload=payload, now=now)
        except ConnectionError as error:
            logger.warning("A manager could not be called (%s).", error)
    return taken


def call_about_stock(*, store_id: int, count: int, now: datetime) -> int:
    """Tell whoever may change the store's stock, on their devices, that so many articles ran low. On how many."""
    store = Store.objects.select_related("union", "membership").get(pk=store_id)
    people = [user.pk for user in told_of(store, StoreStaff.Permission.STOCK)]

    def said() -> str:
        return ngettext("%(count)d article runs low.", "%(count)d articles run low.", count) % {"count": count}

    return _tell(store, people, said, page="reserve", tag=f"stock-{store.slug}", now=now)


def call_about_steps(*, store_id: int, step_ids: Collection[int], now: datetime) -> int:
    """Tell who has taken steps of orders that these are late; of those that nobody took, whoever may do them.

    What was done meanwhile is left out. Returns on how many devices.
    """
    store = Store.objects.select_related("union", "membership").get(pk=store_id)
    late = RunStep.objects.filter(union=store.union_id, store=store, pk__in=step_ids, state=RunStep.State.OPEN)
    late = late.exclude(IS_OVER)
    counts: Counter[int] = Counter()
    for assignee, permission in late.values_list("assignee", "step__permission"):
        counts.update([assignee] if assignee else [user.pk for user in told_of(store, permission)])
    taken = 0
    for person, count in sorted(counts.items()):

        def said(count: int = count) -> str:
            return ngettext("%(count)d step is late.", "%(count)d steps are late.", count) % {"count": count}

        taken += _tell(store, [person], said, page="work", tag=f"steps-{store.slug}", now=now)
    return taken


def _tell(store: Store, people: Iterable[int], said: Callable[[], str], *, page: str, tag: str, now: datetime) -> int:
    """Words, in each one's own language, that lead to a page of the store."""
    url = reverse(f"manage:{page}", kwargs={"union": store.union.slug, "store": store.slug})
    subscriptions = PushSubscription.objects.filter(user__in=people, user__is_active=True, failed_at=None)
    taken = 0
    for subscription in subscriptions.select_related("user"):
        with override(subscription.user.language or store.union.default_language):
            payload = {"title": store.name, "body": said(), "url": url, "tag": tag}
        try:
            taken += send_push(subscription=subscription, payload=payload, now=now)
        except ConnectionError as error:
            logger.warning("Somebody could not be told of %s (%s).", page, error)
    return taken


def _words(why: str) -> str:
    return {
        "offered": gettext("%(name)s would like to talk with you."),
        "wrote": gettext("%(name)s has written to you."),
        "missed": gettext("%(name)s left a message."),
        "asked": gettext("%(name)s asks you to join a conversation."),
    }[why]
