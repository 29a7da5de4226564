"""The picture of a banner: looked at, then written anew in sizes, at once: an office puts up a few a year."""

from __future__ import annotations

import secrets

from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from core.pictures import MOST_BYTES, check_picture, encode
from unions.models import UnionBanner


def set_banner_picture(*, banner: UnionBanner, file: UploadedFile | None) -> None:
    """The banner's picture is the uploaded one (None: it has none any more); the files of the one before it go.

    Raises NotAPicture, PictureTooLarge, PictureTooSmall; then nothing has changed.
    """
    sizes = []
    if file is not None:
        content = file.read(MOST_BYTES + 1)
        check_picture(content=content)
        sizes = encode(content=content, folder=f"banners/{banner.union_id}/{secrets.token_urlsafe(12)}")
    with transaction.atomic():
        kept = UnionBanner.objects.select_for_update(no_key=True).get(union_id=banner.union_id, pk=banner.pk)
        paths = [size["path"] for size in kept.sizes]
        banner.sizes = sizes
        banner.save(update_fields=["sizes"])
    for path in paths:
        default_storage.delete(path)
