"""Bar codes and QR codes in a photo, for browsers that cannot read one by themselves. No picture is kept."""

from __future__ import annotations

import io
import warnings

import zxingcpp
from PIL import Image

from core.pictures import AT_ONCE, LONGEST_SIDE, MOST_PIXELS

FORMATS = ("JPEG", "PNG", "WEBP")
ANY = zxingcpp.BarcodeFormats([])
QR = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)


class NoPhoto(Exception):
    """Damaged, too large, or no picture."""


def codes_in(*, content: bytes, kinds: zxingcpp.BarcodeFormats = ANY) -> list[str]:
    """What the codes of these kinds in the picture say, however they are turned. Raises NoPhoto."""
    try:
        with AT_ONCE, warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            grey = _grey(content)
            return [one.text for one in zxingcpp.read_barcodes(grey, formats=kinds) if one.text]
    except Exception as error:
        # Pillow raises many kinds of errors on damaged files; all of them mean the same here.
        raise NoPhoto from error


def _grey(content: bytes) -> Image.Image:
    with Image.open(io.BytesIO(content), formats=FORMATS) as source:
        # The size stands in the header: nothing of a bomb is unpacked.
        if source.width * source.height > MOST_PIXELS:
            raise NoPhoto
        # A JPEG is unpacked at a fraction of its size where that is enough.
        source.draft("L", (2 * LONGEST_SIDE, 2 * LONGEST_SIDE))
        grey = source.convert("L")
    grey.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    return grey
