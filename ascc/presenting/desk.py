"""Vouchers and visits in the words of the provider who works for them."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from ascc.models import Coverage, ServiceVisit, Transmission, Voucher, VoucherStep
from ascc.presenting.service import dispute_shown
from ascc.queries.desk import Held
from ascc.services.contact import contact_of, is_with_buyer
from ascc.services.redeeming import UNDO_WITHIN
from core.localized import localized
from orders.models import Purchase, Side
from orders.presenting.orders import bill_words
from orders.presenting.reservations import when_text
from orders.queries.bills import bill_state
from stores.views.shop.words import day_text, time_text

State = Voucher.State
VisitState = ServiceVisit.State
BADGES = {
    VisitState.AGREED: "brand",
    VisitState.ON_THE_WAY: "live-badge",
    VisitState.STARTED: "live-badge",
    VisitState.REPORTED: "warning",
    VisitState.CONFIRMED: "success",
    VisitState.DISPUTED: "danger",
}
LATER = {
    VisitState.AGREED: ["report", "sign"],
    VisitState.ON_THE_WAY: ["report", "sign"],
    VisitState.STARTED: ["sign"],
}
"""Steps whose forms stand ready on the page for when the ones before them were done without a network."""
MAP = "https://www.openstreetmap.org/search?"


def what_for(voucher: Voucher) -> str:
    """What the program covers: `repair, check-up`."""
    names = dict(Coverage.choices)
    return ", ".join(str(names[cover]) for cover in voucher.version.covers if cover in names)


def town_of(voucher: Voucher) -> str:
    """Where about it is: enough to decide whether to take it on; empty when it was passed on to somebody else."""
    if not is_with_buyer(voucher=voucher):
        return ""
    purchase = voucher.order_line.order.purchase
    return ", ".join(part for part in (purchase.city, purchase.region) if part)


def place_of(voucher: Voucher) -> dict[str, str]:
    """The address in one line, and where maps find it.

    Empty for what was bought without one, and once it was passed on: the giver's address is not the new owner's.
    """
    purchase: Purchase = voucher.order_line.order.purchase
    parts = [purchase.line1, purchase.line2, purchase.postal_code, purchase.city, purchase.region, purchase.country]
    text = ", ".join(part for part in parts if part)
    if not purchase.line1 or not is_with_buyer(voucher=voucher):
        return {}
    sought = ", ".join(part for part in [purchase.line1, purchase.postal_code, purchase.city] if part)
    return {"text": text, "map": MAP + urlencode({"query": sought}), "geo": f"geo:0,0?q={quote(sought)}"}


def asked_row(sent: Transmission) -> dict[str, Any]:
    """A voucher that waits for the provider's yes or no: no name and no street before that."""
    voucher = sent.voucher
    return {
        "sent": sent,
        "voucher": voucher,
        "title": voucher.about,
        "program": localized(voucher.version, "title"),
        "covers": what_for(voucher),
        "town": town_of(voucher),
        "fee": voucher.version.fee,
    }


def work_row(voucher: Voucher, visit: ServiceVisit | None = None) -> dict[str, Any]:
    """One line of the day: when, who, where, what."""
    contact = contact_of(voucher=voucher)
    row: dict[str, Any] = {
        "voucher": voucher,
        "visit": visit,
        "title": voucher.about,
        "covers": what_for(voucher),
        "name": contact.name,
        "phone": contact.phone,
        "place": place_of(voucher),
    }
    if visit is not None:
        row |= {"state": visit.get_state_display(), "badge": BADGES.get(VisitState(visit.state), ""), **time_now(visit)}
        row |= _place_shown(visit)
        if visit.reservation is not None and not visit.has_lost_its_time:
            starts = timezone.localtime(visit.reservation.starts_at)
            row |= {"day": day_text(starts.date()), "time": time_text(starts.time()), "starts": starts}
            row["is_today"] = starts.date() == timezone.localdate()
    return row


