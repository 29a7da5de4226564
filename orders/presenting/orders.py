"""Orders as pages and mails show them: timelines, parcels, what went back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.localized import localized
from core.money import format_money
from orders.models import HandOverRule, Order, OrderLine, Purchase, Return, Shipment, Substitution
from orders.presenting.parcels import parcels_shown
from orders.presenting.returns import return_shown
from orders.queries.pickup import PickupPlace
from orders.queries.pieces import callable_pieces
from orders.queries.returns import is_returnable
from orders.queries.shopper import awaits_time
from orders.services.handing import pickup_code
from orders.services.moving import is_open

State = Order.State


def order_shown(
    order: Order,
    purchase: Purchase,
    places: Mapping[int, PickupPlace],
    stars: Mapping[tuple[str, int | None], int] | None = None,
    returns: Sequence[Return] = (),
    return_days: int | None = None,
    substitutions: Sequence[Substitution] = (),
) -> dict[str, Any]:
    """One store's order for the tracking page and the receipt.

    `places` by store: where it is picked up; `stars` as of `orders.queries.shopper.stars_given`; its
    `returns`, and for how many days its store takes goods back.
    """
    union = purchase.union
    keys = {"union": union.slug, "token": purchase.token, "number": order.number}
    asked: HandOverRule | None = getattr(order.store, "hand_over_rule", None)
    return {
        "order": order,
        "store": localized(order.store, "name"),
        "store_url": reverse("shop:store", kwargs={"union": union.slug, "store": order.store.slug}),
        "lines": [_line_shown(line, order, purchase, stars or {}) for line in order.lines.all()],
        "credits": credits_shown(order),
        "kept": format_money(order.kept_total, order.currency) if order.given_back else "",
        "goods": format_money(order.goods_total, order.currency),
        "delivery": format_money(order.delivery_total, order.currency) if order.delivery_total else _("free"),
        "tax": format_money(order.tax_total, order.currency),
        "total": format_money(order.total, order.currency),
        "moments": moments_of(order),
        "badge": badge_of(order.state),
        "state": state_words(order),
        "awaits_time": awaits_time(order),
        "place": places.get(order.store_id) if order.delivery_kind == "pickup" else None,
        "parcels": parcels_shown(order),
        "pickup_code": pickup_code(order=order, proof=asked.proof if asked is not None else "none"),
        "is_open": order.state not in (State.DELIVERED, State.COMPLETED, State.CANCELLED),
        "cancel_url": reverse("orders:cancel", kwargs=keys) if is_open(order=order, move="cancel") else "",
        "received_url": reverse("orders:received", kwargs=keys) if _may_arrive(order) else "",
        "call_off_url": reverse("orders:call_off", kwargs=keys) if _can_call_off(order) else "",
        "returns": [
            {
                **return_shown(found),
                "cancel_url": reverse("orders:return_cancel", kwargs={**keys, "number": found.number}),
            }
            for found in returns
        ],
        "offers": [
            _offer_shown(found, keys, order.currency)
            for found in substitutions
            if found.state == Substitution.State.OFFERED
        ],
        "return_url": reverse("orders:return", kwargs=keys) if _can_return(order, returns, return_days) else "",
    }


def _may_arrive(order: Order) -> bool:
    """Whether the shopper can say that everything is there: not while a parcel is back at the store."""
    is_back = any(parcel.state == Shipment.State.RETURNED for parcel in order.shipments.all())
    return is_open(order=order, move="deliver") and not is_back


def _line_shown(
    line: OrderLine, order: Order, purchase: Purchase, stars: Mapping[tuple[str, int | None], int]
) -> dict[str, Any]:
    product = line.variant.product if line.variant else None
    union = purchase.union.slug
    address = review_url = said = ""
    if product is not None:
        address = reverse("shop:product", kwargs={"union": union, "store": order.store.slug, "product": product.slug})
        given = stars.get((order.number, product.pk))
        if given:
            said = ngettext("You gave %(count)d star", "You gave %(count)d stars", given) % {"count": given}
        elif can_be_reviewed(order, purchase, line):
            keys = {"union": union, "token": purchase.token, "number": order.number, "line": line.pk}
            review_url = reverse("orders:write_review", kwargs=keys)
    return {
        "line": line,
        "url": address,
        "review_url": review_url,
        "said": said,
        "gone": gone_words(line),
        "picture": f"{settings.MEDIA_URL}{line.cover}" if line.cover else "",
        "unit": format_money(line.unit_price, order.currency),
        "total": format_money(line.total, order.currency),
    }


def _can_call_off(order: Order) -> bool:
    """Whether the shopper could take a part off it; who has but one piece cancels the order."""
    lines = list(order.lines.all())
    return sum(callable_pieces(order=order, lines=lines, by_store=False).values()) > 1


def _offer_shown(found: Substitution, keys: dict[str, str], currency: str) -> dict[str, Any]:
    return {
        "offer": found,
        "instead_of": found.line.title,
        "price": format_money(found.unit_price, currency),
        "calls_off": found.otherwise == Substitution.Otherwise.CALL_OFF,
        "agree_url": reverse("orders:substitute", kwargs={**keys, "offer": found.pk, "step": "agree"}),
        "decline_url": reverse("orders:substitute", kwargs={**keys, "offer": found.pk, "step": "decline"}),
    }


def _can_return(order: Order, returns: Sequence[Return], days: int | None) -> bool:
    """Whether the shopper has pieces to give back, and days to do it; without `days` that is not asked."""
    if days is None or not is_returnable(order=order, by_store=False, now=timezone.now(), days=days):
        return False
    asked = sum(line.quantity for found in returns if found.state in Return.OPEN for line in found.lines.all())
    return sum(line.kept for line in order.lines.all()) > asked


def gone_words(line: OrderLine) -> str:
    """What of a line does not come or came back; empty where everything is kept."""
    words = []
    if line.cancelled:
        words.append(
            ngettext("%(count)d called off", "%(count)d called off", line.cancelled) % {"count": line.cancelled}
        )
    if line.returned:
        words.append(ngettext("%(count)d came back", "%(count)d came back", line.returned) % {"count": line.returned})
    return " · ".join(words)


def credits_shown(order: Order) -> list[dict[str, Any]]:
    """What went back of an order, in the order in which it did."""
    return [
        {
            "credit": note,
            "title": note.get_kind_display(),
            "what": ", ".join(f"{part.quantity} × {part.order_line.title}" for part in note.lines.all()),
            "total": format_money(note.total, order.currency),
            "is_asked": note.asked_at is not None or note.total == 0,
        }
        for note in order.credits.all()
    ]


def changes_shown(order: Order) -> list[dict[str, Any]]:
    """Every step of an order with who took it, as its store reads it, for components/timeline.html."""
    return [
        {
            "title": State(change.to_state).label,
            "time": change.at,
            "text": " · ".join(text for text in (str(change.actor or ""), change.note) if text),
            "state": "done",
        }
        for change in order.changes.all()
    ]


def can_be_reviewed(order: Order, purchase: Purchase, line: OrderLine) -> bool:
    """Whether the buyer has it, or had it before giving it back; what was called off never came. Imported orders are
    history.
    """
    has_come = order.state in (State.DELIVERED, State.COMPLETED) and line.cancelled < line.quantity
    return has_come and purchase.origin != Purchase.Origin.IMPORT


def moments_of(order: Order) -> list[dict[str, Any]]:
    """The way of an order for components/timeline.html: what has been, what is now, what is still to come."""
    been = {change.to_state: change for change in order.changes.all()}
    if order.state == State.CANCELLED:
        return [
            {"title": moment_words(state, order), "time": change.at, "text": change.note, "state": "done"}
            for state, change in been.items()
        ]
    way = [State.PAID, State.ACCEPTED, State.PACKED]
    way += [State.SHIPPED, State.DELIVERED] if order.delivery_kind == "delivery" else [State.DELIVERED]
    reached = [state for state in way if state in been]
    last = reached[-1] if reached else None
    moments = []
    for state in way:
        change = been.get(state)
        is_last = state == last and order.state not in (State.DELIVERED, State.COMPLETED)
        moments.append(
            {
                "title": moment_words(state, order),
                "time": change.at if change else None,
                "text": "",
                "state": "now" if is_last else "done" if change else "",
            }
        )
    return moments


def moment_words(state: str, order: Order) -> str:
    """A step in the shopper's words."""
    is_pickup = order.delivery_kind == "pickup"
    return {
        State.PLACED: _("Placed"),
        State.PAID: _("Paid"),
        State.ACCEPTED: _("Accepted by the store"),
        State.PACKED: _("Ready to be picked up") if is_pickup else _("Packed"),
        State.SHIPPED: _("On its way"),
        State.DELIVERED: _("Picked up") if is_pickup else _("Delivered"),
        State.COMPLETED: _("Completed"),
        State.CANCELLED: _("Cancelled"),
    }[State(state)]


