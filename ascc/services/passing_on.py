"""A voucher goes to another person, with the consent of both: a gift, or the good was sold on."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from allauth.account.models import EmailAddress
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from ascc.events import GIFT_CHANGED
from ascc.models import Voucher, VoucherGift
from ascc.services.moving import By, Side, What, note_step
from core.errors import DomainError, Invalid, NotFound, WrongState
from core.outbox import publish
from core.references import new_secret

ANSWERED_WITHIN = timedelta(days=14)


class NotForThisPerson(DomainError):
    """It was offered to another e-mail address."""

    code = "gift_for_another_address"
    status = 403
    detail = _("This voucher was offered to another e-mail address. Sign in with that one, or ask for a new offer.")


@transaction.atomic
def offer_voucher(*, voucher: Voucher, by: By, now: datetime, email: str, words: str = "") -> VoucherGift:
    """The owner offers it; nothing changes hands before the other says yes. Raises Invalid, WrongState."""
    email = email.strip().lower()
    voucher = (
        Voucher.objects.select_for_update(of=("self",))
        .select_related("owner")
        .get(union=voucher.union_id, pk=voucher.pk)
    )
    if voucher.state not in Voucher.UNUSED or voucher.expires_at <= now:
        raise WrongState(state=voucher.state)
    if voucher.owner is not None and voucher.owner.email.lower() == email:
        raise Invalid(_("This is your own address."), field="email")
    VoucherGift.objects.filter(
        union=voucher.union_id, voucher=voucher, state=VoucherGift.State.OFFERED, expires_at__lte=now
    ).update(state=VoucherGift.State.WITHDRAWN, answered_at=now)
    try:
        with transaction.atomic():
            gift = VoucherGift.objects.create(
                union_id=voucher.union_id,
                voucher=voucher,
                email=email,
                words=words.strip()[:300],
                token=new_secret(),
                offered_at=now,
                expires_at=now + ANSWERED_WITHIN,
            )
    except IntegrityError as error:
        raise WrongState(
            _("It is offered to somebody already. Withdraw that offer first."), state=VoucherGift.State.OFFERED
        ) from error
    note_step(voucher=voucher, what=What.OFFERED, by=by, now=now)
    _publish(gift)
    return gift


@transaction.atomic
def accept_voucher(*, token: str, user: User, address: str | None, now: datetime) -> Voucher:
    """It belongs to this person from now on; QR codes of who had it before are stale.

    Raises NotFound, NotForThisPerson, WrongState.
    """
    gift = VoucherGift.objects.select_related("voucher").filter(token=token).first()
    if gift is None:
        raise NotFound
    if user.email.lower() != gift.email.lower():
        raise NotForThisPerson
    voucher = Voucher.objects.select_for_update().get(union=gift.union_id, pk=gift.voucher_id)
    _answer(gift, VoucherGift.State.ACCEPTED, now=now)
    moved = Voucher.objects.filter(union=gift.union_id, pk=gift.voucher_id, state__in=Voucher.UNUSED).update(
        owner=user, email="", handing=F("handing") + 1
    )
    if not moved:
        raise WrongState(state=voucher.state)
    note_step(voucher=voucher, what=What.GIVEN, by=By(Side.CUSTOMER, user.pk, address), now=now)
    voucher.refresh_from_db()
    return voucher


@transaction.atomic
def decline_voucher(*, token: str, now: datetime) -> VoucherGift:
    """Whoever was offered it does not want it. Raises NotFound, WrongState."""
    gift = VoucherGift.objects.filter(token=token).first()
    if gift is None:
        raise NotFound
    _answer(gift, VoucherGift.State.DECLINED, now=now)
    return gift


@transaction.atomic
def withdraw_offer(*, gift: VoucherGift, now: datetime) -> VoucherGift:
    """The owner keeps it after all. Raises WrongState."""
    _answer(gift, VoucherGift.State.WITHDRAWN, now=now)
    return gift


@transaction.atomic
def claim_vouchers(*, user: User, email: str) -> int:
    """Vouchers of guests that wait for this proved address belong to the person from now on; returns how many.

    It is who bought them all the time, so the paper that the mail brought stays good.
    """
    # In small letters, as they are kept: an index finds them, however many guests there are.
    return Voucher.objects.filter(owner=None, email=email.lower()).update(owner=user, email="")


def give_to_known(*, emails: Iterable[str]) -> int:
    """Guests' vouchers whose address somebody has proved already need not wait for the next sign-in; how many."""
    proved = EmailAddress.objects.filter(email__in=set(emails), verified=True).select_related("user").order_by("pk")
    return sum(claim_vouchers(user=address.user, email=address.email) for address in proved)


def _answer(gift: VoucherGift, state: str, *, now: datetime) -> None:
    answered = VoucherGift.objects.filter(
        union=gift.union_id, pk=gift.pk, state=VoucherGift.State.OFFERED, expires_at__gt=now
    ).update(state=state, answered_at=now)
    gift.refresh_from_db()
    if not answered:
        raise WrongState(state=gift.state)
    _publish(gift)


def _publish(gift: VoucherGift) -> None:
    publish(
        GIFT_CHANGED,
        aggregate=f"voucher:{gift.voucher_id}",
        gift_id=gift.pk,
        state=str(gift.state),
        # Read before it changes hands.
        giver_id=gift.voucher.owner_id,
    )