def voucher_shown(held: Held, *, now: datetime) -> dict[str, Any]:
    """The provider's page of one voucher: who and where only while it holds it."""
    voucher, visit = held.voucher, held.visit
    in_hand = held.is_open and voucher.state in (State.ACCEPTED, State.IN_SERVICE)
    shown: dict[str, Any] = {
        "voucher": voucher,
        "visit": visit,
        "sent": held.sent,
        "title": voucher.about,
        "program": localized(voucher.version, "title"),
        "terms": localized(voucher.version, "terms"),
        "covers": what_for(voucher),
        "headline": voucher.get_state_display(),
        "town": town_of(voucher),
        "moments": [
            {"title": _title(step), "time": step.at, "text": _note(step.what, step.note), "state": "done"}
            for step in held.steps
        ],
        "moves": moves_of(held),
        "later": LATER.get(VisitState(visit.state), []) if visit is not None and held.is_open else [],
    }
    if in_hand:
        shown |= {"contact": contact_of(voucher=voucher), "place": place_of(voucher)}
        shown["was_passed_on"] = not is_with_buyer(voucher=voucher)
    if visit is not None:
        now_open = time_now(visit)
        shown |= {
            "headline": now_open.get("time_state", visit.get_state_display()),
            "badge": BADGES.get(VisitState(visit.state), ""),
            "when": when_text(visit.reservation) if visit.reservation is not None else "",
            **now_open,
            **_place_shown(visit),
        }
        if held.dispute is not None:
            if held.dispute.decided_at is not None:
                shown |= {"headline": _("decided"), "badge": ""}
            at = [visit.provider.store.union.slug, visit.provider.store.slug, voucher.code]
            shown["dispute"] = dispute_shown(held.dispute, lambda ref: reverse("provider:evidence", args=[*at, ref]))
        if visit.extra is not None:
            shown["extra"] = {"bill": visit.extra, **bill_words(bill_state(visit.extra, now=now))}
        if held.share is not None:
            shown["share"] = bill_words(bill_state(held.share, now=now))
    return shown


def _place_shown(visit: ServiceVisit) -> dict[str, Any]:
    """Where it happens; no map to the customer's when it is at the provider's own shop."""
    where = {"where": visit.get_place_display()}
    return {**where, "place": {}, "was_passed_on": False} if visit.place == ServiceVisit.Place.PROVIDER else where


def time_now(visit: ServiceVisit) -> dict[str, str]:
    """Of an agreed visit whose time does not stand: the words for its state, and what to do about it; else nothing."""
    if visit.reservation is None or not (visit.has_lost_its_time or visit.has_open_time):
        return {}
    when = {"when": when_text(visit.reservation)}
    if visit.has_lost_its_time:
        return {
            "badge": "warning",
            "time_state": _("no time agreed"),
            "time_text": _("The appointment %(when)s has fallen through. Agree another time.") % when,
        }
    if visit.reservation.proposed_by == Side.CUSTOMER:
        return {
            "badge": "warning",
            "time_state": _("waiting for your answer"),
            "time_text": _("The customer asks to move the appointment to %(when)s.") % when,
        }
    return {
        "badge": "warning",
        "time_state": _("waiting for the customer’s answer"),
        "time_text": _("You have proposed %(when)s; the customer has not answered yet.") % when,
    }


def moves_of(held: Held) -> list[str]:
    """What the provider can do now; the first is the next step."""
    voucher, visit = held.voucher, held.visit
    if not held.is_open:
        return []
    if voucher.state == State.TRANSMITTED and held.sent is not None and held.sent.state == Transmission.State.OFFERED:
        return ["accept", "decline"]
    if voucher.state == State.ACCEPTED:
        return ["appoint", "give-back"]
    if visit is None or voucher.state != State.IN_SERVICE:
        return []
    if visit.has_lost_its_time:
        return ["appoint", "start", "extra", "photo", "break-off"]
    if visit.has_open_time:
        asked = visit.reservation is not None and visit.reservation.proposed_by == Side.CUSTOMER
        return [*(["take-time"] if asked else []), "time", "start", "extra", "photo", "break-off"]
    return {
        # Nobody sets out for a customer who comes to the shop.
        VisitState.AGREED: [
            *(["set-out"] if visit.place != ServiceVisit.Place.PROVIDER else []),
            *("start", "time", "extra", "photo", "break-off"),
        ],
        VisitState.ON_THE_WAY: ["start", "extra", "photo", "break-off"],
        VisitState.STARTED: ["report", "extra", "photo", "break-off"],
        VisitState.REPORTED: ["sign", "code", "extra", "photo"],
        VisitState.DISPUTED: ["evidence"],
    }.get(VisitState(visit.state), [])


def _title(step: VoucherStep) -> str:
    return _("sent to you") if step.what == VoucherStep.What.SENT else step.get_what_display()


def _note(what: str, note: str) -> str:
    """What somebody wrote; references and times of machines are no words."""
    return note if what in ("declined", "returned", "decided") else ""


def undo_until(at: datetime) -> datetime:
    """Until when a till may undo."""
    return at + UNDO_WITHIN
