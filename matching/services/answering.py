"""A store answers a call: once, changed or withdrawn until it is used, and never too late."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django_scopes import scopes_disabled

from accounts.models import User
from core.errors import Invalid, NotAllowed, NotFound
from core.moments import require_plausible
from core.pictures import SMALL_SIDE, redrawn
from core.references import new_reference
from matching.errors import AnsweredByPerson, AnswerGone, TooLate
from matching.models import MatchRequest, MatchResponse
from matching.models.limits import ANSWER_HOLDS, LARGEST, MOST_PIECES
from matching.services.picturing import keep_with_answer
from matching.services.telling import tell_answered
from orders.models import Bookable
from orders.queries.proposals import rule_for
from orders.services.proposals.agreeing import check_rights
from stores.models import Store, Variant

State, Way, By = MatchResponse.State, MatchResponse.Way, MatchResponse.By
USUAL = timedelta(hours=2)
MOST_KEYS = 16
"""So many of the last ids of an answer are known again."""


@dataclass(frozen=True)
class Answer:
    """What a store says. Prices in minor units of its union's currency, tax included; `price` is for one piece.

    With a `variant` the cart line is that good; without one it is what `title` says. `holds`: how long it is binding.
    """

    title: str = ""
    way: str = Way.CART
    price: int | None = None
    quantity: int | None = None
    delivery: int | None = None
    variant: Variant | None = None
    bookable: Bookable | None = None
    available_at: datetime | None = None
    is_used_good: bool = False
    words: str = ""
    holds: timedelta = USUAL


def answer_call(
    *,
    request: MatchRequest,
    store: Store,
    answer: Answer,
    by: str,
    actor: User | None,
    now: datetime,
    key: str = "",
    picture: UploadedFile | None = None,
) -> MatchResponse:
    """Answer, or change what was answered. Whoever calls has made sure that the store was called.

    `store` comes with its union. What was sent with the same `key` before is not done again, also when the wish is over
    meanwhile. A `picture` is drawn anew; without one the one before stays. Raises TooLate, AnswerGone (it was used),
    AnsweredByPerson, Invalid, BeyondRights, NotAllowed for a store that shoppers do not see, NotAPicture and its like.
    """
    _check(answer, store, quantity=answer.quantity or request.quantity)
    drawn = redrawn(file=picture, longest=SMALL_SIDE).content if picture is not None else b""
    with transaction.atomic(), scopes_disabled():
        own = _own(store, request)
        if key and (sent := own.filter(keys__contains=[key]).first()):
            return sent
        if by == By.PERSON and answer.variant is not None and answer.price is not None:
            # What is answered is agreed when it is used, so that the rights of who agrees to a price count here.
            rule = rule_for(variant=answer.variant)
            check_rights(store=store, rule=rule, price=answer.price, actor=actor)
        if not Store.objects.visible().filter(union=store.union_id, pk=store.pk).exists():
            raise NotAllowed
        current = open_request(request=request, now=now)
        response = own.select_for_update(of=("self",), no_key=True).first()
        is_new = False
        if response is None:
            made = _new(store, current, by=by, actor=actor, now=now)
            made.keys = [key] if key else []
            _write(made, answer, store=store, current=current, by=by, actor=actor, now=now)
            response = _placed(own, made)
            is_new = response.ref == made.ref
        if not is_new:
            if key and key in response.keys:
                return response
            _stands(response, by=by)
            response.version += 1
            response.keys = [*response.keys, *([key] if key else [])][-MOST_KEYS:]
            _write(response, answer, store=store, current=current, by=by, actor=actor, now=now)
            response.save()
        if drawn:
            keep_with_answer(response=response, picture=drawn)
        _told(request, response)
    return response


def withdraw_answer(
    *, request: MatchRequest, store: Store, by: str, actor: User | None, now: datetime
) -> MatchResponse:
    """Take the store's answer back as long as nobody has used it; done twice it is done once.

    Raises NotFound when there is none, AnswerGone, AnsweredByPerson.
    """
    with transaction.atomic(), scopes_disabled():
        response = _own(store, request).select_for_update(of=("self",), no_key=True).first()
        if response is None:
            raise NotFound
        if response.state == State.WITHDRAWN:
            return response
        _stands(response, by=by)
        if response.state != State.OFFERED:
            raise AnswerGone(state=response.state)
        response.state, response.by, response.actor, response.changed_at = State.WITHDRAWN, by, actor, now
        response.save(update_fields=["state", "by", "actor", "changed_at"])
        _told(request, response)
    return response


def decline_call(*, request: MatchRequest, store: Store, by: str, actor: User | None, now: datetime) -> MatchResponse:
    """Say that the store has nothing for it: the shopper need not wait for it. Done twice it is done once.

    Raises TooLate, AnswerGone, AnsweredByPerson.
    """
    with transaction.atomic(), scopes_disabled():
        own = _own(store, request)
        current = open_request(request=request, now=now)
        response = own.select_for_update(of=("self",), no_key=True).first()
        is_new = False
        if response is None:
            made = _new(store, current, by=by, actor=actor, now=now)
            made.state = State.DECLINED
            response = _placed(own, made)
            is_new = response.ref == made.ref
        if not is_new:
            if response.state == State.DECLINED and by in (By.PROGRAM, response.by):
                return response
            if response.state not in (State.OFFERED, State.WITHDRAWN, State.DECLINED):
                raise AnswerGone(state=response.state)
            _stands(response, by=by)
            # Who said so last: a program leaves what a person has said.
            response.state, response.by, response.actor, response.changed_at = State.DECLINED, by, actor, now
            response.save(update_fields=["state", "by", "actor", "changed_at"])
        _told(request, response)
    return response


def _own(store: Store, request: MatchRequest) -> QuerySet[MatchResponse]:
    return MatchResponse.objects.filter(union=store.union_id, store=store, request=request.pk)


def _new(store: Store, current: MatchRequest, *, by: str, actor: User | None, now: datetime) -> MatchResponse:
    """An answer that says nothing yet."""
    return MatchResponse(
        union_id=store.union_id,
        request=current,
        store=store,
        ref=new_reference(store.union.prefix),
        by=by,
        actor=actor,
        currency=store.union.currency,
        quantity=current.quantity,
        answered_at=now,
        changed_at=now,
        valid_until=now + ANSWER_HOLDS[0],
        took_ms=max(0, round((now - current.asked_at).total_seconds() * 1000)),
    )


def _placed(own: QuerySet[MatchResponse], made: MatchResponse) -> MatchResponse:
    """The store's one answer, locked: this one, or that of somebody who was a moment quicker."""
    MatchResponse.objects.bulk_create([made], ignore_conflicts=True)
    return own.select_for_update(of=("self",), no_key=True).get()


