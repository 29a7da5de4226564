"""What a message can show beside words: for each kind a function that draws it for one reader, as things are now.

A message keeps only ids (`{"product": 12}`). Windows fetch the drawn card from its address, again whenever a `card`
frame says that it changed. An app adds a kind in a module that its AppConfig imports:

    @card("reservation")
    def draw_reservation(message: Message, reader: Reader) -> Card: ...

`Card` names a template and its context; the template gets `message`, `reader`, `conversation` and `card_url` besides.
Raise NotFound for what is not there any more or not for this reader: "no longer there" is shown.

A card with forms registers what they do; the window sends them in place and shows the card drawn anew, without scripts
they are a page of their own. A refusal is told below the card, or once only beside its field: a form that `refusing`
watches over is shown again as it was sent (`reader.sent`).

    <form method="post" action="{{ card_url }}" data-card-form>{% csrf_token %}<button name="do" value="accept">…

    @press("reservation")
    def press_reservation(message: Message, reader: Reader, sent: QueryDict, now: datetime) -> None: ...

A form with `method="get"` only turns to another part of the card; what it sends comes as `reader.asked`.

What somebody may show of their own accord (`message` frames with this kind) is registered too; of what belongs to the
shopper, the window offers a button each.

    @showing("voucher")
    def show_voucher(talk: Conversation, asked: dict[str, Any], by: Showing) -> tuple[str, dict[str, Any]]: ...

    @offering("voucher")
    def own_vouchers(union: Union, store: Store | None, user: User) -> list[Offer]: ...

Whoever changes a thing tells open windows with `show_card`, so that both sides draw it again.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.forms import Form
from django.http import QueryDict

from accounts.models import User
from chat.models import Conversation, Message
from core.errors import DomainError, Invalid, NotFound
from orders.models import Side
from stores.models import Store
from unions.models import Union


@dataclass(frozen=True)
class Reader:
    """Who looks at a card. `is_shopper` is False for those who answer; `sent` is their form of it that was refused.

    `is_beside` is who only listens and speaks, of a store that was asked in: nothing is agreed with them.
    `asked` is what they chose to see of it (a day, say): what a form of the card with `method="get"` sent.
    """

    union: Union
    conversation: Conversation
    user: User | None
    is_shopper: bool
    address: str | None = None
    asked: Mapping[str, str] = field(default_factory=dict)
    sent: Form | None = None
    is_beside: bool = False

    @property
    def side(self) -> str:
        """For which side of an agreement they act."""
        return Side.CUSTOMER if self.is_shopper else Side.STORE


@dataclass(frozen=True)
class Card:
    """A template under templates/ with what it shows; `form` in it is what it asks for.

    A long form is told below its button too what is wrong in it: its field may be out of sight.
    """

    template: str
    context: dict[str, Any] = field(default_factory=dict)
    has_long_form: bool = False

    def says_what_is_wrong_in(self, sent: Form | None) -> bool:
        """Whether the reason of a refusal stands beside a field, in sight of who sent the form."""
        if sent is None or self.has_long_form:
            return False
        seen = {bound.name for bound in sent.visible_fields()}
        return bool(sent.errors) and set(sent.errors) <= seen and self.context.get("form") is sent


class FormRefused(DomainError):
    """What a card's form asked for was refused: its errors stand beside its fields."""

    def __init__(self, form: Form, cause: DomainError) -> None:
        self.code, self.status, self.form = cause.code, cause.status, form
        super().__init__(cause.detail, **cause.facts)


@contextmanager
def refusing(form: Form) -> Iterator[None]:
    """Check the form, and put a refusal of what it asks for beside the field that it is about. Raises FormRefused."""
    try:
        if not form.is_valid():
            name, words = next(iter(form.errors.items()))
            raise Invalid(str(words[0]), field=name)
        yield
    except FormRefused:
        raise
    except DomainError as refusal:
        about = getattr(refusal, "field", None)
        if form.is_valid() and about in form.fields:
            form.add_error(about, str(refusal.detail))
        raise FormRefused(form, refusal) from refusal


