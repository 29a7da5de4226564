"""What a customer does with their response: writes more, calls the union, says it is settled, opens it again, rates."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.errors import DomainError, Invalid, NotFound, WrongState
from orders.models import CustomerResponse, ResponseEntry, Voice
from orders.queries.response_terms import promises_of
from orders.services.responses.asking import check_words
from orders.services.responses.moving import MOVES, locked, move_response
from orders.services.responses.picturing import check_room, pictures_kept

Kind, State, Step = CustomerResponse.Kind, CustomerResponse.State, ResponseEntry.Step
MOST_IN_A_ROW = 20
"""So often a customer speaks, in whatever step, before store or union have: each time somebody is written to."""


class TooManyWords(DomainError):
    """Nobody has answered yet, and so much was said."""

    code = "too_many_words"
    status = 429
    detail = _("You have written a lot already. Wait for the answer.")


class RatedAlready(DomainError):
    """How it was is said once."""

    code = "rated_already"
    detail = _("You have told us how it was already.")


class TooEarlyForUnion(DomainError):
    """The store has neither answered nor let its time pass."""

    code = "too_early_for_union"
    detail = _("The store still has time to answer. Afterwards the union can be called.")


class TooLateToReopen(DomainError):
    """It was resolved too long ago."""

    code = "too_late_to_reopen"
    detail = _("This was resolved a while ago. Begin anew if something is not right.")


def write_more(
    *,
    response: CustomerResponse,
    words: str,
    actor: User | None,
    now: datetime,
    files: Sequence[UploadedFile] = (),
) -> ResponseEntry:
    """The customer says more: the store's clock goes on; what was resolved is open again.

    Raises Invalid, WrongState, TooLateToReopen, TooManyWords, and what a picture refuses.
    """
    check_words(words=words.strip())
    with pictures_kept(union=response.union, number=response.number, files=files) as kept, transaction.atomic():
        own = _open_to_words(response, now=now)
        check_room(response=own, more=len(kept))
        return move_response(
            response=own, step=Step.WRITE, voice=Voice.CUSTOMER, actor=actor, now=now, words=words, pictures=kept
        )


@transaction.atomic
def call_union(*, response: CustomerResponse, actor: User | None, now: datetime, words: str = "") -> ResponseEntry:
    """The customer brings it before the union, once the store has answered or its time is over.

    Raises TooEarlyForUnion, WrongState.
    """
    own = locked(response=response)
    if own.state in MOVES[Step.ESCALATE].states and not may_call_union(response=own, now=now):
        raise TooEarlyForUnion
    return move_response(response=own, step=Step.ESCALATE, voice=Voice.CUSTOMER, actor=actor, now=now, words=words)


def may_call_union(*, response: CustomerResponse, now: datetime) -> bool:
    """Whether the customer can do so now. A review is public as it is."""
    if response.kind == Kind.REVIEW or response.state in (State.ESCALATED, *CustomerResponse.SETTLED):
        return False
    return response.first_answered_at is not None or (response.due_at is not None and response.due_at <= now)


@transaction.atomic
def say_it_is_settled(*, response: CustomerResponse, actor: User | None, now: datetime) -> ResponseEntry:
    """The customer is content, wherever it is. Raises WrongState."""
    own = _private(locked(response=response))
    return move_response(response=own, step=Step.RESOLVE, voice=Voice.CUSTOMER, actor=actor, now=now)


@transaction.atomic
def open_again(*, response: CustomerResponse, words: str, actor: User | None, now: datetime) -> ResponseEntry:
    """Resolved, and yet not right. Raises Invalid, WrongState, TooLateToReopen, TooManyWords."""
    check_words(words=words.strip())
    own = _open_to_words(response, now=now)
    return move_response(response=own, step=Step.REOPEN, voice=Voice.CUSTOMER, actor=actor, now=now, words=words)


@transaction.atomic
def rate_response(
    *, response: CustomerResponse, stars: int, words: str, actor: User | None, now: datetime
) -> ResponseEntry:
    """From 1 to 5 how it was dealt with, once. Raises Invalid, RatedAlready, WrongState."""
    if not 1 <= stars <= 5:
        raise Invalid(_("Say it from one to five."), field="stars")
    own = _private(locked(response=response))
    if own.satisfaction is not None:
        raise RatedAlready
    said = words.strip()[:500]
    return move_response(
        response=own,
        step=Step.RATE,
        voice=Voice.CUSTOMER,
        actor=actor,
        now=now,
        words=said,
        satisfaction=stars,
        satisfaction_words=said,
        rated_at=now,
    )


@transaction.atomic
def talk_about(*, response: CustomerResponse, conversation: str, actor: User | None, now: datetime) -> bool:
    """The customer has begun to talk about it; the reference of a conversation is kept once. Raises WrongState."""
    own = _private(locked(response=response))
    if own.conversation == conversation:
        return False
    move_response(
        response=own, step=Step.TALK, voice=Voice.CUSTOMER, actor=actor, now=now, conversation=conversation[:64]
    )
    return True


def _open_to_words(response: CustomerResponse, *, now: datetime) -> CustomerResponse:
    own = _private(locked(response=response))
    if own.token != response.token:
        # Its person was forgotten while they were writing.
        raise NotFound
    if own.state == State.RESOLVED and own.resolved_at is not None:
        asked, _promised = promises_of(union=own.union, store=None)
        if own.resolved_at + timedelta(days=asked.reopen_days) <= now:
            raise TooLateToReopen
    said = ResponseEntry.objects.filter(union=own.union_id, response=own)
    answered = said.filter(voice__in=(Voice.STORE, Voice.UNION), is_internal=False).order_by("-id").values("id")[:1]
    since = said.filter(voice=Voice.CUSTOMER, id__gt=Coalesce(Subquery(answered), 0))
    if since[:MOST_IN_A_ROW].count() >= MOST_IN_A_ROW:
        raise TooManyWords
    return own


def _private(own: CustomerResponse) -> CustomerResponse:
    """What is said in public is not gone on with in private."""
    if own.kind == Kind.REVIEW:
        raise WrongState(state=own.state)
    return own
