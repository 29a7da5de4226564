"""What a store and the union's office do with a response."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.errors import DomainError, NotAllowed, WrongState
from orders.models import CustomerResponse, ResponseEntry, Voice
from orders.services.responses.asking import check_words
from orders.services.responses.moving import locked, move_response
from orders.services.responses.picturing import check_room, pictures_kept
from stores.models import StoreStaff
from stores.queries.access import permissions_of
from stores.services.reviews import answer_review

Kind, State, Step = CustomerResponse.Kind, CustomerResponse.State, ResponseEntry.Step


class AnsweredMeanwhile(DomainError):
    """Somebody else has spoken since the page was opened."""

    code = "answered_meanwhile"
    detail = _("A colleague has answered in the meantime. Read it before you send yours; your words are still here.")


class TakenMeanwhile(DomainError):
    """A colleague has taken it on."""

    code = "taken_meanwhile"
    detail = _("A colleague has taken this on already.")


def answer_response(
    *,
    response: CustomerResponse,
    words: str,
    voice: str,
    actor: User | None,
    now: datetime,
    files: Sequence[UploadedFile] = (),
    seen: int | None = None,
    resolves: bool = False,
) -> ResponseEntry:
    """Speak to the customer; the clock pauses until they speak. A review is answered in public, which settles it.

    `seen` is the last entry that whoever answers has read: of two who answer at once the second is told so. With
    `resolves` the answer settles it. Raises AnsweredMeanwhile, Invalid, WrongState, and what a picture refuses.
    """
    check_words(words=words.strip())
    with pictures_kept(union=response.union, number=response.number, files=files) as kept, transaction.atomic():
        own = locked(response=response)
        _check_seen(own, seen)
        check_room(response=own, more=len(kept))
        said: dict[str, Any] = {"voice": voice, "actor": actor, "now": now}
        if own.kind == Kind.REVIEW and own.review is not None:
            if voice != Voice.STORE or kept:
                raise NotAllowed(_("The store answers a review, in words."))
            answer_review(review=own.review, words=words, actor=actor, now=now)
            resolves = True
        entry = move_response(response=own, step=Step.ANSWER, words=words, pictures=kept, **said)
        if resolves:
            move_response(response=own, step=Step.RESOLVE, **said)
        return entry


@transaction.atomic
def resolve_response(
    *,
    response: CustomerResponse,
    words: str,
    voice: str,
    actor: User | None,
    now: datetime,
    seen: int | None = None,
) -> ResponseEntry:
    """Say how it was settled. What is at the union is settled by the union. Raises AnsweredMeanwhile, WrongState."""
    own = locked(response=response)
    if own.kind == Kind.REVIEW:
        words = ""
    else:
        check_words(words=words.strip())
        _check_seen(own, seen)
    return move_response(response=own, step=Step.RESOLVE, voice=voice, actor=actor, now=now, words=words)


@transaction.atomic
def pass_to_union(*, response: CustomerResponse, words: str, actor: User | None, now: datetime) -> ResponseEntry:
    """The store asks the union to decide. Raises Invalid, WrongState."""
    check_words(words=words.strip())
    own = locked(response=response)
    if own.kind == Kind.REVIEW:
        raise WrongState(state=own.state)
    return move_response(response=own, step=Step.ESCALATE, voice=Voice.STORE, actor=actor, now=now, words=words)


@transaction.atomic
def hand_back(*, response: CustomerResponse, words: str, actor: User | None, now: datetime) -> ResponseEntry:
    """The union gives it to the store again, whose clock begins anew. Raises WrongState."""
    return move_response(
        response=locked(response=response), step=Step.HAND_BACK, voice=Voice.UNION, actor=actor, now=now, words=words
    )


@transaction.atomic
def note_response(
    *, response: CustomerResponse, words: str, voice: str, actor: User | None, now: datetime
) -> ResponseEntry:
    """A line that the customer never sees. Raises Invalid."""
    check_words(words=words.strip())
    return move_response(
        response=locked(response=response),
        step=Step.NOTE,
        voice=voice,
        actor=actor,
        now=now,
        words=words,
        is_internal=True,
    )


@transaction.atomic
def take_response(*, response: CustomerResponse, actor: User, now: datetime) -> bool:
    """Take on what nobody has taken; of two who press at once one has it. False when it is one's own already.

    Raises TakenMeanwhile, WrongState.
    """
    own = locked(response=response)
    if own.assigned_to_id is not None:
        if own.assigned_to_id != actor.pk:
            raise TakenMeanwhile
        return False
    _hand_to(own, actor, step=Step.TAKE, actor=actor, now=now)
    return True


@transaction.atomic
def assign_response(*, response: CustomerResponse, to: User | None, actor: User, now: datetime) -> bool:
    """Give it to a colleague who may handle it, or to nobody; False when nothing changes.

    Raises NotAllowed, WrongState.
    """
    own = locked(response=response)
    if own.assigned_to_id == (to.pk if to else None):
        return False
    if to is not None and StoreStaff.Permission.ORDERS not in permissions_of(to, own.store):
        raise NotAllowed(_("This colleague may not handle orders and responses."))
    _hand_to(own, to, step=Step.TAKE if to else Step.LET_GO, actor=actor, now=now)
    return True


def _hand_to(own: CustomerResponse, to: User | None, *, step: str, actor: User, now: datetime) -> None:
    move_response(
        response=own,
        step=step,
        voice=Voice.STORE,
        actor=actor,
        now=now,
        words=to.name if to else "",
        is_internal=True,
        assigned_to=to,
    )


def _check_seen(own: CustomerResponse, seen: int | None) -> None:
    if seen is None:
        return
    said = ResponseEntry.objects.filter(union_id=own.union_id, response=own, pk__gt=seen, is_internal=False)
    if said.exclude(voice=Voice.CUSTOMER).exists():
        raise AnsweredMeanwhile
