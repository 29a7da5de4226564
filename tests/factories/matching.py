"""Stores that take calls, and wishes. Whatever hangs together is of the same union by itself."""

from __future__ import annotations

from typing import Any

from chat.queries.shoppers import Shopper
from matching.models import CallSettings, MatchRequest, Subscription
from matching.services.throwing import Wish, throw_wish
from stores.models import Store
from tests.factories.orders import NOW
from tests.factories.stores import StoreFactory
from unions.models import SignalCode, Union

CODE = "hg-lamp"


def code(name: str = CODE, *, title: str = "Lamps") -> SignalCode:
    """A class of the tree with those above it."""
    above: list[str] = []
    parts = name.split("-")
    for depth in range(1, len(parts) + 1):
        here = "-".join(parts[:depth])
        above = [*above, here]
        made, _new = SignalCode.objects.get_or_create(
            code=here,
            defaults={
                "title": title if here == name else here,
                "ancestors": above,
                "parent_id": above[-2] if depth > 1 else None,
            },
        )
    return made


def caller(union: Union, *, name: str = CODE, itself: bool = False, **given: Any) -> Store:
    """A store of the union that wants to be called for this class."""
    wishes = {key: given.pop(key) for key in ("reach_km", "budget_from", "budget_to") if key in given}
    settings = {key: given.pop(key) for key in ("takes_calls", "only_open", "most_a_day") if key in given}
    store = StoreFactory(union=union, **given)
    Subscription.objects.create(union=union, store=store, code=code(name), **wishes)
    if itself or settings:
        CallSettings.objects.create(union=union, store=store, answers_itself=itself, **settings)
    return store


def shopper(union: Union, *, user: Any = None, visitor: str = "browser-1") -> Shopper:
    return Shopper(union, visitor, user, "en", None)


def thrown(union: Union, *, by: Shopper | None = None, now: Any = NOW, **said: Any) -> MatchRequest:
    """A wish for a lamp, thrown to the union."""
    code()
    said = {"words": "reading lamp", "code": CODE, **said}
    return throw_wish(shopper=by or shopper(union), wish=Wish(**said), now=now)
