"""What this app publishes. Payloads are ids."""

from orders.models import Order, Shipment

PURCHASE_PLACED = "orders.purchase_placed"
PURCHASE_PAID = "orders.purchase_paid"
"""Payload `purchase_id`."""
ORDER_MOVED: dict[str, str] = {
    state: f"orders.order_{state.value}" for state in Order.State if state != Order.State.PLACED
}
"""By the state that was reached. Payload `order_id`."""
ORDER_CHANGED = "orders.order_changed"
"""Pieces of it were called off, came back or were replaced, or money goes back. Payload `order_id`, `credit_id`."""
SHIPMENT_MOVED: dict[str, str] = {state: f"orders.shipment_{state.value}" for state in Shipment.State}
"""By the state that was reached, the first when a parcel leaves. Payload `shipment_id`, and `told`: the order moved
with it and is told of. What came back (`returned`) may be sent again or called off."""
RETURN_CHANGED = "orders.return_changed"
"""A return was asked for or moved on. Payload `return_id`, `order_id`, `to_state`, `step_id`."""
SUBSTITUTION_CHANGED = "orders.substitution_changed"
"""Something else was offered, agreed, declined or has lapsed. Payload `substitution_id`, `order_id`, `to_state`."""
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
RESPONSE_CHANGED = "orders.response_changed"
"""A customer asked, or somebody did something about it. Payload `response_id`, `entry_id`, `step` of the entry."""
RUN_STEP_CLOSED = "orders.run_step_closed"
"""A step of an order's procedure was done or left out. Payload `run_step_id`."""
RUN_STEPS_OVERDUE = "orders.run_steps_overdue"
"""Steps of one store's orders have passed the time by which they were due. Payload `store_id`, `run_step_ids`."""
