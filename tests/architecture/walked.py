"""A sales procedure of the store and an order that walks by it, for the walk through all addresses."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from orders.models import Procedure, RunStep
from orders.services.procedures import StepWish, assign, create_procedure, publish_whole
from orders.services.runs.starting import start_runs
from tests.factories.orders import NOW


def walked(place: Any, order: Any) -> dict[str, str]:
    """Names of the procedure, its first step and where the order is in it; a template of the union stands beside."""
    marker, union, before = place.marker, place.union, NOW - timedelta(days=1)
    template = create_procedure(union=union, store=None, name=f"{marker} template", now=before)
    publish_whole(procedure=template, wishes=[StepWish(f"{marker} step")], actor=None, now=before)
    own = create_procedure(union=union, store=place.store, name=f"{marker} procedure", now=before)
    Procedure.objects.filter(pk=own.pk).update(ref="SAME-PROCEDURE")
    own.refresh_from_db()
    wishes = [
        StepWish(
            f"{marker} check", promise=f"{marker} promise", tells=True, due_count=1, checklist=[f"{marker} brakes"]
        ),
        StepWish(f"{marker} pack", moves="pack"),
        StepWish(f"{marker} sign", kind="signature"),
    ]
    version = publish_whole(procedure=own, wishes=wishes, actor=None, now=before)
    assign(store=place.store, procedure=own)
    start_runs(purchase_id=order.purchase_id, now=NOW)
    signs = RunStep.objects.filter(union=union, run__order=order, position=3)
    signs.update(signed_by=f"{marker} Ada", signature=f"{marker} drawn".encode())
    names = {"procedure": "SAME-PROCEDURE", "procedure_step": version.steps.get(position=1).key}
    return {**names, "place": "1", "place_signed": "3"}
