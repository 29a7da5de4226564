"""What this app publishes. Payloads are ids."""

WISH_THROWN = "matching.wish_thrown"
"""Payload `request_id`: stores were called."""
WISH_FOUND = "matching.wish_found"
"""Payload `request_id`, `variant_id`: something fitting a remembered wish is in stock."""
