"""Answering an invitation from the page: also for a browser that has no cookie yet."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from chat.services.invitations import accept_invitation, decline_invitation, invitation_of
from chat.services.showing import conversation_frame
from chat.views.refusals import refused
from chat.views.shopper.identity import is_script, shopper_of, union_of
from core.errors import DomainError, NotFound

LONGEST_PAGE = 300


@require_POST
def accept(request: HttpRequest, union: str, met: str) -> HttpResponse:
    """Yes: a conversation begins, and with it the cookie by which its shopper is known."""
    shopper = shopper_of(request)
    try:
        invitation = invitation_of(shopper=shopper, ref=met)
        conversation = accept_invitation(
            shopper=shopper_of(request, begins=True),
            invitation=invitation,
            page=request.POST.get("page", "")[:LONGEST_PAGE],
            now=timezone.now(),
        )
    except NotFound as error:
        raise Http404 from error
    except DomainError as error:
        if is_script(request):
            return refused(error)
        raise
    if is_script(request):
        return JsonResponse(conversation_frame(conversation=conversation))
    return redirect("talk:conversation", union=union_of(request).slug, ref=conversation.ref)


@require_POST
def decline(request: HttpRequest, union: str, met: str) -> HttpResponse:
    """Not now."""
    try:
        decline_invitation(invitation=invitation_of(shopper=shopper_of(request), ref=met), now=timezone.now())
    except NotFound as error:
        raise Http404 from error
    except DomainError as error:
        return refused(error)
    return HttpResponse(status=204)
