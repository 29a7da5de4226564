"""What a manager sends beside the socket: a file, and the end of talking to somebody."""

from __future__ import annotations

from typing import cast

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.models import User
from chat.forms import AttachmentForm
from chat.queries.consoles import conversation_at, conversation_heard_at, speakers_of
from chat.services.attachments import add_attachment
from chat.services.blocking import block_shopper
from chat.services.limits import UPLOADS, count_against_limit
from chat.views.console.place import Place, for_answering
from chat.views.refusals import refused
from core.errors import DomainError, NotAllowed


@require_POST
@for_answering
def attach(request: HttpRequest, place: Place, ref: str) -> HttpResponse:
    """A picture or PDF from somebody who has joined."""
    conversation = conversation_heard_at(place.union, place.store, ref)
    form = AttachmentForm(request.POST, request.FILES)
    if not form.is_valid():
        return JsonResponse({"code": "invalid", "errors": form.errors}, status=422)
    user = cast(User, request.user)
    voice = speakers_of(user, [conversation.pk]).get(conversation.pk)
    try:
        if voice is None:
            raise NotAllowed
        count_against_limit(what="upload", limit=UPLOADS, visitor=f"user:{user.pk}", address=None)
        _attachment, seq = add_attachment(
            conversation=conversation,
            voice=voice,
            file=form.cleaned_data["file"],
            client_id=form.cleaned_data["id"],
            now=timezone.now(),
        )
    except DomainError as error:
        return refused(error)
    return JsonResponse({"seq": seq})


@require_POST
@for_answering
def block(request: HttpRequest, place: Place, ref: str) -> HttpResponse:
    """This shopper is no longer talked to here; the conversation ends."""
    conversation = conversation_at(place.union, place.store, ref)
    try:
        block_shopper(
            conversation=conversation,
            store=place.store,
            by=cast(User, request.user),
            reason=request.POST.get("reason", "")[:200],
            days=30 if request.POST.get("days") == "30" else None,
            now=timezone.now(),
        )
    except DomainError as error:
        return refused(error)
    return JsonResponse({})
