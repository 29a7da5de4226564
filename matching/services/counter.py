"""A person answers at the counter; colleagues at the other consoles see it at once."""

from __future__ import annotations

import logging
from datetime import datetime

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from redis.exceptions import RedisError

from accounts.models import User
from core.live import announce
from matching.models import MatchRequest, MatchResponse
from matching.services.answering import Answer, answer_call, decline_call, withdraw_answer
from stores.models import Store

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
    """Answer or change the answer. Raises TooLate, AnswerGone, Invalid, and NotAPicture and its like."""
    with transaction.atomic():
        response = answer_call(
            request=request, store=store, answer=answer, by=PERSON, actor=actor, now=now, picture=picture
        )
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


def _tell(store: Store, request: MatchRequest, response: MatchResponse) -> None:
    frame = {"type": "wish.answered", "request": request.ref, "state": response.state}
    try:
        announce({counter_topic(store_id=store.pk): frame})
    except RedisError:
        logger.exception("Colleagues were not told of an answer.")
