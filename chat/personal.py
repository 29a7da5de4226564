"""What is kept of a person who talked with shops, and the memberships that have to end first."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import PurePosixPath

from django.utils.translation import gettext as _

from accounts.models import User
from chat.models import (
    AccessCode,
    Attachment,
    Block,
    CodeUse,
    Conversation,
    Dues,
    Invitation,
    Message,
    PreferredBuyer,
    RoomGuest,
)
from chat.services.attachments import attachment_storage
from core.personal import Files, Tables, holds_back, keeps, keeps_files, rows_of


@keeps("conversations")
def conversations_of(user: User) -> Tables:
    """What was said by both sides, invitations, codes and memberships."""
    talks = Conversation.objects.filter(customer=user).order_by("pk")
    about = ("ref", "store__slug", "state", "origin", "shopper_name", "shopper_email", "page", "created_at", "ended_at")
    yield "conversations", rows_of(talks, "union__slug", *about, "rating", "rating_words")
    said = Message.objects.filter(conversation__in=talks).order_by("conversation_id", "seq")
    yield "messages", rows_of(said, "conversation__ref", "seq", "sender__role", "kind", "text", "at")
    sent = Attachment.objects.filter(conversation__in=talks).order_by("pk")
    yield "attachments", rows_of(sent, "conversation__ref", "ref", "participant__role", "kind", "name", "size", "at")
    invited = Invitation.objects.filter(customer=user).order_by("pk")
    yield "invitations", rows_of(invited, "union__slug", "store__slug", "state", "why", "shown_at")
    codes = AccessCode.objects.filter(customer=user).order_by("pk")
    yield "codes", rows_of(codes, "union__slug", "campaign__name", "name", "email", "address", "created_at")
    used = CodeUse.objects.filter(customer=user).order_by("pk")
    yield "codes_used", rows_of(used, "union__slug", "code__campaign__name")
    bought = PreferredBuyer.objects.filter(customer=user).order_by("pk")
    yield "memberships", rows_of(bought, "union__slug", "ref", "state", "amount", "currency", "joined_at", "paid_until")
    rooms = RoomGuest.objects.filter(customer=user).order_by("pk")
    yield "rooms", rows_of(rooms, "union__slug", "joined_at", "seen_at", "holds", "bought_at")
    blocked = Block.objects.filter(user=user).order_by("pk")
    yield "blocks", rows_of(blocked, "union__slug", "store__slug", "reason", "at", "until")
    paid = Dues.objects.filter(buyer__in=bought).order_by("pk")
    yield "dues", rows_of(paid, "buyer__ref", "number", "state")


@keeps_files("conversations")
def attachments_of(user: User) -> Files:
    """Pictures and papers that were sent in their conversations."""
    sent = Attachment.objects.filter(conversation__customer=user).order_by("pk")
    for talk, ref, path in sent.values_list("conversation__ref", "ref", "path").iterator(chunk_size=100):
        yield f"{talk}/{ref}{PurePosixPath(path).suffix}", partial(_read, path)


def _read(path: str) -> bytes:
    with attachment_storage().open(path) as stored:
        content: bytes = stored.read()
    return content


@holds_back
def memberships_to_end(user: User) -> Iterator[str]:
    """Dues are not collected from nobody."""
    now = PreferredBuyer.objects.filter(customer=user, cancelled_at=None).exclude(state=PreferredBuyer.State.ENDED)
    for name in now.order_by("pk").values_list("plan__name", flat=True):
        yield _("You are a member of %(name)s. Cancel that first.") % {"name": name}
