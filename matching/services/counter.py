"""A person answers at the counter; colleagues at the other consoles see it at once."""

from __future__ import annotations

import logging
import secrets
from datetime import datetime

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from redis.exceptions import RedisError

from accounts.models import User
from chat.services.rule_pictures import redrawn
from core.live import announce
from matching.models import MatchRequest, MatchResponse
from matching.services.answering import Answer, answer_call, decline_call, withdraw_answer
from stores.models import Store
from stores.services.pictures import delete_files

logger = logging.getLogger(__name__)
PERSON = MatchResponse.By.PERSON


def counter_topic(*, store_id: int) -> str:
    """Where the consoles of a store hear what colleagues have answered."""
    return f"counter.{store_id}"


def answer_at_counter(
    *,
    request: MatchRequest,
    store: Store,
    answer: Answer,
    picture: UploadedFile | None = None,
    actor: User,
    now: datetime,
) -> MatchResponse:
    """Answer or change the answer, with a picture if there is one; without, the one before stays.

    Raises TooLate, AnswerGone, Invalid, and NotAPicture and its like.
    """
    drawn = redrawn(file=picture) if picture is not None else b""
    with transaction.atomic():
        response = answer_call(request=request, store=store, answer=answer, by=PERSON, actor=actor, now=now)
        if drawn:
            _keep(response, drawn)
        transaction.on_commit(lambda: _tell(store, request, response), robust=True)
    return response


def withdraw_at_counter(*, request: MatchRequest, response: MatchResponse, actor: User, now: datetime) -> MatchResponse:
    """Take it back as long as nobody has used it. Raises AnswerGone."""
    response.request = request
    with transaction.atomic():
        taken = withdraw_answer(response=response, actor=actor, now=now)
        transaction.on_commit(lambda: _tell(response.store, request, taken), robust=True)
    return taken


def decline_at_counter(*, request: MatchRequest, store: Store, actor: User, now: datetime) -> MatchResponse:
    """The store has nothing for it. Raises TooLate, AnswerGone."""
    with transaction.atomic():
        declined = decline_call(request=request, store=store, by=PERSON, actor=actor, now=now)
        transaction.on_commit(lambda: _tell(store, request, declined), robust=True)
    return declined


def _keep(response: MatchResponse, picture: bytes) -> None:
    """Put it in the place of the one before, whose file goes once this is committed. Within a transaction."""
    replaced = [response.picture] if response.picture else []
    place = f"answers/{response.union_id}/{secrets.token_urlsafe(12)}.webp"
    response.picture = default_storage.save(place, ContentFile(picture))
    MatchResponse.objects.filter(union=response.union_id, pk=response.pk).update(picture=response.picture)
    transaction.on_commit(lambda: delete_files(paths=replaced), robust=True)


def _tell(store: Store, request: MatchRequest, response: MatchResponse) -> None:
    frame = {"type": "call.answered", "request": request.ref, "state": response.state}
    try:
        announce({counter_topic(store_id=store.pk): frame})
    except RedisError:
        logger.exception("Colleagues were not told of an answer.")
