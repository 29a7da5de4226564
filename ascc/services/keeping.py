"""Files of after-sales service: pictures drawn anew as those of conversations, all kept where no web server looks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.core.files.uploadedfile import UploadedFile

from chat.models import Attachment
from chat.services.attachments import attachment_storage, check_attachment
from core.errors import Invalid
from core.keeping import files_kept
from core.references import new_secret

_together: ContextVar[list[str] | None] = ContextVar("together", default=None)


@contextmanager
def files_together() -> Iterator[None]:
    """Around a transaction that keeps files: when it fails, and its rows are rolled back, they all go with it."""
    paths: list[str] = []
    token = _together.set(paths)
    try:
        yield
    except BaseException:
        for path in paths:
            attachment_storage().delete(path)
        raise
    finally:
        _together.reset(token)


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
    place = f"care/{folder}/{new_secret(18)}.{checked.ending}"
    with files_kept(storage=attachment_storage(), files=[(place, checked.content)]) as paths:
        yield paths[0]
    if (others := _together.get()) is not None:
        others += paths


def file_at(*, path: str) -> bytes:
    """What was kept. Raises FileNotFoundError."""
    with attachment_storage().open(path) as stored:
        content: bytes = stored.read()
    return content


def forget_file(*, path: str) -> None:
    """Delete it; one that is gone already is no error."""
    attachment_storage().delete(path)
