"""Who asks, and which conversation they mean."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest
from django.utils.translation import get_language

from accounts.models import User
from chat.models import Conversation
from chat.queries.shoppers import Shopper, conversation_of
from core.clients import address_of
from core.errors import NotFound
from unions.middleware.visitor import visitor_in
from unions.models import Union


def union_of(request: HttpRequest) -> Union:
    """The union of the address; the middleware has looked it up."""
    union: Union | None = getattr(request, "union", None)
    if union is None:
        raise Http404
    return union


def shopper_of(request: HttpRequest, *, begins: bool = False) -> Shopper:
    """Who is in front of this browser. Who `begins` a conversation is recognised from now on by a cookie."""
    user: Any = request.user
    visitor = str(request.visitor) if begins else visitor_in(request.COOKIES)  # type: ignore[attr-defined]
    return Shopper(
        union=union_of(request),
        visitor=visitor,
        user=user if isinstance(user, User) or user.is_authenticated else None,
        language=get_language() or "",
        address=address_of(request),
    )


def own_conversation(request: HttpRequest, ref: str) -> Conversation:
    """The shopper's own; otherwise there is no such page."""
    try:
        return conversation_of(shopper_of(request), ref)
    except NotFound as error:
        raise Http404 from error


def is_script(request: HttpRequest) -> bool:
    """Whether the window asks and wants to go on in place."""
    return request.headers.get("Accept", "").startswith("application/json")