@dataclass(frozen=True)
class Showing:
    """Who shows something: the shopper of the conversation, or somebody who answers there."""

    is_shopper: bool
    user: User | None


@dataclass(frozen=True)
class Offer:
    """A button in the shopper's window: what is shown when it is pressed."""

    kind: str
    title: str
    card: dict[str, Any]

    @property
    def json(self) -> str:
        """The card as the window's button carries it."""
        return json.dumps(self.card)


Shower = Callable[[Conversation, dict[str, Any], Showing], tuple[str, dict[str, Any]]]
Offerer = Callable[[Union, Store | None, User], list[Offer]]
Drawer = Callable[[Message, Reader], Card]
Presser = Callable[[Message, Reader, QueryDict, datetime], None]
_drawers: dict[str, Drawer] = {}
_pressers: dict[str, Presser] = {}
_showers: dict[str, Shower] = {}
_offerers: dict[str, Offerer] = {}
GONE = Card("talk/cards/gone.html")
BETWEEN = Card("talk/cards/between.html")
"""What customer and store agree on, for who was asked in: that it is there, and in which words."""
OPEN_TO_ALL = frozenset({Message.Kind.PICTURE, Message.Kind.VOUCHER})


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


def showing(kind: str) -> Callable[[Shower], Shower]:
    """Register the function that checks what somebody wants to show: the message's short text and its card."""

    def register(shower: Shower) -> Shower:
        _showers[kind] = shower
        return shower

    return register


def offering(kind: str) -> Callable[[Offerer], Offerer]:
    """Register the function that says what of a shopper's own can be shown at a place."""

    def register(offerer: Offerer) -> Offerer:
        _offerers[kind] = offerer
        return offerer

    return register


def shown_card(
    kind: object, conversation: Conversation, asked: dict[str, Any], by: Showing
) -> tuple[str, dict[str, Any]]:
    """Text and card of what somebody shows. Raises Invalid for a kind that nobody shows so."""
    shower = _showers.get(kind) if isinstance(kind, str) else None
    if shower is None:
        raise Invalid(field="kind")
    return shower(conversation, asked, by)


def offers_of(union: Union, store: Store | None, user: User | None) -> list[Offer]:
    """What of their own this person can show at this place; whoever has no account has nothing."""
    return [] if user is None else [offer for each in _offerers.values() for offer in each(union, store, user)]


def has_forms(message: Message) -> bool:
    """Whether anything can be sent to this kind of card."""
    return message.kind in _pressers


def draw(message: Message, reader: Reader) -> Card:
    """The card of a message for this reader; what is gone says so."""
    drawer = _drawers.get(message.kind)
    if drawer is None:
        return GONE
    if reader.is_beside and message.kind not in OPEN_TO_ALL:
        return BETWEEN
    try:
        return drawer(message, reader)
    except NotFound:
        return GONE


def answer(message: Message, reader: Reader, sent: QueryDict | None, *, now: datetime) -> tuple[dict[str, Any], int]:
    """Do what a form sent, if anything was, then draw: what the page shows, and the status it has.

    A refusal becomes words on the card, told once.
    """
    refusal, status = "", 200
    if sent is not None:
        presser = _pressers[message.kind]
        try:
            presser(message, reader, sent, now)
            reader = replace(reader, asked={})
        except DomainError as error:
            refusal, status = str(error.detail), error.status
            reader = replace(reader, sent=getattr(error, "form", None))
    drawn = draw(message, reader)
    shown = {
        "message": message,
        "reader": reader,
        "conversation": reader.conversation,
        "card_template": drawn.template,
        "refusal": "" if drawn.says_what_is_wrong_in(reader.sent) else refusal,
    }
    return {**drawn.context, **shown}, status


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
