"""Whom a push calls, and with what words."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext, override

from chat.models import Conversation, Manager, PushSubscription
from chat.queries.consoles import SUPPORT
from chat.queries.presence import present_managers, who_may_answer
from chat.services.push import send_push

logger = logging.getLogger(__name__)


def answering_users(*, conversation: Conversation) -> list[int]:
    """Who answers at the place of a conversation and has not asked for silence."""
    managers = who_may_answer().filter(union=conversation.union_id).exclude(status=Manager.Status.SILENT)
    at = Q(store=conversation.store_id)
    if conversation.with_support:
        at |= Q(store=None)
    return list(managers.filter(at).values_list("user_id", flat=True).distinct())


def call(*, conversation_id: int, users: Iterable[int], why: str, now: datetime) -> int:
    """Call these people on their devices about a conversation, unless it has found somebody meanwhile.

    Who has a console of the union open is told there. Returns how many devices took it. A push service that is away is
    noted and not waited for: the conversation goes its way without it.
    """
    conversation = Conversation.objects.select_related("union", "store").get(pk=conversation_id)
    expected = {"offered": Conversation.State.WAITING, "wrote": Conversation.State.ACTIVE}.get(
        why, Conversation.State.MISSED
    )
    if conversation.state != expected:
        return 0
    here = set(
        Manager.objects.filter(pk__in=present_managers(conversation.union_id, now=now)).values_list(
            "user_id", flat=True
        )
    )
    slug = conversation.store.slug if conversation.store is not None else SUPPORT
    url = reverse("manage:console", kwargs={"union": conversation.union.slug, "store": slug})
    taken = 0
    for subscription in PushSubscription.objects.filter(
        user__in=set(users) - here, user__is_active=True, failed_at=None
    ).select_related("user"):
        with override(subscription.user.language or conversation.union.default_language):
            payload = {
                "title": str(conversation.store or conversation.union),
                "body": _words(why) % {"name": conversation.shopper_name or gettext("A shopper")},
                "url": f"{url}#{conversation.ref}",
                "tag": conversation.ref,
            }
        try:
            taken += send_push(subscription=subscription, payload=payload, now=now)
        except ConnectionError as error:
            logger.warning("A manager could not be called (%s).", error)
    return taken


def _words(why: str) -> str:
    return {
        "offered": gettext("%(name)s would like to talk with you."),
        "wrote": gettext("%(name)s has written to you."),
        "missed": gettext("%(name)s left a message."),
    }[why]
