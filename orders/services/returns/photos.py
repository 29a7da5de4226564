"""The photograph that comes with a return: drawn anew, kept where no web server looks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.core.files.storage import Storage, storages
from django.core.files.uploadedfile import UploadedFile

from core.errors import NotFound
from core.keeping import files_kept
from core.pictures import redrawn
from core.references import new_secret
from orders.models import Order, Return


def photo_storage() -> Storage:
    """Outside MEDIA_ROOT; the address of a photo is a view that asks who wants it."""
    return storages["returns"]


@contextmanager
def photo_kept(*, order: Order, file: UploadedFile | None) -> Iterator[str]:
    """Its path within the block, empty without a file; gone again when the block fails. Raises NotAPicture and kin."""
    if file is None:
        yield ""
        return
    path = f"{order.union_id}/{new_secret(18)}.webp"
    with files_kept(storage=photo_storage(), files=[(path, redrawn(file=file).content)]) as paths:
        yield paths[0]


def photo_of(*, returned: Return) -> bytes:
    """A WebP picture. Raises NotFound."""
    try:
        with photo_storage().open(returned.photo or "-") as stored:
            return stored.read()
    except FileNotFoundError as error:
        raise NotFound from error


def forget_photo(*, path: str) -> None:
    """Delete the file; one that is gone already is no error."""
    photo_storage().delete(path)
