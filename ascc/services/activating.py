"""The customer takes a voucher into use."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from ascc.errors import VoucherLapsed
from ascc.models import Voucher
from ascc.services.moving import By, State, What, move_voucher
from core.errors import Invalid

LONGEST_SERIAL = 80


@transaction.atomic
def activate_voucher(*, voucher: Voucher, by: By, now: datetime, serial: str = "", photo: str = "") -> Voucher:
    """From now on it can be sent to a provider. `photo` is the path of a private picture that is kept already.

    Raises Invalid when the program asks for a serial number or photo that is missing, VoucherLapsed, WrongState.
    """
    version = voucher.version
    serial = serial.strip()
    if version.needs_serial and not serial:
        raise Invalid(_("Enter the serial number; it stands on the type plate."), field="serial")
    if len(serial) > LONGEST_SERIAL:
        raise Invalid(_("A serial number has at most 80 characters."), field="serial")
    if version.needs_photo and not photo:
        raise Invalid(_("Add a photo of the goods or the receipt."), field="photo")
    ends = min(filter(None, [voucher.expires_at, voucher.activate_until]))
    if ends <= now and voucher.state == State.ISSUED:
        raise VoucherLapsed(expired_at=ends)
    move_voucher(
        voucher=voucher,
        to=State.ACTIVE,
        what=What.ACTIVATED,
        by=by,
        now=now,
        note=serial,
        only_from=[State.ISSUED],
        serial=serial,
        photo=photo,
        activated_at=now,
    )
    voucher.refresh_from_db()
    return voucher
