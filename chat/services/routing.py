"""Who answers: the longest waiting first, to the manager they know, else to whom it falls by turns.

A manager gets no more than their capacity. Who is offered a conversation and does not take it in time is passed over;
who has closed the page but can be woken by push is asked when nobody sits at a console. When nobody at the store
answers, the union's support helps out; when nobody is there at all, it becomes a message.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Q, QuerySet

from chat import events
from chat.models import Conversation, Handover, Manager, TalkSettings
from chat.queries.returning import ties_of
from chat.queries.teams import choose_hand, support_is_there, team_at
from chat.services.conversations import accept_conversation
from chat.services.messages import notice
from chat.services.queueing import show_queue_of
from chat.services.showing import show_conversation
from core.outbox import publish
from stores.models import Store
from unions.models import Union

MOST_AT_ONCE = 200
SOON_FOR = timedelta(minutes=3)
"""How long somebody waits for managers who are near (busy, away from the desk, woken by push) but not at hand."""
State = Conversation.State


@transaction.atomic
def offer_waiting(*, union: Union, store: Store | None, now: datetime) -> int:
    """Offer what waits at a store (or, without one, at the support) to managers with room. Returns how many."""
    deal_alone(union_id=union.pk)
    settings = TalkSettings.objects.filter(union=union, store=store).first() or TalkSettings()
    waiting = list(_waiting(union, store, now=now, stands=timedelta(seconds=settings.offer_seconds))[:MOST_AT_ONCE])
    if not waiting:
        return 0
    team = team_at(union, store, settings, dealt=waiting, now=now)
    if not team.hands:
        _without_anybody(union, store, waiting, settings, near=team.near, now=now)
        return 0
    people = [hand for hand in team.hands if not hand.manager.is_program]
    if not people and (asked := [each for each in waiting if each.for_person]):
        _without_anybody(union, store, asked, settings, near=team.people_near, now=now)
        waiting = [each for each in waiting if not each.for_person]
    known, liked = ties_of(union, waiting, users=[hand.manager.user_id for hand in team.hands])
    offered = 0
    for conversation in waiting:
        last = conversation.wanted_id or known.get(conversation.pk)
        hands = people if conversation.for_person else team.hands
        hand = choose_hand(conversation, hands, known=last, liked=liked.get(conversation.pk))
        if hand is None:
            continue
        hand.load += 1
        hand.manager.last_served_at = now
        offered += 1
        if hand.manager.accepts_at_once:
            accept_conversation(conversation=conversation, manager=hand.manager, now=now)
        else:
            _offer(conversation, hand.manager, now=now)
    return offered


def deal_alone(*, union_id: int) -> None:
    """One distributor at a time in a union, until the transaction ends: others would deal the same hands.

    Not per store, since one person may answer for several. Taken before any row, or two would wait for each other.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('chat.deal'), %s)", [union_id])


def _offer(conversation: Conversation, manager: Manager, *, now: datetime) -> None:
    offered = Conversation.objects.filter(union=conversation.union_id, pk=conversation.pk, state=State.WAITING).update(
        offered_to=manager.user, offered_at=now
    )
    if not offered:
        # Somebody took it in this moment.
        return
    conversation.offered_to, conversation.offered_at = manager.user, now
    show_conversation(conversation=conversation)
    publish(
        events.CONVERSATION_OFFERED,
        aggregate=f"conversation:{conversation.pk}",
        conversation_id=conversation.pk,
        user_id=manager.user_id,
    )


def _waiting(union: Union, store: Store | None, *, now: datetime, stands: timedelta) -> QuerySet[Conversation]:
    """Who waits without a live offer: those who were being served already, paying members, then by age."""
    waiting = Conversation.objects.filter(union=union, state=State.WAITING).filter(
        Q(offered_to=None) | Q(offered_at__lt=now - stands)
    )
    waiting = waiting.filter(Q(store=None) | Q(with_support=True)) if store is None else waiting.filter(store=store)
    return waiting.select_related("store", "union", "customer").order_by(
        "answered_at", "-priority", "waiting_since", "pk"
    )


def _without_anybody(
    union: Union,
    store: Store | None,
    waiting: list[Conversation],
    settings: TalkSettings,
    *,
    near: bool,
    now: datetime,
) -> None:
    """Nobody can be asked here: the support helps if somebody is there and the store wishes, else it is a message."""
    if store is not None:
        helped = bool(settings.overflow_seconds) and support_is_there(union, now=now)
        for conversation in waiting:
            held = near and now - (conversation.waiting_since or now) < SOON_FOR
            if conversation.with_support or held:
                continue
            if helped:
                overflow_to_support(conversation=conversation, now=now)
            else:
                miss_conversation(conversation=conversation, now=now)
        return
    stores = {each.store_id: each.store for each in waiting if each.store is not None}
    own = {each.store_id: each for each in TalkSettings.objects.filter(union=union, store__in=stores)}
    teams = {
        key: team_at(union, place, own.get(key, TalkSettings()), dealt=waiting, now=now)
        for key, place in stores.items()
    }
    manned = {key for key, team in teams.items() if team.hands or team.near}
    for conversation in waiting:
        held = near and now - (conversation.waiting_since or now) < SOON_FOR
        if not held and conversation.store_id not in manned:
            miss_conversation(conversation=conversation, now=now)


@transaction.atomic
def overflow_to_support(*, conversation: Conversation, now: datetime) -> None:
    """The union's support may take it too."""
    deal_alone(union_id=conversation.union_id)
    moved = Conversation.objects.filter(
        union=conversation.union_id, pk=conversation.pk, state=State.WAITING, with_support=False
    ).update(with_support=True, offered_to=None, offered_at=None)
    if not moved:
        return
    Handover.objects.create(
        union_id=conversation.union_id, conversation=conversation, why=Handover.Why.OVERFLOW, at=now
    )
    conversation.refresh_from_db()
    show_conversation(conversation=conversation)
    offer_waiting(union=conversation.union, store=None, now=now)


@transaction.atomic
def miss_conversation(*, conversation: Conversation, now: datetime) -> None:
    """Nobody is there: what the shopper writes is kept, and answered by mail and in the account."""
    missed = Conversation.objects.filter(union=conversation.union_id, pk=conversation.pk, state=State.WAITING).update(
        state=State.MISSED, offered_to=None, offered_at=None
    )
    if not missed:
        return
    conversation.refresh_from_db()
    notice(conversation=conversation, text="Nobody is here now.", card={"what": "missed"}, now=now)
    publish(events.CONVERSATION_MISSED, aggregate=f"conversation:{conversation.pk}", conversation_id=conversation.pk)
    show_conversation(conversation=conversation)
    show_queue_of(conversation=conversation, now=now)
