"""Whether a browser's owner agreed to be recognised. The answer is the browser's own; nothing is asked twice."""

from __future__ import annotations

from collections.abc import Mapping

CONSENT = "consent"
YES, NO = "yes", "no"
MAX_AGE = 180 * 24 * 3600


def has_consent(cookies: Mapping[str, str]) -> bool:
    """Only a clear yes counts."""
    return cookies.get(CONSENT) == YES
