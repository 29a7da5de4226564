"""Pictures of products: checked when they come in, re-encoded into sizes by a worker.

An upload is decoded at once, so that what is kept is a picture. The worker turns it upright by its EXIF orientation
and writes fresh files, which carry no metadata; the uploaded file, which may tell a place, is then deleted.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Sequence
from datetime import datetime

from celery import current_app
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.errors import Invalid
from core.pictures import MOST_BYTES, check_picture, encode
from stores.models import Picture, Product
from stores.services.summary import refresh_product

logger = logging.getLogger(__name__)

MOST_PICTURES = 12


class TooManyPictures(Invalid):
    """The product has as many pictures as it may."""

    code = "too_many_pictures"
    detail = _("A product has at most 12 pictures. Delete one first.")


def add_picture(*, product: Product, file: UploadedFile, alt: str, actor: User | None, now: datetime) -> Picture:
    """Keep an uploaded picture behind the others; a worker prepares its sizes. `sizes` is empty until then.

    Raises NotAPicture, PictureTooLarge, PictureTooSmall, TooManyPictures.
    """
    content = file.read(MOST_BYTES + 1)
    check_picture(content=content)
    folder = f"pictures/{product.union_id}/{secrets.token_urlsafe(12)}"
    with transaction.atomic():
        Product.objects.select_for_update(no_key=True).get(pk=product.pk)
        positions = list(Picture.objects.filter(product=product).values_list("position", flat=True))
        if len(positions) >= MOST_PICTURES:
            raise TooManyPictures(field="file")
        path = default_storage.save(f"{folder}/upload", ContentFile(content))
        picture = Picture.objects.create(
            union_id=product.union_id,
            product=product,
            alt=alt.strip()[:200],
            original=path,
            position=max(positions, default=-1) + 1,
        )
        transaction.on_commit(wake_worker, robust=True)
    return picture


def prepare_next_picture() -> bool:
    """Prepare the sizes of one waiting picture; False when none waits. Several workers never take the same one.

    A file that cannot be read any more leaves a picture with neither sizes nor original: its page says so.
    """
    with transaction.atomic():
        picture = (
            Picture.objects.select_for_update(skip_locked=True, of=("self",), no_key=True)
            .filter(sizes=[])
            .exclude(original="")
            .order_by("id")
            .first()
        )
        if picture is None:
            return False
        upload = picture.original
        try:
            with default_storage.open(upload) as stored:
                picture.sizes = encode(content=stored.read(), folder=upload.rpartition("/")[0])
        except Exception:
            # Pillow raises many kinds of errors; with any of them this one picture must not keep all others waiting.
            logger.exception("Picture %s could not be prepared.", picture.pk)
            picture.sizes = []
        picture.original = ""
        picture.save(update_fields=["sizes", "original"])
        refresh_product(product_ids=[picture.product_id])
        transaction.on_commit(lambda: delete_files(paths=[upload]), robust=True)
    return True


@transaction.atomic
def order_pictures(*, product: Product, picture_ids: Sequence[int], actor: User | None, now: datetime) -> None:
    """Put the product's pictures in this order; the first becomes its cover. Raises Invalid when they differ."""
    pictures = {picture.pk: picture for picture in Picture.objects.filter(product=product)}
    if sorted(pictures) != sorted(picture_ids):
        raise Invalid(_("The pictures have changed in the meantime. Load the page again."), field="pictures")
    for position, pk in enumerate(picture_ids):
        pictures[pk].position = position
    Picture.objects.bulk_update(pictures.values(), ["position"])
    refresh_product(product_ids=[product.pk])


def move_picture(*, picture: Picture, earlier: bool, actor: User | None, now: datetime) -> None:
    """Swap the picture with its neighbour; at the end of the row nothing happens."""
    ids = list(Picture.objects.filter(product_id=picture.product_id).values_list("pk", flat=True))
    at = ids.index(picture.pk)
    to = at - 1 if earlier else at + 1
    if 0 <= to < len(ids):
        ids[at], ids[to] = ids[to], ids[at]
        order_pictures(product=picture.product, picture_ids=ids, actor=actor, now=now)


def describe_picture(*, picture: Picture, alt: str, actor: User | None, now: datetime) -> None:
    """Change the words for those who do not see the picture."""
    picture.alt = alt.strip()[:200]
    picture.save(update_fields=["alt"])


@transaction.atomic
def delete_picture(*, picture: Picture, actor: User | None, now: datetime) -> None:
    """Delete the picture and, after commit, its uploaded files (drawn demo pictures are not ours to delete)."""
    paths = [size["path"] for size in picture.sizes if size.get("type") != "image/svg+xml"]
    paths += [picture.original] if picture.original else []
    product_id = picture.product_id
    picture.delete()
    refresh_product(product_ids=[product_id])
    transaction.on_commit(lambda: delete_files(paths=paths), robust=True)


def delete_files(*, paths: Sequence[str]) -> None:
    """Delete stored files; one that is gone already is no error."""
    for path in paths:
        default_storage.delete(path)


def wake_worker() -> None:
    """Ask Celery to prepare now; a broker that is away costs nothing, as beat asks again every minute."""
    current_app.send_task("stores.tasks.prepare_pictures", retry=False, ignore_result=True)
