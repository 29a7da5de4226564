"""A voucher that is talked about: handed over, taken back, taken on or declined without leaving the conversation."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from ascc.forms.customer import WishForm
from ascc.forms.desk import ReasonForm
from ascc.models import ServiceProvider, Transmission, Voucher, VoucherStep
from ascc.presenting import voucher_shown
from ascc.queries.choosing import approved_providers, usable_vouchers
from ascc.queries.talking import last_transmission, step_of_message, store_that_sold, voucher_talked_of
from ascc.services.conversing import card_of, show_voucher
from ascc.services.moving import By, Side
from ascc.services.transmitting import accept_transmission, decline_transmission, send_voucher, take_back
from chat.cards import Card, Offer, Reader, Showing, card, offering, press, refusing, showing, text_in
from chat.models import Conversation, Message
from chat.services.handing import bring_store, bring_support
from core.errors import Invalid, NotAllowed, NotFound
from stores.models import Store, StoreStaff
from stores.queries.access import permissions_of
from unions.models import Union

KIND = str(Message.Kind.VOUCHER)
State = Voucher.State
MOST_OFFERED = 3


@card(KIND)
def draw_voucher(message: Message, reader: Reader) -> Card:
    """`{"voucher": code}`: only the newest of its cards has buttons; an older one tells what was done then."""
    voucher = voucher_talked_of(reader.conversation, text_in(message, "voucher"))
    item = voucher_shown(voucher, now=timezone.now())
    later = Message.objects.filter(conversation=reader.conversation, kind=message.kind, seq__gt=message.seq)
    step = step_of_message(voucher, message.client_id)
    shown: dict[str, Any] = {"item": item, "step": step.get_what_display() if step else "", "note": _note(step)}
    if later.filter(card=message.card).exists():
        return Card("care/cards/voucher.html", {**shown, "is_past": True, "moves": []})
    provider = _provider_here(reader.conversation)
    sent = last_transmission(voucher)
    is_here = provider is not None and voucher.provider_id == provider.pk
    moves = _moves(reader, voucher, provider)
    return Card(
        "care/cards/voucher.html",
        {
            **shown,
            "moves": moves,
            "wish": sent.wish if sent is not None and is_here else "",
            "url": _url(reader, voucher, provider),
            "place": reader.conversation.store,
            "form": _form(message, reader, moves),
            "seller": _seller(voucher, reader) if provider is not None else None,
            "ask_center": reader.is_shopper and not reader.conversation.with_support and provider is not None,
        },
    )


@press(KIND)
def press_voucher(message: Message, reader: Reader, sent: QueryDict, now: datetime) -> None:
    """`do`: send (a wish), back, seller, center for the shopper; accept, decline (a reason) for the provider."""
    talk = reader.conversation
    voucher = voucher_talked_of(talk, text_in(message, "voucher"))
    does, provider = sent.get("do", ""), _provider_here(talk)
    if does == "center" and reader.is_shopper:
        bring_support(conversation=talk, now=now)
        return
    if does == "seller" and reader.is_shopper and provider is not None:
        bring_store(conversation=talk, store=store_that_sold(voucher), now=now)
        return
    if provider is None or does not in ("send", "back", "accept", "decline"):
        raise Invalid(field="do")
    by = By(
        Side.CUSTOMER if reader.is_shopper else Side.PROVIDER, reader.user.pk if reader.user else None, reader.address
    )
    if (does in ("send", "back")) != reader.is_shopper or not (reader.is_shopper or _may_serve(reader, provider)):
        raise NotAllowed
    if does == "send":
        form = WishForm(sent, auto_id=f"id_{message.seq}_%s")
        with refusing(form):
            wish = form.cleaned_data["wish"]
            send_voucher(voucher=voucher, provider=provider, by=by, now=now, wish=wish, conversation=talk)
    elif does == "decline":
        reason = ReasonForm(sent, auto_id=f"id_{message.seq}_%s")
        with refusing(reason):
            words = reason.cleaned_data["reason"]
            decline_transmission(transmission=_open(voucher, provider), by=by, now=now, reason=words)
    elif does == "back":
        take_back(transmission=_open(voucher, provider), by=by, now=now)
    else:
        accept_transmission(transmission=_open(voucher, provider), by=by, now=now)
    show_voucher(voucher_id=voucher.pk, now=now)


@showing(KIND)
def show_own_voucher(talk: Conversation, asked: dict[str, Any], by: Showing) -> tuple[str, dict[str, Any]]:
    """`{"voucher": code}`: its owner shows it, nobody else. Raises NotAllowed, NotFound."""
    if not by.is_shopper or by.user is None:
        raise NotAllowed
    code = asked.get("voucher")
    voucher = voucher_talked_of(talk, code if isinstance(code, str) else "")
    if voucher.owner_id != by.user.pk:
        raise NotFound
    return voucher.about, card_of(voucher=voucher)


@offering(KIND)
def own_vouchers(union: Union, store: Store | None, user: User) -> list[Offer]:
    """At a provider what could be handed to it, at any other store what it has sold. Two queries."""
    if store is None:
        return []
    vouchers = usable_vouchers(user, union, now=timezone.now())
    if vouchers and not approved_providers(union).filter(store=store).exists():
        vouchers = [voucher for voucher in vouchers if voucher.store_id == store.pk]
    return [
        Offer(KIND, _("Show the voucher for %(what)s") % {"what": voucher.about}, card_of(voucher=voucher))
        for voucher in vouchers[:MOST_OFFERED]
    ]


def _provider_here(talk: Conversation) -> ServiceProvider | None:
    """The store of the conversation as a provider that takes, or has taken, vouchers."""
    at_work = [ServiceProvider.State.APPROVED, ServiceProvider.State.SUSPENDED]
    found = ServiceProvider.objects.filter(union=talk.union_id, store=talk.store_id or 0, state__in=at_work)
    return found.select_related("store__union", "store__membership").first()


def _may_serve(reader: Reader, provider: ServiceProvider) -> bool:
    """The center's people may be in the conversation too; for the provider only its own act."""
    return reader.user is not None and StoreStaff.Permission.SERVICE in permissions_of(reader.user, provider.store)


