"""`{% load unions %}`: what a person has to do with unions, for pages of apps below this one."""

from typing import Any

from django import template

from unions.models import Membership, Union
from unions.queries import administered_unions, memberships_of

register = template.Library()

BADGES = {
    Membership.State.APPLIED: "warning",
    Membership.State.ACTIVE: "success",
    Membership.State.SUSPENDED: "danger",
    Membership.State.LEFT: "",
}


@register.simple_tag
def own_memberships(user: Any) -> list[Membership]:
    """Memberships of the person's enterprises, in every union."""
    return list(memberships_of(user))


@register.simple_tag
def own_offices(user: Any) -> list[Union]:
    """Unions whose office the person runs, at most twenty."""
    return list(administered_unions(user)[:20])


@register.filter
def state_badge(state: str) -> str:
    """The kind of badge in which a membership's state is shown."""
    return BADGES.get(state, "")  # type: ignore[call-overload]
