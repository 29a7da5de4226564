"""A card of a message for one reader, on both sides of the conversation."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import render
from django.utils import timezone

from chat.cards import Reader, answer, has_forms
from chat.models import Message


def asked_in(request: HttpRequest) -> dict[str, str]:
    """What they chose to see of the card, a day say."""
    return (request.POST if request.method == "POST" else request.GET).dict()


def card_response(request: HttpRequest, reader: Reader, seq: int, *, template: str = "talk/_card.html") -> HttpResponse:
    """What a message shows, as things are now. What its forms send is done first; a refusal is told below it."""
    message = Message.objects.filter(union=reader.union, conversation=reader.conversation, seq=seq).first()
    if message is None:
        raise Http404
    sent = request.POST if request.method == "POST" else None
    if sent is not None and (reader.is_beside or not has_forms(message)):
        return HttpResponseNotAllowed(["GET", "HEAD"])
    shown, status = answer(message, reader, sent, now=timezone.now())
    return render(request, template, {**shown, "card_url": request.path}, status=status)
