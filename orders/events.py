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
