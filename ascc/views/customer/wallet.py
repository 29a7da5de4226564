"""A person's vouchers: all of them, one of them, activating it, its QR code and paper."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.models import User
from ascc.forms.vouchers import ActivationForm
from ascc.models import Voucher
from ascc.presenting import promise_shown, timeline_shown, voucher_shown
from ascc.presenting.service import service_shown
from ascc.printing import qr_picture, vouchers_on_paper
from ascc.queries.choosing import service_of
from ascc.queries.vouchers import KINDS, counts_of, gifts_for, open_gift_of, timeline_of, voucher_of, vouchers_of
from ascc.services.activating import activate_voucher
from ascc.services.holding import renew_token
from ascc.services.keeping import file_at
from ascc.services.moving import By, Side
from ascc.services.picturing import photo_kept
from core.clients import address_of
from core.errors import DomainError, NotFound

PER_PAGE = 20


def person(request: HttpRequest) -> User:
    """Who has signed in; views behind `login_required` only."""
    assert isinstance(request.user, User)
    return request.user


def own_voucher(request: HttpRequest, code: str) -> Voucher:
    """The person's voucher; otherwise there is no such page."""
    try:
        return voucher_of(person(request), code)
    except NotFound as error:
        raise Http404 from error


def customer(request: HttpRequest) -> By:
    """The owner, as the timeline knows them."""
    return By(Side.CUSTOMER, person(request).pk, address_of(request))


@require_GET
@never_cache
@login_required
def listing(request: HttpRequest) -> HttpResponse:
    """The wallet: in three parts, what can be used first."""
    user, now = person(request), timezone.now()
    counts = counts_of(user)
    kind = request.GET.get("kind", "")
    if kind not in KINDS:
        kind = next((each for each in KINDS if counts[each]), "ready")
    page = Paginator(vouchers_of(user, kind), PER_PAGE).get_page(request.GET.get("page"))
    titles = {"ready": _("To use"), "running": _("In use"), "over": _("Over")}
    context = {
        "page": page,
        "rows": [voucher_shown(each, now=now) for each in page],
        "parts": [(each, titles[each], counts[each], each == kind) for each in KINDS],
        "has_any": any(counts.values()),
        "gifts": gifts_for(user),
    }
    return render(request, "care/wallet.html", context)


@require_GET
@never_cache
@login_required
def voucher(request: HttpRequest, code: str) -> HttpResponse:
    """One voucher: how it stands, what comes next, its code, its history and the terms of its own version."""
    try:
        own = voucher_of(person(request), code)
    except NotFound:
        return render(request, "care/not_yours.html", status=404)
    return render(request, "care/voucher.html", _shown(own))


def _shown(own: Voucher) -> dict[str, Any]:
    now = timezone.now()
    return {
        "item": voucher_shown(own, now=now),
        "promise": promise_shown(own.version, currency=own.currency),
        "moments": timeline_shown(timeline_of(own)),
        "gift": open_gift_of(own),
        **service_shown(own, service_of(own), now=now),
    }


@require_http_methods(["GET", "POST"])
@never_cache
@login_required
def activate(request: HttpRequest, code: str) -> HttpResponse:
    """Take it into use, with what its program asks for."""
    own = own_voucher(request, code)
    item = voucher_shown(own, now=timezone.now())
    if not item["can_activate"]:
        return redirect("care:voucher", code=own.code)
    form = ActivationForm(request.POST or None, request.FILES or None, version=own.version)
    # A program that asks for nothing is activated by the press alone: an empty form is never bound by its data.
    is_sent = request.method == "POST" and (not form.fields or form.is_valid())
    if is_sent and _activated(request, own, form):
        messages.success(request, _("It is activated. Choose a provider whenever you need one."))
        return redirect("care:voucher", code=own.code)
    status = 422 if request.method == "POST" else 200
    return render(request, "care/activate.html", {"item": item, "form": form}, status=status)


def _activated(request: HttpRequest, own: Voucher, form: ActivationForm) -> bool:
    said = form.cleaned_data if form.fields else {}
    try:
        with photo_kept(voucher=own, file=said.get("photo")) as path:
            activate_voucher(
                voucher=own, by=customer(request), now=timezone.now(), serial=said.get("serial", ""), photo=path
            )
    except DomainError as refusal:
        if not form.fields:
            messages.error(request, str(refusal))
            return False
        field = getattr(refusal, "field", None)
        field = {"file": "photo"}.get(field or "", field)
        form.add_error(field if field in form.fields else None, str(refusal))
        return False
    return True


@require_GET
@never_cache
@login_required
def qr(request: HttpRequest, code: str) -> HttpResponse:
    """The signed QR code."""
    picture = qr_picture(own_voucher(request, code), now=timezone.now())
    return HttpResponse(picture, content_type="image/svg+xml")


@require_POST
@login_required
def renew(request: HttpRequest, code: str) -> HttpResponse:
    """A new QR code; those that were shown, sent or printed before are worth nothing."""
    own = own_voucher(request, code)
    try:
        renew_token(voucher=own, by=customer(request), now=timezone.now())
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("This QR code is new; earlier ones and earlier papers are worth nothing now."))
    return redirect("care:voucher", code=own.code)


@require_GET
@never_cache
@login_required
def paper(request: HttpRequest, code: str) -> HttpResponse:
    """The voucher to print."""
    own = own_voucher(request, code)
    content = vouchers_on_paper([own], language=get_language() or "en", now=timezone.now())
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{own.code}.pdf"'
    return response


@require_GET
@never_cache
@login_required
def photo(request: HttpRequest, code: str) -> HttpResponse:
    """The photo with which it was activated, for its owner."""
    own = own_voucher(request, code)
    if not own.photo:
        raise Http404
    response = HttpResponse(file_at(path=own.photo), content_type="image/webp")
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["X-Content-Type-Options"] = "nosniff"
    return response
