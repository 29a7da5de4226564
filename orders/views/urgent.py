"""One urgent sale for one shopper: taking pieces, waiting in the queue, being let in. Works without scripts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from core.errors import DomainError, NotFound
from orders.forms.buttons import number_in
from orders.models import Cart
from orders.services.urgent import stop_waiting, take_urgent, wait_for_urgent
from orders.views.shopping import person, remember, union_of
from stores.errors import UrgentBusy, UrgentLimit
from stores.queries.urgent import sale_figures, sale_view, shopper_key, shown_sale, standing_of
from stores.views.shop.frame import street
from stores.views.shop.urgent import goods_of, sale_shown


@require_GET
@never_cache
def sale(request: HttpRequest, union: str, ref: str) -> HttpResponse:
    """The sale, what this shopper holds of it, and their place in the queue."""
    here, now = union_of(request), timezone.now()
    try:
        found = shown_sale(here, ref, now=now)
    except NotFound as error:
        raise Http404 from error
    figures = sale_figures([found])[found.pk]
    user, token = person(request), request.carts.token(here.slug)  # type: ignore[attr-defined]
    standing = None
    if user is not None or token:
        shopper = shopper_key(user_id=user.pk if user else None, token=token)
        standing = standing_of(found, shopper, now=now)
    view = sale_view(found, figures, now=now)
    if standing is not None and view.state not in ("running", "busy"):
        # Nothing can come free any more; whoever waited is told why instead.
        standing = replace(standing, before=None, number=None)
    shown = sale_shown(here, view, now=now) | goods_of(here, found)
    if standing is not None and (standing.is_waiting or standing.held):
        shown["standing"] = standing
    context = {
        "union": here,
        "street": street(here),
        "sale": shown,
        "standing": standing,
        "figures": figures,
        "before_words": _before(standing.before) if standing and standing.before is not None else "",
        "in_cart": bool(standing and standing.held and _in_cart(here.pk, user, token, found.variant_id)),
    }
    return render(request, "orders/urgent_sale.html", context)


def _before(count: int) -> str:
    if not count:
        return _("You are next")
    return ngettext("%(count)d before you", "%(count)d before you", count) % {"count": count}


def _in_cart(union_id: int, user: Any, token: str, variant_id: int) -> bool:
    whose = {"user": user} if user is not None else {"user": None, "token": token}
    carts = Cart.objects.filter(union=union_id, state=Cart.State.OPEN, **whose)
    return carts.filter(lines__variant=variant_id, lines__urgent__isnull=False).exists()


@require_POST
def take(request: HttpRequest, union: str, ref: str) -> HttpResponse:
    """Put pieces into the cart at the sale's price; when all are claimed, take a place in the queue."""
    here = union_of(request)
    asked: dict[str, Any] = {
        "union": here,
        "user": person(request),
        "token": request.carts.token(here.slug),  # type: ignore[attr-defined]
        "ref": ref,
        "quantity": number_in(request.POST, "quantity", otherwise=1),
        "now": timezone.now(),
    }
    try:
        filled = take_urgent(**asked)
    except UrgentBusy as busy:
        if left := busy.facts.get("left"):
            messages.warning(request, _("Only %(count)s of this can be had now.") % {"count": left})
            return redirect("orders:urgent_sale", union=union, ref=ref)
        return _wait(request, union, asked)
    except NotFound as error:
        raise Http404 from error
    except DomainError as refusal:
        messages.error(request, sentence(refusal))
        return redirect("orders:urgent_sale", union=union, ref=ref)
    remember(request, filled, filled.pieces)  # type: ignore[attr-defined]
    return redirect("orders:cart", union=union)


@require_POST
def wait(request: HttpRequest, union: str, ref: str) -> HttpResponse:
    """Take the last place in the queue."""
    here = union_of(request)
    return _wait(
        request,
        union,
        {
            "union": here,
            "user": person(request),
            "token": request.carts.token(here.slug),  # type: ignore[attr-defined]
            "ref": ref,
            "quantity": number_in(request.POST, "quantity", otherwise=1),
            "now": timezone.now(),
        },
    )


def _wait(request: HttpRequest, union: str, asked: dict[str, Any]) -> HttpResponse:
    try:
        _sale, token = wait_for_urgent(**asked)
    except NotFound as error:
        raise Http404 from error
    except DomainError as refusal:
        messages.error(request, sentence(refusal))
    else:
        carts = request.carts  # type: ignore[attr-defined]
        if asked["user"] is None and token != asked["token"]:
            # The cart to come will have this token; until then nothing is in it.
            carts.remember(Cart(union=asked["union"], token=token), asked["union"], 0)
    return redirect("orders:urgent_sale", union=union, ref=asked["ref"])


@require_POST
def leave(request: HttpRequest, union: str, ref: str) -> HttpResponse:
    """Give the place up."""
    here = union_of(request)
    try:
        stop_waiting(
            union=here,
            user=person(request),
            token=request.carts.token(here.slug),  # type: ignore[attr-defined]
            ref=ref,
            now=timezone.now(),
        )
    except NotFound as error:
        raise Http404 from error
    messages.success(request, _("You have left the queue."))
    return redirect("orders:urgent_sale", union=union, ref=ref)


def sentence(refusal: DomainError) -> str:
    """The refusal with its numbers."""
    if isinstance(refusal, UrgentLimit) and "most" in refusal.facts:
        most, bought = refusal.facts["most"], refusal.facts["bought"]
        words = ngettext("One shopper may have %(most)d piece.", "One shopper may have %(most)d pieces.", most)
        text = words % {"most": most}
        if bought:
            text += " " + _("You have bought %(bought)d already.") % {"bought": bought}
        return text
    return str(refusal.detail)
