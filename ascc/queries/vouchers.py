"""Vouchers as their owners and the public see them, and where they are found."""

from __future__ import annotations

from collections.abc import Sequence

from allauth.account.models import EmailAddress
from django.db.models import Count, Q, QuerySet
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils.http import urlencode

from accounts.models import User
from ascc.errors import MistypedCode, NoSuchVoucher
from ascc.models import Voucher, VoucherGift, VoucherStep
from ascc.models.vouchers import CODE_LENGTH
from core.errors import NotFound
from core.references import normalise_reference
from orders.models import Bill, Purchase
from unions.models import Union
from unions.queries import absolute_address

State = Voucher.State
KINDS: dict[str, Sequence[str]] = {
    "ready": [State.ISSUED, State.ACTIVE],
    "running": [State.TRANSMITTED, State.ACCEPTED, State.IN_SERVICE, State.PERFORMED, State.ASSESSED],
    "over": list(Voucher.OVER),
}
"""The parts of a wallet: what can be used, what is being used, what is over."""


def issuer_of(union: Union) -> str:
    """The address of the union that its tokens name as issuer (`iss`)."""
    return absolute_address(union, f"/u/{union.slug}/")


def public_address(voucher: Voucher, token: str = "") -> str:
    """What the voucher's QR code opens; with its token it can be checked on the way, also without a network."""
    path = reverse("care:public", kwargs={"code": voucher.code})
    return absolute_address(voucher.union, path) + (f"?{urlencode({'t': token})}" if token else "")


def vouchers_of(user: User, kind: str = "") -> QuerySet[Voucher]:
    """The person's vouchers in all unions, newest first; of one of KINDS if it is named. One query."""
    vouchers = _whole(Voucher.objects.filter(owner=user)).order_by("-id")
    return vouchers.filter(state__in=KINDS[kind]) if kind in KINDS else vouchers


def voucher_of(user: User, code: str) -> Voucher:
    """The person's voucher with this code, in whichever union. Raises NoSuchVoucher."""
    found = _whole(Voucher.objects.filter(owner=user, code=normalise_reference(code))).first()
    if found is None:
        raise NoSuchVoucher
    return found


def voucher_in_public(code: str) -> Voucher:
    """The voucher with this code, for whoever holds it up: show state and program of it, nothing of its owner.

    Raises NoSuchVoucher, MistypedCode.
    """
    plain = normalise_reference(code, length=CODE_LENGTH)
    if not plain:
        raise MistypedCode
    # The prefix names the union, so that the search has an index to go by.
    union = Union.objects.filter(prefix=plain.partition("-")[0]).first()
    found = _whole(Voucher.objects.filter(union=union, code=plain)).first() if union is not None else None
    if found is None:
        raise NoSuchVoucher
    return found


def vouchers_from(*, order_id: int, first_id: int) -> list[Voucher]:
    """The vouchers of an order from this one on: what was issued together, with all that its mail tells."""
    found = _whole(Voucher.objects.filter(order_line__order=order_id, pk__gte=first_id))
    return list(found.select_related("owner").order_by("pk"))


def vouchers_of_purchase(purchase: Purchase) -> list[Voucher]:
    """What was issued for it, in the order of its lines. One query."""
    found = Voucher.objects.filter(union=purchase.union_id, order_line__order__purchase=purchase)
    return list(found.select_related("version", "order_line").order_by("order_line_id", "piece", "pk"))


def voucher_with_all(voucher_id: int) -> Voucher:
    """A voucher with everything that mails and papers tell of it."""
    return _whole(Voucher.objects.all()).select_related("owner").get(pk=voucher_id)


def voucher_of_bill(bill: Bill) -> Voucher | None:
    """The voucher for whose service a bill asks: extra work, or the customer's share. One query."""
    asked = Q(service_visits__extra=bill) | Q(redemptions__share=bill)
    return Voucher.objects.filter(asked, union=bill.union_id).first()


def timeline_of(voucher: Voucher) -> list[VoucherStep]:
    """What happened to it, oldest first."""
    return list(VoucherStep.objects.filter(voucher=voucher).order_by("pk"))


def open_gift_of(voucher: Voucher) -> VoucherGift | None:
    """The offer that waits for an answer."""
    return VoucherGift.objects.filter(union=voucher.union_id, voucher=voucher, state=VoucherGift.State.OFFERED).first()


def gift_by_token(token: str) -> VoucherGift:
    """The offer whose link this is. Raises NotFound."""
    gifts = VoucherGift.objects.select_related("union", "voucher__version", "voucher__owner", "voucher__union")
    found = gifts.filter(token=token).first() if token else None
    if found is None:
        raise NotFound
    return found


def gift_with_all(gift_id: int) -> VoucherGift:
    """An offer with everything that its mails tell."""
    gifts = VoucherGift.objects.select_related("union", "voucher__version", "voucher__owner", "voucher__union")
    return gifts.get(pk=gift_id)


def gifts_for(user: User) -> list[VoucherGift]:
    """What others offer to a proved address of this person."""
    addresses = EmailAddress.objects.filter(user=user, verified=True).values_list(Lower("email"))
    waiting = VoucherGift.objects.filter(state=VoucherGift.State.OFFERED, email__in=addresses)
    return list(waiting.select_related("voucher__version", "union").order_by("-pk"))


def proved_addresses(user: User) -> list[str]:
    """The addresses that are known to be this person's."""
    return list(EmailAddress.objects.filter(user=user, verified=True).values_list("email", flat=True))


def counts_of(user: User) -> dict[str, int]:
    """How many vouchers are in each part of the wallet. One query."""
    by_state = dict(Voucher.objects.filter(owner=user).order_by().values_list("state").annotate(Count("pk")))
    return {kind: sum(by_state.get(state, 0) for state in states) for kind, states in KINDS.items()}


def _whole(vouchers: QuerySet[Voucher]) -> QuerySet[Voucher]:
    return vouchers.select_related(
        "union", "program", "version", "store", "provider__store", "order_line__order__purchase"
    )
