"""A shopper throws a wish: it is written once and called at once to every store that could fulfil it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from unicodedata import category

from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext_lazy as _

from chat.queries.blocks import refusal_to
from chat.queries.shoppers import Shopper
from chat.services.block_locks import begin_unblocked
from chat.services.limits import count_against_limit
from core.errors import Invalid, constraint_of
from core.moments import require_plausible
from core.outbox import publish
from core.references import new_reference
from matching.errors import TooManyWishes
from matching.events import WISH_THROWN
from matching.models import MatchRequest
from matching.models.limits import ANSWERED_WITHIN, LARGEST, MOST_PIECES
from matching.queries.reaching import blocked_stores, unions_reached
from matching.queries.requests import live_requests_of
from matching.queries.signals import suggest_codes
from matching.queries.subscribers import Subscriber, subscribers_for
from matching.services.answering_from_stock import answer_from_stock
from matching.services.calling import call_stores, note_called, was_called, within_their_day
from matching.services.picturing import forget_pictures, pictures_kept
from unions.models import SignalCode

Scope = MatchRequest.Scope
WISHES = (20, 3600)
"""Wishes that one browser throws, or one network address five times as many, in so many seconds."""
WATCHED = (5, 86_400)
"""Remembered wishes of guests that name one mailbox, in so many seconds: each may become a mail."""
MOST_LIVE = 5
"""Wishes of one shopper at once."""
TO_CHOOSE = timedelta(days=1)
"""How long a shopper may choose after the last answer; each answer holds as long as it says."""
SAYING = ("L", "N", "So")
"""Letters, digits, pictures: a wish without any of them says nothing, and would be called to every store."""


@dataclass(frozen=True)
class Wish:
    """What the form holds. `budget` for all pieces, in minor units of the union's currency. `stores`: only these."""

    words: str
    code: str = ""
    quantity: int = 1
    budget: int | None = None
    condition: str = MatchRequest.Condition.ANY
    place: str = ""
    latitude: float | None = None
    longitude: float | None = None
    reach_km: int | None = None
    wanted_by: datetime | None = None
    scope: str = Scope.UNION
    stores: Sequence[int] = field(default_factory=tuple)
    answers_within: timedelta = timedelta(minutes=30)
    email: str = ""
    is_watched: bool = False
    pictures: Sequence[UploadedFile] = field(default_factory=tuple)


def throw_wish(*, shopper: Shopper, wish: Wish, now: datetime, key: str = "") -> MatchRequest:
    """Write the wish, call the stores, let those answer whose stock does.

    `key` makes one wish of a form that this shopper sent twice. Whoever dies after the commit leaves the calling to
    `finish_throwing`. Raises Invalid, AttachmentRefused, TooMany, TooManyWishes, Blocked.
    """
    key = f"{_name_of(shopper)}:{key}"[:80] if key else ""
    if key and (made := _made(shopper, key)):
        return made
    _check(wish, now=now)
    count_against_limit(what="wish", limit=WISHES, visitor=shopper.visitor, address=shopper.address)
    if wish.is_watched and shopper.user is None and wish.email.strip():
        _spare_the_mailbox(wish.email)
    ref = new_reference(shopper.union.prefix)
    with pictures_kept(union=shopper.union, ref=ref, files=wish.pictures) as pictures:
        request, called = _thrown(shopper, wish, key, ref=ref, pictures=pictures, now=now)
    if called is None:
        forget_pictures(union=shopper.union, ref=ref, pictures=pictures)
        return request
    # After the commit: whoever is called finds the wish.
    call_stores(request=request)
    answer_from_stock(request=request, now=now)
    note_called(request=request)
    return request


def finish_throwing(*, request: MatchRequest, now: datetime) -> bool:
    """Call the stores of a wish whose process died before it had; whether anything was done.

    What was called or answered twice is the same call and the same answer.
    """
    if request.state != MatchRequest.State.OPEN or request.answers_until <= now or was_called(request=request):
        return False
    call_stores(request=request)
    answer_from_stock(request=request, now=now)
    note_called(request=request)
    return True


def _spare_the_mailbox(email: str) -> None:
    """Nobody has shown that it is theirs, so it is written to few times, whoever asks. Raises TooMany."""
    mailbox = hashlib.sha256(email.strip().lower().encode()).hexdigest()[:40]
    count_against_limit(what="watched", limit=WATCHED, visitor=mailbox, address=None)


