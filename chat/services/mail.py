"""Writes to shoppers about their conversations, in the language in which they talked."""

from __future__ import annotations

from django.urls import reverse
from django.utils import timezone, translation

from chat.models import Conversation, Message
from chat.queries.transcripts import transcript_of
from chat.services.late_answers import SILENT_VOICES
from chat.services.telling import notice_text, voice_name
from core.localized import localized
from core.mail import send_templated_mail
from unions.queries import absolute_address

MOST_QUOTED = 20


def send_late_answer(*, conversation: Conversation, after_seq: int, up_to_seq: int) -> None:
    """What the store wrote while the shopper was away, with the way back into the conversation."""
    written = (
        Message.objects.filter(
            union=conversation.union_id, conversation=conversation, seq__gt=after_seq, seq__lte=up_to_seq
        )
        .exclude(sender__role__in=SILENT_VOICES)
        .select_related("sender")
        .order_by("seq")[:MOST_QUOTED]
    )
    _send(conversation, "answer", conversation.shopper_email, list(written))


def send_transcript(*, conversation: Conversation, to: str) -> None:
    """Everything that was said."""
    _send(conversation, "transcript", to, transcript_of(conversation))


def _send(conversation: Conversation, template: str, to: str, messages: list[Message]) -> None:
    union = conversation.union
    language = conversation.language or union.default_language
    with translation.override(language), timezone.override(union.time_zone):
        place = conversation.store if conversation.store is not None else union
        context = {
            "conversation": conversation,
            "name": localized(place, "name"),
            "lines": [
                {
                    "by": "" if message.kind == Message.Kind.SYSTEM else voice_name(sender=message.sender),
                    "text": notice_text(message=message) if message.kind == Message.Kind.SYSTEM else message.text,
                    "at": message.at,
                }
                for message in messages
            ],
            "link": absolute_address(union, reverse("talk:conversation", args=[union.slug, conversation.ref]))
            + "?open=1",
        }
        send_templated_mail(
            template=f"chat/{template}", to=to, language=language, context=context, reply_to=union.contact_email
        )