def _moves(reader: Reader, voucher: Voucher, provider: ServiceProvider | None) -> list[str]:
    if provider is None:
        return []
    is_here = voucher.provider_id == provider.pk
    if reader.is_shopper:
        usable = voucher.state == State.ACTIVE and voucher.visits_left > 0 and voucher.expires_at > timezone.now()
        if usable and provider.state == ServiceProvider.State.APPROVED:
            return ["send"]
        return ["back"] if voucher.state == State.TRANSMITTED and is_here else []
    if voucher.state == State.TRANSMITTED and is_here and _may_serve(reader, provider):
        return ["accept", "decline"]
    return []


def _form(message: Message, reader: Reader, moves: list[str]) -> WishForm | ReasonForm | None:
    """Several cards stand in a conversation, each with fields of its own."""
    kind = WishForm if "send" in moves else ReasonForm if "decline" in moves else None
    if kind is None:
        return None
    return reader.sent if isinstance(reader.sent, kind) else kind(auto_id=f"id_{message.seq}_%s")


def _url(reader: Reader, voucher: Voucher, provider: ServiceProvider | None) -> str:
    """The reader's own page of it."""
    if reader.is_shopper:
        return reverse("care:voucher", args=[voucher.code])
    if provider is None or voucher.provider_id != provider.pk or not _may_serve(reader, provider):
        return ""
    store = provider.store
    return reverse("provider:voucher", args=[store.union.slug, store.slug, voucher.code])


def _seller(voucher: Voucher, reader: Reader) -> Store | None:
    """Who sold it and could be asked to join."""
    talk = reader.conversation
    return voucher.store if reader.is_shopper and talk.beside_id is None and voucher.store_id != talk.store_id else None


def _open(voucher: Voucher, provider: ServiceProvider) -> Transmission:
    """The transmission to this provider, answered meanwhile or not. Raises NotFound."""
    sent = last_transmission(voucher)
    if sent is None or sent.provider_id != provider.pk:
        raise NotFound
    return sent


def _note(step: VoucherStep | None) -> str:
    return step.note if step is not None and step.what in (VoucherStep.What.DECLINED, VoucherStep.What.RETURNED) else ""
