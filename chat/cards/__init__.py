"""What a message can show beside words: for each kind a function that draws it for one reader, as things are now.

A message keeps only ids (`{"product": 12}`). Windows fetch the drawn card from its address, again whenever a `card`
frame says that it changed. An app adds a kind in a module that its AppConfig imports:

    @card("reservation")
    def draw_reservation(message: Message, reader: Reader) -> Card: ...

`Card` names a template and its context; the template gets `message`, `reader`, `conversation` and `card_url` besides.
Raise NotFound for what is not there any more or not for this reader: "no longer there" is shown.

A card with forms registers what they do; the window sends them in place and shows the card drawn anew, without scripts
they are a page of their own. A refusal is told below the card.

    <form method="post" action="{{ card_url }}" data-card-form>{% csrf_token %}<button name="do" value="accept">…

    @press("reservation")
    def press_reservation(message: Message, reader: Reader, sent: QueryDict, now: datetime) -> None: ...

A form with `method="get"` only turns to another part of the card; what it sends comes as `reader.asked`.

Whoever changes a thing tells open windows with `show_card`, so that both sides draw it again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.http import QueryDict

from accounts.models import User
from chat.models import Conversation, Message
from core.errors import NotFound
from unions.models import Union


@dataclass(frozen=True)
class Reader:
    """Who looks at a card. `is_shopper` is False for those who answer.

    `asked` is what they chose to see of it (a day, say): what a form of the card with `method="get"` sent.
    """

    union: Union
    conversation: Conversation
    user: User | None
    is_shopper: bool
    address: str | None = None
    asked: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Card:
    """A template under templates/ with what it shows."""

    template: str
    context: dict[str, Any] = field(default_factory=dict)


Drawer = Callable[[Message, Reader], Card]
Presser = Callable[[Message, Reader, QueryDict, datetime], None]
_drawers: dict[str, Drawer] = {}
_pressers: dict[str, Presser] = {}
GONE = Card("talk/cards/gone.html")


def card(kind: str) -> Callable[[Drawer], Drawer]:
    """Register the function that draws messages of this kind."""

    def register(drawer: Drawer) -> Drawer:
        _drawers[kind] = drawer
        return drawer

    return register


def press(kind: str) -> Callable[[Presser], Presser]:
    """Register the function that does what the forms of such a card ask for. It may raise any DomainError."""

    def register(presser: Presser) -> Presser:
        _pressers[kind] = presser
        return presser

    return register


def presser_of(message: Message) -> Presser | None:
    """What the forms of this card do; None for a card without any."""
    return _pressers.get(message.kind)


def draw(message: Message, reader: Reader) -> Card:
    """The card of a message for this reader; what is gone says so."""
    drawer = _drawers.get(message.kind)
    if drawer is None:
        return GONE
    try:
        return drawer(message, reader)
    except NotFound:
        return GONE


def number_in(message: Message, name: str) -> int:
    """An id in the message's card. Raises NotFound."""
    value = (message.card or {}).get(name)
    if type(value) is not int:
        raise NotFound
    return value


def text_in(message: Message, name: str) -> str:
    """A text in the message's card. Raises NotFound."""
    value = (message.card or {}).get(name)
    if not isinstance(value, str) or not value:
        raise NotFound
    return value
