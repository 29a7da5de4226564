"""Ending, rating, leaving an address, the transcript by mail; files and cards."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.models import User
from chat.cards import Reader
from chat.forms import AddressForm, AttachmentForm, RatingForm
from chat.models import Attachment, Conversation
from chat.queries.attachments import answers, attachment_in, conversation_for_reader
from chat.services.attachments import add_attachment, attachment_storage
from chat.services.conversations import end_conversation, leave_address, rate_conversation, shopper_voice
from chat.services.limits import TRANSCRIPTS, UPLOADS, count_against_limit
from chat.tasks import mail_transcript
from chat.views.cards import asked_in, card_response
from chat.views.refusals import refused
from chat.views.shopper.identity import is_script, own_conversation, shopper_of
from chat.views.shopper.pages import back_to
from core.clients import address_of
from core.errors import DomainError, NotFound


@require_POST
def end(request: HttpRequest, union: str, ref: str) -> HttpResponse:
    """The shopper ends it."""
    own = own_conversation(request, ref)
    own = end_conversation(conversation=own, by=Conversation.EndedBy.SHOPPER, now=timezone.now())
    return back_to(own, request, _("The conversation has ended."))


@require_POST
def rate(request: HttpRequest, union: str, ref: str) -> HttpResponse:
    """1 to 5 and a word, once."""
    own = own_conversation(request, ref)
    form = RatingForm(request.POST)
    if not form.is_valid():
        return _sent_back(own, request, form)
    try:
        rate_conversation(
            conversation=own, stars=form.cleaned_data["stars"], words=form.cleaned_data["words"], now=timezone.now()
        )
    except DomainError as error:
        return _no(own, request, error)
    return back_to(own, request, _("Thank you for telling us."))


@require_POST
def address(request: HttpRequest, union: str, ref: str) -> HttpResponse:
    """Where the answer goes."""
    own = own_conversation(request, ref)
    form = AddressForm(request.POST)
    if not form.is_valid():
        return _sent_back(own, request, form)
    email = form.cleaned_data["email"]
    try:
        leave_address(conversation=own, email=email)
    except DomainError as error:
        return _no(own, request, error)
    return back_to(own, request, _("The answer goes to %(email)s.") % {"email": email})


@require_POST
def transcript(request: HttpRequest, union: str, ref: str) -> HttpResponse:
    """What was said, by mail to the address that the conversation has."""
    own = own_conversation(request, ref)
    if not own.shopper_email:
        form = AddressForm(request.POST)
        if not form.is_valid():
            return _sent_back(own, request, form)
        Conversation.objects.filter(pk=own.pk).update(shopper_email=form.cleaned_data["email"])
        own.shopper_email = form.cleaned_data["email"]
    shopper = shopper_of(request)
    try:
        count_against_limit(what="transcript", limit=TRANSCRIPTS, visitor=shopper.visitor, address=shopper.address)
    except DomainError as error:
        return _no(own, request, error)
    mail_transcript.delay(own.pk, own.shopper_email)
    return back_to(own, request, _("The transcript is on its way to %(email)s.") % {"email": own.shopper_email})


@require_POST
def attach(request: HttpRequest, union: str, ref: str) -> HttpResponse:
    """A picture or PDF from the shopper."""
    own = own_conversation(request, ref)
    form = AttachmentForm(request.POST, request.FILES)
    if not form.is_valid():
        return _sent_back(own, request, form)
    shopper = shopper_of(request)
    try:
        count_against_limit(what="upload", limit=UPLOADS, visitor=shopper.visitor, address=shopper.address)
        _attachment, seq = add_attachment(
            conversation=own,
            voice=shopper_voice(conversation=own),
            file=form.cleaned_data["file"],
            client_id=form.cleaned_data["id"],
            now=timezone.now(),
        )
    except DomainError as error:
        return _no(own, request, error)
    return JsonResponse({"seq": seq}) if is_script(request) else back_to(own, request, _("The file was sent."))


@require_GET
def attachment(request: HttpRequest, union: str, ref: str, file: str) -> HttpResponse:
    """Hand out a file to those who take part, on both sides; a PDF only as a download."""
    found = _for_reader(request, ref)[0]
    try:
        own = attachment_in(found, file)
    except NotFound as error:
        raise Http404 from error
    is_picture = own.kind == Attachment.Kind.PICTURE
    # At most 10 MB, so in one piece: a stream of a plain file would have to be gathered under ASGI anyway.
    with attachment_storage().open(own.path) as stored:
        response = HttpResponse(stored.read(), content_type="image/webp" if is_picture else "application/pdf")
    response["Content-Disposition"] = str(content_disposition_header(as_attachment=not is_picture, filename=own.name))
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def card(request: HttpRequest, union: str, ref: str, seq: int) -> HttpResponse:
    """What a message shows, drawn for this reader; with the whole page around it for whoever follows the link."""
    own, is_shopper = _for_reader(request, ref)
    user: Any = request.user
    address = address_of(request) if is_shopper else None
    person = user if isinstance(user, User) else None
    is_beside = not is_shopper and not answers(user, own.union, own)
    reader = Reader(own.union, own, person, is_shopper, address, asked_in(request), is_beside=is_beside)
    whole = "talk/_card.html" if request.headers.get("X-Fragment") else "talk/card.html"
    return card_response(request, reader, seq, template=whole)


def _for_reader(request: HttpRequest, ref: str) -> tuple[Conversation, bool]:
    try:
        return conversation_for_reader(shopper_of(request), request.user, ref)
    except NotFound as error:
        raise Http404 from error


def _no(own: Conversation, request: HttpRequest, error: DomainError) -> HttpResponse:
    if is_script(request):
        return refused(error)
    messages.error(request, str(error.detail))
    return redirect("talk:conversation", union=own.union.slug, ref=own.ref)


def _sent_back(own: Conversation, request: HttpRequest, form: Any) -> HttpResponse:
    if is_script(request):
        return JsonResponse({"code": "invalid", "errors": form.errors}, status=422)
    for problems in form.errors.values():
        messages.error(request, problems[0])
    return redirect("talk:conversation", union=own.union.slug, ref=own.ref)
