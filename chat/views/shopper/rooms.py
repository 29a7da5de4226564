"""A room around an item, as the shopper sees it. Works without scripts; with them it is live."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from chat.models import Room
from chat.presenting import room_words
from chat.queries.rooms import guest_of, room_around, room_frame, title_of, words_after
from chat.queries.shoppers import conversations_of
from chat.services.rooms import buy_item, come_in, hold_item, release_item
from chat.services.side_talks import talk_alone
from chat.views.shopper.identity import shopper_of, union_of
from core.errors import DomainError, NotFound
from core.localized import localized
from orders.views.shopping import remember
from stores.queries.goods import card_of_product


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def room(request: HttpRequest, union: str, store: str, product: str) -> HttpResponse:
    """Who presents, how many are here, what it costs, who holds it; and the forms to hold, let go and buy."""
    try:
        found = room_around(union_of(request), store, product)
    except NotFound as error:
        raise Http404 from error
    if request.method == "POST":
        return _act(request, found)
    now = timezone.now()
    shopper = shopper_of(request)
    guest = guest_of(found, shopper)
    alone = conversations_of(shopper).filter(ref=request.GET.get("talk", "")[:24]).first()
    state = room_frame(found, now=now)
    context = {
        "room": found,
        "title": title_of(found),
        "place": localized(found.store, "name"),
        "store": found.store,
        "product": found.product,
        "item": card_of_product(found.union, found.product_id),
        "guest": guest,
        "state": state,
        "mine": guest is not None and state["holder"] == guest.pk,
        "words": words_after(found, max(0, found.last_seq - 200)),
        "shown_words": room_words(),
        "talk_ref": alone.ref if alone else "",
    }
    return render(request, "talk/room.html", context)


def _act(request: HttpRequest, found: Room) -> HttpResponse:
    shopper, now = shopper_of(request, begins=True), timezone.now()
    here = redirect("talk:room", union=found.union.slug, store=found.store.slug, product=found.product.slug)
    try:
        guest = come_in(room=found, shopper=shopper, now=now)
        if "hold" in request.POST:
            hold_item(room=found, guest=guest, now=now)
            messages.success(request, _("It is yours to decide: nobody else can take it meanwhile."))
        elif "release" in request.POST:
            release_item(room=found, guest=guest, now=now)
        elif "buy" in request.POST:
            token = request.carts.token(found.union.slug)  # type: ignore[attr-defined]
            cart = buy_item(room=found, guest=guest, shopper=shopper, token=token, now=now)
            remember(request, cart, cart.pieces)  # type: ignore[attr-defined]
            return redirect("orders:checkout", union=found.union.slug)
        elif "talk" in request.POST:
            conversation = talk_alone(room=found, shopper=shopper, now=now)
            # Who talks alone stays in the room: the window opens beside it.
            return redirect(f"{here['Location']}?talk={conversation.ref}")
    except DomainError as refusal:
        messages.error(request, str(refusal))
    return here
