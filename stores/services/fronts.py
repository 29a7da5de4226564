"""The photograph of a store's front: taken in and prepared as pictures of products are."""

from __future__ import annotations

import secrets
from datetime import datetime

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from PIL import UnidentifiedImageError

from accounts.models import User
from core.pictures import MOST_BYTES, check_picture, encode
from stores.models import Store
from stores.services.pictures import delete_files, wake_worker


def set_front(*, store: Store, file: UploadedFile, actor: User | None, now: datetime) -> None:
    """Keep an uploaded photograph; a worker prepares its sizes, until then the page stays as it was.

    Raises NotAPicture, PictureTooLarge, PictureTooSmall.
    """
    content = file.read(MOST_BYTES + 1)
    check_picture(content=content)
    with transaction.atomic():
        kept = Store.objects.select_for_update(no_key=True).get(union_id=store.union_id, pk=store.pk)
        replaced = [kept.front_original] if kept.front_original else []
        folder = f"fronts/{store.union_id}/{secrets.token_urlsafe(12)}"
        store.front_original = default_storage.save(f"{folder}/upload", ContentFile(content))
        store.save(update_fields=["front_original"])
        transaction.on_commit(lambda: delete_files(paths=replaced), robust=True)
        transaction.on_commit(wake_worker, robust=True)


@transaction.atomic
def clear_front(*, store: Store, actor: User | None, now: datetime) -> None:
    """Take the photograph down and delete its files; the drawn picture is shown again."""
    kept = Store.objects.select_for_update(no_key=True).get(union_id=store.union_id, pk=store.pk)
    paths = [size["path"] for size in kept.front_sizes] + ([kept.front_original] if kept.front_original else [])
    store.front_sizes, store.front_original = [], ""
    store.save(update_fields=["front_sizes", "front_original"])
    transaction.on_commit(lambda: delete_files(paths=paths), robust=True)


def prepare_next_front() -> bool:
    """Prepare the sizes of one waiting photograph; False when none waits. Several workers never take the same one.

    A file that cannot be read any more leaves the front as it was.
    """
    with transaction.atomic():
        store = (
            Store.objects.select_for_update(skip_locked=True, of=("self",), no_key=True)
            .exclude(front_original="")
            .order_by("id")
            .first()
        )
        if store is None:
            return False
        upload = store.front_original
        gone = [upload]
        try:
            with default_storage.open(upload) as stored:
                sizes = encode(content=stored.read(), folder=upload.rpartition("/")[0])
        except (OSError, UnidentifiedImageError):
            sizes = store.front_sizes
        else:
            gone += [size["path"] for size in store.front_sizes]
        store.front_sizes, store.front_original = sizes, ""
        store.save(update_fields=["front_sizes", "front_original"])
        transaction.on_commit(lambda: delete_files(paths=gone), robust=True)
    return True
