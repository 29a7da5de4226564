"""Beside a conversation: who the shopper is, what can be shown to them, and the cards in what was said."""

from __future__ import annotations

from typing import cast

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.models import User
from chat.cards import Reader, draw
from chat.models import Message
from chat.queries.consoles import conversation_at
from chat.queries.context import context_of, things_to_show
from chat.views.console.place import Place, for_answering


@never_cache
@for_answering
def context(request: HttpRequest, place: Place, ref: str) -> HttpResponse:
    """The shopper's page, cart at this store, orders here, last conversations and what staff noted."""
    conversation = conversation_at(place.union, place.store, ref)
    shown = context_of(conversation, place.store, now=timezone.now())
    return render(request, "manage/talk/context.html", {"place": place, "conversation": conversation, "shopper": shown})


@never_cache
@for_answering
def picker(request: HttpRequest, place: Place, ref: str) -> HttpResponse:
    """Products of the store by words, and the shopper's orders: each a button that shows its card."""
    conversation = conversation_at(place.union, place.store, ref)
    products, orders = things_to_show(conversation, words=request.GET.get("q", "")[:80])
    return render(request, "manage/talk/picker.html", {"place": place, "products": products, "orders": orders})


@require_http_methods(["GET", "HEAD"])
@never_cache
@for_answering
def card(request: HttpRequest, place: Place, ref: str, seq: int) -> HttpResponse:
    """What a message shows, for those who answer."""
    conversation = conversation_at(place.union, place.store, ref)
    message = Message.objects.filter(union=place.union, conversation=conversation, seq=seq).first()
    if message is None:
        raise Http404
    reader = Reader(place.union, conversation, cast(User, request.user), is_shopper=False)
    drawn = draw(message, reader)
    shown = {"message": message, "reader": reader, "conversation": conversation, "card_url": request.path}
    return render(request, drawn.template, {**drawn.context, **shown})
