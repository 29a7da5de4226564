"""A conversation changes hands: given away, taken back from who is gone or no longer available."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import F, Q

from chat import events
from chat.errors import ConversationEnded
from chat.models import Conversation, Handover, Manager
from chat.queries.presence import heartbeats_are_whole, present_managers, reachable_users, who_may_answer
from chat.services.calls import end_calls
from chat.services.messages import notice
from chat.services.notes import write_note
from chat.services.queueing import show_queue_of
from chat.services.routing import SOON_FOR, deal_alone, offer_waiting
from chat.services.showing import show_conversation
from core.errors import NotFound, WrongState
from core.outbox import publish
from stores.models import Store
from unions.models import Union

MOST_AT_ONCE = 200
State = Conversation.State


@transaction.atomic
def hand_over(
    *,
    conversation: Conversation,
    by: Manager,
    to: int,
    department: str = "",
    note: str = "",
    support: bool = False,
    now: datetime,
) -> Conversation:
    """Give a conversation to a colleague (manager id), or with 0 back to the queue: of a department, or of the support.

    Raises NotFound for a manager of another store or who answers no more, WrongState when it is not with `by`.
    """
    deal_alone(union_id=conversation.union_id)
    receiver = _receiver(conversation, to) if to else None
    to_support = support or (receiver is not None and receiver.store_id is None)
    _let_go(conversation, by, receiver, department=department, to_support=to_support, now=now)
    end_calls(conversation=conversation, now=now)
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
    if note:
        write_note(conversation=conversation, author=by.user, text=note, now=now)
    notice(
        conversation=conversation,
        text="You are being handed over.",
        card={"what": "handed_over", "name": str(receiver) if receiver else ""},
        now=now,
    )
    show_conversation(conversation=conversation)
    show_queue_of(conversation=conversation, now=now)
    if receiver is not None:
        publish(
            events.CONVERSATION_OFFERED,
            aggregate=f"conversation:{conversation.pk}",
            conversation_id=conversation.pk,
            user_id=receiver.user_id,
        )
    else:
        offer_waiting(union=conversation.union, store=None if support else conversation.store, now=now)
        conversation.refresh_from_db()
    return conversation


def _receiver(conversation: Conversation, to: int) -> Manager:
    """Who is to have it: somebody of the same store or of the support. Raises NotFound."""
    here = Q(store=conversation.store_id) | Q(store=None)
    receiver = who_may_answer().filter(here, union=conversation.union_id, pk=to).select_related("user").first()
    if receiver is None:
        raise NotFound
    return receiver


def _let_go(
    conversation: Conversation,
    by: Manager,
    receiver: Manager | None,
    *,
    department: str,
    to_support: bool,
    now: datetime,
) -> None:
    """It waits again, offered to the receiver if there is one. Raises WrongState when it was not `by`'s to give."""
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
        # What a program gives away does not come back to a program.
        for_person=F("for_person") if not by.is_program else True,
        **({"with_support": True} if to_support else {}),
    )
    if not moved:
        raise WrongState


@transaction.atomic
def withdraw_offers(*, manager: Manager, now: datetime) -> None:
    """Somebody is no longer available: what was just offered to them goes to the next at once."""
    deal_alone(union_id=manager.union_id)
    offered = Conversation.objects.filter(
        union=manager.union_id, state=State.WAITING, offered_to=manager.user_id
    ).select_related("store", "union")
    offered = offered.filter(store=manager.store_id) if manager.store_id else offered.filter(with_support=True)
    for conversation in offered:
        Conversation.objects.filter(
            union=conversation.union_id, pk=conversation.pk, state=State.WAITING, offered_to=manager.user_id
        ).update(offered_to=None, offered_at=None)
        conversation.refresh_from_db()
        show_conversation(conversation=conversation)


