"""Writes to shoppers of a parcel by itself: a part of an order that left, a delivery that failed or is tried again."""

from __future__ import annotations

from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from core.localized import localized
from orders.models import Shipment
from orders.services.mail.posting import post
from unions.queries import absolute_address

State = Shipment.State


def send_parcel_mail(*, parcel: Shipment, state: str) -> None:
    """Tell the step; nothing is sent for one of which shoppers hear otherwise."""
    order = parcel.order
    union, purchase = order.union, order.purchase
    if not purchase.email:
        return
    with translation.override(purchase.language or union.default_language):
        said = _words(parcel, state)
        if said is None:
            return
        subject, text = said
        last = parcel.events.filter(state=state).last()
        store = localized(order.store, "name")
        keys = {"union": union.slug, "token": purchase.token}
        context = {
            "purchase": purchase,
            "order": order,
            "parcel": parcel,
            "rows": list(parcel.lines.select_related("order_line").order_by("id")),
            "store": store,
            "subject": subject % {"store": store},
            "text": text,
            "words": last.words if last else "",
            "union_name": localized(union, "name"),
            "track_url": absolute_address(union, reverse("orders:track", kwargs=keys)),
        }
        post(union=union, template="parcel", context=context, to=[purchase.email], reply_to=union.contact_email)


def _words(parcel: Shipment, state: str) -> tuple[str, str] | None:
    """Subject and first sentence."""
    if state == State.IN_TRANSIT and parcel.events.filter(state=State.FAILED).exists():
        return _("Your parcel from %(store)s is brought again"), _("The carrier has it and tries once more.")
    return {
        State.IN_TRANSIT: (
            _("A part of your order from %(store)s is on its way"),
            _("The rest follows in a parcel of its own."),
        ),
        State.FAILED: (
            _("Your parcel from %(store)s could not be delivered"),
            _("It is kept safe. The carrier tries again, or the store asks you how to go on."),
        ),
        State.RETURNED: (
            _("Your parcel from %(store)s went back to the store"),
            _("The store sends it again, or gives your money back. It will tell you."),
        ),
    }.get(State(state))