def _stands(response: MatchResponse, *, by: str) -> None:
    """Refuse what may no longer be changed, or not by this one. Raises AnswerGone, AnsweredByPerson."""
    if response.state == State.USED:
        raise AnswerGone(state=response.state)
    if by == By.PROGRAM and response.by == By.PERSON and response.state != State.WITHDRAWN:
        raise AnsweredByPerson


def open_request(*, request: MatchRequest, now: datetime) -> MatchRequest:
    """The wish, locked against being used or closed meanwhile; many answer it at once. Raises TooLate."""
    current = MatchRequest.objects.raw(
        "SELECT * FROM matching_matchrequest WHERE union_id = %s AND id = %s FOR SHARE", [request.union_id, request.pk]
    )[0]
    if current.state != MatchRequest.State.OPEN or current.answers_until <= now:
        raise TooLate(state=current.state)
    return current


def _write(
    response: MatchResponse,
    answer: Answer,
    *,
    store: Store,
    current: MatchRequest,
    by: str,
    actor: User | None,
    now: datetime,
) -> None:
    variant = answer.variant
    named = variant.product.title if variant is not None else ""
    response.state = State.OFFERED
    response.by, response.actor = by, actor
    response.way = answer.way
    response.title = (" ".join(answer.title.split()) or named or current.words)[:200]
    response.variant, response.bookable = variant, answer.bookable
    response.price, response.delivery = answer.price, answer.delivery
    response.quantity = answer.quantity or current.quantity
    response.currency = store.union.currency
    response.is_used_good = answer.is_used_good
    response.available_at = answer.available_at
    response.words = answer.words.strip()[:500]
    response.valid_until = now + answer.holds
    response.changed_at = now


def _told(request: MatchRequest, response: MatchResponse) -> None:
    tell_answered(request=request, store_ids=[response.store_id], state=response.state)


def _check(answer: Answer, store: Store, *, quantity: int) -> None:
    if answer.way not in Way.values:
        raise Invalid(field="way")
    if answer.way == Way.CART and answer.price is None:
        raise Invalid(_("Name a price."), field="price")
    if answer.way == Way.TIME and (answer.bookable is None or answer.available_at is None):
        raise Invalid(_("Say when."), field="available_at")
    require_plausible(moment=answer.available_at, field="available_at")
    if answer.quantity is not None and not 1 <= answer.quantity <= MOST_PIECES:
        raise Invalid(field="quantity")
    if answer.price is not None and not 1 <= answer.price * quantity <= LARGEST:
        raise Invalid(field="price")
    if answer.delivery is not None and not 0 <= answer.delivery <= LARGEST:
        raise Invalid(field="delivery")
    if not ANSWER_HOLDS[0] <= answer.holds <= ANSWER_HOLDS[1]:
        raise Invalid(field="holds")
    if any("\0" in text for text in (answer.title, answer.words)):
        raise Invalid(field="words")
    if answer.variant is not None and answer.variant.store_id != store.pk:
        raise Invalid(field="variant")
    if answer.bookable is not None and answer.bookable.store_id != store.pk:
        raise Invalid(field="service")
