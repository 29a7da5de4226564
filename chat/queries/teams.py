"""Whom a conversation can be offered to, and to whom of them it falls."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q
from django.db.models.functions import Coalesce

from chat.models import ConsoleSession, Conversation, Manager, TalkSettings
from chat.queries.presence import heartbeats_are_whole, present_managers, reachable_users, who_may_answer
from stores.models import Store
from unions.models import Union

State = Conversation.State


@dataclass
class Hand:
    """A manager who can be asked, with what they have in hand."""

    manager: Manager
    load: int

    @property
    def is_free(self) -> bool:
        return self.load < self.manager.capacity


@dataclass(frozen=True)
class Team:
    """Who can be asked: those at a console, else those whom push wakes. `near`: somebody may be back soon.

    `people_near`: somebody who is no program.
    """

    hands: list[Hand]
    near: bool
    people_near: bool = False


def team_at(
    union: Union, store: Store | None, settings: TalkSettings, *, dealt: list[Conversation], now: datetime
) -> Team:
    """Who can be asked there now. What is being dealt burdens nobody, however often it was offered."""
    if not settings.is_open:
        return Team([], near=False)
    if store is not None and not Store.objects.visible().filter(pk=store.pk).exists():
        # Suspended or closed meanwhile: shoppers no longer see it, so nobody is promised an answer there.
        return Team([], near=False)
    status = Manager.Status
    managers = list(
        who_may_answer()
        .filter(union=union, store=store)
        .exclude(status__in=[status.OFF, status.SILENT])
        .select_related("user")
    )
    present = present_managers(union, now=now)
    at_hand = [each for each in managers if each.pk in present and each.status == status.AVAILABLE]
    near = [each for each in managers if each.pk in present]
    if not at_hand:
        reachable = reachable_users(union)
        at_hand = [
            each
            for each in managers
            if each.user_id in reachable and each.pk not in present and each.status != status.BUSY
        ]
        near += at_hand
    people = [each for each in managers if not each.is_program]
    return Team(
        _hands(at_hand, dealt),
        near=bool(near) or _seem_absent(union, managers, now=now),
        people_near=any(not each.is_program for each in near) or _seem_absent(union, people, now=now),
    )


def _seem_absent(union: Union, managers: list[Manager], *, now: datetime) -> bool:
    """Whether somebody has a console open by the database, and only Redis has forgotten it."""
    if not managers or heartbeats_are_whole(now=now):
        return False
    return ConsoleSession.objects.filter(union=union, manager__in=managers, ended_at=None).exists()


def _hands(managers: list[Manager], dealt: list[Conversation]) -> list[Hand]:
    """With their load: a person has two hands, however many stores they answer for."""
    people = [each.user_id for each in managers]
    loads = dict(
        Conversation.objects.filter(
            Q(state=State.ACTIVE, manager__in=people) | Q(state=State.WAITING, offered_to__in=people)
        )
        .exclude(pk__in=[each.pk for each in dealt])
        .annotate(who=Coalesce("manager_id", "offered_to_id"))
        .values_list("who")
        .annotate(load=Count("pk"))
    )
    return [Hand(manager, loads.get(manager.user_id, 0)) for manager in managers]


def choose_hand(
    conversation: Conversation, hands: list[Hand], *, known: int | None, liked: dict[int, float] | None = None
) -> Hand | None:
    """Room, the department if somebody there has it, not the one who has just let it pass; people before programs.

    A returning shopper gets the manager they know, else the best: by their own stars where they gave some, by all
    shoppers' otherwise (`liked`, user id → 1…5; empty for who is new and no member: to them turns are fair).
    """
    free = [hand for hand in hands if hand.is_free]
    if conversation.department:
        skilled = [hand for hand in hands if conversation.department in hand.manager.departments]
        # Who knows the matter is worth waiting for.
        free = [hand for hand in skilled if hand.is_free] if skilled else free
    free = [hand for hand in free if hand.manager.user_id != conversation.offered_to_id] or free
    if not free:
        return None
    never = datetime.min.replace(tzinfo=conversation.created_at.tzinfo)
    return min(
        free,
        key=lambda hand: (
            hand.manager.is_program,
            hand.manager.user_id != known,
            -(liked or {}).get(hand.manager.user_id, 0.0),
            hand.load / hand.manager.capacity,
            hand.manager.last_served_at or never,
            hand.manager.pk,
        ),
    )


def support_is_there(union: Union, *, now: datetime) -> bool:
    """Whether somebody sits at the union's support and is available."""
    settings = TalkSettings.objects.filter(union=union, store=None).first() or TalkSettings()
    present = present_managers(union, now=now)
    available = who_may_answer().filter(union=union, store=None, pk__in=present, status=Manager.Status.AVAILABLE)
    return settings.is_open and available.exists()
