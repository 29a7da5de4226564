"""Photographs of the work: drawn anew as those of conversations, kept where no web server looks."""

from __future__ import annotations

from datetime import datetime

from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from ascc.models import ServiceVisit, WorkPicture
from chat.models import Attachment
from chat.services.attachments import attachment_storage, check_attachment
from core.errors import DomainError, Invalid, WrongState
from core.references import new_secret

MOST_PICTURES = 12
VisitState = ServiceVisit.State
TAKEN_IN = (VisitState.AGREED, VisitState.ON_THE_WAY, VisitState.STARTED, VisitState.REPORTED)


class EnoughPictures(DomainError):
    """A visit has as many as it bears."""

    code = "enough_pictures"
    detail = _("A service has at most twelve photos.")


def add_picture(*, visit: ServiceVisit, file: UploadedFile, now: datetime, words: str = "") -> WorkPicture:
    """Keep a photograph with the visit until the customer has confirmed it.

    Raises AttachmentRefused, EnoughPictures, Invalid, WrongState.
    """
    if visit.state not in TAKEN_IN:
        raise WrongState(state=visit.state)
    checked = check_attachment(file=file)
    if checked.kind != Attachment.Kind.PICTURE:
        raise Invalid(_("Send photos (JPEG, PNG, WebP, AVIF, GIF)."), field="photos")
    if WorkPicture.objects.filter(union=visit.union_id, visit=visit).count() >= MOST_PICTURES:
        raise EnoughPictures
    ref, storage = new_secret(18), attachment_storage()
    path = storage.save(f"care/{visit.union_id}/{visit.pk}/{ref}.{checked.ending}", ContentFile(checked.content))
    try:
        return WorkPicture.objects.create(
            union_id=visit.union_id, visit=visit, ref=ref, path=path, words=words.strip()[:200], at=now
        )
    except BaseException:
        storage.delete(path)
        raise
