"""A provider's till: what a scanned or typed voucher is, and redeeming it with the customer standing there.

Who redeems at a till shows that the customer is there: by the signed token in the customer's QR, or by the one-time
code of this moment. A code that is printed on paper opens nothing by itself, nor does a token of an earlier handing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import parse_qs, urlsplit

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from ascc.errors import MistypedCode, NoSuchVoucher
from ascc.models import Redemption, ServiceProvider, ServiceVisit, Voucher
from ascc.models.vouchers import CODE_LENGTH
from ascc.services.confirming import use_code
from ascc.services.moving import By
from ascc.services.redeeming import NotHeld, redeem_voucher
from ascc.services.tokens import StaleToken, read_token
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
    """A voucher that was held up, and of which handing the signed token is that came along."""

    voucher: Voucher
    handing: int | None = None

    @property
    def is_signed(self) -> bool:
        """A genuine token came along, of whichever handing."""
        return self.handing is not None

    @property
    def is_proved(self) -> bool:
        """The token is what the customer's wallet shows now."""
        return self.handing == self.voucher.handing

    @property
    def is_stale(self) -> bool:
        return self.is_signed and not self.is_proved

    def check_proof(self) -> None:
        """Raises StaleToken, ProofNeeded."""
        if self.is_stale:
            raise StaleToken
        if not self.is_proved:
            raise ProofNeeded

    def check_again(self) -> None:
        """Once a move of one's own has locked the voucher's row: was it handed over again meanwhile? Raises StaleToken.

        The caller's transaction takes the move back.
        """
        now = Voucher.objects.filter(union=self.voucher.union_id, pk=self.voucher.pk).values_list("handing", flat=True)
        if now.get() != self.handing:
            raise StaleToken


def read_shown(*, text: str, union: Union, issuer: str, now: datetime) -> Shown:
    """Whatever a QR code or a person gives: a link with or without a token, a token, a code with slips of spelling.

    Raises NoSuchVoucher, MistypedCode, BadToken.
    """
    text = text.strip()[:LONGEST]
    code, token = text, ""
    if "://" in text:
        try:
            parts = urlsplit(text)
        except ValueError as error:
            raise NoSuchVoucher from error
        found = _CODE_IN_PATH.search(parts.path)
        code = found.group(1) if found else ""
        token = parse_qs(parts.query).get("t", [""])[0]
    elif text.count(".") == 2:
        token = text
    handing = None
    if token:
        claims = read_token(token=token, issuer=issuer, now=now)
        code, handing = claims.code, claims.handing
    code = normalise_reference(code, length=CODE_LENGTH)
    if not code:
        raise MistypedCode
    found = Voucher.objects.filter(union=union, code=code)
    voucher = found.select_related("union", "version", "program", "provider__store").first()
    if voucher is None:
        raise NoSuchVoucher
    return Shown(voucher, handing)


@transaction.atomic
def redeem_at_till(
    *, shown: Shown, provider: ServiceProvider, by: By, now: datetime, plain_code: str = ""
) -> Redemption:
    """Use up a visit. What was begun as a visit has to be reported first, and is confirmed by this.

    With a code `count_try` comes first. Raises ProofNeeded, StaleToken, WrongCode, CodeOver, NotHeld, VoucherLapsed,
    VoucherOver, WrongState.
    """
    voucher = shown.voucher
    if voucher.provider_id != provider.pk:
        raise NotHeld(state=voucher.state)
    if shown.is_proved or not plain_code:
        shown.check_proof()
        redemption = _redeem(voucher, provider, by=by, now=now)
        shown.check_again()
        return redemption
    use_code(voucher=voucher, plain=plain_code, now=now)
    return _redeem(voucher, provider, by=by, now=now)


def _redeem(voucher: Voucher, provider: ServiceProvider, *, by: By, now: datetime) -> Redemption:
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
