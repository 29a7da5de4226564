"""Writes to owners of vouchers, in their language: what they were given, what runs out, who took it on, what is
offered to them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import timezone, translation

from accounts.models import User
from ascc.models import (
    Dispute,
    Redemption,
    ServiceProvider,
    ServiceVisit,
    Transmission,
    Voucher,
    VoucherGift,
    VoucherStep,
)
from ascc.services.contact import language_of
from ascc.services.moving import SYSTEM, What, note_step
from ascc.services.transmitting import ANSWERED_WITHIN
from ascc.services.working import CONFIRMED_WITHIN
from core.localized import localized
from core.mail import send_templated_mail
from core.money import format_money
from stores.queries.team import mail_readers_of
from unions.queries import absolute_address

State = VoucherGift.State


def site_address(*, path: str) -> str:
    """A whole address of a page that is the same for all unions."""
    return settings.SITE_ADDRESS.rstrip("/") + path


def not_mailed(*, vouchers: Sequence[Voucher]) -> list[Voucher]:
    """Those that no mail has brought yet."""
    told = VoucherStep.objects.filter(voucher__in=[each.pk for each in vouchers], what=What.MAILED)
    done = set(told.values_list("voucher_id", flat=True))
    return [each for each in vouchers if each.pk not in done]


def send_vouchers(*, vouchers: Sequence[Voucher], paper: bytes, now: datetime) -> None:
    """What one order brought its buyer, all in one mail with the paper; noted in the timelines once it is sent."""
    first = vouchers[0]
    _send(first, "voucher", {"vouchers": [_told(each) for each in vouchers]}, papers=[(f"{first.code}.pdf", paper)])
    for each in vouchers:
        note_step(voucher=each, what=What.MAILED, by=SYSTEM, now=now)


def send_reminder(*, voucher: Voucher) -> None:
    """Activate it, or use it; nothing for one that was used meanwhile."""
    if voucher.state not in Voucher.UNUSED:
        return
    to_activate = voucher.state == Voucher.State.ISSUED
    until = min(filter(None, [voucher.activate_until if to_activate else None, voucher.expires_at]))
    _send(voucher, "reminder", {"to_activate": to_activate, "until": until})


def send_taken_on(*, voucher: Voucher, provider: ServiceProvider) -> None:
    """Who has taken it on by its QR code, and what to do if the owner did not hold it up."""
    _send(voucher, "taken_on", {"provider": localized(provider.store, "name")})


def send_asked(*, transmission: Transmission, voucher: Voucher) -> None:
    """To the provider's people: a customer hands a voucher over to them, and by when to answer."""
    told = {"wish": transmission.wish, "until": transmission.sent_at + ANSWERED_WITHIN}
    _send_to_provider(voucher, transmission.provider, "asked", told)


def send_answer(*, step: VoucherStep, voucher: Voucher, provider: ServiceProvider) -> None:
    """To the owner: the provider has taken it on, or it is free again and why."""
    name, is_silent = localized(provider.store, "name"), step.side == VoucherStep.Side.SYSTEM
    if step.what == What.ACCEPTED:
        _send(voucher, "accepted", {"provider": name})
    else:
        _send(voucher, "declined", {"provider": name, "reason": step.note, "is_silent": is_silent})


def send_reported(*, visit: ServiceVisit, voucher: Voucher) -> None:
    """To the owner: what was done, and that it counts as confirmed when nothing is said."""
    until = (visit.reported_at or visit.agreed_at) + CONFIRMED_WITHIN
    provider = localized(visit.provider.store, "name")
    _send(voucher, "reported", {"visit": visit, "provider": provider, "until": until})


def send_done(*, redemption: Redemption, voucher: Voucher) -> None:
    """To the owner, to keep: which visit was used up, by whom, when."""
    visit = redemption.visit
    is_silent = visit is not None and visit.confirmation == ServiceVisit.Confirmation.SILENCE
    share = format_money(visit.deductible, voucher.currency) if visit is not None and visit.deductible else ""
    told = {"redemption": redemption, "is_silent": is_silent, "share": share, "left": voucher.visits_left}
    _send(voucher, "done", {**told, "provider": localized(redemption.provider.store, "name")})


def send_gift(*, gift: VoucherGift) -> None:
    """To whom it is offered: what it is, from whom, and where to say yes or no."""
    voucher = gift.voucher
    giver = voucher.owner.name or voucher.owner.email if voucher.owner is not None else ""
    link = site_address(path=reverse("care:gift", kwargs={"token": gift.token}))
    _send(voucher, "gift", {"gift": gift, "giver": giver, "link": link}, to=gift.email)


def send_gift_answer(*, gift: VoucherGift, giver: User) -> None:
    """To whoever offered it: yes or no."""
    context = {"gift": gift, "is_accepted": gift.state == State.ACCEPTED}
    _send(gift.voucher, "gift_answer", context, to=giver.email, language=giver.language)


def send_dispute(*, dispute: Dispute) -> None:
    """To the provider's people that it was opened; to them and the customer how it was decided."""
    visit, is_decided = dispute.visit, dispute.decided_at is not None
    voucher, provider = visit.voucher, visit.provider
    granted = format_money(dispute.granted or 0, voucher.currency)
    told = {"dispute": dispute, "is_decided": is_decided, "granted": granted}
    if is_decided:
        _send(voucher, "dispute", {**told, "store": provider.store, "for_customer": True})
    _send_to_provider(voucher, provider, "dispute", told)


def _send_to_provider(voucher: Voucher, provider: ServiceProvider, template: str, context: dict[str, Any]) -> None:
    """To each of the provider's people who reads its mail, with the address of its own page of the voucher."""
    union, store = voucher.union, provider.store
    keys = {"union": union.slug, "store": store.slug, "code": voucher.code}
    link = absolute_address(union, reverse("provider:voucher", kwargs=keys))
    for reader in mail_readers_of(store):
        _send(voucher, template, {**context, "store": store, "link": link}, to=reader, language=union.default_language)


def _told(voucher: Voucher) -> dict[str, Any]:
    return {
        "voucher": voucher,
        "link": site_address(path=reverse("care:voucher", kwargs={"code": voucher.code})),
        "to_activate": voucher.activate_until,
    }


def _send(
    voucher: Voucher,
    template: str,
    context: dict[str, Any],
    *,
    to: str = "",
    language: str = "",
    papers: Sequence[tuple[str, bytes]] = (),
) -> None:
    reader = to or (voucher.owner.email if voucher.owner is not None else voucher.email)
    if not reader:
        return
    union, language = voucher.union, language or language_of(voucher=voucher)
    with translation.override(language), timezone.override(union.time_zone):
        said = {
            "union_name": localized(union, "name"),
            "title": localized(voucher.version, "title"),
            "about": voucher.about,
            "code": voucher.code,
            **_told(voucher),
            **context,
        }
        send_templated_mail(
            template=f"care/{template}",
            to=reader,
            language=language,
            context=said,
            reply_to=union.contact_email,
            papers=papers,
        )
