"""What this app publishes. Payloads are ids."""

VOUCHERS_ISSUED = "ascc.vouchers_issued"
"""Payload `order_id`, `first_id`: the vouchers of this order from this one on are new."""
VOUCHER_MOVED = "ascc.voucher_moved"
"""Payload `voucher_id`, `what` (of its timeline), `step_id`."""
GIFT_CHANGED = "ascc.gift_changed"
"""Payload `gift_id`, `state`, `giver_id`: offered to another person, or that offer was answered or withdrawn."""
