"""Suppliers of a store, and what its goods cost there. Those of the whole union are looked after by its office."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.errors import Invalid, NotAllowed, NotFound, constraint_of
from core.references import new_reference
from stores.models import Store, Supplier, SupplierGood, Variant


class SupplierNameTaken(Invalid):
    """The store has a supplier of this name already."""

    code = "supplier_name_taken"
    detail = _("There is a supplier of this name already.")


class NotYourSupplier(NotAllowed):
    """A supplier of the whole union is changed by its office only."""

    code = "not_your_supplier"
    detail = _("This supplier serves the whole union: its office looks after it. Your prices there are your own.")


@dataclass(frozen=True, slots=True)
class SupplierDetails:
    """A supplier as entered."""

    name: str
    contact: str = ""
    email: str = ""
    phone: str = ""
    address: str = ""
    customer_number: str = ""
    terms: str = ""
    lead_days: int = 7
    is_active: bool = True


@dataclass(frozen=True, slots=True)
class GoodTerms:
    """What a variant costs at a supplier: per piece, in minor units of the union's currency."""

    price: int
    code: str = ""
    pack_size: int = 1
    minimum: int = 1
    is_preferred: bool = False


@transaction.atomic
def save_supplier(
    *, store: Store, details: SupplierDetails, actor: User | None, now: datetime, supplier: Supplier | None = None
) -> Supplier:
    """Add a supplier of the store, or change the given one. Raises SupplierNameTaken, NotYourSupplier, Invalid."""
    if not details.name.strip():
        raise Invalid(_("Give the supplier a name."), field="name")
    if supplier is None:
        supplier = Supplier(union_id=store.union_id, store=store, ref=new_reference("SU"), created_at=now)
    elif supplier.store_id != store.pk:
        raise NotYourSupplier
    for name, value in asdict(details).items():
        setattr(supplier, name, value.strip() if isinstance(value, str) else value)
    try:
        with transaction.atomic():
            supplier.save()
    except IntegrityError as error:
        if constraint_of(error) == "supplier_name_once":
            raise SupplierNameTaken(field="name") from error
        raise
    return supplier


@transaction.atomic
def save_good(
    *, supplier: Supplier, variant: Variant, terms: GoodTerms, actor: User | None, now: datetime
) -> SupplierGood:
    """Say what the variant costs there; a second time it is changed. Preferring it here ends that elsewhere."""
    if terms.price < 0:
        raise Invalid(_("A price cannot be below zero."), field="price")
    if terms.pack_size < 1 or terms.minimum < 1:
        raise Invalid(_("Give a quantity of at least one."), field="pack_size" if terms.pack_size < 1 else "minimum")
    if supplier.union_id != variant.union_id or supplier.store_id not in (None, variant.store_id):
        raise NotFound
    if terms.is_preferred:
        # Of two who prefer different suppliers at once the second waits, and has the last word.
        Variant.objects.select_for_update(no_key=True).get(union=variant.union_id, pk=variant.pk)
        SupplierGood.objects.filter(union=variant.union_id, variant=variant, is_preferred=True).exclude(
            supplier=supplier
        ).update(is_preferred=False)
    good, _made = SupplierGood.objects.update_or_create(
        union_id=variant.union_id, supplier=supplier, variant=variant, defaults=asdict(terms)
    )
    return good


def remove_good(*, supplier: Supplier, variant: Variant, actor: User | None, now: datetime) -> None:
    """The supplier no longer has the variant. What was ordered stays ordered."""
    SupplierGood.objects.filter(union=variant.union_id, supplier=supplier, variant=variant).delete()
