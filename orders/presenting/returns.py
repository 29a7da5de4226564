"""Returns as pages show them: state, lines, history, money."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from core.money import format_money
from orders.models import Return

State = Return.State
BADGES: dict[str, str] = {
    State.REQUESTED: "warning",
    State.APPROVED: "brand",
    State.RECEIVED: "brand",
    State.REFUNDED: "success",
    State.DECLINED: "danger",
    State.CANCELLED: "",
}


def state_words(returned: Return) -> str:
    """Where it is, in words for both sides."""
    return {
        State.REQUESTED: _("Waits for the store’s answer"),
        State.APPROVED: _("The store waits for the pieces"),
        State.RECEIVED: _("Has come, is being settled"),
        State.REFUNDED: _("Settled"),
        State.DECLINED: _("Declined"),
        State.CANCELLED: _("Called off"),
    }[State(returned.state)]


def return_shown(returned: Return) -> dict[str, Any]:
    """One return; reads its lines only."""
    return {
        "returned": returned,
        "words": state_words(returned),
        "badge": BADGES[returned.state],
        "what": ", ".join(f"{line.quantity} × {line.title}" for line in returned.lines.all()),
        "total": format_money(returned.total, returned.currency),
        "is_refunded": returned.state == State.REFUNDED,
        "is_exchange": returned.wish == Return.Wish.EXCHANGE,
        "replacement_url": _follow(returned),
        "can_cancel": returned.state in Return.OPEN,
    }


def _follow(returned: Return) -> str:
    """Where the shopper follows what was sent instead."""
    if returned.replacement is None:
        return ""
    keys = {"union": returned.union.slug, "token": returned.replacement.purchase.token}
    return reverse("orders:track", kwargs=keys)


def steps_shown(returned: Return) -> list[dict[str, Any]]:
    """Its history for components/timeline.html."""
    return [
        {
            "title": State(step.to_state).label,
            "time": step.at,
            "text": " · ".join(text for text in (str(step.actor or ""), step.note) if text),
            "state": "done",
        }
        for step in returned.steps.all()
    ]
