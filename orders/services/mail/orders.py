"""Writes to shoppers in the language in which they bought, at each step of their orders; to stores of new ones."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from core.localized import localized
from orders.models import Order, Purchase, RunStep
from orders.queries.pickup import pickup_places
from orders.queries.runs import promised_steps
from orders.queries.shopper import awaits_time
from orders.services.handing import pickup_code
from orders.services.mail.posting import post
from stores.queries.team import mail_readers_of
from unions.queries import absolute_address

State = Order.State


def send_purchase_mail(*, purchase: Purchase, now: datetime) -> None:
    """The confirmation: everything that was bought, with the link to follow it."""
    orders = list(purchase.orders.select_related("store").prefetch_related("lines__variant__product").order_by("id"))
    with _reading(purchase):
        subject = _("Your purchase %(number)s at %(union)s") % {
            "number": purchase.number,
            "union": localized(purchase.union, "name"),
        }
        places = pickup_places(orders, union=purchase.union, now=now)
        parts = [
            {
                "order": order,
                "store": localized(order.store, "name"),
                "place": places.get(order.store_id),
                "awaits_time": awaits_time(order),
            }
            for order in orders
        ]
        _send(purchase, "purchase", subject, {"parts": parts})


def send_order_mail(*, order: Order, state: str, now: datetime) -> None:
    """One step of one store's order; nothing is sent for a state of which shoppers hear otherwise."""
    purchase = order.purchase
    purchase.union = order.union
    with _reading(purchase):
        store = localized(order.store, "name")
        words = _words(order, State(state))
        if words is None:
            return
        subject, text = words
        waits = state in (State.ACCEPTED, State.PACKED)
        places = pickup_places([order] if waits else [], union=order.union, now=now)
        context = {
            "order": order,
            "store": store,
            "text": text,
            "lines": list(order.lines.all()),
            "awaits_time": waits and awaits_time(order),
            "place": places.get(order.store_id),
            "asks_how": state in (State.DELIVERED, State.COMPLETED),
            "has_receipt": state in (State.DELIVERED, State.COMPLETED),
            "promised": [step for step in promised_steps([order]).get(order.pk, []) if step.state in RunStep.WAITING],
            "shipments": list(order.shipments.order_by("id")) if state == State.SHIPPED else [],
            "pickup_code": pickup_code(order=order) if state == State.PACKED else "",
        }
        _send(purchase, "order", subject % {"store": store}, context)


def send_store_mail(*, order: Order) -> None:
    """A new order, to the store's address, else to the owners of its enterprise, in the union's language."""
    union, store, purchase = order.union, order.store, order.purchase
    readers = mail_readers_of(store)
    if not readers:
        return
    keys = {"union": union.slug, "store": store.slug, "number": order.number}
    with translation.override(union.default_language):
        name = localized(store, "name")
        context = {
            "order": order,
            "purchase": purchase,
            "lines": list(order.lines.all()),
            "awaits_time": awaits_time(order),
            "union_name": localized(union, "name"),
            "subject": _("New order %(number)s for %(store)s") % {"number": order.number, "store": name},
            "handle_url": absolute_address(union, reverse("manage:order", kwargs=keys)),
        }
        post(union=union, template="store", context=context, to=readers, reply_to=purchase.email)


def _words(order: Order, state: Order.State) -> tuple[str, str] | None:
    """Subject and first sentence of a step's mail."""
    is_pickup = order.delivery_kind == "pickup"
    if state == State.PACKED and is_pickup:
        return _("Your order is waiting for you at %(store)s"), _("You can pick it up during opening hours.")
    return {
        State.ACCEPTED: (
            _("%(store)s has accepted your order"),
            _("The store is getting it ready. Your payment for it has been settled."),
        ),
        State.PACKED: (_("%(store)s has packed your order"), _("It leaves the store soon.")),
        State.SHIPPED: (_("Your order from %(store)s is on its way"), _("The carrier has it now.")),
        State.DELIVERED: (
            _("Your order from %(store)s has reached you"),
            _("Enjoy it! If anything is not right, the store would like to know."),
        ),
        State.COMPLETED: (
            _("How was your order from %(store)s?"),
            _("Others would like to know. A word from you helps them and the store."),
        ),
        State.CANCELLED: (
            _("Your order from %(store)s was cancelled"),
            _("Money that was paid for it goes back to your account. Orders at other stores stay as they are."),
        ),
    }.get(state)


def _reading(purchase: Purchase) -> Any:
    return translation.override(purchase.language or purchase.union.default_language)


def _send(purchase: Purchase, template: str, subject: str, context: dict[str, Any]) -> None:
    if not purchase.email:
        return
    union = purchase.union
    keys = {"union": union.slug, "token": purchase.token}
    context |= {
        "purchase": purchase,
        "union": union,
        "union_name": localized(union, "name"),
        "subject": subject,
        "track_url": absolute_address(union, reverse("orders:track", kwargs=keys)),
        "receipt_url": absolute_address(union, reverse("orders:receipt_file", kwargs=keys)),
    }
    post(union=union, template=template, context=context, to=[purchase.email], reply_to=union.contact_email)
