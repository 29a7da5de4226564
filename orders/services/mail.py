"""Writes to shoppers in the language in which they bought, at each step of their orders."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from core.localise import localised
from orders.models import Order, Purchase


def send_purchase_mail(*, purchase: Purchase) -> None:
    """The confirmation: everything that was bought, with the link to follow it."""
    orders = list(purchase.orders.select_related("store").prefetch_related("lines").order_by("id"))
    with translation.override(purchase.language or purchase.union.default_language):
        subject = _("Your purchase %(number)s at %(union)s") % {
            "number": purchase.number,
            "union": localised(purchase.union, "name"),
        }
        _send(purchase, "purchase", subject, {"orders": orders})


def send_order_mail(*, order: Order, state: str) -> None:
    """One step of one store's order; nothing is sent for a state of which shoppers need not hear."""
    purchase = order.purchase
    purchase.union = order.union
    with translation.override(purchase.language or order.union.default_language):
        store = localised(order.store, "name")
        subject = {
            Order.State.ACCEPTED: _("%(store)s has accepted your order"),
            Order.State.PACKED: _("Your order is waiting for you at %(store)s")
            if order.delivery_kind == "pickup"
            else _("%(store)s has packed your order"),
            Order.State.SHIPPED: _("Your order from %(store)s is on its way"),
            Order.State.DELIVERED: _("Your order from %(store)s has arrived"),
            Order.State.COMPLETED: _("How was your order from %(store)s?"),
            Order.State.CANCELLED: _("Your order from %(store)s was cancelled"),
        }.get(Order.State(state))
        if subject is None:
            return
        shipment = order.shipments.order_by("-id").first()
        lines = list(order.lines.all())
        subject = subject % {"store": store}
        _send(
            purchase,
            f"order_{state}",
            subject,
            {"order": order, "lines": lines, "store_name": store, "shipment": shipment},
        )


def _send(purchase: Purchase, template: str, subject: str, context: dict[str, Any]) -> None:
    if not purchase.email:
        return
    track = reverse("orders:track", kwargs={"union": purchase.union.slug, "token": purchase.token})
    context |= {
        "purchase": purchase,
        "union": purchase.union,
        "subject": subject,
        "track_url": f"{settings.SITE_ADDRESS}{track}",
    }
    message = EmailMultiAlternatives(
        subject=subject, body=render_to_string(f"mail/{template}.txt", context), to=[purchase.email]
    )
    message.attach_alternative(render_to_string(f"mail/{template}.html", context), "text/html")
    message.send()
