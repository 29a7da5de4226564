"""From what a customer has asked in writing to a conversation about it."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from chat.services.beginning import FirstWords, begin_conversation
from chat.services.message_sql import LONGEST_TEXT
from chat.views.shopper.identity import shopper_of
from core.errors import DomainError
from orders.services.responses import talk_about
from orders.views.responses import response_at


@require_POST
def talk(request: HttpRequest, union: str, token: str) -> HttpResponse:
    """The store's people see the response as a card; pressed twice it is one conversation."""
    found, now = response_at(request, token), timezone.now()
    words = FirstWords(
        found.words[:LONGEST_TEXT], found.name[:80], found.email, client_id=f"response-{found.number}", response=found
    )
    shopper = shopper_of(request, begins=True)
    try:
        conversation = begin_conversation(shopper=shopper, store=found.store, words=words, now=now)
        talk_about(response=found, conversation=conversation.ref, actor=shopper.user, now=now)
    except DomainError as refusal:
        messages.error(request, str(refusal.detail))
        return redirect("orders:response", union=union, token=token)
    return redirect(reverse("talk:conversation", args=[union, conversation.ref]) + "?open")
