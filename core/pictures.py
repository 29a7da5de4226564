"""Pictures that others took or drew: looked at when they come in, turned upright, written anew; of an upload only its
pixels are kept. `encode` makes public sizes, `redrawn` one picture, `redrawn_signature` a name.
"""

from __future__ import annotations

import io
import threading
import warnings
from dataclasses import dataclass
from typing import IO, Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageChops, features
from PIL.ExifTags import Base

from core.errors import Invalid

Turn = Image.Transpose
TURNS = {
    2: Turn.FLIP_LEFT_RIGHT,
    3: Turn.ROTATE_180,
    4: Turn.FLIP_TOP_BOTTOM,
    5: Turn.TRANSPOSE,
    6: Turn.ROTATE_270,
    7: Turn.TRANSVERSE,
    8: Turn.ROTATE_90,
}

WIDTHS = (320, 640, 1280)
FORMATS = ("JPEG", "PNG", "WEBP", "AVIF", "GIF")
MOST_BYTES = 12 * 1024 * 1024
MOST_PIXELS = 40_000_000
LEAST_SIDE = 50
AT_ONCE = threading.BoundedSemaphore(2)
"""Pictures that one process unpacks at the same time; the others wait for a second or two."""
LONGEST_SIDE = 1600
SMALL_SIDE = 960
"""Longest side of a picture that stands beside words: a rule's, an answer's."""
ENCODERS = [("WEBP", "webp", {"quality": 80, "method": 4})]
if features.check("avif"):
    ENCODERS.append(("AVIF", "avif", {"quality": 60, "speed": 8}))


class NotAPicture(Invalid):
    """The file is no picture of a kind that is taken."""

    code = "not_a_picture"
    detail = _("This file is not a picture we can read. Send a JPEG, PNG, WebP, AVIF or GIF.")


class PictureTooLarge(Invalid):
    """The file has more bytes, or its picture more pixels, than is taken."""

    code = "picture_too_large"
    detail = _("This picture is too large: at most 12 MB and 40 million pixels.")


class PictureTooSmall(Invalid):
    """The picture has too few pixels to be shown."""

    code = "picture_too_small"
    detail = _("This picture is too small: at least 50 pixels on each side.")


def check_picture(*, content: bytes) -> None:
    """Decode the whole picture. Raises NotAPicture, PictureTooLarge, PictureTooSmall."""
    if len(content) > MOST_BYTES:
        raise PictureTooLarge(field="file")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content), formats=FORMATS) as image:
                if image.width * image.height > MOST_PIXELS:
                    raise PictureTooLarge(field="file")
                if min(image.size) < LEAST_SIDE:
                    raise PictureTooSmall(field="file")
                image.load()
    except Invalid:
        raise
    except Exception as error:
        # Every decoder has errors of its own for damaged files (AVIF's are RuntimeErrors); all of them mean the same.
        raise NotAPicture(field="file") from error


@dataclass(frozen=True, slots=True)
class Redrawn:
    """What will be kept of a picture: a WebP and its size in pixels."""

    content: bytes
    width: int
    height: int


def redrawn(*, file: UploadedFile, longest: int = LONGEST_SIDE) -> Redrawn:
    """The picture upright and at most `longest` a side, without anything else that was in the file.

    Raises NotAPicture, PictureTooLarge, PictureTooSmall.
    """
    content = file.read(MOST_BYTES + 1)
    try:
        with AT_ONCE:
            check_picture(content=content)
            flat = _flat(content)
            flat.thumbnail((longest, longest), Image.Resampling.LANCZOS)
        buffer = io.BytesIO()
        Image.frombytes(flat.mode, flat.size, flat.tobytes()).save(buffer, "WEBP", quality=82, method=4)
    except (OSError, ValueError) as error:
        raise NotAPicture(field="file") from error
    return Redrawn(buffer.getvalue(), flat.width, flat.height)


def _flat(content: bytes) -> Image.Image:
    """A checked picture upright, in colours, with transparency where it has any."""
    with Image.open(io.BytesIO(content), formats=FORMATS) as source:
        has_alpha = source.mode in {"RGBA", "LA", "PA"} or "transparency" in source.info
        return upright(source).convert("RGBA" if has_alpha else "RGB")


def encode(*, content: bytes, folder: str) -> list[dict[str, Any]]:
    """Write the picture upright and without metadata in every width it fills; what was written, smallest first."""
    written = []
    flat = _flat(content)
    widths = [width for width in WIDTHS if width < flat.width] + [min(flat.width, WIDTHS[-1])]
    for kind, ending, options in ENCODERS:
        for width in dict.fromkeys(widths):
            height = max(1, round(flat.height * width / flat.width))
            sized = flat if width == flat.width else flat.resize((width, height), Image.Resampling.LANCZOS)
            buffer = io.BytesIO()
            # A new image: nothing of the upload but its pixels.
            Image.frombytes(sized.mode, sized.size, sized.tobytes()).save(buffer, kind, **options)
            path = default_storage.save(f"{folder}/{width}.{ending}", ContentFile(buffer.getvalue()))
            written.append({"path": path, "width": width, "height": height, "type": f"image/{ending}"})
    return sorted(written, key=lambda size: (int(size["width"]), size["type"] != "image/webp"))


def upright(picture: Image.Image) -> Image.Image:
    """As its camera says it was held; as it lies where what the camera wrote is damaged.

    Pillow's own `exif_transpose` writes the rest of it anew, which fails in a dozen ways on what cameras and editors
    leave behind; here nothing of it is kept.
    """
    try:
        turn = TURNS.get(picture.getexif().get(Base.Orientation))  # type: ignore[arg-type]
    except Exception:
        # Whatever reading foreign bytes may raise: the pixels are whole.
        return picture
    return picture if turn is None else picture.transpose(turn)


INK, SHORTEST_STROKE = 96, 24
"""How dark a signature's strokes are, of 255, and how far they reach from left to right, in dots."""
LARGEST_DRAWING = 1_000_000
WIDEST_DRAWING = 4_000


class NoStroke(Exception):
    """There is no drawing, or nothing is drawn on it: a point or an empty sheet is nobody's name."""


def redrawn_signature(file: IO[bytes] | None) -> bytes:
    """A drawn signature, laid on white and drawn anew as a small PNG: nothing of the sent file remains.

    Raises NoStroke, also for what is no picture.
    """
    if file is None:
        raise NoStroke
    sent = file.read(LARGEST_DRAWING + 1)
    if len(sent) > LARGEST_DRAWING:
        raise NoStroke
    try:
        with Image.open(io.BytesIO(sent), formats=["PNG"]) as picture:
            if max(picture.size) > WIDEST_DRAWING:
                raise NoStroke
            strokes = picture.convert("RGBA")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise NoStroke from error
    sheet = Image.new("RGBA", strokes.size, "white")
    sheet.alpha_composite(strokes)
    grey = sheet.convert("L")
    box = ImageChops.invert(grey).point(lambda ink: 255 if ink > INK else 0).getbbox()
    if box is None or box[2] - box[0] < SHORTEST_STROKE:
        raise NoStroke
    grey.thumbnail((800, 400))
    out = io.BytesIO()
    grey.quantize(16).save(out, "PNG", optimize=True)
    return out.getvalue()
