"""What happens by itself with time: offers that nobody took, managers who are gone, silence."""

from __future__ import annotations

from datetime import datetime, timedelta

from django_scopes import scope

from chat.models import Conversation, TalkSettings
from chat.queries.teams import support_is_there
from chat.services.calls import end_lost_calls
from chat.services.conversations import end_conversation, end_free_session
from chat.services.handing import release_of_vanished
from chat.services.presence import close_dead_consoles, show_lapsed
from chat.services.routing import offer_waiting, overflow_to_support
from stores.models import Store
from unions.models import Union

State = Conversation.State
MOST_AT_ONCE = 500
SHORTEST_OFFER = timedelta(seconds=10)
"""No store lets an offer stand for less; how long it does is asked when it is dealt."""


def tend_conversations(*, now: datetime) -> dict[str, int]:
    """One round over all unions with something open. Returns how much was done, by what."""
    done = {"closed": close_dead_consoles(now=now), "released": 0, "offered": 0, "overflowed": 0, "ended": 0}
    done["free_ended"] = 0
    done["lapsed"] = show_lapsed(now=now)
    done["calls"] = end_lost_calls(now=now)
    busy = Conversation.objects.filter(state__in=[State.WAITING, State.ACTIVE]).values("union").distinct()
    for union in Union.objects.filter(pk__in=busy):
        with scope(union=union):
            done["released"] += release_of_vanished(union=union, now=now)
            done["overflowed"] += _overflow(union, now=now)
            for store in _places_with_waiting(union, now=now):
                done["offered"] += offer_waiting(union=union, store=store, now=now)
            done["free_ended"] += _end_free(union, now=now)
            done["ended"] += _end_idle(union, now=now)
    return done


def _places_with_waiting(union: Union, *, now: datetime) -> list[Store | None]:
    """Stores (None: the support) where somebody waits without an offer, or with one that may be over."""
    waiting = Conversation.objects.filter(union=union, state=State.WAITING)
    free = waiting.filter(offered_to=None) | waiting.filter(offered_at__lt=now - SHORTEST_OFFER)
    places: set[Store | None] = {each.store for each in free.select_related("store")[:MOST_AT_ONCE]}
    if free.filter(with_support=True).exists():
        places.add(None)
    return sorted(places, key=lambda store: store.pk if store is not None else 0)


def _overflow(union: Union, *, now: datetime) -> int:
    """Who has waited too long for the store is shown to the support as well, if somebody is there."""
    if not support_is_there(union, now=now):
        return 0
    own: dict[int | None, int] = dict(
        TalkSettings.objects.filter(union=union, store__isnull=False).values_list("store_id", "overflow_seconds")
    )
    usual = TalkSettings().overflow_seconds
    late = [
        conversation
        for conversation in Conversation.objects.filter(
            union=union, state=State.WAITING, with_support=False, store__isnull=False
        ).select_related("store", "union")[:MOST_AT_ONCE]
        if (seconds := own.get(conversation.store_id, usual))
        and conversation.waiting_since is not None
        and now - conversation.waiting_since > timedelta(seconds=seconds)
    ]
    for conversation in late:
        overflow_to_support(conversation=conversation, now=now)
    return len(late)


def _end_free(union: Union, *, now: datetime) -> int:
    """A shortened session whose time is up ends, and says how to go on."""
    over = list(
        Conversation.objects.filter(union=union, state=State.ACTIVE, free_until__lte=now).select_related(
            "store", "union"
        )[:MOST_AT_ONCE]
    )
    for conversation in over:
        end_free_session(conversation=conversation, now=now)
    return len(over)


def _end_idle(union: Union, *, now: datetime) -> int:
    """A conversation in which nobody has written for long is over."""
    own: dict[int | None, int] = dict(TalkSettings.objects.filter(union=union).values_list("store_id", "idle_minutes"))
    usual = TalkSettings().idle_minutes
    shortest = timedelta(minutes=min([usual, *own.values()]))
    idle = []
    for conversation in Conversation.objects.filter(
        union=union, state=State.ACTIVE, created_at__lt=now - shortest
    ).select_related("store", "union")[:MOST_AT_ONCE]:
        last = max(
            moment
            for moment in (conversation.shopper_wrote_at, conversation.store_wrote_at, conversation.created_at)
            if moment is not None
        )
        if now - last > timedelta(minutes=own.get(conversation.store_id, usual)):
            idle.append(conversation)
    for conversation in idle:
        end_conversation(conversation=conversation, by=Conversation.EndedBy.RULE, now=now)
    return len(idle)
