"""The QR code in a picture that a phone or till has taken, for browsers that cannot read one. No picture is kept."""

from __future__ import annotations

from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from chat.services.attachments import MOST_BYTES
from core.barcodes import QR, NoPhoto, codes_in
from core.errors import Invalid

MOST_OF_FRAME = 600_000
"""Bytes of what a page sends by itself while its camera is open; it is some tens of thousands."""


class PictureUnreadable(Invalid):
    """Empty, too large, damaged, or no picture."""

    code = "picture_unreadable"
    detail = _("This picture cannot be read. Take a photo (JPEG, PNG, WebP) of at most 10 MB, or type the code.")


class NoCodeSeen(Invalid):
    """A picture without a QR code that can be made out."""

    code = "no_code_seen"
    detail = _(
        "No QR code can be made out in the picture. Hold the phone still, let the code fill the picture, mind "
        "reflections; or type the code that is printed below it."
    )


def code_in(*, picture: UploadedFile, most_bytes: int = MOST_BYTES) -> str:
    """What the QR code says, however it is turned. Raises PictureUnreadable, NoCodeSeen."""
    content = picture.read(most_bytes + 1)
    if not content or len(content) > most_bytes:
        raise PictureUnreadable(field="photo")
    try:
        found = codes_in(content=content, kinds=QR)
    except NoPhoto as error:
        raise PictureUnreadable(field="photo") from error
    if not found:
        raise NoCodeSeen(field="photo")
    return found[0]