def state_words(order: Order) -> str:
    """Where an order is now, in the shopper's words."""
    if order.state == State.PLACED:
        return _("Waiting for the bank")
    if order.state == State.PAID:
        return _("Paid, the store will accept it soon")
    return moment_words(order.state, order)


def badge_of(state: str) -> str:
    """The kind of badge in which a state is shown."""
    return {
        State.PLACED: "warning",
        State.PAID: "brand",
        State.ACCEPTED: "brand",
        State.PACKED: "brand",
        State.SHIPPED: "live-badge",
        State.DELIVERED: "success",
        State.COMPLETED: "success",
        State.CANCELLED: "",
    }[State(state)]


def bill_words(state: str) -> dict[str, Any]:
    """A bill's state (orders.queries.bills.bill_state) as code, words and kind of badge."""
    words, badge = {
        "asked": (_("Waiting for the customer"), "warning"),
        "confirming": (_("Waiting for the bank"), "warning"),
        "collecting": (_("Being collected"), "brand"),
        "paid": (_("Paid"), "success"),
        "settled": (_("Paid and settled"), "success"),
        "refused": (_("The bank declined"), "danger"),
        "withdrawn": (_("Withdrawn"), ""),
        "expired": (_("Not paid in time"), ""),
    }[state]
    return {"state": state, "words": words, "badge": badge}
