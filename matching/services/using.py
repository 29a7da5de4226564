"""One press turns an answer into a cart line at its price, a reservation or a conversation; once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django_scopes import scope, scopes_disabled

from accounts.models import User
from chat.models import Conversation
from chat.queries.shoppers import Shopper
from chat.services.beginning import FirstWords, begin_conversation
from matching.errors import AnswerChanged, AnswerGone, WishOver
from matching.models import MatchRequest, MatchResponse
from matching.queries.answers import is_seen
from matching.services.telling import tell_called, tell_shopper, tell_used
from orders.models import Cart, PriceProposal, Reservation, Side
from orders.queries.bookables import bookable_by_key
from orders.services.contact import Contact
from orders.services.proposals import accept_price, offer_price
from orders.services.proposals.buying import put_proposal_in_cart
from orders.services.reservations import propose_reservation

State, Way = MatchResponse.State, MatchResponse.Way


@dataclass(frozen=True)
class Used:
    """What came of it; one of the three. `cart` is of the answering store's union."""

    response: MatchResponse
    cart: Cart | None = None
    reservation: Reservation | None = None
    conversation: Conversation | None = None


def use_response(
    *, shopper: Shopper, response: MatchResponse, version: int, contact: Contact, cart_token: str, now: datetime
) -> Used:
    """Use the answer as it was shown (`version`). Whoever calls has made sure that the wish is this shopper's.

    Pressed twice it gives the same again. `response` as `response_to` reads it. A conversation needs no price, so the
    store has promised nothing that could be out of stock. Raises WishOver, AnswerChanged, AnswerGone, OutOfStock, and
    what a cart, a reservation or a conversation refuses; then nothing has changed.
    """
    with transaction.atomic(), scopes_disabled():
        request, current, again = _taken(response, version, now=now)
        if not again:
            _pass_others(request, current, now=now)
        with scope(union=current.union):
            used = _turned(shopper, request, current, contact=contact, cart_token=cart_token, now=now)
        if not again:
            tell_called(request=request)
            tell_used(request=request, response=current)
            tell_shopper(request=request, what="ended")
    return used


def _taken(response: MatchResponse, version: int, *, now: datetime) -> tuple[MatchRequest, MatchResponse, bool]:
    """The wish and the answer, both moved on; whether they had been before."""
    request = (
        MatchRequest.objects.select_for_update(of=("self",), no_key=True)
        .select_related("union", "user")
        .get(union=response.request.union_id, pk=response.request_id)
    )
    current = (
        MatchResponse.objects.select_for_update(of=("self",), no_key=True)
        .select_related("store__union", "store__membership", "union", "variant__product", "bookable", "proposal")
        .get(union=response.union_id, pk=response.pk)
    )
    current.request = request
    if current.state == State.USED:
        return request, current, True
    if request.state not in MatchRequest.LIVE:
        raise WishOver(state=request.state)
    if current.state != State.OFFERED or current.valid_until <= now or not is_seen(current):
        raise AnswerGone(state=current.state if current.state != State.OFFERED else str(State.LAPSED))
    if current.version != version:
        raise AnswerChanged(version=current.version)
    current.state, current.changed_at = State.USED, now
    current.save(update_fields=["state", "changed_at"])
    request.state, request.ended_at = MatchRequest.State.USED, now
    request.save(update_fields=["state", "ended_at"])
    return request, current, False


def _pass_others(request: MatchRequest, used: MatchResponse, *, now: datetime) -> None:
    others = MatchResponse.objects.filter(request=request, state=State.OFFERED).exclude(pk=used.pk)
    others.update(state=State.PASSED, changed_at=now)


def _turned(
    shopper: Shopper, request: MatchRequest, current: MatchResponse, *, contact: Contact, cart_token: str, now: datetime
) -> Used:
    match current.way:
        case Way.CART:
            cart = _in_cart(current, user=shopper.user, contact=contact, cart_token=cart_token, now=now)
            return Used(current, cart=cart)
        case Way.TIME:
            return Used(current, reservation=_reserved(current, contact=contact, now=now))
    conversation = begin_conversation(
        shopper=shopper.at(current.union),
        store=current.store,
        words=FirstWords(request.words, contact.name, contact.email, client_id=f"wish-{request.ref}"),
        now=now,
    )
    MatchResponse.objects.filter(union=current.union_id, pk=current.pk).update(conversation=conversation.ref)
    return Used(current, conversation=conversation)


def _in_cart(current: MatchResponse, *, user: User | None, contact: Contact, cart_token: str, now: datetime) -> Cart:
    """At the answered price, with the pieces held as an agreed price holds them."""
    proposal = current.proposal or _agreed(current, contact=contact, now=now)
    if current.proposal_id is None:
        MatchResponse.objects.filter(union=current.union_id, pk=current.pk).update(proposal=proposal)
        current.proposal = proposal
    return put_proposal_in_cart(proposal=proposal, user=user, token=cart_token, now=now)


def _agreed(current: MatchResponse, *, contact: Contact, now: datetime) -> PriceProposal:
    offered = offer_price(
        store=current.store,
        price=current.price or 0,
        side=Side.STORE,
        contact=contact,
        actor=None,
        now=now,
        variant=current.variant,
        words="" if current.variant else current.title,
        quantity=current.quantity,
        key=f"match-{current.ref}",
        told=False,
    )
    return accept_price(proposal=offered, side=Side.CUSTOMER, actor=contact.user, now=now, expected=current.price)


def _reserved(current: MatchResponse, *, contact: Contact, now: datetime) -> Reservation:
    if current.reservation is not None:
        return current.reservation
    if current.bookable is None or current.available_at is None:
        raise AnswerGone(state=current.state)
    bookable = bookable_by_key(current.union, current.bookable.key)
    made = propose_reservation(
        bookable=bookable,
        starts_at=current.available_at,
        side=Side.STORE,
        contact=contact,
        actor=None,
        now=now,
        key=f"match-{current.ref}",
        price=current.price,
        agreed=True,
    )
    MatchResponse.objects.filter(union=current.union_id, pk=current.pk).update(reservation=made)
    return made
