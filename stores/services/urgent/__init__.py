"""Urgent sales: planning them, claiming pieces, waiting in the queue, booking what was sold, giving back the rest.

Locks are taken in this order: what is to be booked, the shelf's hold and level, the sale's level, claims, places. The
rush itself (`orders.services.urgent`) takes the sale's level and one claim, and a purchase nothing but its claims.
"""

from stores.queries.urgent import shopper_key
from stores.services.urgent.claiming import Share, free_claim, move_claims, revive_claim, sell_claims, set_claim
from stores.services.urgent.forgetting import forget_addresses, leave_all, stands_in_sales
from stores.services.urgent.planning import SalePlan, change_sale, end_sale, plan_sale
from stores.services.urgent.queueing import leave_queue, wait_in_queue
from stores.services.urgent.settling import book_sold, finish_sales, free_lapsed

__all__ = [
    "SalePlan",
    "Share",
    "book_sold",
    "change_sale",
    "end_sale",
    "finish_sales",
    "forget_addresses",
    "free_claim",
    "free_lapsed",
    "leave_all",
    "leave_queue",
    "move_claims",
    "plan_sale",
    "revive_claim",
    "sell_claims",
    "set_claim",
    "shopper_key",
    "stands_in_sales",
    "wait_in_queue",
]
