"""From a visitor's event to the rule that speaks: one path for the recognised and for those of a moment."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from time import monotonic
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import redis

from chat.conditions import Facts, choose
from chat.conditions import Rule as LiveRule
from chat.errors import TooMany
from chat.models import Invitation
from chat.queries.rules import item_value, live_rules, somebody_there
from chat.queries.shoppers import Shopper
from chat.queries.standing import codes_of, is_member, lists_of
from chat.services.invitations import invite, may_be_met
from chat.services.limits import MEETINGS, count_against_limit
from core.references import new_secret
from unions.models.union import RESERVED_SLUGS
from unions.services.browsing import Crowded, Withdrawn, note_event
from unions.visits import CART, DWELL, PAGE, PRODUCT, SEARCH, Event, Visit

logger = logging.getLogger(__name__)
T = TypeVar("T")

STANDING_KEPT = 60.0
"""Seconds for which a window goes on with what it knew of membership, codes and lists."""
NOT_ASKED_AGAIN = timedelta(seconds=30)
SLUG = re.compile(r"[a-z0-9-]{1,80}")


@dataclass
class Browsing:
    """What one connection knows of its visitor. Without consent `visit` lives only as long as the connection."""

    consent: bool = False
    since: float = 0.0
    cart_value: Callable[[], int] | None = None
    visit: Visit = field(default_factory=Visit)
    topic: str = field(default_factory=lambda: f"page.{new_secret(12)}")
    place: tuple[float, float] | None = None
    standing: dict[str, tuple[float, Any]] = field(default_factory=dict)
    not_before: float = 0.0

    def known(self, name: str, find: Callable[[], T]) -> T:
        """What `find` says, remembered for a minute of this connection."""
        kept = self.standing.get(name)
        if kept is None or kept[0] < monotonic():
            kept = self.standing[name] = (monotonic() + STANDING_KEPT, find())
        value: T = kept[1]
        return value


def page_within(*, path: str, union: str) -> str:
    """A browser's path as a page within the union: `/u/harbour/tea/oolong/` and, on its own domain, `/tea/oolong/`."""
    start = f"/u/{union}/"
    page = path[len(start) - 1 :] if path.startswith(start) else path
    return page.partition("?")[0].partition("#")[0][:300]


def item_of(*, page: str) -> str:
    """`store/product` of a product's page, or an empty text."""
    parts = page.strip("/").split("/")
    if len(parts) != 2 or parts[0] in RESERVED_SLUGS or parts[1] in RESERVED_SLUGS:
        return ""
    return "/".join(parts) if all(SLUG.fullmatch(part) for part in parts) else ""


def event_of(
    *, shopper: Shopper, page: str, seconds: int, results: int | None, words: str, is_noted: bool, now: datetime
) -> Event:
    """The event that a frame tells of. Searches of recognised visitors were noted by the page itself."""
    at = now.timestamp()
    if seconds:
        return Event(DWELL, at, page=page, seconds=seconds)
    if results is not None and not is_noted:
        return Event(SEARCH, at, page=page, words=words, results=results)
    product = item_of(page=page)
    value = item_value(shopper.union, product) if product else None
    if value is not None:
        return Event(PRODUCT, at, page=page, product=product, value=value)
    return Event(PAGE, at, page=page)


def recall_answers(*, browsing: Browsing, answered: dict[str, int], now: datetime) -> None:
    """What somebody without recognition has answered on the pages before, by rule the seconds since: their tab knows.

    Who is recognised is remembered here, whatever their browser says.
    """
    if browsing.consent:
        return
    for rule, seconds in answered.items():
        if not browsing.visit.times_met(rule):
            browsing.visit.meet(rule, at=now.timestamp() - seconds)


def see(*, shopper: Shopper, browsing: Browsing, event: Event, now: datetime) -> Invitation | None:
    """Note the event and let the first rule speak that may; its claim and the event are one step in Redis.

    Without consent the same happens in this connection's memory. A Redis that is away helps nobody and harms nobody.
    """
    rules: list[LiveRule] = []

    def decide(visit: Visit) -> LiveRule | None:
        if now.timestamp() < browsing.not_before:
            return None
        facts = facts_of(shopper=shopper, browsing=browsing, visit=visit, now=now)
        rule = choose(rules, facts, now=now.timestamp())
        if rule is not None:
            if not may_be_met(shopper=shopper, store_id=rule.store_id, now=now):
                browsing.not_before = (now + NOT_ASKED_AGAIN).timestamp()
                return None
            visit.meet(rule.ref, at=now.timestamp())
        return rule

    try:
        rules = live_rules(shopper.union, now=now.timestamp())
        if browsing.consent and shopper.visitor:
            visit, rule = note_event(
                union_id=shopper.union.pk,
                visitor=shopper.visitor,
                user_id=shopper.user.pk if shopper.user is not None else None,
                since=browsing.since,
                event=event,
                decide=decide,
            )
        else:
            visit, rule = _in_memory(browsing, event, decide)
    except Withdrawn:
        browsing.consent = False
        return None
    except (redis.RedisError, OSError, Crowded) as error:
        logger.warning("An event helped nobody (%s).", error)
        return None
    if rule is None:
        return None
    is_recognised = browsing.consent and bool(shopper.visitor)
    try:
        known = shopper.visitor if is_recognised else ""
        count_against_limit(what="meet", limit=MEETINGS, visitor=known, address=shopper.address)
    except TooMany:
        # A new line is a new visitor without a memory: whoever opens many would fill the consoles of a store.
        browsing.not_before = (now + NOT_ASKED_AGAIN).timestamp()
        return None
    topics = [*shopper.topics] if is_recognised else [browsing.topic]
    return invite(
        shopper=shopper,
        is_recognised=is_recognised,
        since=browsing.since,
        topics=topics,
        rule_id=rule.pk,
        visit=visit,
        now=now,
    )


def _in_memory(
    browsing: Browsing, event: Event, decide: Callable[[Visit], LiveRule | None]
) -> tuple[Visit, LiveRule | None]:
    if browsing.cart_value is not None and event.kind != DWELL:
        browsing.visit.add(Event(CART, event.at, value=browsing.cart_value()))
    browsing.visit.add(event)
    return browsing.visit, decide(browsing.visit)


def facts_of(*, shopper: Shopper, browsing: Browsing, visit: Visit, now: datetime) -> Facts:
    """All that conditions may ask of this visitor now."""
    return Facts(
        visit=visit,
        hour=now.astimezone(ZoneInfo(shopper.union.time_zone)).hour,
        signed_in=shopper.user is not None,
        ask_member=lambda: browsing.known("member", lambda: is_member(shopper)),
        ask_lists=lambda: browsing.known("lists", lambda: lists_of(shopper)),
        ask_codes=lambda: browsing.known("codes", lambda: codes_of(shopper)),
        present=somebody_there(shopper.union, now=now),
        place=browsing.place,
    )
