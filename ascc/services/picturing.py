"""Photographs: of what a voucher is for, and of the work."""

from __future__ import annotations

from contextlib import AbstractContextManager
from datetime import datetime

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from ascc.models import ServiceVisit, Voucher, WorkPicture
from ascc.services.keeping import file_kept
from core.errors import DomainError, Invalid, WrongState
from core.references import new_secret

MOST_PICTURES = 12
VisitState = ServiceVisit.State
TAKEN_IN = (VisitState.AGREED, VisitState.ON_THE_WAY, VisitState.STARTED, VisitState.REPORTED)


class EnoughPictures(DomainError):
    """A visit has as many as it bears."""

    code = "enough_pictures"
    detail = _("A service has at most twelve photos.")


def photo_kept(*, voucher: Voucher, file: UploadedFile | None) -> AbstractContextManager[str]:
    """The path of the photo that proves what it is for, within the block; empty without a file.

    Raises AttachmentRefused, Invalid.
    """
    wrong = Invalid(_("Send a photo (JPEG, PNG, WebP, AVIF, GIF)."), field="photo")
    return file_kept(file=file, folder=f"{voucher.union_id}/vouchers/{voucher.pk}", unless_picture=wrong)


def add_picture(*, visit: ServiceVisit, file: UploadedFile, now: datetime, words: str = "") -> WorkPicture:
    """Keep a photograph with the visit until the customer has confirmed it.

    Raises AttachmentRefused, EnoughPictures, Invalid, WrongState.
    """
    wrong = Invalid(_("Send photos (JPEG, PNG, WebP, AVIF, GIF)."), field="photos")
    folder = f"{visit.union_id}/{visit.pk}"
    with file_kept(file=file, folder=folder, unless_picture=wrong) as path, transaction.atomic():
        # What is sent at the same moment is counted one after the other.
        current = ServiceVisit.objects.select_for_update(no_key=True).get(union=visit.union_id, pk=visit.pk)
        if current.state not in TAKEN_IN:
            raise WrongState(state=current.state)
        if WorkPicture.objects.filter(union=visit.union_id, visit=visit).count() >= MOST_PICTURES:
            raise EnoughPictures
        return WorkPicture.objects.create(
            union_id=visit.union_id, visit=visit, ref=new_secret(18), path=path, words=words.strip()[:200], at=now
        )
