"""What goes on around a voucher, as its owner sees it, and what the owner can do about it now."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from ascc.models import Dispute, IncentiveVoucher, ServiceVisit, Transmission, Voucher
from ascc.presenting.standing import standing
from ascc.queries.choosing import Service
from ascc.services.confirming import MAKEABLE
from ascc.services.ending import is_skippable
from ascc.services.transmitting import can_have_back
from chat.models import Conversation
from core.localized import localized
from core.money import format_money
from orders.models import Bill, Reservation
from orders.presenting.orders import bill_words
from orders.presenting.reservations import when_text
from orders.queries.bills import bill_state

State = Voucher.State
VisitState = ServiceVisit.State
PAYABLE = ("asked", "refused")
BADGES = {
    VisitState.AGREED: "brand",
    VisitState.ON_THE_WAY: "live-badge",
    VisitState.STARTED: "live-badge",
    VisitState.REPORTED: "warning",
    VisitState.CONFIRMED: "success",
    VisitState.DISPUTED: "danger",
}


def service_shown(voucher: Voucher, service: Service, *, now: datetime) -> dict[str, Any]:
    """Everything that the voucher's page shows of it; `next` names the one step that waits for the owner."""
    state = State(voucher.state)
    visit = service.visit
    is_held = state in Voucher.HELD
    shown: dict[str, Any] = {
        "is_held": is_held,
        "provider": voucher.provider if is_held else None,
        "sent": service.sent if is_held else None,
        "refusal": _refusal(voucher, service),
        "joining": _joining(voucher, service.sent) if is_held else {},
        "can_take_back": can_have_back(state=state, visit=visit),
        "can_show_code": state in MAKEABLE and (visit is None or visit.state != VisitState.DISPUTED),
        "steps": steps_of(voucher, visit) if is_held or state in (State.PERFORMED, State.ASSESSED) else [],
        "next": "",
        "incentive": _incentive(service.incentive, now=now) if service.incentive is not None else None,
    }
    name = localized(voucher.provider.store, "name") if voucher.provider is not None else ""
    shown |= standing(voucher, visit, service.dispute, name)
    if state == State.PERFORMED and service.redemption is not None:
        shown |= {"next": "assess", "worker": localized(service.redemption.provider.store, "name")}
        shown["can_skip"] = is_skippable(voucher=voucher, last=service.redemption, now=now)
        # At a till it is confirmed and paid at once: there is no report that could be disputed.
        shown["was_at_till"] = service.redemption.visit_id is None
    if visit is not None:
        shown |= {"visit": visit, "work": _work(visit, now=now)}
        if visit.state == VisitState.REPORTED:
            shown["next"] = "confirm"
        made = service.redemption
        if made is not None and made.visit_id == visit.pk and made.share is not None:
            shown["work"]["share"] = _bill(made.share, now=now)
    if service.dispute is not None:
        shown["dispute"] = dispute_shown(
            service.dispute, lambda ref: reverse("care:evidence_kept", args=[voucher.code, ref])
        )
    return shown


def steps_of(voucher: Voucher, visit: ServiceVisit | None) -> list[dict[str, str]]:
    """From handing over to assessing, for components/steps.html: done, current or still to come."""
    place = {State.TRANSMITTED: 0, State.ACCEPTED: 1, State.PERFORMED: 3, State.ASSESSED: 4}.get(State(voucher.state))
    if place is None:
        place = 2 if visit is not None and visit.state in (VisitState.REPORTED, VisitState.DISPUTED) else 1
    titles = [_("Handed over"), _("Work"), _("Confirmed"), _("Assessed")]
    return [
        {"title": title, "state": "done" if number < place else "now" if number == place else ""}
        for number, title in enumerate(titles)
    ]


def dispute_shown(dispute: Dispute, address: Callable[[str], str]) -> dict[str, Any]:
    """Both sides' words, and the decision once there is one. `address` says where its reader finds a file."""
    sides = dict(Dispute.Side.choices)
    return {
        "row": dispute,
        "opened_by": sides[Dispute.Side(dispute.opened_by)],
        "is_open": dispute.decided_at is None,
        "decided": _decided(dispute),
        "evidence": [
            {
                "row": each,
                "side": sides[Dispute.Side(each.side)],
                "is_picture": not each.path.endswith(".pdf"),
                "url": address(each.ref) if each.path else "",
            }
            for each in dispute.evidence.all()
        ],
    }


