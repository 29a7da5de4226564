"""Taking a person out of conversations: their words and their name go, what the store said and when stays."""

from __future__ import annotations

from django.db import transaction

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


@transaction.atomic
def forget_talker(*, user_id: int) -> None:
    """Repeating changes nothing more. Files go before the rows that name them: what was begun can be ended."""
    talks = Conversation.objects.filter(customer=user_id)
    theirs = Participant.objects.filter(conversation__in=talks, role=Participant.Role.SHOPPER)
    sent = Attachment.objects.filter(participant__in=theirs)
    for path in sent.values_list("path", flat=True):
        attachment_storage().delete(path)
    Message.objects.filter(conversation__in=talks, sender__in=theirs).update(text="", card=None)
    sent.delete()
    Note.objects.filter(conversation__in=talks).delete()
    theirs.update(name="")
    talks.update(visitor="", shopper_name="", shopper_email="", network=None, page="", last_text="", rating_words="")
    Invitation.objects.filter(customer=user_id).delete()
    CodeUse.objects.filter(customer=user_id).update(visitor="")
    AccessCode.objects.filter(customer=user_id).update(name="", email="", address="", reference="")
    RoomGuest.objects.filter(customer=user_id).update(visitor="", network=None)
    PushSubscription.objects.filter(user=user_id).delete()
