"""Pictures stand as their camera was held, whatever else the camera or an editor left in the file."""

import io
import struct

import pytest
from PIL import Image, ImageOps

from core.pictures import NotAPicture, check_picture, upright

ORIENTATION, DESCRIPTION = 0x0112, 0x010E
SHORT, RATIONAL = 3, 5


def exif(orientation):
    """Notes of a camera: how it was held, and a description that is a fraction where a text belongs."""
    entries = struct.pack(">HHIHH", ORIENTATION, SHORT, 1, orientation, 0)
    entries = struct.pack(">HHII", DESCRIPTION, RATIONAL, 1, 8 + 2 + 24 + 4) + entries
    return b"Exif\0\0MM\0*" + struct.pack(">IH", 8, 2) + entries + struct.pack(">III", 0, 72, 1)


def photo(notes, kind="JPEG"):
    buffer = io.BytesIO()
    picture = Image.new("RGB", (60, 80), "red")
    picture.paste("blue", (0, 0, 60, 20))
    picture.save(buffer, kind, exif=notes, **({"quality": 95} if kind == "JPEG" else {}))
    return buffer.getvalue()


@pytest.mark.parametrize("orientation", range(10))
def test_it_is_turned_as_the_orientation_says(orientation):
    notes = Image.Exif()
    notes[ORIENTATION] = orientation
    with Image.open(io.BytesIO(photo(notes, "PNG"))) as picture:
        assert upright(picture).tobytes() == ImageOps.exif_transpose(picture).tobytes()


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_damaged_note_beside_it_changes_nothing(kind):
    with Image.open(io.BytesIO(photo(exif(6), kind))) as picture:
        with pytest.raises((AttributeError, TypeError)):
            ImageOps.exif_transpose(picture)
        assert upright(picture).size == (80, 60)


def test_with_notes_that_cannot_be_read_it_stays_as_it_lies():
    with Image.open(io.BytesIO(photo(b"Exif\0\0MX\0*\0\0\0\x08", "PNG"))) as picture:
        assert upright(picture).size == (60, 80)


def test_a_damaged_picture_of_whatever_kind_is_none():
    whole = photo(b"", "AVIF")
    check_picture(content=whole)
    for damaged in (whole.replace(b"av01", b"av02"), whole[:-5], whole[: len(whole) // 2]):
        with pytest.raises(NotAPicture):
            check_picture(content=damaged)
