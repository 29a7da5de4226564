"""A provider's till: what a scanned or typed voucher is, and redeeming it with the customer standing there.

Who redeems at a till shows that the customer is there: by the signed token in the customer's QR, or by the one-time
code of this moment. A code that is printed on paper opens nothing by itself.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import parse_qs, urlsplit

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from ascc.errors import NoSuchVoucher
from ascc.models import Redemption, ServiceProvider, ServiceVisit, Voucher
from ascc.services.confirming import use_code
from ascc.services.moving import By
from ascc.services.redeeming import NotHeld, redeem_voucher
from ascc.services.tokens import read_token
from ascc.services.working import confirm_work
from core.errors import DomainError, WrongState
from core.references import normalise_reference
from unions.models import Union

VisitState = ServiceVisit.State
LONGEST = 4_000
_CODE_IN_PATH = re.compile(r"/v/([^/]+)/?$")


class ProofNeeded(DomainError):
    """Neither the customer's QR nor a one-time code was given."""

    code = "proof_needed"
    status = 422
    detail = _("Scan the customer's own QR code, or ask for the code that the wallet shows.")


@dataclass(frozen=True, slots=True)
class Shown:
    """A voucher that was held up; `is_proved` when its signed token came along."""

    voucher: Voucher
    is_proved: bool


def read_shown(*, text: str, union: Union, issuer: str, now: datetime) -> Shown:
    """Whatever a QR code or a person gives: a link with or without a token, a token, a code with slips of spelling.

    Raises NoSuchVoucher, BadToken.
    """
    text = text.strip()[:LONGEST]
    code, token = text, ""
    if "://" in text:
        parts = urlsplit(text)
        found = _CODE_IN_PATH.search(parts.path)
        code = found.group(1) if found else ""
        token = parse_qs(parts.query).get("t", [""])[0]
    elif text.count(".") == 2:
        token = text
    if token:
        code = read_token(token=token, issuer=issuer, now=now).code
    code = normalise_reference(code)
    voucher = (
        Voucher.objects.filter(union=union, code=code)
        .select_related("union", "version", "program", "provider__store")
        .first()
        if code
        else None
    )
    if voucher is None:
        raise NoSuchVoucher
    return Shown(voucher, bool(token))


@transaction.atomic
def redeem_at_till(
    *, shown: Shown, provider: ServiceProvider, by: By, now: datetime, plain_code: str = ""
) -> Redemption:
    """Use up a visit. What was begun as a visit has to be reported first, and is confirmed by this.

    With a code `count_try` comes first. Raises ProofNeeded, WrongCode, CodeOver, NotHeld, VoucherLapsed, VoucherOver,
    WrongState.
    """
    voucher = shown.voucher
    if voucher.provider_id != provider.pk:
        raise NotHeld(state=voucher.state)
    if not shown.is_proved:
        if not plain_code:
            raise ProofNeeded
        use_code(voucher=voucher, plain=plain_code, now=now)
    visit = (
        ServiceVisit.objects.filter(
            union=voucher.union_id, voucher=voucher, provider=provider, state__in=ServiceVisit.OPEN
        )
        .select_related("voucher__version", "provider__store")
        .first()
    )
    if visit is None:
        return redeem_voucher(voucher=voucher, provider=provider, by=by, now=now)
    if visit.state != VisitState.REPORTED:
        raise WrongState(_("A visit is open for this voucher: report the work first."), state=visit.state)
    return confirm_work(visit=visit, by=by, now=now, how=ServiceVisit.Confirmation.TILL)
