"""Pictures that others took."""

from __future__ import annotations

from PIL import Image
from PIL.ExifTags import Base

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
