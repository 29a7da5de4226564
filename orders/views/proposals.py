"""Prices from the shopper's side: naming one from a product's page, one by its secret link, all of the account's."""

from __future__ import annotations

from collections.abc import Callable
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

from core.clients import address_of
from core.errors import DomainError, NotFound
from orders.forms.proposals import AnswerForm, OfferForm, PriceForm, answers_to
from orders.models import PriceProposal, Side
from orders.presenting.proposals import proposal_shown, proposal_words
from orders.queries.proposals import proposal_by_token, proposals_of, takes_offers
from orders.services.contact import Contact
from orders.services.proposals import accept_price, counter_price, decline_price, offer_price
from orders.services.proposals.buying import put_proposal_in_cart
from orders.views.shopping import person, remember, union_of
from stores.models import Product

PER_PAGE = 20
STEPS: dict[str, Callable[..., PriceProposal]] = {
    "accept": accept_price,
    "counter": counter_price,
    "decline": decline_price,
    "let_go": decline_price,
}
SIDE = Side.CUSTOMER


def proposal_at(request: HttpRequest, token: str) -> PriceProposal:
    """The proposal whose link this is; otherwise there is no such page."""
    try:
        found = proposal_by_token(union=union_of(request), token=token)
    except NotFound as error:
        raise Http404 from error
    user = person(request)
    if found.user_id is not None and (user is None or user.pk != found.user_id):
        raise Http404
    return found


@require_GET
@never_cache
def proposal(request: HttpRequest, union: str, token: str) -> HttpResponse:
    """Where it stands and what can be done now."""
    found = proposal_at(request, token)
    item = proposal_shown(found, side=SIDE, now=timezone.now())
    return render(request, "orders/proposal.html", {"item": item, **answers_to(found, moves=item["moves"])})


@require_POST
def step(request: HttpRequest, union: str, token: str, step: str) -> HttpResponse:
    """Yes, no, another price, or into the cart at the agreed one."""
    found, now = proposal_at(request, token), timezone.now()
    try:
        if step == "order":
            cart = put_proposal_in_cart(
                proposal=found,
                user=person(request),
                token=request.carts.token(union),  # type: ignore[attr-defined]
                now=now,
            )
            remember(request, cart, cart.pieces)  # type: ignore[attr-defined]
            return redirect("orders:cart", union=union)
        _decide(request, found, step, now=now)
    except DomainError as refusal:
        messages.error(request, str(refusal.detail))
    return redirect("orders:proposal", union=union, token=token)


def _decide(request: HttpRequest, found: PriceProposal, step: str, *, now: Any) -> None:
    form = PriceForm(request.POST, currency=found.currency) if step == "counter" else AnswerForm(request.POST)
    if not form.is_valid():
        messages.error(request, str(next(iter(form.errors.values()))[0]))
        return
    said = {"proposal": found, "side": SIDE, "actor": person(request), "now": now, "note": form.cleaned_data["note"]}
    if step == "counter":
        said["price"] = form.cleaned_data["price"]
    if step in ("accept", "counter"):
        said["expected"] = form.cleaned_data["expected"]
    STEPS[step](**said)


@require_http_methods(["GET", "POST"])
@never_cache
def offer(request: HttpRequest, union: str, store: str, product: str) -> HttpResponse:
    """Name a price for something that has a rule."""
    here, user = union_of(request), person(request)
    found = (
        Product.objects.visible()
        .filter(union=here, store__slug=store, slug=product)
        .select_related("store__membership", "store__union")
        .first()
    )
    if found is None or not takes_offers(product_id=found.pk, union=here):
        raise Http404
    variants = list(found.variants.filter(is_active=True).order_by("position", "id"))
    form = OfferForm(request.POST or None, currency=here.currency, variants=variants, signed_in=user is not None)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        chosen = next(one for one in variants if str(one.pk) == said["variant"])
        chosen.product = found
        try:
            made = offer_price(
                store=found.store,
                price=said["price"],
                side=SIDE,
                contact=Contact(user, said.get("name", ""), said.get("email", ""), "", get_language() or ""),
                actor=user,
                now=timezone.now(),
                variant=chosen,
                quantity=said["quantity"],
                note=said["note"],
                address=address_of(request),
            )
        except DomainError as refusal:
            field = getattr(refusal, "field", None)
            form.add_error(field if field in form.fields else None, str(refusal.detail))
        else:
            return redirect("orders:proposal", union=union, token=made.token)
    return render(request, "orders/offer_price.html", {"form": form, "product": found, "store": found.store})


@login_required
@require_GET
def listing(request: HttpRequest) -> HttpResponse:
    """The person's own in all unions."""
    user = person(request)
    if user is None:
        raise Http404
    page = Paginator(proposals_of(user), PER_PAGE).get_page(request.GET.get("page"))
    now = timezone.now()
    rows = [proposal_words(found, now=now) for found in page]
    return render(request, "orders/proposals.html", {"page": page, "rows": rows, "title": _("Your price proposals")})
