"""What after-sales service does by itself. Tasks take ids."""

from __future__ import annotations

from datetime import timedelta

from celery import shared_task
from django.utils import timezone
from django_scopes import scopes_disabled

from accounts.models import User
from ascc.models import ServiceProvider, Voucher, VoucherGift, VoucherStep
from ascc.printing import vouchers_on_paper
from ascc.queries.kept_figures import count_anew
from ascc.queries.steps import step_to_tell
from ascc.queries.vouchers import gift_with_all, voucher_with_all, vouchers_from
from ascc.queries.work import last_dispute
from ascc.services import mail
from ascc.services.assessing import expire_incentives
from ascc.services.charging import ask_shares
from ascc.services.contact import language_of
from ascc.services.ending import cancel_vouchers_of_order, cancel_vouchers_of_pieces, close_silent, lapse_vouchers
from ascc.services.forgetting import forget_owners_long_gone
from ascc.services.issuing import issue_missing, issue_vouchers
from ascc.services.keys import renew_key
from ascc.services.passing_on import give_to_known
from ascc.services.reminding import remind_owners
from ascc.services.transmitting import lapse_unanswered
from ascc.services.working import confirm_silent
from core.errors import NotAllowed
from stores.models import Store
from unions.models import Union

LOOK_BACK = timedelta(days=120)
"""How far the nightly catch-up looks for orders whose vouchers are missing."""


@shared_task(acks_late=True)
def issue(order_id: int) -> int:
    """Vouchers of an order that has come so far."""
    with scopes_disabled():
        return issue_vouchers(order_ids=[order_id], now=timezone.now())


@shared_task(acks_late=True)
def take_back_of_cancelled(order_id: int) -> int:
    """A cancelled order's vouchers end."""
    with scopes_disabled():
        return cancel_vouchers_of_order(order_id=order_id, now=timezone.now(), reason="")


@shared_task(acks_late=True)
def take_back_of_pieces(order_id: int) -> int:
    """The vouchers of pieces that were called off or came back end."""
    with scopes_disabled():
        now = timezone.now()
        taken = cancel_vouchers_of_pieces(order_id=order_id, now=now, reason="")
        issue_vouchers(order_ids=[order_id], now=now)
        return taken


@shared_task(acks_late=True)
def ask_share(voucher_id: int) -> int:
    """The customer's share of a visit that was redeemed. A provider that has left the union asks for nothing."""
    with scopes_disabled():
        try:
            return ask_shares(voucher=Voucher.objects.get(pk=voucher_id), now=timezone.now())
        except NotAllowed:
            return 0


@shared_task
def catch_up() -> int:
    """Once a night: what no event has brought about."""
    now = timezone.now()
    with scopes_disabled():
        return issue_missing(since=now - LOOK_BACK, now=now)


@shared_task
def tend_vouchers() -> dict[str, int]:
    """What lapses, what nobody answers, what silence confirms."""
    now = timezone.now()
    with scopes_disabled():
        return {
            "lapsed": lapse_vouchers(now=now),
            "unanswered": lapse_unanswered(now=now),
            "confirmed": confirm_silent(now=now),
            "rewards": expire_incentives(now=now),
        }


@shared_task
def tend_by_days() -> dict[str, int]:
    """What is counted in days, and looked for among many that are not due: whose time runs out, whose work nobody
    assessed.
    """
    now = timezone.now()
    with scopes_disabled():
        return {"reminded": remind_owners(now=now), "closed": close_silent(now=now)}


@shared_task
def count_figures(union_id: int, store_id: int | None, days: int) -> None:
    """Figures that take too long for a request, for the next who look at them."""
    with scopes_disabled():
        union = Union.objects.get(pk=union_id)
        store = Store.objects.get(union=union, pk=store_id) if store_id is not None else None
        count_anew(union, store, days=days, now=timezone.now())


@shared_task
def renew_signing_key() -> None:
    """A new key when the old one has signed long enough."""
    renew_key(now=timezone.now())


@shared_task(acks_late=True)
def mail_vouchers(order_id: int, first_id: int) -> None:
    """The vouchers that an order brought, with their paper; those that a mail has brought already are left out."""
    now = timezone.now()
    with scopes_disabled():
        issued = vouchers_from(order_id=order_id, first_id=first_id)
        if give_to_known(emails=[each.email for each in issued if each.owner_id is None]):
            issued = vouchers_from(order_id=order_id, first_id=first_id)
        vouchers = mail.not_mailed(vouchers=issued)
        if vouchers:
            paper = vouchers_on_paper(vouchers, language=language_of(voucher=vouchers[0]), now=now)
            mail.send_vouchers(vouchers=vouchers, paper=paper, now=now)


@shared_task
def mail_reminder(voucher_id: int) -> None:
    """Its time runs out."""
    with scopes_disabled():
        mail.send_reminder(voucher=voucher_with_all(voucher_id))


@shared_task
def mail_taken_on(voucher_id: int, provider_id: int) -> None:
    """A till has taken it on by its QR code."""
    with scopes_disabled():
        provider = ServiceProvider.objects.select_related("store").get(pk=provider_id)
        mail.send_taken_on(voucher=voucher_with_all(voucher_id), provider=provider)


@shared_task
def mail_step(step_id: int) -> None:
    """What counts on the way of a voucher, to whom it concerns; what was followed by something else is left out."""
    with scopes_disabled():
        told = step_to_tell(step_id)
        if told is None:
            return
        if told.step.what == VoucherStep.What.SENT:
            mail.send_asked(transmission=told.sent, voucher=told.voucher)
        elif told.visit is not None:
            mail.send_reported(visit=told.visit, voucher=told.voucher)
        elif told.redemption is not None:
            mail.send_done(redemption=told.redemption, voucher=told.voucher)
        else:
            mail.send_answer(step=told.step, voucher=told.voucher, provider=told.sent.provider)


@shared_task
def mail_dispute(voucher_id: int, what: str) -> None:
    """A dispute about a voucher was opened or decided: the last one, unless it has moved on meanwhile."""
    with scopes_disabled():
        dispute = last_dispute(voucher_id)
        if (dispute.decided_at is not None) == (what == VoucherStep.What.DECIDED):
            mail.send_dispute(dispute=dispute)


@shared_task
def mail_gift(gift_id: int, giver_id: int | None) -> None:
    """An offer, to whom it is made; its answer, to who made it."""
    with scopes_disabled():
        gift = gift_with_all(gift_id)
        if gift.state == VoucherGift.State.OFFERED:
            mail.send_gift(gift=gift)
        elif giver_id is not None and gift.state != VoucherGift.State.WITHDRAWN:
            mail.send_gift_answer(gift=gift, giver=User.objects.get(pk=giver_id))


@shared_task
def forget_owners() -> int:
    """Every night: vouchers of guests of long ago."""
    with scopes_disabled():
        return forget_owners_long_gone(now=timezone.now())
