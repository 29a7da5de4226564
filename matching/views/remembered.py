"""A shopper's wishes in all unions, pictures with them, and remembering that stops."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from core.errors import NotFound
from matching.presenting import wish_shown
from matching.queries.answers import answer_counts
from matching.queries.requests import requests_of_person
from matching.services.picturing import picture_of
from matching.services.remembering import request_to_quiet, stop_watching
from matching.views.wishes import own_wish
from orders.views.shopping import union_of
from stores.views.shop.frame import street

PER_PAGE = 20


@require_GET
@login_required
@never_cache
def account(request: HttpRequest) -> HttpResponse:
    """The person's wishes in all unions."""
    assert request.user.is_authenticated
    page, now = Paginator(requests_of_person(request.user), PER_PAGE).get_page(request.GET.get("page")), timezone.now()
    counts = answer_counts(page)
    wishes = [wish_shown(each, now=now, answers=counts.get(each.pk, 0)) for each in page]
    return render(request, "match/account.html", {"page": page, "wishes": wishes})


@require_GET
@never_cache
def picture(request: HttpRequest, union: str, ref: str, picture: str) -> HttpResponse:
    """A picture of the shopper's own wish."""
    try:
        return picture_response(picture_of(request=own_wish(request, ref), name=picture))
    except NotFound as error:
        raise Http404 from error


def picture_response(content: bytes) -> HttpResponse:
    """A WebP of ours, that a browser takes for nothing else."""
    response = HttpResponse(content, content_type="image/webp")
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["X-Content-Type-Options"] = "nosniff"
    return response


@require_POST
def forget(request: HttpRequest, union: str, ref: str) -> HttpResponse:
    """Remember the person's wishes no longer."""
    stop_watching(request=own_wish(request, ref))
    messages.success(request, _("We remember your wishes no longer."))
    return redirect("matching:wish", union=union, ref=ref)


@require_http_methods(["GET", "POST"])
@never_cache
def quiet(request: HttpRequest, union: str, token: str) -> HttpResponse:
    """The link of a mail: asks once, because programs that read mail open links."""
    here = union_of(request)
    try:
        found = request_to_quiet(union=here, token=token)
    except NotFound as error:
        raise Http404 from error
    if request.method == "POST":
        stop_watching(request=found)
    context = {"union": here, "street": street(here), "is_done": request.method == "POST"}
    return render(request, "match/quiet.html", context)
