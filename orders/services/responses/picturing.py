"""Pictures in a response: kept where no web server looks, handed out to those whom it concerns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from django.core.files.storage import Storage, storages
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from core.errors import Invalid, NotFound
from core.keeping import files_kept
from core.pictures import redrawn
from core.references import new_secret
from orders.models import CustomerResponse, ResponseEntry
from unions.models import Union

MOST_AT_ONCE = 4
MOST_IN_ALL = 40


@contextmanager
def pictures_kept(*, union: Union, number: str, files: Sequence[UploadedFile]) -> Iterator[list[str]]:
    """Their names within the block; gone again when the block fails. Raises Invalid and what a picture refuses.

    Nothing is kept before all of them are known to be pictures.
    """
    if len(files) > MOST_AT_ONCE:
        raise Invalid(_("Send at most four pictures at once."), field="pictures")
    drawn = {new_secret(18): _drawn(file) for file in files}
    named = [(_path(union.pk, number, name), content) for name, content in drawn.items()]
    with files_kept(storage=_storage(), files=named):
        yield list(drawn)


def check_room(*, response: CustomerResponse, more: int) -> None:
    """A response is no album. Within its lock. Raises Invalid."""
    if not more:
        return
    sent = ResponseEntry.objects.filter(union_id=response.union_id, response=response).values_list(
        "pictures", flat=True
    )
    if sum(map(len, sent)) + more > MOST_IN_ALL:
        raise Invalid(_("There are many pictures already. Describe it in words."), field="pictures")


def picture_of(*, response: CustomerResponse, name: str) -> bytes:
    """A WebP picture that stands in this response and is not only for the workers' eyes. Raises NotFound."""
    entries = ResponseEntry.objects.filter(
        union_id=response.union_id, response=response, is_internal=False, pictures__contains=[name]
    )
    if not entries.exists():
        raise NotFound
    try:
        return stored_picture(union_id=response.union_id, number=response.number, name=name)
    except FileNotFoundError:
        raise NotFound from None


def stored_picture(*, union_id: int, number: str, name: str) -> bytes:
    """The WebP of this name in the response of this number. Raises FileNotFoundError."""
    with _storage().open(_path(union_id, number, name)) as stored:
        content: bytes = stored.read()
    return content


def forget_pictures(*, union_id: int, number: str, names: Sequence[str]) -> None:
    """Delete the files; one that is gone already is no error."""
    for name in names:
        _storage().delete(_path(union_id, number, name))


def _drawn(file: UploadedFile) -> bytes:
    try:
        return redrawn(file=file).content
    except Invalid as refusal:
        refusal.field = "pictures"
        refusal.facts["field"] = "pictures"
        raise


def _storage() -> Storage:
    return storages["talk"]


def _path(union_id: int, number: str, name: str) -> str:
    return f"responses/{union_id}/{number}/{name}.webp"
