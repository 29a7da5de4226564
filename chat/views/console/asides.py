"""Beside a conversation: who the shopper is, what can be shown to them, and the cards in what was said."""

from __future__ import annotations

from typing import cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.models import User
from chat.cards import Reader
from chat.models import Conversation
from chat.queries.consoles import conversation_at, conversation_heard_at
from chat.queries.context import context_of, things_to_show, times_to_show
from chat.queries.deals import goods_to_compose, store_talked_to, ways_of_store
from chat.queries.profiles import standing_in
from chat.views.cards import asked_in, card_response
from chat.views.console.place import Place, for_answering
from core.localized import localized
from core.money import exponent_of, format_money


@never_cache
@for_answering
def context(request: HttpRequest, place: Place, ref: str) -> HttpResponse:
    """The shopper's page, cart at this store, orders here, last conversations and what staff noted.

    Who was asked in is told with whom the shopper talks, and nothing of their dealings there.
    """
    conversation = conversation_heard_at(place.union, place.store, ref)
    if _is_beside(conversation, place):
        return render(request, "manage/talk/context_beside.html", {"place": place, "conversation": conversation})
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


@never_cache
@for_answering
def compose(request: HttpRequest, place: Place, ref: str) -> HttpResponse:
    """The form of an order for this shopper, sent by a socket frame; with `?q=` what can be put into it."""
    store = store_talked_to(conversation_at(place.union, place.store, ref))
    if "q" in request.GET:
        goods = goods_to_compose(store, words=request.GET["q"][:80])
        return render(request, "manage/talk/compose_goods.html", {"goods": goods})
    currency = place.union.currency
    ways = [
        {"way": way, "name": localized(way, "name"), "shown": format_money(way.price, currency)}
        for way in ways_of_store(store)
    ]
    told = {"currency": currency, "digits": exponent_of(currency), "ways": ways}
    return render(request, "manage/talk/compose.html", told)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@for_answering
def card(request: HttpRequest, place: Place, ref: str, seq: int) -> HttpResponse:
    """What a message shows, for those who answer."""
    conversation = conversation_heard_at(place.union, place.store, ref)
    reader = Reader(
        place.union,
        conversation,
        cast(User, request.user),
        is_shopper=False,
        asked=asked_in(request),
        is_beside=_is_beside(conversation, place),
    )
    return card_response(request, reader, seq)


def _is_beside(conversation: Conversation, place: Place) -> bool:
    """Whether this place was only asked in."""
    return place.store is not None and conversation.store_id != place.store.pk
