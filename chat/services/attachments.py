"""Pictures and PDFs in a conversation: judged by their content, pictures drawn anew, kept where no web server looks.

Of a picture only its pixels are kept: whatever else was in the file (a place, a name, a script behind the last byte) is
gone. A PDF is kept as it is and only ever handed out as a download.
"""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePath

from django.core.files.base import ContentFile
from django.core.files.storage import Storage, storages
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext_lazy as _
from PIL import Image

from chat.errors import TooMany
from chat.models import Attachment, Conversation, Message, Participant
from chat.services.messages import Posting, post
from core.errors import Invalid
from core.pictures import AT_ONCE, FORMATS, LONGEST_SIDE, MOST_PIXELS, upright
from core.references import new_secret

MOST_BYTES = 10 * 1024 * 1024
MOST_IN_A_CONVERSATION = 60


class AttachmentRefused(Invalid):
    """The file is empty, too large, damaged, or of a kind that is not taken."""

    code = "attachment_refused"
    detail = _("Send a picture (JPEG, PNG, WebP, AVIF, GIF) or a PDF of at most 10 MB.")


@dataclass(frozen=True)
class Checked:
    """What will be kept, made of what was sent."""

    kind: str
    content: bytes
    ending: str
    width: int = 0
    height: int = 0


def attachment_storage() -> Storage:
    """Outside MEDIA_ROOT; the address of a file is a view that asks who wants it."""
    return storages["talk"]


def add_attachment(
    *, conversation: Conversation, voice: Participant, file: UploadedFile, client_id: str = "", now: datetime
) -> tuple[Attachment, int]:
    """Keep a file and show it in the conversation: (the attachment, its message's number).

    The same `client_id` again gives what it gave before. Raises AttachmentRefused, TooMany, ConversationEnded.
    """
    if client_id and (known := _sent_before(conversation, voice, client_id)):
        return known
    checked = check_attachment(file=file)
    if Attachment.objects.filter(conversation=conversation).count() >= MOST_IN_A_CONVERSATION:
        raise TooMany
    ref = new_secret(18)
    place = f"{conversation.union_id}/{conversation.pk}/{ref}.{checked.ending}"
    storage = attachment_storage()
    path = storage.save(place, ContentFile(checked.content))
    try:
        with transaction.atomic():
            attachment = Attachment.objects.create(
                union_id=conversation.union_id,
                conversation=conversation,
                participant=voice,
                ref=ref,
                kind=checked.kind,
                name=_name_of(file, checked),
                path=path,
                size=len(checked.content),
                width=checked.width,
                height=checked.height,
                at=now,
            )
            shown = Posting(voice, Message.Kind.PICTURE, attachment.name, {"attachment": ref}, client_id)
            seq = post(conversation=conversation, postings=[shown], now=now)[0]
    except BaseException:
        storage.delete(path)
        raise
    return attachment, seq


def check_attachment(*, file: UploadedFile) -> Checked:
    """What the file really is. Raises AttachmentRefused."""
    content = file.read(MOST_BYTES + 1)
    if not content or len(content) > MOST_BYTES:
        raise AttachmentRefused(field="file")
    if content.startswith(b"%PDF-"):
        if b"%%EOF" not in content[-2048:]:
            raise AttachmentRefused(field="file")
        return Checked(Attachment.Kind.PDF, content, "pdf")
    return _drawn_anew(content)


def _drawn_anew(content: bytes) -> Checked:
    try:
        with AT_ONCE, warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            flat = _small(content)
        buffer = io.BytesIO()
        Image.frombytes(flat.mode, flat.size, flat.tobytes()).save(buffer, "WEBP", quality=82, method=4)
    except AttachmentRefused:
        raise
    except Exception as error:
        # Pillow raises many kinds of errors on damaged files; all of them mean the same here.
        raise AttachmentRefused(field="file") from error
    return Checked(Attachment.Kind.PICTURE, buffer.getvalue(), "webp", flat.width, flat.height)


def _small(content: bytes) -> Image.Image:
    """The picture upright, in colours and at most LONGEST_SIDE long. Raises AttachmentRefused.

    A few kilobytes can be forty million pixels, so there is never more than one copy of them beside what is read.
    """
    with Image.open(io.BytesIO(content), formats=FORMATS) as source:
        # The size stands in the header: nothing of a bomb is unpacked.
        if source.width * source.height > MOST_PIXELS:
            raise AttachmentRefused(field="file")
        has_alpha = source.mode in {"RGBA", "LA", "PA"} or "transparency" in source.info
        mode = "RGBA" if has_alpha else "RGB"
        # A JPEG is unpacked at a fraction of its size where that is enough.
        source.draft(mode, (2 * LONGEST_SIDE, 2 * LONGEST_SIDE))
        flat = source if source.mode == mode else source.convert(mode)
        flat.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
        turned = upright(flat)
        # What is still the file's own picture reads from the file, which is closed now.
        return turned.copy() if turned is source else turned


def _name_of(file: UploadedFile, checked: Checked) -> str:
    stem = PurePath((file.name or "").replace("\\", "/")).stem
    stem = "".join(letter for letter in stem if letter.isprintable())[:100].strip() or str(checked.kind)
    return f"{stem}.{checked.ending}"


def _sent_before(conversation: Conversation, voice: Participant, client_id: str) -> tuple[Attachment, int] | None:
    message = Message.objects.filter(
        conversation=conversation, sender=voice, client_id=client_id, kind=Message.Kind.PICTURE
    ).first()
    if message is None:
        return None
    ref = (message.card or {}).get("attachment", "")
    return Attachment.objects.get(conversation=conversation, ref=ref), message.seq
