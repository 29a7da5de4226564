"""Suppliers of a store and what it orders from them."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any

from django.db import transaction
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.endpoint import UnionEndpoint, UnionList
from core.api.idempotency import once
from core.api.step import Step, documented
from core.errors import Invalid, NotFound
from stores.models import PurchaseOrder, Store, Variant
from stores.queries.integrators import store_of_key
from stores.queries.supply import goods_of, purchase_order_for, purchase_orders_of, supplier_for, suppliers_of
from stores.serializers.goods import StockFilterSerializer
from stores.serializers.supply import (
    NewGoodSerializer,
    NewSupplierSerializer,
    NewSupplyOrderSerializer,
    ReceiptSerializer,
    SupplierGoodSerializer,
    SupplierSerializer,
    SupplyOrderSerializer,
)
from stores.services.supply.booking import receive_delivery
from stores.services.supply.ordering import Wanted, call_off_order, send_order, write_order
from stores.services.supply.suppliers import GoodTerms, SupplierDetails, save_good, save_supplier

TAGS = ["suppliers"]
READ, WRITE = "stock:read", "stock:write"


class _OfStore(UnionEndpoint):
    """An address of one store's: that of the key, or the one that a union's key names."""

    @property
    def store(self) -> Store:
        where = self.valid(StockFilterSerializer, self.request.query_params)
        return store_of_key(self.union, self.key, store=where["store"])

    def articles(self, store: Store, skus: Iterable[str]) -> dict[str, Variant]:
        """The store's counted articles of these numbers. Raises Invalid for one that is not there."""
        wanted = set(skus)
        counted = Variant.objects.filter(union=self.union, store=store, sku__in=wanted, tracks_stock=True)
        found = {variant.sku: variant for variant in counted}
        if missing := sorted(wanted - set(found)):
            raise Invalid(f"There is no counted article {missing[0]}.", field="sku")
        return found


class SupplierList(_OfStore, UnionList):
    scopes = {"GET": READ, "POST": WRITE}
    idempotent = {"POST": True}
    serializer_class = SupplierSerializer

    def rows(self) -> Any:
        return suppliers_of(self.store).order_by("-id")

    @extend_schema(operation_id="suppliers_list", tags=TAGS, summary="Suppliers", parameters=[StockFilterSerializer])
    def get(self, request: Request, union: str) -> Response:
        """The store's own and those of the whole union. A union's key says `?store=`."""
        return self.page()

    @extend_schema(
        operation_id="suppliers_create",
        tags=TAGS,
        summary="Add a supplier",
        parameters=[StockFilterSerializer],
        request=NewSupplierSerializer,
        responses={201: SupplierSerializer},
        examples=[OpenApiExample("A mill", value={"name": "Bodmin Mill", "lead_days": 3}, request_only=True)],
    )
    def post(self, request: Request, union: str) -> Response:
        """One of the store's own."""
        return once(request, self.add)

    def add(self) -> tuple[int, Any]:
        store, wanted = self.store, self.valid(NewSupplierSerializer)
        supplier = save_supplier(store=store, details=SupplierDetails(**wanted), actor=self.actor, now=self.now)
        return 201, SupplierSerializer(supplier).data


class SupplierDetail(_OfStore):
    scopes = {"GET": READ}

    @extend_schema(
        operation_id="suppliers_retrieve",
        tags=TAGS,
        summary="One supplier",
        parameters=[StockFilterSerializer],
        responses=SupplierSerializer,
    )
    def get(self, request: Request, union: str, ref: str) -> Response:
        """Its terms and how to reach it."""
        return Response(SupplierSerializer(supplier_for(self.store, ref)).data)


class SupplierGoods(_OfStore, UnionList):
    scopes = {"GET": READ, "POST": WRITE}
    idempotent = {"POST": True}
    serializer_class = SupplierGoodSerializer

    def rows(self) -> Any:
        store = self.store
        return goods_of(supplier_for(store, self.kwargs["ref"]), store).order_by("-id")

    @extend_schema(
        operation_id="suppliers_goods_list",
        tags=TAGS,
        summary="What a supplier's goods cost",
        parameters=[StockFilterSerializer],
    )
    def get(self, request: Request, union: str, ref: str) -> Response:
        """The store's articles that it has."""
        return self.page()

    @extend_schema(
        operation_id="suppliers_goods_set",
        tags=TAGS,
        summary="Say what an article costs there",
        parameters=[StockFilterSerializer],
        request=NewGoodSerializer,
        responses=SupplierGoodSerializer,
        examples=[OpenApiExample("Flour", value={"sku": "FLOUR-1", "price": 290, "pack_size": 6}, request_only=True)],
    )
    def post(self, request: Request, union: str, ref: str) -> Response:
        """A second time it is changed."""
        return once(request, self.keep)

    def keep(self) -> tuple[int, Any]:
        store = self.store
        supplier, wanted = supplier_for(store, self.kwargs["ref"]), self.valid(NewGoodSerializer)
        sku = wanted.pop("sku")
        variant = self.articles(store, [sku])[sku]
        good = save_good(supplier=supplier, variant=variant, terms=GoodTerms(**wanted), actor=self.actor, now=self.now)
        return 200, SupplierGoodSerializer(good, context=self.get_serializer_context()).data


