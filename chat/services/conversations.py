"""From the first word to the rating: the steps of a conversation."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import DateTimeField, Q
from django.db.models.functions import Coalesce

from accounts.models import User
from chat import events
from chat.errors import ConversationEnded, NetworkBlocked, TooMany
from chat.models import Conversation, Handover, Manager, Message, Participant
from chat.models.conversation import PRIORITY_OF_MEMBERS
from chat.queries.blocks import refusal_to
from chat.queries.members import standing_of
from chat.queries.shoppers import Shopper, open_conversations
from chat.services.block_locks import begin_unblocked
from chat.services.calls import end_calls
from chat.services.free_time import begin_free_time, free_minutes_for, unlimit
from chat.services.message_sql import LONGEST_TEXT
from chat.services.messages import Posting, notice
from chat.services.queueing import show_queue_of
from chat.services.showing import show_conversation
from core.addresses import is_path
from core.clients import network_of
from core.errors import Invalid, WrongState
from core.outbox import publish
from core.references import new_reference
from stores.models import Store

MOST_OPEN = 8
"""Conversations that one shopper may have open at once in a union."""


@transaction.atomic
def start_conversation(
    *,
    shopper: Shopper,
    store: Store | None,
    name: str = "",
    email: str = "",
    department: str = "",
    page: str = "",
    origin: str = Conversation.Origin.SHOPPER,
    free_minutes: int | None = None,
    now: datetime,
) -> Conversation:
    """The shopper's open conversation with this store, or a new one that waits for a manager.

    `free_minutes` limits the session of a visitor without an account as a rule wishes; else the store's own limit
    counts for who is here for the first time.
    Raises Blocked, NetworkBlocked (only for a new one), TooMany, FreeTimeOver.
    """
    begin_unblocked(union_id=shopper.union.pk)
    refusal = refusal_to(shopper, store, now=now)
    if refusal is not None and not isinstance(refusal, NetworkBlocked):
        raise refusal
    # One shopper's presses come one after the other, or two tabs would open two.
    mine = list(open_conversations(shopper).select_for_update(of=("self",))[: MOST_OPEN + 1])
    conversation = next((each for each in mine if each.store_id == (store.pk if store else None)), None)
    if conversation is None:
        if refusal is not None:
            raise refusal
        if len(mine) >= MOST_OPEN:
            raise TooMany
        minutes = free_minutes_for(shopper=shopper, store=store, wished=free_minutes, now=now)
        conversation = Conversation.objects.create(
            free_minutes=minutes,
            union=shopper.union,
            store=store,
            ref=new_reference(shopper.union.prefix, 12),
            origin=origin,
            visitor=shopper.visitor,
            customer=shopper.user,
            network=network_of(shopper.address),
            shopper_name=name or (shopper.user.name if shopper.user else ""),
            shopper_email=email or (shopper.user.email if shopper.user else ""),
            language=shopper.language,
            department=department,
            page=page[:300] if is_path(page=page) else "",
            with_support=store is None,
            priority=_priority(shopper, store, now=now),
            created_at=now,
            waiting_since=now,
        )
        Participant.objects.create(
            union=shopper.union,
            conversation=conversation,
            role=Participant.Role.SHOPPER,
            user=shopper.user,
            name=conversation.shopper_name,
            joined_at=now,
        )
        publish(
            events.CONVERSATION_STARTED, aggregate=f"conversation:{conversation.pk}", conversation_id=conversation.pk
        )
    show_conversation(conversation=conversation)
    return conversation


def _priority(shopper: Shopper, store: Store | None, *, now: datetime) -> int:
    """A paying member is served before the others."""
    is_member = shopper.user is not None and bool(standing_of(shopper.union, shopper.user, store, now=now))
    return PRIORITY_OF_MEMBERS if is_member else 0


def shopper_voice(*, conversation: Conversation) -> Participant:
    """The shopper's own participant."""
    return Participant.objects.get(
        union=conversation.union_id, conversation=conversation, role=Participant.Role.SHOPPER
    )


@transaction.atomic
def accept_conversation(*, conversation: Conversation, manager: Manager, now: datetime) -> Participant:
    """The manager takes a conversation that waits, or one that was missed; who is already in stays.

    Exactly one of several who press at once gets it. Raises WrongState.
    """
    taken = Conversation.objects.filter(
        union=conversation.union_id,
        pk=conversation.pk,
        state__in=[Conversation.State.WAITING, Conversation.State.MISSED],
    ).update(
        state=Conversation.State.ACTIVE,
        manager=manager.user,
        offered_to=None,
        offered_at=None,
        answered_at=Coalesce("answered_at", now, output_field=DateTimeField()),
    )
    begin_free_time(conversation=conversation, now=now)
    if not taken:
        conversation.refresh_from_db()
        if conversation.state != Conversation.State.ACTIVE or conversation.manager_id != manager.user_id:
            raise WrongState(state=conversation.state)
        return join(conversation=conversation, manager=manager, now=now)
    Handover.objects.create(
        union_id=conversation.union_id,
        conversation=conversation,
        why=Handover.Why.ACCEPTED,
        to_user=manager.user,
        at=now,
    )
    Manager.objects.filter(union=manager.union_id, pk=manager.pk).update(last_served_at=now)
    conversation.refresh_from_db()
    show_queue_of(conversation=conversation, now=now)
    voice = join(conversation=conversation, manager=manager, now=now)
    notice(
        conversation=conversation,
        text=f"{voice.name} has joined.",
        card={"what": "joined", "name": voice.name, "program": manager.is_program},
        now=now,
    )
    show_conversation(conversation=conversation)
    return voice


