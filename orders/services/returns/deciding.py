"""The store says yes or no to a return."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.errors import Invalid
from orders.models import Return, Side
from orders.services.returns.moving import move_return


@transaction.atomic
def approve_return(*, returned: Return, answer: str, actor: User | None, now: datetime) -> Return:
    """The pieces may come; `answer` says where to and how. Raises WrongState."""
    said = answer.strip()[:500]
    return move_return(returned=returned, move="approve", side=Side.STORE, actor=actor, now=now, note=said, answer=said)


@transaction.atomic
def decline_return(*, returned: Return, answer: str, actor: User | None, now: datetime) -> Return:
    """The store does not take them back, and says why. Raises Invalid without a reason, WrongState."""
    said = answer.strip()[:500]
    if not said:
        raise Invalid(_("Say why."), field="answer")
    return move_return(
        returned=returned, move="decline", side=Side.STORE, actor=actor, now=now, note=said, answer=said, settled_at=now
    )
