"""Invitations that are still to be answered."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import QuerySet

from chat.models import Invitation
from stores.models import Store
from unions.models import Union

STILL_SHOWN = timedelta(minutes=10)
MOST = 50


def open_invitations(union: Union, store: Store | None, *, now: datetime) -> QuerySet[Invitation]:
    """What a console that has just opened shows, newest first."""
    return Invitation.objects.filter(
        union=union, store=store, state=Invitation.State.SHOWN, shown_at__gt=now - STILL_SHOWN
    ).select_related("rule", "conversation")[:MOST]
