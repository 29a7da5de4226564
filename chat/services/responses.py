"""A customer's response reaches people: who is away is called, a conversation about it shows its card."""

from __future__ import annotations

import logging
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext, override

from chat.models import Conversation, Manager, Message, PushSubscription
from chat.queries.presence import present_managers
from chat.services.push import send_push
from chat.services.showing import show_card
from core.live import redis_connection
from orders.models import CustomerResponse
from orders.queries.responses import colleagues_for

logger = logging.getLogger(__name__)
ONCE_IN = 300
"""Seconds within which the devices of a store are called once about its customers' responses, however many come."""


def show_response(*, response_id: int) -> None:
    """Windows that show the response draw it again."""
    response = CustomerResponse.objects.get(pk=response_id)
    if not response.conversation:
        return
    conversation = Conversation.objects.filter(union=response.union_id, ref=response.conversation).first()
    if conversation is not None:
        show_card(conversation=conversation, kind=str(Message.Kind.RESPONSE), card={"response": response.pk})


def call_for(*, response_id: int, now: datetime) -> int:
    """Call those who handle the store's responses on their devices when nobody of it sits at a console.

    Returns how many devices took it. A push service that is away is noted and not waited for: mail has gone out too.
    """
    response = CustomerResponse.objects.select_related("union", "store__membership").get(pk=response_id)
    store = response.store
    if response.due_at is None or not _nobody_sits(response, now=now):
        return 0
    if not redis_connection().set(f"response-push:{store.pk}", 1, nx=True, ex=ONCE_IN):
        return 0
    url = reverse("manage:response", args=[response.union.slug, store.slug, response.number])
    taken = 0
    silent = Manager.objects.filter(union=response.union_id, store=store, status=Manager.Status.SILENT).values("user")
    devices = PushSubscription.objects.filter(user__in=colleagues_for(store), failed_at=None).exclude(user__in=silent)
    for device in devices.select_related("user"):
        with override(device.user.language or response.union.default_language):
            words = gettext("%(name)s has written to the store.") % {"name": response.name or gettext("A shopper")}
            payload = {"title": str(store), "body": words, "url": url, "tag": f"response-{store.pk}"}
        try:
            taken += send_push(subscription=device, payload=payload, now=now)
        except ConnectionError as error:
            logger.warning("A manager could not be called (%s).", error)
    return taken


def _nobody_sits(response: CustomerResponse, *, now: datetime) -> bool:
    here = present_managers(response.union_id, now=now)
    return not Manager.objects.filter(union=response.union_id, store=response.store_id, pk__in=here).exists()