def _decided(dispute: Dispute) -> str:
    """What the decision means in money, for both sides alike; empty before it."""
    if dispute.decided_at is None:
        return ""
    if not dispute.visit_counts:
        return _("The visit does not count: nothing is used up, and nobody is paid for it.")
    granted = format_money(dispute.granted or 0, dispute.visit.voucher.currency)
    return _("The visit counts as used; the provider is paid %(amount)s.") % {"amount": granted}


def _work(visit: ServiceVisit, *, now: datetime) -> dict[str, Any]:
    currency = visit.voucher.currency
    reservation, extra = visit.reservation, visit.extra
    work: dict[str, Any] = {
        "state": visit.get_state_display(),
        "badge": BADGES.get(VisitState(visit.state), ""),
        "when": when_text(reservation) if reservation is not None else "",
        "where": _where(visit),
        "deductible": format_money(visit.deductible, currency) if visit.deductible else "",
        "parts": [
            {**part, "shown": format_money(part["price"], currency) if part.get("price") else ""}
            for part in visit.parts
        ],
    }
    if visit.has_lost_its_time:
        work |= {"state": _("no time agreed"), "badge": "warning"}
    elif visit.has_open_time:
        work |= {"state": _("time not agreed yet"), "badge": "warning"}
    if reservation is not None:
        at = [reservation.union.slug, reservation.token]
        is_to_come = reservation.state == Reservation.State.CONFIRMED
        work |= {
            "reservation_url": reverse("orders:reservation", args=at),
            # Only what is going to happen is worth an entry.
            "calendar_url": reverse("orders:reservation_calendar", args=at) if is_to_come else "",
        }
    if extra is not None:
        work["extra"] = _bill(extra, now=now)
    return work


def _where(visit: ServiceVisit) -> str:
    """Where it happens, as its owner reads it."""
    if visit.place == ServiceVisit.Place.CUSTOMER:
        return _("at your place")
    if visit.place != ServiceVisit.Place.PROVIDER:
        return ""
    store = visit.provider.store
    street = ", ".join(part for part in (store.street, store.postal_code, store.city) if part)
    shop = {"shop": localized(store, "name")}
    return _("at the shop: %(shop)s") % shop + (f", {street}" if street else "")


def _bill(bill: Bill, *, now: datetime) -> dict[str, Any]:
    state = bill_state(bill, now=now)
    return {
        "title": bill.title,
        "amount": format_money(bill.payment.amount, bill.payment.currency),
        "url": reverse("orders:bill", args=[bill.number]),
        "can_pay": state in PAYABLE,
        **bill_words(state),
        **({"words": _("To be paid by you")} if state == "asked" else {}),
    }


def _incentive(incentive: IncentiveVoucher, *, now: datetime) -> dict[str, Any]:
    is_open = incentive.state == IncentiveVoucher.State.ISSUED and incentive.expires_at > now
    return {
        "row": incentive,
        "worth": format_money(incentive.value, incentive.currency),
        "provider": localized(incentive.provider.store, "name"),
        "can_give": is_open,
        "state": incentive.get_state_display(),
    }


def _joining(voucher: Voucher, sent: Transmission | None) -> dict[str, Any]:
    """Who else could be asked into the open conversation with the provider; nothing without one."""
    talk = sent.conversation if sent is not None else None
    if talk is None or talk.state == Conversation.State.ENDED:
        return {}
    asks_store = talk.beside_id is None and voucher.store_id != talk.store_id
    return {"store": localized(voucher.store, "name") if asks_store else "", "center": not talk.with_support}


def _refusal(voucher: Voucher, service: Service) -> dict[str, str]:
    """Why the last provider did not do it, while the voucher waits for another."""
    sent = service.sent
    if voucher.state != State.ACTIVE or sent is None or sent.state not in ("declined", "lapsed"):
        return {}
    name = localized(sent.provider.store, "name")
    if sent.state == "lapsed":
        return {"text": _("%(provider)s has not answered. Choose somebody else.") % {"provider": name}, "reason": ""}
    return {"text": _("%(provider)s cannot do it. Choose somebody else.") % {"provider": name}, "reason": sent.reason}
