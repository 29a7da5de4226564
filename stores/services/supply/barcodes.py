"""The bar code in a photo, for phones whose browser cannot read one by itself. No picture is kept."""

from __future__ import annotations

from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from core.barcodes import NoPhoto, codes_in
from core.errors import Invalid

MOST_BYTES = 10_000_000


class NoBarcodeSeen(Invalid):
    """A file that is no picture, or shows no bar code that can be made out."""

    code = "no_barcode_seen"
    detail = _("No bar code can be made out in this picture. Come closer and hold the phone still, or type the number.")


def barcode_in(*, picture: UploadedFile) -> str:
    """What the first bar code (EAN, UPC, Code 128, QR and the like) says. Raises NoBarcodeSeen."""
    content = picture.read(MOST_BYTES + 1)
    if not content or len(content) > MOST_BYTES:
        raise NoBarcodeSeen(field="photo")
    try:
        found = codes_in(content=content)
    except NoPhoto as error:
        raise NoBarcodeSeen(field="photo") from error
    if not found:
        raise NoBarcodeSeen(field="photo")
    return found[0]
