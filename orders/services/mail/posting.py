"""Mails about orders on their way: to who bought, in the language in which they bought, or to the store's readers."""

from __future__ import annotations

from typing import Any

from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation

from core.localized import localized
from orders.models import Order
from stores.queries.team import mail_readers_of
from unions.models import Union
from unions.queries import absolute_address


def mail_shopper(*, order: Order, say: Any, template: str, context: dict[str, Any]) -> None:
    """Write to who bought, in the language in which they bought; `say` gives subject and first sentence in it."""
    purchase, union = order.purchase, order.union
    if not purchase.email:
        return
    with translation.override(purchase.language or union.default_language):
        subject, text = say()
        store = localized(order.store, "name")
        keys = {"union": union.slug, "token": purchase.token}
        address = absolute_address(union, reverse("orders:track", kwargs=keys))
        post(
            union=union,
            template=template,
            context={
                **context,
                "subject": subject % {"store": store, "number": order.number},
                "text": text,
                "name": purchase.recipient,
                "order": order,
                "place": store,
                "address": f"{address}#{order.number}",
                "union_name": localized(union, "name"),
            },
            to=[purchase.email],
            reply_to=order.store.email or union.contact_email,
        )


def mail_store(*, order: Order, say: Any, template: str, context: dict[str, Any], page: str = "") -> None:
    """Write to the store's readers, in the union's language; `page` is the address of what it is about."""
    union, store = order.union, order.store
    readers = mail_readers_of(store)
    if not readers:
        return
    keys = {"union": union.slug, "store": store.slug, "number": order.number}
    with translation.override(union.default_language):
        subject, text = say()
        post(
            union=union,
            template=template,
            context={
                **context,
                "subject": subject % {"store": localized(store, "name"), "number": order.number},
                "text": text,
                "name": "",
                "order": order,
                "place": order.purchase.recipient,
                "address": absolute_address(union, page or reverse("manage:order", kwargs=keys)),
                "union_name": localized(union, "name"),
            },
            to=readers,
            reply_to=order.purchase.email,
        )


def post(*, union: Union, template: str, context: dict[str, Any], to: list[str], reply_to: str) -> None:
    """Send `templates/mail/orders/<template>` as text and page; `subject` is in the context."""
    with timezone.override(union.time_zone):
        text = render_to_string(f"mail/orders/{template}.txt", context).strip() + "\n"
        page = render_to_string(f"mail/orders/{template}.html", context)
    # A name may hold a line break, which a header must not.
    subject = " ".join(context["subject"].split())
    message = EmailMultiAlternatives(subject=subject, body=text, to=to, reply_to=[reply_to] if reply_to else None)
    message.attach_alternative(page, "text/html")
    message.send()
