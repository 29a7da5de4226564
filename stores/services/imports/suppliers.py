"""Suppliers of a store with what its goods cost there, one article a row."""

from __future__ import annotations

from datetime import datetime

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from core.importing.maps import Field, Map, Record
from stores.models import Store, Supplier, SupplierGood, Variant
from stores.services.imports.context import stores_by_slug
from stores.services.supply.suppliers import GoodTerms, SupplierDetails, save_good, save_supplier
from unions.models import Union


class SupplierImporter:
    """Known again by name in the store, its goods by our stock keeping unit. Empty cells take nothing away."""

    fields = {
        "store": Field("code", default=""),
        "supplier": Field("text", required=True, longest=120),
        "contact": Field("text", default="", longest=120),
        "email": Field("text", default="", longest=254),
        "phone": Field("text", default="", longest=32),
        "lead_days": Field("integer"),
        "sku": Field("code", default="", longest=64),
        "code": Field("text", default="", longest=64),
        "price": Field("money"),
        "pack_size": Field("integer", default=1),
        "minimum": Field("integer", default=1),
    }
    group_by: tuple[str, ...] = ("store", "supplier")

    def take(self, groups: list[list[Record]], *, union: Union, chart: Map, now: datetime) -> None:
        """See core.importing.running.Importer."""
        own = chart.store.get("slug", "")
        slugs = {group[0].values["store"] or own for group in groups}
        stores = stores_by_slug(union=union, slugs=slugs, chart=chart, now=now)
        for group in groups:
            store = stores.get(group[0].values["store"] or own)
            if store is None:
                for record in group:
                    record.refuse(_("store: there is no such store"))
                continue
            self._take_one(store, group, now)

    def _take_one(self, store: Store, group: list[Record], now: datetime) -> None:
        name = group[0].values["supplier"]
        known = Supplier.objects.filter(union=store.union_id, name=name, store__in=[store]).first()
        shared = None if known else Supplier.objects.filter(union=store.union_id, name=name, store=None).first()
        skus = {record.values["sku"] for record in group}
        variants = {one.sku: one for one in Variant.objects.filter(union=store.union_id, store=store, sku__in=skus)}
        supplier = known or shared
        for record in group:
            refusal = _refusal(record, variants)
            if refusal:
                record.refuse(refusal)
                continue
            record.outcome = "unchanged" if supplier else "created"
            if shared is None:
                supplier, changed = _kept(store, supplier, record, now)
                if changed and record.outcome == "unchanged":
                    record.outcome = "changed"
            if supplier is not None and record.values["sku"] and _priced(supplier, variants, record, now):
                record.outcome = "changed" if record.outcome == "unchanged" else record.outcome


def _refusal(record: Record, variants: dict[str, Variant]) -> str:
    values = record.values
    if values["email"]:
        try:
            validate_email(values["email"])
        except ValidationError:
            return _("email: “%(email)s” is no e-mail address") % {"email": values["email"]}
    if values["lead_days"] is not None and not 0 <= values["lead_days"] <= 1000:
        return _("lead_days: between 0 and 1000 days")
    if not values["sku"]:
        return ""
    if values["sku"] not in variants:
        return _("sku: “%(sku)s” is not in this store") % {"sku": values["sku"]}
    if values["price"] is None or values["price"] < 0:
        return _("price: what does a piece cost there?")
    if values["pack_size"] < 1 or values["minimum"] < 1:
        return _("pack_size, minimum: at least one")
    return ""


def _kept(store: Store, supplier: Supplier | None, record: Record, now: datetime) -> tuple[Supplier, bool]:
    """The store's own supplier as the row says, and whether that changed it."""
    values = record.values
    old = {name: getattr(supplier, name) if supplier else "" for name in ("contact", "email", "phone")}
    lead_days = values["lead_days"] if values["lead_days"] is not None else (supplier.lead_days if supplier else 7)
    fresh = {name: values[name] or old[name] for name in old}
    if supplier is not None and fresh == old and lead_days == supplier.lead_days:
        return supplier, False
    details = SupplierDetails(
        name=values["supplier"],
        contact=fresh["contact"],
        email=fresh["email"],
        phone=fresh["phone"],
        address=supplier.address if supplier else "",
        customer_number=supplier.customer_number if supplier else "",
        terms=supplier.terms if supplier else "",
        lead_days=lead_days,
        is_active=supplier.is_active if supplier else True,
    )
    return save_supplier(store=store, details=details, actor=None, now=now, supplier=supplier), True


def _priced(supplier: Supplier, variants: dict[str, Variant], record: Record, now: datetime) -> bool:
    values, variant = record.values, variants[record.values["sku"]]
    known = SupplierGood.objects.filter(union=supplier.union_id, supplier=supplier, variant=variant).first()
    terms = GoodTerms(
        price=values["price"],
        code=values["code"] or (known.code if known else ""),
        pack_size=values["pack_size"],
        minimum=values["minimum"],
        is_preferred=known.is_preferred if known else False,
    )
    if known and (known.price, known.code, known.pack_size, known.minimum) == (
        terms.price,
        terms.code,
        terms.pack_size,
        terms.minimum,
    ):
        return False
    save_good(supplier=supplier, variant=variant, terms=terms, actor=None, now=now)
    return True
