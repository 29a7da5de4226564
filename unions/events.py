"""What this app publishes."""

MEMBERSHIP_CHANGED = "unions.membership_changed"
"""Payload `membership_id`, `to_state`: an enterprise applied, was approved, suspended or released, or left."""
BROWSER_SIGNED_IN = "unions.browser_signed_in"
"""Payload `user_id`, `visitor`: a browser whose owner agreed to be recognised is now somebody's."""
CONSENT_WITHDRAWN = "unions.consent_withdrawn"
"""Payload `visitor`, `at` (ISO): whoever uses this browser does not want to be recognised; what is of before goes."""
