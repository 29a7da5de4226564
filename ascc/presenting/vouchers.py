"""A voucher in words: how it stands, what to do next, what happened to it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.utils.text import capfirst
from django.utils.translation import gettext as _

from ascc.models import Voucher, VoucherStep
from ascc.presenting.programs import covers_text, visits_text
from core.localized import localized

State = Voucher.State
What = VoucherStep.What
BADGES = {
    State.ISSUED: "warning",
    State.ACTIVE: "success",
    State.TRANSMITTED: "brand",
    State.ACCEPTED: "brand",
    State.IN_SERVICE: "brand",
    State.PERFORMED: "warning",
    State.EXPIRED: "danger",
    State.CANCELLED: "danger",
}
HAS_WORDS = {What.DECLINED, What.RETURNED, What.CANCELLED, What.DECIDED}
"""Steps whose note was written for people; the others' notes are references."""


def activation_ends(voucher: Voucher) -> datetime:
    """Until when it can be activated."""
    return min(filter(None, [voucher.activate_until, voucher.expires_at]))


def state_now(voucher: Voucher, *, now: datetime) -> State:
    """Its state; what is over but was not ended yet counts as expired."""
    state = State(voucher.state)
    lapsed = state in Voucher.UNUSED and voucher.expires_at <= now
    late = state == State.ISSUED and activation_ends(voucher) <= now
    return State.EXPIRED if lapsed or late else state


def state_words(state: State) -> str:
    """How it stands, for its owner."""
    return {
        State.ISSUED: _("to be activated"),
        State.ACTIVE: _("ready to use"),
        State.TRANSMITTED: _("waiting for the provider"),
        State.ACCEPTED: _("taken on by the provider"),
        State.IN_SERVICE: _("being worked on"),
        State.PERFORMED: _("done: how was it?"),
        State.ASSESSED: _("assessed"),
        State.CLOSED: _("used up"),
        State.EXPIRED: _("lapsed"),
        State.CANCELLED: _("cancelled"),
    }[state]


def next_words(state: State, provider: str) -> str:
    """What comes next, in a sentence."""
    return {
        State.ISSUED: _("Activate it; then you can choose who comes."),
        State.ACTIVE: _("Choose a service provider and hand the voucher over when you need help."),
        State.TRANSMITTED: _("%(provider)s has two days to say yes. Until then you can take it back."),
        State.ACCEPTED: _("%(provider)s agrees a time with you."),
        State.IN_SERVICE: _("%(provider)s is at it. When the work is reported, you confirm it."),
        State.PERFORMED: _("Say how the work was. Your word decides what the provider gets on top."),
        State.ASSESSED: _("Thank you for your word."),
        State.CLOSED: _("All of its visits have been used."),
        State.EXPIRED: _("Its time is over; it can no longer be used."),
        State.CANCELLED: _("It was taken out of use, as when its goods went back."),
    }[state] % {"provider": provider or _("The provider")}


def voucher_shown(voucher: Voucher, *, now: datetime) -> dict[str, Any]:
    """What pages of its owner show. `union`, `version`, `store` and `provider` are read."""
    state = state_now(voucher, now=now)
    provider = localized(voucher.provider.store, "name") if voucher.provider is not None else ""
    return {
        "voucher": voucher,
        "code": voucher.code,
        "title": localized(voucher.version, "title"),
        "summary": localized(voucher.version, "summary"),
        "about": voucher.about,
        "covers": covers_text(voucher.version),
        "state": state,
        "state_text": state_words(state),
        "badge": BADGES.get(state, ""),
        "next_text": next_words(state, provider),
        "provider": provider,
        "store": localized(voucher.store, "name"),
        "union": localized(voucher.union, "name"),
        "visits": visits_text(voucher.visits_left),
        "until": activation_ends(voucher) if state == State.ISSUED else voucher.expires_at,
        "has_time": state in Voucher.UNUSED,
        "can_activate": state == State.ISSUED,
        "can_choose": state == State.ACTIVE and voucher.visits_left > 0,
        "can_give": state in Voucher.UNUSED,
        "can_show": state not in Voucher.OVER,
        "has_code": state not in Voucher.OVER and voucher.visits_left > 0,
    }


def timeline_shown(steps: Iterable[VoucherStep]) -> list[dict[str, Any]]:
    """Its history for the timeline: what, by whom, when; of notes those that a person wrote for a person."""
    return [
        {
            "title": capfirst(What(step.what).label),
            "time": step.at,
            "text": " · ".join(part for part in (_by(step), step.note if step.what in HAS_WORDS else "") if part),
            "state": "done",
        }
        for step in steps
    ]


def _by(step: VoucherStep) -> str:
    side = VoucherStep.Side(step.side)
    return "" if side == VoucherStep.Side.SYSTEM else str(side.label)
