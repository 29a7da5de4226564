"""Price proposals: naming a price, answering it, buying at it. Other apps call what is named here."""

from orders.services.proposals.deciding import accept_price, counter_price, decline_price
from orders.services.proposals.moving import expire_price_proposals, open_proposal_moves
from orders.services.proposals.offering import offer_price

__all__ = [
    "accept_price",
    "counter_price",
    "decline_price",
    "expire_price_proposals",
    "offer_price",
    "open_proposal_moves",
]
