"""Papers and photos of claims: judged by their content, kept where no web server looks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile

from chat.services.attachments import attachment_storage, check_attachment
from core.references import new_secret


@contextmanager
def paper_kept(*, union_id: int, title: str, file: UploadedFile | None) -> Iterator[list[tuple[str, str]]]:
    """(title, path) within the block, nothing without a file; gone again when the block fails.

    Raises AttachmentRefused.
    """
    if file is None:
        yield []
        return
    checked = check_attachment(file=file)
    storage = attachment_storage()
    place = f"care/{union_id}/claims/{new_secret(18)}.{checked.ending}"
    path = storage.save(place, ContentFile(checked.content))
    try:
        yield [(title, path)]
    except BaseException:
        storage.delete(path)
        raise


def file_at(*, path: str) -> bytes:
    """A private file of after-sales service. Raises FileNotFoundError."""
    with attachment_storage().open(path) as stored:
        content: bytes = stored.read()
    return content
