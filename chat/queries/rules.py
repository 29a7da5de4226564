"""Rules as sockets read them (from memory), as pages manage them, and what is true beside the summary."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from chat.conditions import Rule as LiveRule
from chat.models import Manager, Rule, TalkSettings
from chat.queries.presence import present_managers
from core.errors import NotFound
from core.live import redis_connection
from core.memory import remembered
from stores.models import Product, Store
from unions.models import Membership, Union

AT_LEAST_EVERY = 60.0
"""Seconds after which rules are read again even if nobody said that they changed."""
PRESENCE_KEPT = 3.0
ITEM_KEPT = 60.0

_kept: dict[int, tuple[Any, float, list[LiveRule]]] = {}


def version_key(union_id: int) -> str:
    """Where Redis says which version of a union's rules is the newest."""
    return f"rules:version:{union_id}"


def live_rules(union: Union, *, now: float) -> list[LiveRule]:
    """The union's rules in the order in which they may speak; from memory while their version is the newest."""
    version: Any = redis_connection().get(version_key(union.pk))
    kept = _kept.get(union.pk)
    if kept is not None and kept[0] == version and 0 <= now - kept[1] < AT_LEAST_EVERY:
        return kept[2]
    rules = [as_live(rule) for rule in _in_use(union)]
    _kept[union.pk] = (version, now, rules)
    return rules


def _in_use(union: Union) -> QuerySet[Rule]:
    open_store = Q(store__is_published=True, store__membership__state=Membership.State.ACTIVE)
    return (
        Rule.objects.filter(Q(store=None) | open_store, union=union, is_enabled=True)
        .select_related("store")
        .order_by("-priority", "id")
    )


def as_live(rule: Rule) -> LiveRule:
    """A rule in the shape that is evaluated. Its store has to be loaded."""
    store = rule.store
    located = store is not None and store.latitude is not None and store.longitude is not None
    return LiveRule(
        pk=rule.pk or 0,
        ref=rule.ref,
        store=store.slug if store is not None else "",
        store_id=store.pk if store is not None else None,
        conditions=rule.conditions,
        priority=rule.priority,
        cooldown=rule.cooldown_minutes * 60.0,
        limit=rule.limit_per_visitor,
        begins=rule.begins_at.timestamp() if rule.begins_at else None,
        ends=rule.ends_at.timestamp() if rule.ends_at else None,
        place=(store.latitude, store.longitude) if located and store is not None else None,  # type: ignore[arg-type]
    )


def rules_at(union: Union, store: Store | None) -> QuerySet[Rule]:
    """A store's rules, or without one those of the union's support."""
    return Rule.objects.filter(union=union, store=store).order_by("-priority", "id")


def rules_for_key(union: Union, key: Any) -> QuerySet[Rule]:
    """Over the API: a store's own, or all of the union's for its office."""
    rules = Rule.objects.filter(union=union).select_related("store", "union")
    return rules.filter(store=key.store_id) if key.store_id is not None else rules


def rule_at(union: Union, store: Store | None, ref: str) -> Rule:
    """The rule with this reference. Raises NotFound, also for another store's."""
    rule = rules_at(union, store).filter(ref=ref).select_related("store", "union").first()
    if rule is None:
        raise NotFound
    return rule


def rule_for_key(union: Union, key: Any, ref: str) -> Rule:
    """The same for a program. Raises NotFound."""
    rule = rules_for_key(union, key).filter(ref=ref).first()
    if rule is None:
        raise NotFound
    return rule


def somebody_there(union: Union, *, now: datetime) -> Callable[[str], bool]:
    """A function that says of a store's slug (an empty text: the support) whether somebody is at its console.

    One query and one question to Redis for all stores, kept for three seconds.
    """

    def find() -> frozenset[str]:
        managers = Manager.objects.filter(
            pk__in=present_managers(union, now=now), status=Manager.Status.AVAILABLE, user__is_active=True
        )
        closed = TalkSettings.objects.filter(union=union, is_open=False, store__isnull=False).values("store")
        return frozenset(
            slug or ""
            for slug in managers.filter(union=union).exclude(store__in=closed).values_list("store__slug", flat=True)
        )

    there: frozenset[str] = remembered(("somebody_there", union.pk), PRESENCE_KEPT, find)
    return there.__contains__


def item_value(union: Union, product: str) -> int | None:
    """The price in minor units of `store/product` as shoppers see it, or None where there is no such page."""

    def find() -> int | None:
        store, _slash, slug = product.partition("/")
        found: int | None = (
            Product.objects.filter(union=union, store__slug=store, slug=slug, is_published=True)
            .values_list("price_from", flat=True)
            .first()
        )
        return found

    return remembered(("item_value", union.pk, product), ITEM_KEPT, find)
