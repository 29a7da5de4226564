"""Taking people out of conversations: their words and their name go, what the store said and when stays."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet, TextField, Value
from django.db.models.functions import Cast, Concat

from chat.models import (
    AccessCode,
    Attachment,
    CodeUse,
    Conversation,
    Invitation,
    Message,
    Note,
    Participant,
    PushSubscription,
    RoomGuest,
)
from chat.services.attachments import attachment_storage
from unions.services.erasing import GONE
from unions.services.retaining import forget_in_steps, long_gone

OVER = (Conversation.State.ENDED, Conversation.State.MISSED)


@transaction.atomic
def forget_talker(*, user_id: int) -> None:
    """Repeating changes nothing more."""
    talks = Conversation.objects.filter(customer=user_id)
    _forget(talks)
    talks.update(visitor="")
    Invitation.objects.filter(customer=user_id).delete()
    CodeUse.objects.filter(customer=user_id).update(visitor="")
    AccessCode.objects.filter(customer=user_id).update(name="", email="", address="", reference="")
    RoomGuest.objects.filter(customer=user_id).update(visitor="", network=None)
    PushSubscription.objects.filter(user=user_id).delete()


def forget_talkers_long_gone(*, now: datetime) -> int:
    """Guests whose conversation is over, and its last word older than their union keeps them. Returns how many.

    Their browser finds nothing of it any more. What they agreed on or bought in it is forgotten where it is kept.
    """
    gone = 0
    for union, before in long_gone(now=now):
        since = Q(ended_at__gte=before) | Q(shopper_wrote_at__gte=before) | Q(store_wrote_at__gte=before)
        old = (
            Conversation.objects.filter(union=union, customer=None, state__in=OVER, created_at__lt=before)
            .exclude(since)
            .exclude(visitor__startswith=GONE)
        )
        gone += forget_in_steps(old=old, forget=_forget_guests)
    return gone


def _forget_guests(talks: QuerySet[Conversation]) -> None:
    _forget(talks)
    talks.update(visitor=Concat(Value(GONE), Cast("pk", TextField())))


def _forget(talks: QuerySet[Conversation]) -> None:
    """Files go before the rows that name them: what was begun can be ended."""
    theirs = Participant.objects.filter(conversation__in=talks, role=Participant.Role.SHOPPER)
    sent = Attachment.objects.filter(participant__in=theirs)
    for path in sent.values_list("path", flat=True):
        attachment_storage().delete(path)
    Message.objects.filter(conversation__in=talks, sender__in=theirs).update(text="", card=None)
    sent.delete()
    Note.objects.filter(conversation__in=talks).delete()
    theirs.update(name="")
    talks.update(shopper_name="", shopper_email="", network=None, page="", last_text="", rating_words="")
