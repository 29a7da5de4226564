"""Passing a voucher on: offering it, taking the offer back, and saying yes or no to one."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ascc.forms.vouchers import GiftForm
from ascc.models import VoucherGift
from ascc.presenting import promise_shown, voucher_shown
from ascc.queries.vouchers import gift_by_token, open_gift_of
from ascc.services.passing_on import accept_voucher, decline_voucher, offer_voucher, withdraw_offer
from ascc.views.customer.wallet import customer, own_voucher, person
from core.clients import address_of
from core.errors import DomainError, NotFound


@require_http_methods(["GET", "POST"])
@never_cache
@login_required
def give(request: HttpRequest, code: str) -> HttpResponse:
    """Offer it to somebody: a gift, or the good was sold on."""
    own, now = own_voucher(request, code), timezone.now()
    item = voucher_shown(own, now=now)
    if not item["can_give"] or open_gift_of(own) is not None:
        return redirect("care:voucher", code=own.code)
    form = GiftForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            offered = offer_voucher(voucher=own, by=customer(request), now=now, **form.cleaned_data)
        except DomainError as refusal:
            form.add_error("email" if getattr(refusal, "field", None) == "email" else None, str(refusal))
        else:
            messages.success(request, _("We have written to %(email)s.") % {"email": offered.email})
            return redirect("care:voucher", code=own.code)
    return render(request, "care/give.html", {"item": item, "form": form}, status=422 if form.errors else 200)


@require_POST
@login_required
def keep(request: HttpRequest, code: str) -> HttpResponse:
    """The owner keeps it after all."""
    own = own_voucher(request, code)
    offered = open_gift_of(own)
    try:
        if offered is None:
            raise NotFound
        withdraw_offer(gift=offered, now=timezone.now())
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("The offer is withdrawn; the voucher stays yours."))
    return redirect("care:voucher", code=own.code)


def _offer_at(token: str) -> VoucherGift:
    try:
        return gift_by_token(token)
    except NotFound as error:
        raise Http404 from error


@require_GET
@never_cache
def gift(request: HttpRequest, token: str) -> HttpResponse:
    """What is offered, by its secret link. Saying yes needs an account of the address that it was sent to."""
    offered, user = _offer_at(token), request.user
    now = timezone.now()
    context = {
        "gift": offered,
        "item": voucher_shown(offered.voucher, now=now),
        "promise": promise_shown(offered.voucher.version, currency=offered.voucher.currency),
        "is_open": offered.state == VoucherGift.State.OFFERED and offered.expires_at > now,
        "is_own": user.is_authenticated and user.email.lower() == offered.email.lower(),
    }
    return render(request, "care/gift.html", context)


@require_POST
@login_required
def accept(request: HttpRequest, token: str) -> HttpResponse:
    """It is theirs from now on."""
    _offer_at(token)
    try:
        taken = accept_voucher(token=token, user=person(request), address=address_of(request), now=timezone.now())
    except DomainError as refusal:
        messages.error(request, str(refusal))
        return redirect("care:gift", token=token)
    messages.success(request, _("It is yours now."))
    return redirect("care:voucher", code=taken.code)


@require_POST
def decline(request: HttpRequest, token: str) -> HttpResponse:
    """No, thank you: whoever has the link may say so, without an account."""
    _offer_at(token)
    try:
        decline_voucher(token=token, now=timezone.now())
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Declined. The voucher stays with whoever offered it."))
    return redirect("care:gift", token=token)
