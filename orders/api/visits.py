"""The way that led to an order, and figures of visitors."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.endpoint import UnionEndpoint
from core.errors import NotAllowed, NotFound
from orders.queries.integrators import order_for
from orders.queries.paths import path_of, steps_for
from orders.queries.visits import visit_figures
from orders.serializers.visits import PathSerializer, SpanSerializer, VisitsSerializer

TAGS = ["visitors"]


class OrderPath(UnionEndpoint):
    scopes = {"GET": "orders:read"}

    @extend_schema(operation_id="orders_path", tags=TAGS, summary="What led to an order", responses=PathSerializer)
    def get(self, request: Request, union: str, number: str) -> Response:
        """Kept of shoppers who agreed to be recognised; a store sees its own and the union's common pages only."""
        order = order_for(self.union, self.key, number)
        path = path_of(self.union, order.purchase_id)
        if path is None:
            raise NotFound
        steps = path.steps if self.key.store_id is None else steps_for(order.store, path.steps)
        return Response(
            PathSerializer(
                {"source": path.source, "began_at": path.began_at, "bought_at": path.bought_at, "steps": steps}
            ).data
        )


class Visitors(UnionEndpoint):
    scopes = {"GET": "orders:read"}

    @extend_schema(
        operation_id="visitors", tags=TAGS, summary="Visitors", parameters=[SpanSerializer], responses=VisitsSerializer
    )
    def get(self, request: Request, union: str) -> Response:
        """Of a store's own pages with a store's key, of the union as a whole with the union's."""
        if self.key.user_id is not None:
            raise NotAllowed(_("This is for stores and the union’s office."))
        days = int(self.valid(SpanSerializer, request.query_params)["days"])
        found = visit_figures(self.union, self.key.store, days=days, now=self.now)
        shown: dict[str, Any] = {
            "total": asdict(found.total),
            "before": asdict(found.before),
            "days": [{"day": day, **asdict(visits)} for day, visits in found.days],
            "searched": [asdict(row) for row in found.searched],
        }
        return Response(VisitsSerializer(shown).data)
