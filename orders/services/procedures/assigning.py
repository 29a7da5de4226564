"""For which of a store's orders a procedure is used."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from core.errors import Invalid
from orders.models import Procedure, ProcedureAssignment
from orders.queries.procedures import newest_version
from stores.models import Category, Product, Store


@transaction.atomic
def assign(
    *, store: Store, procedure: Procedure, category: Category | None = None, product: Product | None = None
) -> ProcedureAssignment:
    """From now on paid orders with the product, with goods of the category, or (naming neither) all of the store walk
    by this procedure; what was used for them before is not any more. Raises Invalid.
    """
    if procedure.store_id != store.pk or procedure.retired_at is not None:
        raise Invalid(_("Choose one of your procedures."), field="procedure")
    if newest_version(procedure) is None:
        raise Invalid(_("Publish it first: a draft is for nobody's orders."))
    if category is not None and product is not None:
        raise Invalid(_("Choose a category or a product, not both."), field="product")
    if product is not None and product.store_id != store.pk:
        raise Invalid(_("Choose one of your goods."), field="product")
    if category is not None and category.union_id != store.union_id:
        raise Invalid(_("Choose one of the categories."), field="category")
    # The store's row is the queue: two who assign at once leave the later one.
    Store.objects.select_for_update(no_key=True).get(union=store.union_id, pk=store.pk)
    use, _made = ProcedureAssignment.objects.update_or_create(
        union_id=store.union_id,
        store=store,
        category=category,
        product=product,
        order=None,
        defaults={"procedure": procedure},
    )
    return use


@transaction.atomic
def unassign(*, procedure: Procedure, assignment_id: int) -> bool:
    """No longer used there; says whether it was."""
    uses = ProcedureAssignment.objects.filter(union=procedure.union_id, procedure=procedure, pk=assignment_id)
    return bool(uses.delete()[0])
