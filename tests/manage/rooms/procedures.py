"""Procedures of a store and the steps of its orders."""

from django.utils import timezone

from orders.models import OrderRun, Procedure, ProcedureAssignment, ProcedureStep, ProcedureVersion, RunStep
from orders.services.procedures import StepWish, assign
from orders.services.runs.starting import start_runs
from tests.factories.procedures import WAY, published
from tests.manage.people import Shop

PAGES = {
    "steps/": None,
    "steps/figures/": "orders",
    "steps/{order}/1/": "orders",
    "steps/{order}/6/signature.png": "orders",
    "procedures/": "catalogue",
    "procedures/new/": "catalogue",
    "procedures/{procedure}/": "catalogue",
    "procedures/{procedure}/preview/": "catalogue",
    "procedures/{procedure}/steps/new/": "catalogue",
    "procedures/{procedure}/steps/{step}/": "catalogue",
}
SENT = {
    **{f"steps/{{order}}/1/{act}/": "orders" for act in ("take", "give", "note", "done", "skip", "deposit")},
    "orders/{order}/procedure/": "orders",
    "procedures/new/": "catalogue",
    **{f"procedures/{{procedure}}/{act}/": "catalogue" for act in ("publish", "discard", "retire", "rename")},
    "procedures/{procedure}/use/": "catalogue",
    "procedures/{procedure}/use/gone/": "catalogue",
    "procedures/{procedure}/steps/new/": "catalogue",
    "procedures/{procedure}/steps/{step}/": "catalogue",
    **{f"procedures/{{procedure}}/steps/{{step}}/{move}/": "catalogue" for move in ("up", "down", "remove")},
}
MODELS = (Procedure, ProcedureVersion, ProcedureStep, ProcedureAssignment, OrderRun, RunStep)


def names(shop: Shop, path: str) -> dict[str, str]:
    """A procedure by which the shop's order walks, and its first step."""
    if not path.startswith(("steps/{", "procedures/{")):
        return {}
    if not OrderRun.objects.filter(order=shop.order).exists():
        assign(store=shop.store, procedure=published(shop.store, *WAY, StepWish("Sign", kind="signature")))
        start_runs(purchase_id=shop.order.purchase_id, now=timezone.now())
        RunStep.objects.filter(run__order=shop.order, position=6).update(signature=b"\x89PNG")
    first = ProcedureStep.objects.get(version__procedure__store=shop.store, position=1)
    return {"procedure": first.version.procedure.ref, "step": first.key}
