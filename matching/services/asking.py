"""A question back: the shopper begins a conversation with a store about its answer, and the wish stays open."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _
from django_scopes import scope

from chat.models import Conversation
from chat.queries.shoppers import Shopper
from chat.services.beginning import FirstWords, begin_conversation
from matching.errors import AnswerGone
from matching.models import MatchRequest, MatchResponse
from matching.queries.answers import is_seen


def ask_back(*, shopper: Shopper, request: MatchRequest, response: MatchResponse, now: datetime) -> Conversation:
    """The open conversation with the answering store, or a new one; pressed twice the question is asked once.

    `response` as `response_to` reads it. Raises AnswerGone for a store that shoppers do not see, and what
    `begin_conversation` refuses.
    """
    if not is_seen(response):
        raise AnswerGone(state=response.state)
    with scope(union=response.union):
        words = _("About your answer %(ref)s to my wish “%(words)s”: %(title)s") % {
            "ref": response.ref,
            "words": request.words,
            "title": response.title,
        }
        return begin_conversation(
            shopper=shopper.at(response.union),
            store=response.store,
            words=FirstWords(words, client_id=f"ask-{response.ref}"),
            now=now,
        )
