"""A shopper throws a wish, watches answers come in, and uses one."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chat.models import Conversation
from chat.views.shopper.identity import shopper_of
from core.errors import DomainError, NotFound
from core.references import new_secret
from matching.forms.wishes import WishForm
from matching.models import MatchRequest, MatchResponse
from matching.presenting import answer_shown, part_words, wish_shown
from matching.presenting.choosing import choice_in, chosen, tags
from matching.queries.answers import answer_counts, declined_count, ranked_answers, response_to
from matching.queries.ranking import PARTS
from matching.queries.requests import request_of, requests_of
from matching.services.asking import ask_back
from matching.services.ending import cancel_request
from matching.services.throwing import throw_wish
from matching.services.using import Used, use_response
from orders.services.contact import Contact
from orders.views.shopping import person, remember, union_of
from stores.views.manage.frame import blame
from stores.views.shop.frame import remember_place, street
from stores.views.shop.listing import place_of

SHOWN = 8


@require_http_methods(["GET", "POST"])
@never_cache
def home(request: HttpRequest, union: str) -> HttpResponse:
    """What are you looking for? And the wishes of before."""
    here, now, place = union_of(request), timezone.now(), place_of(request)
    asked = {"words": request.GET.get("q", "")[:300], "key": new_secret()}
    form = WishForm(
        request.POST or None,
        request.FILES or None,
        union=here,
        user=person(request),
        placed=place is not None,
        initial=asked,
    )
    if request.method == "POST" and form.is_valid():
        shopper = shopper_of(request, begins=True)
        try:
            wish = throw_wish(
                shopper=shopper,
                wish=form.wish(place=place, now=now),
                now=now,
                key=form.cleaned_data["key"],
            )
        except DomainError as refusal:
            blame(form, refusal)
        else:
            return redirect("matching:wish", union=union, ref=wish.ref)
    mine = list(requests_of(shopper_of(request)).select_related("union", "code")[:SHOWN])
    counts = answer_counts(mine)
    context = {
        "union": here,
        "street": street(here),
        "form": form,
        "place": place,
        "wishes": [wish_shown(each, now=now, answers=counts.get(each.pk, 0)) for each in mine],
    }
    status = 422 if form.errors else 200
    return remember_place(request, render(request, "match/home.html", context, status=status))


@require_GET
@never_cache
def wish(request: HttpRequest, union: str, ref: str) -> HttpResponse:
    """One wish, with its answers as they come."""
    return render(request, "match/wish.html", _shown(request, ref))


@require_GET
@never_cache
def answers(request: HttpRequest, union: str, ref: str) -> HttpResponse:
    """The answers alone, as the page fetches them when a new one has come."""
    return render(request, "match/_answers.html", _shown(request, ref))


def _shown(request: HttpRequest, ref: str) -> dict[str, Any]:
    found, now = own_wish(request, ref), timezone.now()
    order, weights = ranked_answers(found)
    choice = choice_in(request.GET)
    best = order[0][0] if order else None
    rows = [
        answer_shown(response, score, best=response is best, now=now)
        for response, score in chosen(order, found, choice)
    ]
    whole = sum(weights.values()) or 1
    return {
        "union": found.union,
        "street": street(found.union),
        "item": wish_shown(found, now=now, answers=len(order), declined=declined_count(found)),
        "rows": rows,
        "tags": tags(order, found, choice),
        "count": len(order),
        "weights": [(part_words()[part], round(100 * weights[part] / whole)) for part in PARTS],
        "with_pictures": any(row["picture"] for row in rows),
        "as_table": choice.as_table,
        "used": next((answer_shown(each, score, best=False, now=now) for each, score in order if _is_used(each)), None),
    }


def _is_used(response: MatchResponse) -> bool:
    return response.state == MatchResponse.State.USED


@require_POST
def cancel(request: HttpRequest, union: str, ref: str) -> HttpResponse:
    """Take the wish back."""
    try:
        cancel_request(request=own_wish(request, ref), now=timezone.now())
    except DomainError as refusal:
        messages.error(request, str(refusal.detail))
    else:
        messages.success(request, _("The wish is taken back; the shops know."))
    return redirect("matching:wish", union=union, ref=ref)


@require_POST
def use(request: HttpRequest, union: str, ref: str, answer: str) -> HttpResponse:
    """Use this answer, as it was shown."""
    found = own_wish(request, ref)
    shopper, user = shopper_of(request, begins=True), person(request)
    try:
        response = response_to(found, answer)
        used = use_response(
            shopper=shopper,
            response=response,
            version=_version(request),
            contact=Contact(user=user, email=found.email, language=get_language() or ""),
            cart_token=request.carts.token(response.union.slug),  # type: ignore[attr-defined]
            now=timezone.now(),
        )
    except NotFound as error:
        raise Http404 from error
    except DomainError as refusal:
        messages.error(request, str(refusal.detail))
        return redirect("matching:wish", union=union, ref=ref)
    return _go_on(request, used)


def _version(request: HttpRequest) -> int:
    text = request.POST.get("version", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 9 else 0


def _go_on(request: HttpRequest, used: Used) -> HttpResponse:
    union = used.response.union
    if used.cart is not None:
        remember(request, used.cart, used.cart.pieces)  # type: ignore[attr-defined]
        messages.success(request, _("It lies in your cart at the answered price, and is kept for you."))
        return redirect("orders:cart", union=union.slug)
    if used.reservation is not None:
        return redirect("orders:reservation", union=union.slug, token=used.reservation.token)
    assert used.conversation is not None
    return _to_window(used.conversation)


@require_POST
def ask(request: HttpRequest, union: str, ref: str, answer: str) -> HttpResponse:
    """Ask the shop back about its answer, in a conversation; the wish stays open."""
    found = own_wish(request, ref)
    shopper = shopper_of(request, begins=True)
    try:
        conversation = ask_back(shopper=shopper, request=found, response=response_to(found, answer), now=timezone.now())
    except NotFound as error:
        raise Http404 from error
    except DomainError as refusal:
        messages.error(request, str(refusal.detail))
        return redirect("matching:wish", union=union, ref=ref)
    return _to_window(conversation)


def _to_window(conversation: Conversation) -> HttpResponse:
    """Its page with the window open, which is live."""
    return redirect(reverse("talk:conversation", args=[conversation.union.slug, conversation.ref]) + "?open=1")


def own_wish(request: HttpRequest, ref: str) -> MatchRequest:
    """The shopper's own; otherwise there is no such page."""
    try:
        return request_of(shopper_of(request), ref)
    except NotFound as error:
        raise Http404 from error
