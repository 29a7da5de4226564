"""The photo that proves what a voucher is for: drawn anew as those of conversations, kept where no web server looks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from ascc.models import Voucher
from chat.models import Attachment
from chat.services.attachments import attachment_storage, check_attachment
from core.errors import Invalid
from core.references import new_secret


@contextmanager
def photo_kept(*, voucher: Voucher, file: UploadedFile | None) -> Iterator[str]:
    """Its path within the block, empty without a file; gone again when the block fails. Raises AttachmentRefused."""
    if file is None:
        yield ""
        return
    checked = check_attachment(file=file)
    if checked.kind != Attachment.Kind.PICTURE:
        raise Invalid(_("Send a photo (JPEG, PNG, WebP, AVIF, GIF)."), field="photo")
    storage = attachment_storage()
    place = f"care/{voucher.union_id}/vouchers/{voucher.pk}/{new_secret(18)}.{checked.ending}"
    path = storage.save(place, ContentFile(checked.content))
    try:
        yield path
    except BaseException:
        storage.delete(path)
        raise


def photo_of(*, voucher: Voucher) -> bytes:
    """What was kept, as WebP. Raises FileNotFoundError."""
    with attachment_storage().open(voucher.photo) as stored:
        content: bytes = stored.read()
    return content