@transaction.atomic
def release_of_vanished(*, union: Union, now: datetime) -> int:
    """Conversations whose manager has been gone wait again, before everybody else. Returns how many.

    Gone is who has no console connected at the place that the conversation is with. Whoever can be woken by push is
    called first and has as long as a waiting shopper is held.
    """
    if not heartbeats_are_whole(now=now):
        return 0
    here = set(Manager.objects.filter(pk__in=present_managers(union, now=now)).values_list("user_id", "store_id"))
    reachable = reachable_users(union)
    lost = (
        Conversation.objects.select_for_update(of=("self",), skip_locked=True, no_key=True)
        .filter(union=union, state=State.ACTIVE)
        # Nobody waits where the store had the last word: when the shopper writes again it is looked at again.
        .filter(Q(store_wrote_at=None) | Q(shopper_wrote_at__gt=F("store_wrote_at")))
        .select_related("store", "union", "manager")
        .order_by("shopper_wrote_at", "pk")
    )
    released = 0
    for conversation in lost:
        if released >= MOST_AT_ONCE:
            break
        places = {conversation.store_id} | ({None} if conversation.with_support else set())
        if any((conversation.manager_id, place) in here for place in places):
            continue
        wrote = conversation.shopper_wrote_at or conversation.created_at
        if conversation.manager_id in reachable and now - wrote < SOON_FOR:
            _call(conversation, now=now)
            continue
        _release(conversation, since=wrote, now=now)
        released += 1
    return released


def _release(conversation: Conversation, *, since: datetime, now: datetime) -> None:
    gone = conversation.manager
    freed = Conversation.objects.filter(
        union=conversation.union_id, pk=conversation.pk, state=State.ACTIVE, manager=gone
    ).update(state=State.WAITING, manager=None, waiting_since=since, offered_to=None, offered_at=None)
    if not freed:
        return
    Handover.objects.create(
        union=conversation.union, conversation=conversation, why=Handover.Why.VANISHED, from_user=gone, at=now
    )
    conversation.refresh_from_db()
    notice(conversation=conversation, text="The connection was lost.", card={"what": "manager_lost"}, now=now)
    show_conversation(conversation=conversation)
    show_queue_of(conversation=conversation, now=now)


def _call(conversation: Conversation, *, now: datetime) -> None:
    """Wake its manager by push, once for what the shopper wrote since the last time."""
    called = Conversation.objects.filter(
        Q(called_at=None) | Q(called_at__lt=conversation.shopper_wrote_at or now), pk=conversation.pk
    ).update(called_at=now)
    if called:
        publish(
            events.MANAGER_CALLED,
            aggregate=f"conversation:{conversation.pk}",
            conversation_id=conversation.pk,
            user_id=conversation.manager_id,
        )


@transaction.atomic
def bring_support(*, conversation: Conversation, now: datetime) -> Conversation:
    """The union's support is asked into a conversation with a store; whoever answers it there stays. Twice is once.

    Raises NotFound where the support is the one talked to, ConversationEnded.
    """
    if conversation.store_id is None:
        raise NotFound
    deal_alone(union_id=conversation.union_id)
    moved = (
        Conversation.objects.filter(union=conversation.union_id, pk=conversation.pk, with_support=False)
        .exclude(state=State.ENDED)
        .update(with_support=True)
    )
    conversation.refresh_from_db()
    if conversation.state == State.ENDED:
        raise ConversationEnded
    if moved:
        notice(
            conversation=conversation,
            text="The union's service center was asked to join.",
            card={"what": "support_asked"},
            now=now,
        )
        show_conversation(conversation=conversation)
        offer_waiting(union=conversation.union, store=None, now=now)
        conversation.refresh_from_db()
    return conversation


@transaction.atomic
def bring_store(*, conversation: Conversation, store: Store, now: datetime) -> Conversation:
    """Another store is asked into a conversation by its shopper: its people read and speak there. Twice is once.

    One at most; who was asked stays until it ends. Raises NotFound for the store talked to and for another union's,
    ConversationEnded, WrongState where another was asked.
    """
    if conversation.store_id in (None, store.pk) or store.union_id != conversation.union_id:
        raise NotFound
    moved = (
        Conversation.objects.filter(union=conversation.union_id, pk=conversation.pk, beside=None)
        .exclude(state=State.ENDED)
        .update(beside=store)
    )
    conversation.refresh_from_db()
    if conversation.state == State.ENDED:
        raise ConversationEnded
    if conversation.beside_id != store.pk:
        raise WrongState(state=conversation.state)
    if moved:
        notice(
            conversation=conversation,
            text=f"{store.name} was asked to join.",
            card={"what": "store_asked", "name": store.name},
            now=now,
        )
        show_conversation(conversation=conversation)
        publish(events.STORE_ASKED, aggregate=f"conversation:{conversation.pk}", conversation_id=conversation.pk)
    return conversation