class PurchaseOrderList(_OfStore, UnionList):
    scopes = {"GET": READ, "POST": WRITE}
    idempotent = {"POST": True}
    serializer_class = SupplyOrderSerializer

    def rows(self) -> Any:
        return purchase_orders_of(self.store).prefetch_related("lines__variant").order_by("-id")

    @extend_schema(
        operation_id="purchase_orders_list",
        tags=TAGS,
        summary="Orders to suppliers",
        parameters=[StockFilterSerializer],
    )
    def get(self, request: Request, union: str) -> Response:
        """Newest first, with their lines."""
        return self.page()

    @extend_schema(
        operation_id="purchase_orders_create",
        tags=TAGS,
        summary="Order from a supplier",
        parameters=[StockFilterSerializer],
        request=NewSupplyOrderSerializer,
        responses={201: SupplyOrderSerializer},
        examples=[
            OpenApiExample(
                "Twelve of one",
                value={"supplier": "SU-4F7K2M9Q-C", "lines": [{"sku": "FLOUR-1", "quantity": 12}], "send": True},
                request_only=True,
            )
        ],
    )
    def post(self, request: Request, union: str) -> Response:
        """A draft, or with `send` ordered at once: the supplier gets it by mail."""
        return once(request, self.order)

    def order(self) -> tuple[int, Any]:
        store, wanted = self.store, self.valid(NewSupplyOrderSerializer)
        articles = self.articles(store, [line["sku"] for line in wanted["lines"]])
        lines = [Wanted(articles[line["sku"]], line["quantity"], line["unit_price"]) for line in wanted["lines"]]
        supplier = supplier_for(store, wanted["supplier"])
        by: dict[str, Any] = {"actor": self.actor, "now": self.now}
        with transaction.atomic():
            order = write_order(store=store, supplier=supplier, wanted=lines, note=wanted["note"], **by)
            if wanted["send"]:
                send_order(order=order, **by)
        return 201, _shown(order, self.union)


class PurchaseOrderDetail(_OfStore):
    scopes = {"GET": READ}

    @extend_schema(
        operation_id="purchase_orders_retrieve",
        tags=TAGS,
        summary="One order to a supplier",
        parameters=[StockFilterSerializer],
        responses=SupplyOrderSerializer,
    )
    def get(self, request: Request, union: str, number: str) -> Response:
        """With what has come of every line."""
        return Response(_shown(purchase_order_for(self.store, number), self.union))


class _OrderStep(_OfStore, Step):
    scopes = {"POST": WRITE}
    idempotent = {"POST": True}

    def found(self) -> PurchaseOrder:
        return purchase_order_for(self.store, self.kwargs["number"])

    def shown(self, order: PurchaseOrder) -> Any:
        return _shown(order, self.union)


step = partial(documented, tags=TAGS, answers=SupplyOrderSerializer)


@step("purchase_orders_send", "Send a draft to the supplier")
class Send(_OrderStep):
    """It goes there by mail if there is an address."""

    def act(self, order: PurchaseOrder) -> None:
        send_order(order=order, actor=self.actor, now=self.now)


@step("purchase_orders_call_off", "Call off what has not come")
class CallOff(_OrderStep):
    """An order of which a part has come counts as received."""

    def act(self, order: PurchaseOrder) -> None:
        call_off_order(order=order, actor=self.actor, now=self.now)


@step("purchase_orders_receive", "Lay in a delivery", ReceiptSerializer)
class Receive(_OrderStep):
    """Whole or in part; the same `delivery_note` is booked once. `422 more_than_ordered` moves nothing."""

    def act(self, order: PurchaseOrder) -> None:
        came = self.valid(ReceiptSerializer)
        store = order.store
        articles = self.articles(store, [line["sku"] for line in came["lines"]])
        pieces = [(articles[line["sku"]], line["quantity"], line["unit_cost"]) for line in came["lines"]]
        if len(articles) < len(pieces):
            raise Invalid("Name each article once.", field="lines")
        receive_delivery(
            store=store,
            purchase_order=order,
            pieces=pieces,
            delivery_note=came["delivery_note"],
            actor=self.actor,
            now=self.now,
        )


def _shown(order: PurchaseOrder, union: Any) -> Any:
    found = PurchaseOrder.objects.prefetch_related("lines__variant").select_related("supplier").filter(pk=order.pk)
    row = found.filter(union=union).first()
    if row is None:
        raise NotFound
    return SupplyOrderSerializer(row, context={"union": union}).data
