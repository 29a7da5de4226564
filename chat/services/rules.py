"""Making, changing and removing rules. Every change is known to all processes with the next event."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from chat.conditions import check
from chat.models import Rule
from chat.queries.rules import version_key
from chat.services.rule_pictures import drop_picture, keep_picture
from core.errors import DomainError, Invalid
from core.live import redis_connection
from core.moments import require_plausible
from core.references import new_reference, new_secret
from stores.models import Store
from unions.models import Union

MOST_RULES = 50


class TooManyRules(DomainError):
    """More than a store or a union may have."""

    code = "too_many_rules"
    detail = _("There are 50 rules already. Remove one first.")


@dataclass(frozen=True)
class Wording:
    """All that a rule says; `translations` is `{"ko": {"words": …}}`."""

    name: str
    conditions: dict[str, Any] = field(default_factory=dict)
    action: str = Rule.Action.INVITE
    offer: str = Rule.Offer.TEXT
    words: str = ""
    translations: dict[str, Any] = field(default_factory=dict)
    picture: str = Rule.Picture.NONE
    free_minutes: int = 0
    priority: int = 0
    cooldown_minutes: int = 60
    limit_per_visitor: int = 3
    is_enabled: bool = True
    begins_at: datetime | None = None
    ends_at: datetime | None = None


@transaction.atomic
def create_rule(
    *,
    union: Union,
    store: Store | None,
    wording: Wording,
    actor: User | None,
    now: datetime,
    picture: bytes | None = None,
) -> Rule:
    """A new rule of a store, or of the union's support; `picture` is its own, as `redrawn` gives it.

    Raises Invalid, TooManyRules.
    """
    if Rule.objects.filter(union=union, store=store).count() >= MOST_RULES:
        raise TooManyRules
    rule = Rule(union=union, store=store, ref=new_reference(union.prefix, 8), created_at=now)
    return _save(rule, wording, picture, actor=actor, now=now)


@transaction.atomic
def change_rule(
    *, rule: Rule, wording: Wording, actor: User | None, now: datetime, picture: bytes | None = None
) -> Rule:
    """All that the rule says is as given; its own picture stays unless another is. What it has done stays counted.

    Raises Invalid.
    """
    return _save(rule, wording, picture, actor=actor, now=now)


@transaction.atomic
def switch_rule(*, rule: Rule, is_enabled: bool, actor: User | None, now: datetime) -> None:
    """In use, or not for now."""
    Rule.objects.filter(union=rule.union_id, pk=rule.pk).update(is_enabled=is_enabled, changed_at=now, changed_by=actor)
    rules_changed(union_id=rule.union_id)


@transaction.atomic
def remove_rule(*, rule: Rule) -> None:
    """It and its figures are gone; the conversations it led to stay."""
    union_id = rule.union_id
    drop_picture(rule=rule)
    rule.delete()
    rules_changed(union_id=union_id)


def rules_changed(*, union_id: int) -> None:
    """Once committed, no process goes on with the rules it remembers."""
    transaction.on_commit(lambda: redis_connection().set(version_key(union_id), new_secret(9)))


def _save(rule: Rule, wording: Wording, picture: bytes | None, *, actor: User | None, now: datetime) -> Rule:
    for name, value in vars(wording).items():
        setattr(rule, name, value)
    rule.name = rule.name.strip()
    rule.conditions = check(wording.conditions)
    require_plausible(moment=wording.begins_at, field="begins_at")
    require_plausible(moment=wording.ends_at, field="ends_at")
    if wording.begins_at and wording.ends_at and wording.ends_at <= wording.begins_at:
        raise Invalid(_("The end is not after the beginning."), field="ends_at")
    if wording.picture == Rule.Picture.OWN and picture is None and not rule.own_picture:
        raise Invalid(_("Choose the file of the picture as well."), field="picture")
    rule.changed_at, rule.changed_by = now, actor
    try:
        rule.clean_fields(exclude=["union", "store", "translations"])
    except ValidationError as wrong:
        name, words = next(iter(wrong.message_dict.items()))
        raise Invalid(words[0], field=name) from None
    if picture is not None:
        keep_picture(rule=rule, picture=picture)
    rule.save()
    rules_changed(union_id=rule.union_id)
    return rule
