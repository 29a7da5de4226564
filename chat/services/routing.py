"""Who answers: the longest waiting first, to the manager they know, else to whom it falls by turns.

A manager gets no more than their capacity. Who is offered a conversation and does not take it in time is passed over;
when nobody at the store answers, the union's support helps out; when nobody is there at all, it becomes a message.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Count, Max, Q, QuerySet
from django.db.models.functions import Coalesce

from chat import events
from chat.models import Conversation, Handover, Manager, TalkSettings
from chat.queries.presence import present_managers
from chat.queries.returning import best_of, ratings_of
from chat.services.conversations import accept_conversation
from chat.services.messages import notice
from chat.services.showing import show_conversation
from core.errors import NotFound, WrongState
from core.outbox import publish
from stores.models import Store
from unions.models import Union

MOST_AT_ONCE = 200
OFFERED_FOR = timedelta(seconds=30)
State = Conversation.State


@dataclass
class Hand:
    """A manager who is there, with what they have in hand."""

    manager: Manager
    load: int

    @property
    def is_free(self) -> bool:
        return self.load < self.manager.capacity


@transaction.atomic
def offer_waiting(*, union: Union, store: Store | None, now: datetime) -> int:
    """Offer what waits at a store (or, without one, at the support) to managers with room. Returns how many.

    One distributor at a time per store: others would deal the same hands.
    """
    _one_at_a_time(union.pk, store.pk if store is not None else 0)
    waiting = list(_waiting(union, store, now=now)[:MOST_AT_ONCE])
    if not waiting:
        return 0
    hands = _hands(union, store, now=now)
    if not hands:
        _without_anybody(union, store, waiting, now=now)
        return 0
    known = _known(waiting)
    best = best_of(waiting) if known else {}
    overall = ratings_of([hand.manager.user_id for hand in hands]) if known else {}
    offered = 0
    for conversation in waiting:
        last = known.get(conversation.pk)
        liked = {**overall, **best.get(conversation.pk, {})} if last else {}
        hand = _choose(conversation, hands, known=last, liked=liked)
        if hand is None:
            continue
        hand.load += 1
        hand.manager.last_served_at = now
        offered += 1
        if hand.manager.accepts_at_once:
            accept_conversation(conversation=conversation, manager=hand.manager, now=now)
        else:
            Conversation.objects.filter(pk=conversation.pk, state=State.WAITING).update(
                offered_to=hand.manager.user, offered_at=now
            )
            conversation.offered_to, conversation.offered_at = hand.manager.user, now
            show_conversation(conversation=conversation)
            publish(
                events.CONVERSATION_OFFERED,
                aggregate=f"conversation:{conversation.pk}",
                conversation_id=conversation.pk,
                user_id=hand.manager.user_id,
            )
    return offered


@transaction.atomic
def hand_over(
    *, conversation: Conversation, by: Manager, to: int, department: str = "", note: str = "", now: datetime
) -> Conversation:
    """Give a conversation to a colleague (manager id), or with 0 back to the queue (of a department).

    Raises NotFound for a manager of another store, WrongState when it is not with `by` any more.
    """
    receiver = None
    if to:
        receiver = (
            Manager.objects.filter(union=conversation.union_id, pk=to)
            .filter(Q(store=conversation.store_id) | Q(store=None))
            .select_related("user")
            .first()
        )
        if receiver is None:
            raise NotFound
    moved = Conversation.objects.filter(
        Q(manager=by.user, state=State.ACTIVE) | Q(state=State.WAITING),
        union=conversation.union_id,
        pk=conversation.pk,
    ).update(
        state=State.WAITING,
        manager=None,
        offered_to=receiver.user if receiver else None,
        offered_at=now if receiver else None,
        department=department or conversation.department,
        waiting_since=now,
        **({"with_support": True} if receiver is not None and receiver.store_id is None else {}),
    )
    if not moved:
        raise WrongState
    Handover.objects.create(
        union_id=conversation.union_id,
        conversation=conversation,
        why=Handover.Why.GIVEN,
        from_user=by.user,
        to_user=receiver.user if receiver else None,
        note=note,
        at=now,
    )
    conversation.refresh_from_db()
    notice(
        conversation=conversation,
        text="You are being handed over.",
        card={"what": "handed_over", "name": str(receiver) if receiver else ""},
        now=now,
    )
    show_conversation(conversation=conversation)
    if receiver is None:
        offer_waiting(union=conversation.union, store=conversation.store, now=now)
    return conversation


@transaction.atomic
def release_of_vanished(*, union: Union, now: datetime) -> int:
    """Conversations whose manager has been gone wait again, before everybody else. Returns how many."""
    present = present_managers(union, now=now)
    here = set(Manager.objects.filter(pk__in=present).values_list("user_id", flat=True))
    lost = list(
        Conversation.objects.select_for_update(of=("self",), skip_locked=True)
        .filter(union=union, state=State.ACTIVE)
        .exclude(manager__in=here)
        .select_related("store", "union", "manager")[:MOST_AT_ONCE]
    )
    released = 0
    for conversation in lost:
        # Nothing is open any more when the shopper has had the last word's answer and is gone as well; the idle rule
        # ends those. Here somebody is waiting for an answer.
        wrote, answered = conversation.shopper_wrote_at, conversation.store_wrote_at
        if wrote is None or (answered is not None and answered >= wrote):
            continue
        gone = conversation.manager
        Conversation.objects.filter(pk=conversation.pk, state=State.ACTIVE).update(
            state=State.WAITING, manager=None, waiting_since=wrote, offered_to=None, offered_at=None
        )
        Handover.objects.create(
            union=union, conversation=conversation, why=Handover.Why.VANISHED, from_user=gone, at=now
        )
        conversation.refresh_from_db()
        notice(conversation=conversation, text="The connection was lost.", card={"what": "manager_lost"}, now=now)
        show_conversation(conversation=conversation)
        released += 1
    return released


def _one_at_a_time(union_id: int, store_id: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [union_id, store_id])


def _waiting(union: Union, store: Store | None, *, now: datetime) -> QuerySet[Conversation]:
    """Who waits without a live offer: those who were being served already, then by age."""
    waiting = Conversation.objects.filter(union=union, state=State.WAITING).filter(
        Q(offered_to=None) | Q(offered_at__lt=now - OFFERED_FOR)
    )
    waiting = waiting.filter(Q(store=None) | Q(with_support=True)) if store is None else waiting.filter(store=store)
    return waiting.select_related("store", "union", "customer").order_by("answered_at", "waiting_since", "pk")


def _hands(union: Union, store: Store | None, *, now: datetime) -> list[Hand]:
    present = present_managers(union, now=now)
    managers = list(
        Manager.objects.filter(
            union=union, store=store, pk__in=present, status=Manager.Status.AVAILABLE, user__is_active=True
        ).select_related("user")
    )
    # A person has two hands, however many stores they answer for.
    loads = dict(
        Conversation.objects.filter(
            Q(state=State.ACTIVE, manager__in=[each.user_id for each in managers])
            | Q(state=State.WAITING, offered_to__in=[each.user_id for each in managers])
        )
        .annotate(who=Coalesce("manager_id", "offered_to_id"))
        .values_list("who")
        .annotate(load=Count("pk"))
    )
    return [Hand(manager, loads.get(manager.user_id, 0)) for manager in managers]


def _known(waiting: list[Conversation]) -> dict[int, int]:
    """By conversation, the user who last served this shopper at this store."""
    people = {each.customer_id for each in waiting if each.customer_id}
    browsers = {each.visitor for each in waiting if each.visitor}
    if not (people or browsers):
        return {}
    stores = {each.store_id for each in waiting}
    before = (
        Conversation.objects.filter(Q(customer__in=people) | Q(visitor__in=browsers), store__in=stores)
        .filter(manager__isnull=False)
        .values("store_id", "customer_id", "visitor")
        .annotate(newest=Max("pk"))
    )
    newest = {row["newest"] for row in before}
    served = Conversation.objects.filter(pk__in=newest).order_by("pk")
    by_person: dict[tuple[int | None, object], int] = {}
    for each in served:
        for who in (each.customer_id, each.visitor):
            if who and each.manager_id:
                by_person[each.store_id, who] = each.manager_id
    return {
        each.pk: user
        for each in waiting
        if (user := by_person.get((each.store_id, each.customer_id)) or by_person.get((each.store_id, each.visitor)))
    }


def _choose(
    conversation: Conversation, hands: list[Hand], *, known: int | None, liked: dict[int, float]
) -> Hand | None:
    """Room, the department if somebody there has it, not the one who has just let it pass; people before programs.

    A returning shopper gets the manager they know, else the best: by their own stars where they gave some, by all
    shoppers' otherwise (`liked`, empty for who is new).
    """
    free = [hand for hand in hands if hand.is_free and hand.manager.user_id != conversation.offered_to_id]
    free = free or [hand for hand in hands if hand.is_free]
    if conversation.department:
        skilled = [hand for hand in free if conversation.department in hand.manager.departments]
        free = skilled or free
    if not free:
        return None
    never = datetime.min.replace(tzinfo=conversation.created_at.tzinfo)
    return min(
        free,
        key=lambda hand: (
            hand.manager.user_id != known,
            hand.manager.is_program,
            -liked.get(hand.manager.user_id, 0.0),
            hand.load / hand.manager.capacity,
            hand.manager.last_served_at or never,
            hand.manager.pk,
        ),
    )


def _without_anybody(union: Union, store: Store | None, waiting: list[Conversation], *, now: datetime) -> None:
    """Nobody at the store: the support helps if somebody is there and the store wishes, else it is a message."""
    settings = TalkSettings.objects.filter(union=union, store=store).first()
    overflow = settings.overflow_seconds if settings is not None else TalkSettings().overflow_seconds
    support = bool(overflow) and store is not None and bool(_hands(union, None, now=now))
    for conversation in waiting:
        if support and not conversation.with_support:
            overflow_to_support(conversation=conversation, now=now)
        elif not conversation.with_support or store is None:
            miss_conversation(conversation=conversation, now=now)


@transaction.atomic
def overflow_to_support(*, conversation: Conversation, now: datetime) -> None:
    """The union's support may take it too."""
    moved = Conversation.objects.filter(pk=conversation.pk, state=State.WAITING, with_support=False).update(
        with_support=True
    )
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
    missed = Conversation.objects.filter(pk=conversation.pk, state=State.WAITING).update(
        state=State.MISSED, offered_to=None, offered_at=None
    )
    if not missed:
        return
    conversation.refresh_from_db()
    notice(conversation=conversation, text="Nobody is here now.", card={"what": "missed"}, now=now)
    publish(events.CONVERSATION_MISSED, aggregate=f"conversation:{conversation.pk}", conversation_id=conversation.pk)
    show_conversation(conversation=conversation)
