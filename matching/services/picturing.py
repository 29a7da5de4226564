"""Pictures with a wish: drawn anew, kept where no web server looks, shown to the shopper and the called stores.

A picture with an answer is an offer, as those of goods are: it lies among the public files under a name nobody guesses.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from chat.models import Attachment
from chat.services.attachments import Checked, attachment_storage, check_attachment
from core.errors import Invalid, NotFound
from core.keeping import files_kept
from core.references import new_secret
from matching.models import MatchRequest, MatchResponse
from stores.services.pictures import delete_files
from unions.models import Union

MOST_PICTURES = 3


@contextmanager
def pictures_kept(*, union: Union, ref: str, files: Sequence[UploadedFile]) -> Iterator[list[str]]:
    """Their names within the block; gone again when the block fails. Raises AttachmentRefused, Invalid.

    Nothing is kept before all of them are known to be pictures.
    """
    if len(files) > MOST_PICTURES:
        raise Invalid(_("Send at most three pictures."), field="pictures")
    checked = {new_secret(18): _picture(file) for file in files}
    named = [(_path(union.pk, ref, name), picture.content) for name, picture in checked.items()]
    with files_kept(storage=attachment_storage(), files=named):
        yield list(checked)


def forget_pictures(*, union: Union, ref: str, pictures: Sequence[str]) -> None:
    """Take the files away."""
    for name in pictures:
        attachment_storage().delete(_path(union.pk, ref, name))


def picture_of(*, request: MatchRequest, name: str) -> bytes:
    """A WebP picture of this wish. Raises NotFound."""
    if name not in request.pictures:
        raise NotFound
    try:
        return stored_picture(union_id=request.union_id, ref=request.ref, name=name)
    except FileNotFoundError:
        raise NotFound from None


def stored_picture(*, union_id: int, ref: str, name: str) -> bytes:
    """The WebP of this name. Raises FileNotFoundError."""
    with attachment_storage().open(_path(union_id, ref, name)) as stored:
        content: bytes = stored.read()
    return content


def keep_with_answer(*, response: MatchResponse, picture: bytes) -> None:
    """Put it in the place of the one before, whose file goes once this is committed. Within a transaction."""
    replaced = [response.picture] if response.picture else []
    place = f"answers/{response.union_id}/{new_secret(12)}.webp"
    response.picture = default_storage.save(place, ContentFile(picture))
    MatchResponse.objects.filter(union=response.union_id, pk=response.pk).update(picture=response.picture)
    transaction.on_commit(lambda: delete_files(paths=replaced), robust=True)


def _picture(file: UploadedFile) -> Checked:
    checked = check_attachment(file=file)
    if checked.kind != Attachment.Kind.PICTURE:
        raise Invalid(_("Send pictures (JPEG, PNG, WebP, AVIF, GIF)."), field="pictures")
    return checked


def _path(union_id: int, ref: str, name: str) -> str:
    return f"wishes/{union_id}/{ref}/{name}.webp"
