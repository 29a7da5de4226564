"""A rule's own picture: decoded and written anew, so that what is shown is a picture and tells nothing else."""

from __future__ import annotations

import io
import secrets
import warnings

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from PIL import Image

from chat.models import Rule
from core.pictures import upright
from stores.services.pictures import FORMATS, MOST_BYTES, NotAPicture, check_picture, delete_files

LONGEST_SIDE = 960


def redrawn(*, file: UploadedFile) -> bytes:
    """The upload as a WebP of at most 960 pixels a side, upright, without its metadata.

    Raises NotAPicture, PictureTooLarge, PictureTooSmall.
    """
    content = file.read(MOST_BYTES + 1)
    check_picture(content=content)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content), formats=FORMATS) as source:
                has_alpha = source.mode in {"RGBA", "LA", "PA"} or "transparency" in source.info
                flat = upright(source).convert("RGBA" if has_alpha else "RGB")
        flat.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
        buffer = io.BytesIO()
        Image.frombytes(flat.mode, flat.size, flat.tobytes()).save(buffer, "WEBP", quality=82, method=4)
    except (OSError, ValueError) as error:
        raise NotAPicture(field="file") from error
    return buffer.getvalue()


def keep_picture(*, rule: Rule, picture: bytes) -> None:
    """Put it in the place of the one before, whose file goes once this is committed. Within a transaction."""
    replaced = [rule.own_picture] if rule.own_picture else []
    place = f"rules/{rule.union_id}/{secrets.token_urlsafe(12)}.webp"
    rule.own_picture = default_storage.save(place, ContentFile(picture))
    transaction.on_commit(lambda: delete_files(paths=replaced), robust=True)


def drop_picture(*, rule: Rule) -> None:
    """Delete the file of a rule that is being removed, once that is committed."""
    paths = [rule.own_picture] if rule.own_picture else []
    transaction.on_commit(lambda: delete_files(paths=paths), robust=True)
