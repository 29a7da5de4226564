"""The customer's word on the provider's own device: a one-time code that only the owner sees, or a signature.

A code is six digits, lives a quarter of an hour and bears five tries; whoever would guess it needs the owner to make
new ones. It confirms the visit that was reported, or lets a till redeem what was handed over.
"""

from __future__ import annotations

import hmac
import io
import secrets
from datetime import datetime, timedelta
from hashlib import sha256

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageChops

from ascc.models import ConfirmationCode, Redemption, ServiceVisit, Voucher
from ascc.services.keeping import file_at, file_kept
from ascc.services.moving import By, State
from ascc.services.working import confirm_work
from core.errors import DomainError, Invalid, WrongState

DIGITS = 6
LASTS = timedelta(minutes=15)
MOST_TRIES = 5
SHORTEST_STROKE = 24
INK = 40
"""A signature's strokes in dots, from left to right, and how dark they are, of 255."""
MAKEABLE = (State.ACCEPTED, State.IN_SERVICE)


class WrongCode(DomainError):
    """Not the voucher's code of this moment. `left`: how many more tries it bears."""

    code = "wrong_confirmation_code"
    status = 422
    detail = _("This is not the customer's code of this moment.")


class CodeOver(DomainError):
    """There is none, it is too old, was used, or too many were tried."""

    code = "confirmation_code_over"
    detail = _("Ask the customer for a new code: this one is too old, was used, or was tried too often.")


@transaction.atomic
def make_code(*, voucher: Voucher, now: datetime) -> tuple[str, datetime]:
    """A fresh code for the owner to show or say, and until when it holds; the one before ends.

    The caller has made sure that it is the owner who asks. Raises WrongState while no provider has taken it on, and
    while the work is disputed: then the center decides, and no code.
    """
    state = Voucher.objects.select_for_update().values_list("state", flat=True).get(pk=voucher.pk)
    if state not in MAKEABLE:
        raise WrongState(state=state)
    disputed = ServiceVisit.State.DISPUTED
    if ServiceVisit.objects.filter(union=voucher.union_id, voucher=voucher, state=disputed).exists():
        raise WrongState(state=disputed)
    plain = f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"
    fresh = {"digest": _digest(voucher, plain), "made_at": now, "expires_at": now + LASTS, "tries": 0, "used_at": None}
    ConfirmationCode.objects.update_or_create(voucher=voucher, union_id=voucher.union_id, defaults=fresh)
    return plain, now + LASTS


def count_try(*, voucher: Voucher, now: datetime) -> None:
    """Before a code is looked at, and in a transaction of its own, so that a refusal does not give the try back.

    Raises CodeOver.
    """
    if not _open_codes(voucher, now=now).filter(tries__lt=MOST_TRIES).update(tries=F("tries") + 1):
        raise CodeOver


@transaction.atomic
def use_code(*, voucher: Voucher, plain: str, now: datetime) -> None:
    """The code is right and used up; of two at once one is. Call `count_try` first. Raises WrongCode, CodeOver."""
    kept = _open_codes(voucher, now=now).select_for_update().first()
    if kept is None:
        raise CodeOver
    typed = "".join(sign for sign in plain if sign.isdecimal())
    if not hmac.compare_digest(kept.digest, _digest(voucher, typed)):
        raise WrongCode(left=MOST_TRIES - kept.tries)
    ConfirmationCode.objects.filter(union=voucher.union_id, pk=kept.pk).update(used_at=now)


@transaction.atomic
def confirm_with_code(*, visit: ServiceVisit, plain: str, by: By, now: datetime) -> Redemption:
    """The customer has said their code. Call `count_try` first. Raises WrongCode, CodeOver, WrongState."""
    use_code(voucher=visit.voucher, plain=plain, now=now)
    return confirm_work(visit=visit, by=by, now=now, how=ServiceVisit.Confirmation.CODE)


def confirm_signed(*, visit: ServiceVisit, drawing: UploadedFile, by: By, now: datetime) -> Redemption:
    """The customer has signed on the provider's screen; the drawing is kept privately.

    Raises AttachmentRefused, Invalid, WrongState.
    """
    wrong = Invalid(_("Let the customer sign in the field."), field="signature")
    with file_kept(file=drawing, folder=f"{visit.union_id}/{visit.pk}", unless_picture=wrong) as path:
        if not _is_signed(file_at(path=path)):
            raise wrong
        return confirm_work(visit=visit, by=by, now=now, how=ServiceVisit.Confirmation.SIGNATURE, signature=path)


def _is_signed(kept: bytes) -> bool:
    """Whether there is a stroke on the picture that was drawn anew: a point or an empty sheet is nobody's name."""
    with Image.open(io.BytesIO(kept)) as picture:
        strokes = picture.convert("RGBA")
    # Dark on light or on nothing: laid on white, what is not white is ink.
    sheet = Image.new("RGBA", strokes.size, "white")
    sheet.alpha_composite(strokes)
    box = ImageChops.invert(sheet.convert("L")).point(lambda ink: 255 if ink > INK else 0).getbbox()
    return box is not None and box[2] - box[0] >= SHORTEST_STROKE


def _open_codes(voucher: Voucher, *, now: datetime) -> QuerySet[ConfirmationCode]:
    return ConfirmationCode.objects.filter(
        union=voucher.union_id, voucher=voucher, used_at=None, expires_at__gt=now, tries__lte=MOST_TRIES
    )


def _digest(voucher: Voucher, plain: str) -> str:
    text = f"confirmation:{voucher.pk}:{plain}".encode()
    return hmac.new(settings.SECRET_KEY.encode(), text, sha256).hexdigest()
