"""A card of a message for one reader, on both sides of the conversation."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import render
from django.utils import timezone

from chat.cards import Reader, draw, presser_of
from chat.models import Message
from core.errors import DomainError


def card_response(request: HttpRequest, reader: Reader, seq: int, *, template: str = "talk/_card.html") -> HttpResponse:
    """What a message shows, as things are now. What its forms send is done first; a refusal is told below it."""
    message = Message.objects.filter(union=reader.union, conversation=reader.conversation, seq=seq).first()
    if message is None:
        raise Http404
    refusal, status = "", 200
    if request.method == "POST":
        presser = presser_of(message)
        if presser is None:
            return HttpResponseNotAllowed(["GET", "HEAD"])
        try:
            presser(message, reader, request.POST, timezone.now())
        except DomainError as error:
            refusal, status = str(error.detail), error.status
    drawn = draw(message, reader)
    context = {
        **drawn.context,
        "message": message,
        "reader": reader,
        "conversation": reader.conversation,
        "card_url": request.path,
        "card_template": drawn.template,
        "refusal": refusal,
    }
    return render(request, template, context, status=status)
