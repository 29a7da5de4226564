"""Orders, parcels, returns, responses and customers as files, and a union's settlement; see stores.services.files."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from orders.models import Customer, CustomerResponse, Order, OrderLine, Return, ReturnLine, Shipment, TrackingEvent
from orders.services.imports.tracking import TrackingImporter
from payments.models import Earning, Payout
from stores.models import Store, StoreStaff
from stores.services.files.kinds import FileKind, OfficeTable, offer, offer_table, price_text
from unions.models import Union


def _lines(store: Store) -> QuerySet[Any]:
    lines = OrderLine.objects.filter(union=store.union_id, order__store=store)
    return lines.select_related("order__purchase", "variant").order_by("order_id", "pk")


def _line_cells(line: Any, currency: str) -> list[Any]:
    order = line.order
    return [
        order.number,
        order.state,
        order.placed_at,
        line.variant.sku if line.variant else "",
        line.title,
        line.quantity,
        line.cancelled,
        line.returned,
        price_text(amount=line.unit_price, currency=order.purchase.currency),
        price_text(amount=line.total, currency=order.purchase.currency),
        order.purchase.currency,
    ]


def _buyers(store: Store) -> QuerySet[Any]:
    """One row a purchase's delivery, as the store sees it on its orders."""
    orders = Order.objects.filter(union=store.union_id, store=store).exclude(state=Order.State.PLACED)
    return orders.select_related("purchase").order_by("pk")


def _buyer_cells(order: Any, currency: str) -> list[Any]:
    bought = order.purchase
    names = ("recipient", "email", "phone", "line1", "line2", "postal_code", "city", "region", "country")
    return [order.number, order.placed_at, *(getattr(bought, name, "") for name in names)]


def _parcels(store: Store) -> QuerySet[Any]:
    parcels = Shipment.objects.filter(union=store.union_id, order__store=store)
    return parcels.select_related("order", "service").order_by("pk")


def _parcel_cells(parcel: Any, currency: str) -> list[Any]:
    return [
        parcel.number,
        parcel.order.number,
        parcel.carrier,
        parcel.service.name if parcel.service else "",
        parcel.tracking_number,
        parcel.state,
        parcel.state_at,
        parcel.sent_at,
        parcel.delivered_at,
        parcel.order.deadline,
        parcel.weight,
        price_text(amount=parcel.cost, currency=currency),
    ]


def _events(store: Store) -> QuerySet[Any]:
    events = TrackingEvent.objects.filter(union=store.union_id, shipment__order__store=store)
    return events.select_related("shipment").order_by("pk")


def _event_cells(event: Any, currency: str) -> list[Any]:
    return [
        event.shipment.number,
        event.state,
        event.at,
        event.place,
        event.words,
        event.external_id,
        event.source,
        event.shipment.tracking_number,
    ]


def _returned(store: Store) -> QuerySet[Any]:
    lines = ReturnLine.objects.filter(union=store.union_id, returned__store=store)
    return lines.select_related("returned__order").order_by("returned_id", "pk")


def _returned_cells(line: Any, currency: str) -> list[Any]:
    back: Return = line.returned
    return [
        back.number,
        back.order.number if back.order else "",
        back.state,
        back.requested_at,
        back.received_at,
        back.settled_at,
        back.wish,
        back.reason,
        back.answer,
        line.sku,
        line.title,
        line.quantity,
        line.restocked,
        line.written_off,
        price_text(amount=line.unit_price, currency=back.currency),
        price_text(amount=back.total, currency=back.currency),
        back.currency,
    ]


def _responses(store: Store) -> QuerySet[Any]:
    responses = CustomerResponse.objects.filter(union=store.union_id, store=store)
    return responses.select_related("order", "product").order_by("pk")


def _response_cells(response: Any, currency: str) -> list[Any]:
    return [
        response.number,
        response.kind,
        response.state,
        response.made_at,
        response.order.number if response.order else "",
        response.product.title if response.product else "",
        response.name,
        response.email,
        response.words,
        response.promised_at,
        response.first_answered_at,
        response.resolved_at,
        response.escalated_at,
        response.satisfaction,
        response.satisfaction_words,
    ]


def _customers(union: Union) -> QuerySet[Any]:
    return Customer.objects.filter(union=union).order_by("pk")


