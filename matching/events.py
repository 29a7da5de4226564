"""What this app publishes. Payloads are ids."""

WISH_THROWN = "matching.wish_thrown"
"""Payload `request_id`: stores were called."""
RESPONSE_CHANGED = "matching.response_changed"
"""Payload `response_id`, `what`: offered, changed, withdrawn, declined."""
WISH_ENDED = "matching.wish_ended"
"""Payload `request_id`, `state`: used, expired or cancelled."""
