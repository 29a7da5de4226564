"""Being recognised or not: asked once on the pages, changed and erased here."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.models import User
from core.addresses import page_of_ours
from unions.cookies import CONSENT, MAX_AGE, NO, YES, has_consent
from unions.middleware.visitor import visitor_in
from unions.queries import last_browsed, looks_at, newest_file_of
from unions.services.browsing import forget_visitor

MOST_SHOWN = 50


@require_safe
@never_cache
def privacy(request: HttpRequest) -> HttpResponse:
    """What is kept of this browser, and the choice."""
    agreed = has_consent(request.COOKIES)
    visitor = visitor_in(request.COOKIES)
    context: dict[str, Any] = {
        "agreed": agreed,
        "answered": CONSENT in request.COOKIES,
        "events": last_browsed(visitor, most=MOST_SHOWN) if agreed and visitor else [],
        "days": settings.BROWSING_KEPT_DAYS,
    }
    if isinstance(request.user, User):
        context |= {"copy": newest_file_of(request.user), "looks": looks_at(request.user, most=MOST_SHOWN)}
    return render(request, "unions/privacy.html", context)


@require_POST
def answer(request: HttpRequest) -> HttpResponse:
    """`yes` or `no`, from the strip on the pages or from the privacy page; a no erases what there is."""
    agreed = request.POST.get("answer") == YES
    back = page_of_ours(request, request.POST.get("next", ""), reverse("unions:privacy"))
    response = HttpResponseRedirect(back)
    if agreed:
        # Writing it out gives the browser its cookie.
        str(request.visitor)  # type: ignore[attr-defined]
    else:
        forget_visitor(visitor=visitor_in(request.COOKIES))
        if has_consent(request.COOKIES):
            messages.success(request, _("What was kept of your visits is erased."))
    response.set_cookie(
        CONSENT,
        YES if agreed else NO,
        max_age=MAX_AGE,
        httponly=True,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )
    return response
