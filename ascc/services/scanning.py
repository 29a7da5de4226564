"""The QR code in a picture that a phone or till has taken, for browsers that cannot read one. No picture is kept."""

from __future__ import annotations

import io
import warnings

import zxingcpp
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _
from PIL import Image

from chat.services.attachments import AT_ONCE, MOST_BYTES, MOST_PIXELS
from core.errors import Invalid

LONGEST_SIDE = 1600
MOST_OF_FRAME = 600_000
"""Bytes of what a page sends by itself while its camera is open; it is some tens of thousands."""
FORMATS = ("JPEG", "PNG", "WEBP")
QR = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)


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
        with AT_ONCE, warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            found = _codes(content)
    except PictureUnreadable:
        raise
    except Exception as error:
        # Pillow raises many kinds of errors on damaged files; all of them mean the same here.
        raise PictureUnreadable(field="photo") from error
    if not found:
        raise NoCodeSeen(field="photo")
    return found[0]


def _codes(content: bytes) -> list[str]:
    with Image.open(io.BytesIO(content), formats=FORMATS) as source:
        # The size stands in the header: nothing of a bomb is unpacked.
        if source.width * source.height > MOST_PIXELS:
            raise PictureUnreadable(field="photo")
        # A JPEG is unpacked at a fraction of its size where that is enough.
        source.draft("L", (2 * LONGEST_SIDE, 2 * LONGEST_SIDE))
        grey = source.convert("L")
    grey.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    return [one.text for one in zxingcpp.read_barcodes(grey, formats=QR) if one.text]
