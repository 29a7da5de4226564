"""How often a person may guess an account's code: counted by person and account over a day, not by row."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from payments.models import CodeTries, PaymentAccount, PayoutAccount

MOST_TRIES = 5
WINDOW = timedelta(hours=24)

_COUNT = """
INSERT INTO payments_codetries AS kept (owner, fingerprint, tries, began_at)
VALUES (%(owner)s, %(fingerprint)s, 1, %(now)s)
ON CONFLICT (owner, fingerprint) DO UPDATE SET
    tries = CASE WHEN kept.began_at <= %(over)s THEN 1 ELSE kept.tries + 1 END,
    began_at = CASE WHEN kept.began_at <= %(over)s THEN %(now)s ELSE kept.began_at END
WHERE kept.tries < %(most)s OR kept.began_at <= %(over)s
RETURNING tries
"""


def count_try(*, owner: str, fingerprint: str, now: datetime) -> int | None:
    """Count one more try and say which it is; None, and nothing counted, when there is none left."""
    values: dict[str, Any] = {
        "owner": owner,
        "fingerprint": fingerprint,
        "now": now,
        "over": now - WINDOW,
        "most": MOST_TRIES,
    }
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, values)
        row = cursor.fetchone()
    return row[0] if row else None


def tries_used_up(*, owner: str, fingerprint: str, now: datetime) -> bool:
    """Whether this person has guessed at this account too often today."""
    kept = CodeTries.objects.filter(owner=owner, fingerprint=fingerprint)
    return kept.filter(tries__gte=MOST_TRIES, began_at__gt=now - WINDOW).exists()


def forget_tries(*, owner: str, fingerprint: str) -> None:
    """The right code was given: the next time begins at nothing."""
    CodeTries.objects.filter(owner=owner, fingerprint=fingerprint).delete()


def owner_of(*, account: PaymentAccount | PayoutAccount) -> str:
    """Whose tries at an account's code count together."""
    if isinstance(account, PayoutAccount):
        return f"membership:{account.membership_id}"
    return f"user:{account.user_id}"


def fingerprint_of(*, provider: str, token: str) -> str:
    """The account itself, however often and by whomever it is added."""
    return hashlib.sha256(f"{provider}:{token}".encode()).hexdigest()