def join(*, conversation: Conversation, manager: Manager, now: datetime) -> Participant:
    """The manager's own voice in a conversation, made when they first need it."""
    role = Participant.Role.MANAGER
    if manager.is_program:
        role = Participant.Role.PROGRAM
    elif manager.store_id is None:
        role = Participant.Role.SUPPORT
    name = manager.shown_name or manager.user.name
    if manager.store_id is not None and manager.store_id == conversation.beside_id:
        # Two stores speak here: who of them it is stands beside the name.
        name = f"{name}, {manager.store}"[:80]
    voice, made = Participant.objects.get_or_create(
        union_id=conversation.union_id,
        conversation=conversation,
        user=manager.user,
        role=role,
        defaults={"name": name, "joined_at": now},
    )
    if not made and voice.left_at is not None:
        voice.left_at = None
        voice.save(update_fields=["left_at"])
    return voice


@transaction.atomic
def join_beside(*, conversation: Conversation, manager: Manager, now: datetime) -> Participant:
    """Speak without taking it over. Of a colleague the shopper hears when they write; of who comes from elsewhere (the
    store or the support that was asked in) at once.
    """
    known = Participant.objects.filter(
        union=conversation.union_id, conversation=conversation, user=manager.user, left_at=None
    ).exclude(role=Participant.Role.SHOPPER)
    is_known = known.exists()
    voice = join(conversation=conversation, manager=manager, now=now)
    if not is_known and manager.store_id != conversation.store_id:
        notice(
            conversation=conversation,
            text=f"{voice.name} has joined.",
            card={"what": "joined_in", "name": voice.name},
            now=now,
        )
    return voice


@transaction.atomic
def end_conversation(*, conversation: Conversation, by: str, now: datetime) -> Conversation:
    """Nothing more is said after this; ending twice is once. The transcript stays."""
    locked = Conversation.objects.select_for_update(no_key=True).get(union=conversation.union_id, pk=conversation.pk)
    if locked.state == Conversation.State.ENDED:
        return locked
    end_calls(conversation=conversation, now=now)
    notice(conversation=locked, text="The conversation has ended.", card={"what": "ended", "by": by}, now=now)
    Conversation.objects.filter(union=conversation.union_id, pk=conversation.pk).update(
        state=Conversation.State.ENDED, ended_at=now, ended_by=by, offered_to=None, offered_at=None
    )
    publish(events.CONVERSATION_ENDED, aggregate=f"conversation:{conversation.pk}", conversation_id=conversation.pk)
    locked.refresh_from_db()
    show_conversation(conversation=locked)
    show_queue_of(conversation=locked, now=now)
    return locked


@transaction.atomic
def end_free_session(*, conversation: Conversation, now: datetime) -> None:
    """The free time is up: said kindly, with the ways to go on. Not when the manager has just given more."""
    locked = Conversation.objects.select_for_update(no_key=True).get(union=conversation.union_id, pk=conversation.pk)
    if locked.state != Conversation.State.ACTIVE or locked.free_until is None or locked.free_until > now:
        return
    notice(conversation=locked, text="The free session is over.", card={"what": "free_over"}, now=now)
    end_conversation(conversation=locked, by=Conversation.EndedBy.RULE, now=now)


@transaction.atomic
def rate_conversation(*, conversation: Conversation, stars: int, words: str, now: datetime) -> None:
    """The shopper's 1 to 5 and a word, once. Raises Invalid, WrongState."""
    if not 1 <= stars <= 5:
        raise Invalid(field="stars")
    if conversation.answered_at is None:
        raise WrongState(state=conversation.state)
    rated = Conversation.objects.filter(union=conversation.union_id, pk=conversation.pk, rating=None).update(
        rating=stars, rating_words=words[:500]
    )
    if not rated:
        raise WrongState(state="rated")
    conversation.refresh_from_db()
    show_conversation(conversation=conversation)


@transaction.atomic
def claim_conversations(*, user: User, visitor: str, now: datetime) -> int:
    """At sign-in, what this browser talked about becomes the person's. Returns how many."""
    if not visitor:
        return 0
    mine = list(
        Conversation.objects.filter(visitor=visitor, customer=None).select_for_update().values_list("pk", flat=True)
    )
    Conversation.objects.filter(pk__in=mine).update(customer=user)
    unlimit(conversations=mine)
    Conversation.objects.filter(pk__in=mine, shopper_name="").update(shopper_name=user.name)
    Conversation.objects.filter(pk__in=mine, shopper_email="").update(shopper_email=user.email)
    Participant.objects.filter(conversation__in=mine, role=Participant.Role.SHOPPER).update(user=user)
    Participant.objects.filter(conversation__in=mine, role=Participant.Role.SHOPPER, name="").update(name=user.name)
    return len(mine)


@transaction.atomic
def leave_address(*, conversation: Conversation, email: str, name: str = "") -> None:
    """Where a shopper wants the answer when nobody is there."""
    Conversation.objects.filter(
        Q(union=conversation.union_id), ~Q(state=Conversation.State.ENDED), pk=conversation.pk
    ).update(shopper_email=email, **({"shopper_name": name} if name else {}))
    conversation.refresh_from_db()
    if conversation.state == Conversation.State.ENDED:
        raise ConversationEnded
    show_conversation(conversation=conversation)


def text_posting(*, voice: Participant, text: str, client_id: str = "") -> Posting:
    """A posting of plain words. Raises Invalid for none or too many."""
    text = text.replace("\x00", "").strip()
    if not text or len(text) > LONGEST_TEXT:
        raise Invalid(field="text")
    return Posting(sender=voice, kind=Message.Kind.TEXT, text=text, client_id=client_id)
