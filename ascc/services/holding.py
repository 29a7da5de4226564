"""A provider's till takes on what the customer holds up there: handed over and accepted in one go.

What was held up and not taken on was seen all the same; its owner can end what copies of it are good for.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import F

from ascc.errors import VoucherOver
from ascc.events import TAKEN_AT_TILL
from ascc.models import ServiceProvider, Transmission, Voucher
from ascc.services.moving import By, Side, State, What, note_step
from ascc.services.till import Shown
from ascc.services.transmitting import ProviderNotHere, accept_transmission, send_voucher
from core.outbox import publish


@transaction.atomic
def hold_shown(*, shown: Shown, provider: ServiceProvider, by: By, now: datetime) -> Voucher:
    """The provider holds the voucher from now on; whoever holds it already goes on holding it.

    The customer's signed token is the consent to the handing over, so a typed code is not enough. The customer is told
    by mail, since nobody else was asked. A provider that was suspended takes on nothing new. Raises ProofNeeded,
    StaleToken, ProviderNotHere, VoucherLapsed, VoucherOver, WrongState.
    """
    voucher = shown.voucher
    shown.check_proof()
    is_own = voucher.provider_id == provider.pk
    if is_own and voucher.state in (State.ACCEPTED, State.IN_SERVICE):
        return voucher
    if provider.state != ServiceProvider.State.APPROVED:
        raise ProviderNotHere
    sent = None
    if is_own and voucher.state == State.TRANSMITTED:
        sent = Transmission.objects.filter(
            union=voucher.union_id, voucher=voucher, provider=provider, state=Transmission.State.OFFERED
        ).first()
    if sent is None:
        handed = By(Side.CUSTOMER, voucher.owner_id, by.address)
        sent = send_voucher(voucher=voucher, provider=provider, by=handed, now=now)
    accept_transmission(transmission=sent, by=by, now=now, at_till=True)
    shown.check_again()
    publish(TAKEN_AT_TILL, aggregate=f"voucher:{voucher.pk}", voucher_id=voucher.pk, provider_id=provider.pk)
    voucher.refresh_from_db(fields=["state", "provider"])
    return voucher


@transaction.atomic
def renew_token(*, voucher: Voucher, by: By, now: datetime) -> None:
    """QR codes that were shown, sent or printed so far are stale from now on. Raises VoucherOver."""
    open_ones = Voucher.objects.filter(union=voucher.union_id, pk=voucher.pk).exclude(state__in=Voucher.OVER)
    if not open_ones.update(handing=F("handing") + 1):
        raise VoucherOver(state=voucher.state)
    voucher.refresh_from_db(fields=["state", "handing"])
    note_step(voucher=voucher, what=What.RENEWED, by=by, now=now)
