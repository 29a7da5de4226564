"""What this app publishes."""

MEMBERSHIP_CHANGED = "unions.membership_changed"
"""Payload `membership_id`, `to_state`: an enterprise applied, was approved, suspended or released, or left."""
