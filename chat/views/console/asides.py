"""Beside a conversation: who the shopper is, what can be shown to them, and the cards in what was said."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.models import User
from chat.cards import Reader, draw, presser_of
from chat.models import Message
from chat.queries.consoles import conversation_at
from chat.queries.context import context_of, things_to_show, times_to_show
from chat.queries.profiles import standing_in
from chat.views.console.place import Place, for_answering
from core.errors import DomainError


@never_cache
@for_answering
def context(request: HttpRequest, place: Place, ref: str) -> HttpResponse:
    """The shopper's page, cart at this store, orders here, last conversations and what staff noted."""
    conversation = conversation_at(place.union, place.store, ref)
    shown = context_of(conversation, place.store, now=timezone.now())
    standing = standing_in(conversation, place.store, now=timezone.now())
    told = {"place": place, "conversation": conversation, "shopper": shown, "standing": standing}
    return render(request, "manage/talk/context.html", told)


@never_cache
@for_answering
def picker(request: HttpRequest, place: Place, ref: str) -> HttpResponse:
    """Products of the store by words, the shopper's orders, services with free times: each a button for its card."""
    conversation = conversation_at(place.union, place.store, ref)
    products, orders = things_to_show(conversation, words=request.GET.get("q", "")[:80])
    shown = {"products": products, "orders": orders, "times": times_to_show(conversation)}
    return render(request, "manage/talk/picker.html", {"place": place, **shown})


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@for_answering
def card(request: HttpRequest, place: Place, ref: str, seq: int) -> HttpResponse:
    """What a message shows, for those who answer. What its forms send is done first; a refusal is told below it."""
    conversation = conversation_at(place.union, place.store, ref)
    message = Message.objects.filter(union=place.union, conversation=conversation, seq=seq).first()
    if message is None:
        raise Http404
    asked = (request.POST if request.method == "POST" else request.GET).dict()
    reader = Reader(place.union, conversation, cast(User, request.user), is_shopper=False, asked=asked)
    refusal, status = "", 200
    if request.method == "POST":
        presser = presser_of(message)
        if presser is None:
            return HttpResponseNotAllowed(["GET", "HEAD"])
        try:
            presser(message, reader, request.POST, timezone.now())
            reader = replace(reader, asked={})
        except DomainError as error:
            refusal, status = str(error.detail), error.status
    drawn = draw(message, reader)
    shown = {
        "message": message,
        "reader": reader,
        "conversation": conversation,
        "card_url": request.path,
        "card_template": drawn.template,
        "refusal": refusal,
    }
    return render(request, "talk/_card.html", {**drawn.context, **shown}, status=status)
