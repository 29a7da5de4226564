"""Reserving without a conversation: what a store offers, the free times of one thing, and asking for one of them."""

from __future__ import annotations

import secrets
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from core.errors import DomainError, Invalid, NotFound
from orders.forms.reservations import ReserveForm
from orders.models import Bookable
from orders.presenting.reservations import bookable_card, rules_in_words
from orders.queries.bookables import (
    bookable_by_key,
    bookables_at,
    choices_of,
    price_words,
    title_of,
)
from orders.services.reservations import propose_reservation
from orders.views.choosing import next_words, times_shown
from orders.views.shopping import person, union_of
from stores.models import Variant


@require_GET
@never_cache
def bookables(request: HttpRequest, union: str, store: str) -> HttpResponse:
    """Everything that can be reserved at a store."""
    found = bookables_at(union=union_of(request), store=store)
    if not found:
        raise Http404
    context = {"store": found[0].store, "cards": [bookable_card(bookable) for bookable in found]}
    return render(request, "orders/bookables.html", context)


@require_GET
@never_cache
def product(request: HttpRequest, union: str, store: str, product: str) -> HttpResponse:
    """To the free times of a service: by the rules of the variant that the address names, else of the service."""
    found = bookables_at(union=union_of(request), store=store, product=product)
    if not found:
        raise Http404
    asked = request.GET.get("variant", "")
    own = next((bookable for bookable in found if asked and str(bookable.variant_id) == asked), None)
    address = reverse("orders:book", kwargs={"union": union, "key": (own or found[0]).key})
    return redirect(f"{address}?variant={asked}" if asked.isdecimal() else address)


@require_http_methods(["GET", "POST"])
@never_cache
def book(request: HttpRequest, union: str, key: str) -> HttpResponse:
    """Days, times, who comes: one page, for guests too."""
    here = union_of(request)
    try:
        bookable = bookable_by_key(here, key)
    except NotFound as error:
        raise Http404 from error
    if not bookable.without_conversation:
        raise Http404
    bookable.union = here
    now = timezone.now()
    choices = choices_of(bookable)
    variants = [one for one, rules in choices if rules.pk == bookable.pk]
    variant = next((one for one in variants if str(one.pk) == request.GET.get("variant")), None)
    variant = variant or (variants[0] if variants else None)
    times = times_shown(request, bookable=bookable, now=now)
    form = ReserveForm(request.POST or None, user=person(request))
    refused = ""
    if request.method == "POST" and form.is_valid():
        try:
            reservation = propose_reservation(
                bookable=bookable,
                variant=variant,
                resource=times["who"],
                starts_at=form.cleaned_data["start"],
                side="customer",
                contact=form.contact(get_language() or "en"),
                actor=person(request),
                note=form.cleaned_data["note"],
                key=_key_of(request),
                now=now,
            )
        except DomainError as refusal:
            if isinstance(refusal, Invalid) and refusal.field in form.fields:
                form.add_error(refusal.field, str(refusal))
            refused = f"{refusal} {next_words(refusal.facts.get('next', []), here.time_zone)}".strip()
            times = times_shown(request, bookable=bookable, now=now)
        else:
            return redirect("orders:reservation", union=union, token=reservation.token)
    elif request.method == "POST" and "start" in form.errors:
        refused = str(form.errors["start"][0])
    context = {
        **_page_of(bookable, choices, variant),
        "times": times,
        "form": form,
        "refused": refused,
        "wished": request.POST.get("start", ""),
        "once": secrets.token_urlsafe(12),
    }
    return render(request, "orders/book.html", context, status=422 if refused or form.errors else 200)


def _key_of(request: HttpRequest) -> str:
    """Of the form as it was shown: sent twice, it asks once."""
    once = request.POST.get("once", "")[:40]
    who = request.user.pk if request.user.is_authenticated else request.META.get("CSRF_COOKIE", "")[:24]
    return f"page:{who}:{once}"[:80] if once else ""


def _page_of(bookable: Bookable, choices: list[tuple[Variant, Bookable]], variant: Variant | None) -> dict[str, Any]:
    store, slug = bookable.store, bookable.union.slug
    return {
        "bookable": bookable,
        "title": title_of(bookable),
        "store": store,
        "store_url": reverse("shop:store", kwargs={"union": bookable.union.slug, "store": store.slug}),
        "price": price_words(bookable, variant),
        "rules": rules_in_words(bookable),
        "variants": [
            {
                "title": one.options_text or one.sku,
                "url": f"{reverse('orders:book', kwargs={'union': slug, 'key': rules.key})}?variant={one.pk}",
                "current": variant is not None and one.pk == variant.pk,
            }
            for one, rules in choices
        ]
        if len(choices) > 1
        else [],
    }
