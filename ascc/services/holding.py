"""A provider's till takes on what the customer holds up there: handed over and accepted in one go."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from ascc.models import ServiceProvider, Transmission, Voucher
from ascc.services.moving import By, Side, State
from ascc.services.till import ProofNeeded, Shown
from ascc.services.transmitting import ProviderNotHere, accept_transmission, send_voucher


@transaction.atomic
def hold_shown(*, shown: Shown, provider: ServiceProvider, by: By, now: datetime) -> Voucher:
    """The provider holds the voucher from now on; whoever holds it already goes on holding it.

    The customer's signed token is the consent to the handing over, so a typed code is not enough. A provider that was
    suspended takes on nothing new. Raises ProofNeeded, ProviderNotHere, VoucherLapsed, VoucherOver, WrongState.
    """
    voucher = shown.voucher
    if not shown.is_proved:
        raise ProofNeeded
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
    accept_transmission(transmission=sent, by=by, now=now)
    voucher.refresh_from_db(fields=["state", "provider"])
    return voucher
