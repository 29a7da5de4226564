"""Wishes that nobody could fulfil are remembered: when something fitting is in stock the shopper hears of it, once."""

from __future__ import annotations

from datetime import datetime

from django.core import signing
from django.db import transaction
from django_scopes import scopes_disabled

from accounts.models import User
from core.errors import NotFound
from core.outbox import publish_all
from matching.events import WISH_FOUND
from matching.models import MatchRequest
from matching.queries.remembered import goods_for, watched_alike, watched_requests
from matching.services.telling import tell_shopper
from unions.models import Union

SALT = "matching.quiet"
AT_ONCE = 200


def tell_watchers(*, now: datetime, at_once: int = AT_ONCE) -> int:
    """Look through all remembered wishes, a batch at a time; returns how many shoppers are told.

    Two workers at the same time take different batches; the mail is sent by whoever handles the event.
    """
    told, after = 0, 0
    while True:
        requests, found = _told(after, at_once, now=now)
        if not requests:
            return told
        after = requests[-1].pk
        for request in requests:
            if request.pk in found:
                tell_shopper(request=request, what="found")
        told += len(found)


def stop_watching(*, request: MatchRequest) -> int:
    """Nothing more is told to this person about wishes in this union; returns of how many."""
    with scopes_disabled():
        return watched_alike(request).update(is_watched=False)


def claim_wishes(*, user: User, visitor: str) -> int:
    """At sign-in, what this browser wished becomes the person's. Returns how many."""
    if not visitor:
        return 0
    mine = MatchRequest.objects.filter(visitor=visitor, user=None)
    return mine.update(user=user, visitor="", email="")


def quiet_token(*, request: MatchRequest) -> str:
    """What the link in a mail carries; whoever has it may stop further ones."""
    return signing.dumps([request.union_id, request.ref], salt=SALT)


def request_to_quiet(*, union: Union, token: str) -> MatchRequest:
    """The wish that such a link is about. Raises NotFound."""
    try:
        union_id, ref = signing.loads(token, salt=SALT)
    except (signing.BadSignature, ValueError, TypeError):
        raise NotFound from None
    found = MatchRequest.objects.filter(union=union, ref=ref).first() if union_id == union.pk else None
    if found is None:
        raise NotFound
    return found


@transaction.atomic
def _told(after: int, at_once: int, *, now: datetime) -> tuple[list[MatchRequest], set[int]]:
    with scopes_disabled():
        requests = list(
            watched_requests(now=now)
            .filter(pk__gt=after)
            .select_related("union", "user")
            .select_for_update(of=("self",), skip_locked=True, no_key=True)[:at_once]
        )
        found = {each.wish_id: each.variant_id for each in goods_for(requests)}
        MatchRequest.objects.filter(pk__in=list(found)).update(told_at=now, is_watched=False)
        publish_all(
            [
                (WISH_FOUND, f"wish:{wish_id}", {"request_id": wish_id, "variant_id": variant_id})
                for wish_id, variant_id in found.items()
            ]
        )
    return requests, set(found)
