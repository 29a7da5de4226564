"""What a voucher's QR code opens, for everybody: how it stands, and whether its signature is genuine."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import require_GET

from ascc.models import Voucher
from ascc.presenting import state_now, voucher_shown
from ascc.queries.vouchers import issuer_of, voucher_in_public
from ascc.services.keys import public_keys
from ascc.services.tokens import BadToken, read_token
from chat.errors import TooMany
from chat.services.guessing import count_wrong_code, refuse_guessers
from core.clients import address_of
from core.errors import NotFound


@require_GET
def find(request: HttpRequest) -> HttpResponse:
    """A field for a code that was typed from paper; then to its page."""
    code = request.GET.get("code", "").strip()
    if code:
        return redirect("care:public", code=code[:40].replace("/", " "))
    return render(request, "care/find.html")


@require_GET
@never_cache
def public(request: HttpRequest, code: str) -> HttpResponse:
    """State, program and validity; nothing of who owns it, what it is for or who works for it."""
    address = address_of(request)
    try:
        refuse_guessers(visitor="", address=address)
        found = voucher_in_public(code)
    except TooMany:
        return render(request, "429.html", status=429)
    except NotFound as error:
        count_wrong_code(visitor="", address=address)
        return render(request, "care/find.html", {"code": code[:40], "wrong": str(error)}, status=404)
    now, token = timezone.now(), request.GET.get("t", "")
    state = state_now(found, now=now)
    context = {
        "item": voucher_shown(found, now=now),
        "state_text": _public_state(state),
        "is_good": state not in Voucher.OVER,
        "has_token": bool(token),
        **_judged(found, token, now=now),
    }
    return render(request, "care/public.html", context)


def _public_state(state: Voucher.State) -> str:
    return {
        Voucher.State.ISSUED: _("Not activated yet"),
        Voucher.State.ACTIVE: _("Valid"),
        Voucher.State.TRANSMITTED: _("Offered to a service provider"),
        Voucher.State.ACCEPTED: _("With a service provider"),
        Voucher.State.IN_SERVICE: _("With a service provider, in service"),
        Voucher.State.PERFORMED: _("Work done"),
        Voucher.State.ASSESSED: _("Work done"),
        Voucher.State.CLOSED: _("Used up"),
        Voucher.State.EXPIRED: _("Lapsed"),
        Voucher.State.CANCELLED: _("Cancelled"),
    }[state]


def _judged(voucher: Voucher, token: str, *, now: datetime) -> dict[str, Any]:
    """`wrong` with the token, nothing when it is genuine and of this voucher; `is_stale` when of an earlier handing."""
    if not token:
        return {"wrong": "", "is_stale": False}
    try:
        claims = read_token(token=token, issuer=issuer_of(voucher.union), now=now)
    except BadToken as refusal:
        wrong = {
            "malformed": _("The link was cut off or changed on its way. Scan the QR code again, or ask for it anew."),
            "unknown_key": _("It was signed with a key that is not ours."),
            "tampered": _("The signature does not fit: something in it was changed."),
            "foreign": _("It was signed for another union."),
            "expired": _("Its time is over."),
        }[refusal.facts["reason"]]
        return {"wrong": wrong, "is_stale": False}
    if claims.code != voucher.code:
        return {"wrong": _("The signature belongs to another voucher."), "is_stale": False}
    return {"wrong": "", "is_stale": claims.handing != voucher.handing}


@require_GET
@cache_control(public=True, max_age=3600)
def keys(request: HttpRequest) -> HttpResponse:
    """The public keys with which anyone verifies tokens of vouchers, also in another site's page."""
    response = JsonResponse(public_keys(), content_type="application/jwk-set+json")
    response["Access-Control-Allow-Origin"] = "*"
    return response
