"""A picture, or a PDF to download."""

from __future__ import annotations

from django.urls import reverse

from chat.cards import Card, Reader, card, text_in
from chat.models import Attachment, Message
from chat.queries.attachments import attachment_in


@card("picture")
def draw_picture(message: Message, reader: Reader) -> Card:
    """`{"attachment": ref}`"""
    attachment = attachment_in(reader.conversation, text_in(message, "attachment"))
    url = reverse("talk:attachment", args=[reader.union.slug, reader.conversation.ref, attachment.ref])
    is_picture = attachment.kind == Attachment.Kind.PICTURE
    return Card("talk/cards/picture.html", {"attachment": attachment, "url": url, "is_picture": is_picture})