@transaction.atomic
def _thrown(
    shopper: Shopper, wish: Wish, key: str, *, ref: str, pictures: list[str], now: datetime
) -> tuple[MatchRequest, Sequence[Subscriber] | None]:
    begin_unblocked(union_id=shopper.union.pk)
    refusal = refusal_to(shopper, None, now=now)
    if refusal is not None:
        raise refusal
    _one_after_the_other(shopper)
    if key and (made := _made(shopper, key)):
        return made, None
    if live_requests_of(shopper).count() >= MOST_LIVE:
        raise TooManyWishes
    code = _code(wish)
    request = MatchRequest(
        union=shopper.union,
        ref=ref,
        key=key,
        visitor="" if shopper.user else shopper.visitor[:64],
        user=shopper.user,
        email="" if shopper.user else wish.email.strip().lower(),
        language=shopper.language or shopper.union.default_language,
        words=" ".join(wish.words.split())[:300],
        code=code,
        classes=code.ancestors if code else [MatchRequest.ANYTHING],
        quantity=wish.quantity,
        budget=wish.budget,
        currency=shopper.union.currency,
        condition=wish.condition,
        place=wish.place.strip()[:120],
        latitude=wish.latitude,
        longitude=wish.longitude,
        reach_km=wish.reach_km,
        wanted_by=wish.wanted_by,
        scope=wish.scope,
        asked_at=now,
        answers_until=now + wish.answers_within,
        expires_at=now + wish.answers_within + TO_CHOOSE,
        is_watched=wish.is_watched,
        pictures=pictures,
    )
    found = _subscribers(shopper, request, wish, now=now)
    request.stores = [each.store_id for each in found]
    try:
        # Only a form that was sent twice can be refused; without a key there is nothing to go back to.
        with transaction.atomic() if key else nullcontext():
            request.save(force_insert=True)
    except IntegrityError as error:
        if constraint_of(error) != "match_request_key_once":
            raise
        return MatchRequest.objects.get(union=shopper.union, key=key), None
    publish(WISH_THROWN, aggregate=f"wish:{request.pk}", request_id=request.pk)
    return request, found


def _one_after_the_other(shopper: Shopper) -> None:
    """A shopper's presses, until the transaction ends: rows to be counted cannot be locked before they are there."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"wishes of {_name_of(shopper)}"])


def _name_of(shopper: Shopper) -> str:
    return f"u{shopper.user.pk}" if shopper.user is not None else shopper.visitor[:32]


def _subscribers(shopper: Shopper, request: MatchRequest, wish: Wish, *, now: datetime) -> list[Subscriber]:
    unions = unions_reached(request)
    found = subscribers_for(
        unions=unions,
        codes=request.code.ancestors if request.code else [],
        chosen=list(wish.stores) if wish.scope == Scope.CHOSEN else None,
        budget=wish.budget,
        currency=request.currency,
        latitude=wish.latitude,
        longitude=wish.longitude,
        reach_km=wish.reach_km,
        now=now,
    )
    # A store that does not talk to this shopper does not hear of the wish either, wherever it is.
    stores, whole = blocked_stores(shopper, unions, now=now)
    heard = [each for each in found if each.store_id not in stores and each.union_id not in whole]
    return within_their_day(subscribers=heard, unions=unions, now=now)


def _code(wish: Wish) -> SignalCode | None:
    """The chosen class, or the one that the words most probably mean."""
    if wish.code:
        code = SignalCode.objects.filter(code=wish.code).first()
        if code is None:
            raise Invalid(_("There is no such class."), field="code")
        return code
    return next(iter(suggest_codes(wish.words, limit=1)), None)


def _made(shopper: Shopper, key: str) -> MatchRequest | None:
    return MatchRequest.objects.filter(union=shopper.union, key=key).first()


def _check(wish: Wish, *, now: datetime) -> None:
    if not any(category(sign).startswith(SAYING) for sign in wish.words):
        raise Invalid(_("Say what you are looking for."), field="words")
    if "\0" in wish.words + wish.place + wish.email:
        raise Invalid(field="words")
    if not 1 <= wish.quantity <= MOST_PIECES:
        raise Invalid(field="quantity")
    if wish.budget is not None and not 1 <= wish.budget <= LARGEST:
        raise Invalid(field="budget")
    if (wish.latitude is None) != (wish.longitude is None):
        raise Invalid(field="latitude")
    if wish.latitude is not None and wish.longitude is not None:
        if not -90 <= wish.latitude <= 90:
            raise Invalid(field="latitude")
        if not -180 <= wish.longitude <= 180:
            raise Invalid(field="longitude")
    require_plausible(moment=wish.wanted_by, field="wanted_by")
    if wish.wanted_by is not None and wish.wanted_by <= now:
        raise Invalid(_("That time is over."), field="wanted_by")
    if not ANSWERED_WITHIN[0] <= wish.answers_within <= ANSWERED_WITHIN[1]:
        raise Invalid(field="answers_within")
    if wish.scope == Scope.CHOSEN and not wish.stores:
        raise Invalid(_("Choose at least one shop."), field="stores")
    if wish.condition not in MatchRequest.Condition.values:
        raise Invalid(field="condition")
    if wish.scope not in Scope.values:
        raise Invalid(field="scope")
