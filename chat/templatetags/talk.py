"""The words of the Talk button, who answers at a store, and the ways into rooms, for pages of apps that know nothing of
them.

The words are on every page of a union, so they are made once per language.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from django import template
from django.utils import timezone
from django.utils.html import format_html, json_script
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext

from chat.presenting import call_words as words_of_calls
from chat.presenting import presence_text, presence_words
from chat.queries.presence import Presence, presences_of
from chat.queries.rooms import Gathering, gatherings
from core.memory import remembered
from unions.models import Union

register = template.Library()
ROOMS_FOR = 5.0
"""Seconds. A page that is looked at all the time asks nothing; how many are in a room may be that old."""
PRESENCE_FOR = 5.0
"""Seconds, until the page's script has asked for itself."""
MOST_ON_A_PAGE = 4


@register.simple_tag
def talk_words() -> SafeString:
    """`<script type="application/json" id="talk-words">`."""
    return _talk_words(get_language())


@lru_cache(maxsize=32)
def _talk_words(_language: str | None) -> SafeString:
    words = {
        "presence": presence_words(),
        "the_store": gettext("The store"),
        "talk": gettext("Talk"),
        "program": gettext("A program"),
        "talking": gettext("Go on talking"),
    }
    return json_script(words, "talk-words")


@register.simple_tag
def call_words() -> SafeString:
    """`<script type="application/json" id="call-words">`."""
    return json_script(words_of_calls(), "call-words")


@register.simple_tag
def presence_line(union: Union | None, store: str) -> SafeString:
    """Who answers at a store (by slug) at this moment: a program says that it is one before anybody talks with it.

    Hidden while nobody does; js/talk/start.js keeps it true.
    """
    presence = _presences(union).get(store) if union else None
    return format_html(
        '<span class="live" data-presence-of="{}"{}>{}</span>',
        store,
        SafeString("" if presence else " hidden"),
        presence_text(presence) if presence else "",
    )


def _presences(union: Union) -> dict[str, Presence]:
    return remembered(("presences", union.pk), PRESENCE_FOR, lambda: presences_of(union, now=timezone.now()))


@register.inclusion_tag("talk/room_invitation.html")
def room_invitation(union: Union, product_id: int) -> dict[str, Any]:
    """On a product's page: the way into the room around it, if one is open."""
    return {"union": union, "room": next((each for each in _rooms(union) if each.product_id == product_id), None)}


@register.inclusion_tag("talk/room_list.html")
def open_rooms(union: Union, store: str = "") -> dict[str, Any]:
    """On a store's page its open rooms, on the union's home everybody's; the liveliest few."""
    found = [each for each in _rooms(union) if not store or each.store == store]
    return {"union": union, "rooms": found[:MOST_ON_A_PAGE], "own": bool(store)}


def _rooms(union: Union) -> list[Gathering]:
    return remembered(("rooms", union.pk, get_language()), ROOMS_FOR, lambda: gatherings(union, now=timezone.now()))
