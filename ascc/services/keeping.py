"""Files of after-sales service: pictures drawn anew as those of conversations, all kept where no web server looks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile

from chat.models import Attachment
from chat.services.attachments import attachment_storage, check_attachment
from core.errors import Invalid
from core.references import new_secret


@contextmanager
def file_kept(*, file: UploadedFile | None, folder: str, unless_picture: Invalid | None = None) -> Iterator[str]:
    """Its path within the block, empty without a file; gone again when the block fails.

    `unless_picture` is what is said where a PDF does not do. Raises AttachmentRefused and that.
    """
    if file is None:
        yield ""
        return
    checked = check_attachment(file=file)
    if unless_picture is not None and checked.kind != Attachment.Kind.PICTURE:
        raise unless_picture
    storage = attachment_storage()
    path = storage.save(f"care/{folder}/{new_secret(18)}.{checked.ending}", ContentFile(checked.content))
    try:
        yield path
    except BaseException:
        storage.delete(path)
        raise


def file_at(*, path: str) -> bytes:
    """What was kept. Raises FileNotFoundError."""
    with attachment_storage().open(path) as stored:
        content: bytes = stored.read()
    return content