CUSTOMER = (
    *("external_id", "email", "name", "phone", "line1", "line2"),
    *("city", "region", "postal_code", "country"),
)


def _earnings(union: Union) -> QuerySet[Any]:
    earned = Earning.objects.filter(union=union)
    return earned.select_related("membership__enterprise", "split", "payout").order_by("pk")


def _earning_cells(earning: Any, currency: str) -> list[Any]:
    sums = (earning.gross, earning.commission, earning.commission_tax, earning.net)
    return [
        earning.membership.enterprise.name,
        earning.kind,
        earning.about,
        earning.earned_at,
        *(price_text(amount=amount, currency=earning.currency) for amount in sums),
        earning.currency,
        earning.payout.number if earning.payout else "",
    ]


def _payouts(union: Union) -> QuerySet[Any]:
    return Payout.objects.filter(union=union).select_related("membership__enterprise").order_by("pk")


def _payout_cells(payout: Any, currency: str) -> list[Any]:
    return [
        payout.number,
        payout.membership.enterprise.name,
        payout.state,
        payout.period_start,
        payout.period_end,
        price_text(amount=payout.amount, currency=payout.currency),
        payout.currency,
        payout.created_at,
        payout.sent_at,
        payout.paid_at,
    ]


offer(
    kind=FileKind(
        "orders",
        _("Orders with their lines"),
        StoreStaff.Permission.ORDERS,
        (
            *("number", "state", "placed_at", "sku", "title", "quantity", "cancelled", "returned"),
            *("unit_price", "total", "currency"),
        ),
        _lines,
        _line_cells,
    )
)
offer(
    kind=FileKind(
        "customers",
        _("Customers of our orders"),
        StoreStaff.Permission.ORDERS,
        (
            *("order", "placed_at", "name", "email", "phone", "line1", "line2"),
            *("postal_code", "city", "region", "country"),
        ),
        _buyers,
        _buyer_cells,
        is_personal=True,
    )
)
offer(
    kind=FileKind(
        "parcels",
        _("Parcels"),
        StoreStaff.Permission.ORDERS,
        (
            *("number", "order", "carrier", "service", "tracking_number", "state", "state_at", "sent_at"),
            *("delivered_at", "deadline", "grams", "cost"),
        ),
        _parcels,
        _parcel_cells,
    )
)
offer(
    kind=FileKind(
        "tracking",
        _("What was told of parcels"),
        StoreStaff.Permission.ORDERS,
        ("number", "state", "at", "place", "words", "id", "source", "tracking_number"),
        _events,
        _event_cells,
        TrackingImporter(),
        lambda store, actor: TrackingImporter(store=store, actor=actor),
        of_office=lambda actor: TrackingImporter(actor=actor),
    )
)
offer(
    kind=FileKind(
        "returns",
        _("Returns with their lines"),
        StoreStaff.Permission.ORDERS,
        (
            *("number", "order", "state", "requested_at", "received_at", "settled_at", "wish", "reason", "answer"),
            *("sku", "title", "quantity", "restocked", "written_off", "unit_price", "total", "currency"),
        ),
        _returned,
        _returned_cells,
    )
)
offer(
    kind=FileKind(
        "responses",
        _("Responses of customers"),
        StoreStaff.Permission.ORDERS,
        (
            *("number", "kind", "state", "made_at", "order", "product", "name", "email", "words", "promised_at"),
            *("first_answered_at", "resolved_at", "escalated_at", "satisfaction", "satisfaction_words"),
        ),
        _responses,
        _response_cells,
        is_personal=True,
    )
)
offer_table(
    table=OfficeTable(
        "union-customers",
        CUSTOMER,
        _customers,
        lambda customer, currency: [getattr(customer, name) for name in CUSTOMER],
    )
)
offer_table(
    table=OfficeTable(
        "earnings",
        (
            *("member", "kind", "about", "earned_at", "gross", "commission", "commission_tax", "net"),
            *("currency", "payout"),
        ),
        _earnings,
        _earning_cells,
    )
)
offer_table(
    table=OfficeTable(
        "payouts",
        (
            *("number", "member", "state", "period_start", "period_end", "amount", "currency"),
            *("made_at", "sent_at", "paid_at"),
        ),
        _payouts,
        _payout_cells,
    )
)
