"""What this app publishes. Payloads are ids."""

from orders.models import Order

PURCHASE_PLACED = "orders.purchase_placed"
PURCHASE_PAID = "orders.purchase_paid"
"""Payload `purchase_id`."""
ORDER_MOVED: dict[str, str] = {
    state: f"orders.order_{state.value}" for state in Order.State if state != Order.State.PLACED
}
"""By the state that was reached. Payload `order_id`."""
BILL_ASKED = "orders.bill_asked"
"""Payload `bill_id`."""
RESERVATION_CHANGED = "orders.reservation_changed"
"""It was made, moved on or got another time. Payload `reservation_id`, `to_state`, `change_id` of the step."""
RESERVATION_DUE = "orders.reservation_due"
"""A confirmed time comes near. Payload `reservation_id` and `reminder`: `day` or `hour`."""
PROPOSAL_CHANGED = "orders.proposal_changed"
"""A price was named, agreed, refused, ordered, or has lapsed. Payload `proposal_id`, `to_state`, `step_id`."""
DRAFT_CHANGED = "orders.draft_changed"
"""A store composed an order, or it was ordered, withdrawn, or has lapsed. Payload `draft_id`, `to_state`."""
