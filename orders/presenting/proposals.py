"""A price proposal in words, for cards and pages of both sides."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from core.localized import localized
from core.money import format_money
from orders.models import PriceProposal, Side
from orders.services.proposals import open_proposal_moves
from stores.queries.options import options_text

State = PriceProposal.State
BADGES = {
    State.OFFERED: "info",
    State.COUNTERED: "info",
    State.ACCEPTED: "good",
    State.ORDERED: "good",
}


def proposal_shown(proposal: PriceProposal, *, side: str, now: datetime) -> dict[str, Any]:
    """What a template shows of it to this side; of the store's rules nothing. `proposal` as `whole` reads it."""
    moves = open_proposal_moves(proposal=proposal, side=side, now=now)
    currency = proposal.currency
    return {
        **proposal_words(proposal, now=now),
        "by": Side(proposal.proposed_by).label,
        "moves": moves,
        "steps": [
            {
                "price": format_money(step.price, currency),
                "state": State(step.to_state).label,
                "by": Side(step.side).label if step.side else "",
                "note": step.note,
                "at": step.at,
            }
            for step in proposal.steps.all()
        ],
    }


def _title(proposal: PriceProposal) -> str:
    """What it is about, with the variant's options: `Honey, 250 g`."""
    product, variant = proposal.product, proposal.variant
    if product is None or variant is None:
        return proposal.full_title
    options = options_text(variant.options, {"translations": product.translations})
    return ", ".join(part for part in (localized(product, "title"), options) if part)


def proposal_words(proposal: PriceProposal, *, now: datetime) -> dict[str, Any]:
    """One line of a list: `proposal` comes with union, store, product and variant."""
    lapsed = proposal.state in PriceProposal.LIVE and proposal.expires_at <= now
    state = State.EXPIRED if lapsed else State(proposal.state)
    currency = proposal.currency
    return {
        "proposal": proposal,
        "number": proposal.number,
        "title": _title(proposal),
        "state": state.label,
        "badge": BADGES.get(state, ""),
        "price": format_money(proposal.price, currency),
        "total": format_money(proposal.total, currency) if proposal.quantity > 1 else "",
        "usual": format_money(proposal.list_price, currency) if proposal.list_price is not None else "",
        "until": proposal.expires_at if state in PriceProposal.LIVE else None,
    }
