"""Prices planned ahead out of a file: a season's prices at once."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from core.errors import DomainError
from core.importing.maps import Field, Map, Record
from stores.models import PlannedPrice, Variant
from stores.services.catalogue.planning import plan_price
from unions.models import Union

State = PlannedPrice.State


class PlanImporter:
    """One plan a row, known again by article, beginning, end and price: the same file twice plans everything once."""

    fields = {
        "sku": Field("code", required=True, longest=64),
        "price": Field("money", required=True),
        "starts_at": Field("time", required=True),
        "ends_at": Field("time"),
        "shows_before": Field("boolean", default=True),
    }
    group_by: tuple[str, ...] = ("sku",)

    def take(self, groups: list[list[Record]], *, union: Union, chart: Map, now: datetime) -> None:
        """See core.importing.running.Importer."""
        skus = {record.values["sku"] for group in groups for record in group}
        theirs = Variant.objects.filter(union=union, store__slug=chart.store["slug"], sku__in=skus)
        # In the order of their keys: two files at once never wait for each other in a circle.
        variants = {variant.sku: variant for variant in theirs.order_by("pk")}
        kept = PlannedPrice.objects.filter(union=union, variant__in=variants.values()).exclude(state=State.CANCELLED)
        known = set(kept.values_list("variant_id", "price", "starts_at", "ends_at"))
        for record in (record for group in groups for record in group):
            values = record.values
            variant = variants.get(values["sku"])
            if variant is None:
                record.refuse(_("sku: “%(sku)s” is not in this store") % {"sku": values["sku"]})
                continue
            starts_at = datetime.fromisoformat(values["starts_at"])
            ends_at = datetime.fromisoformat(values["ends_at"]) if values["ends_at"] else None
            plan = (variant.pk, values["price"], starts_at, ends_at)
            if plan in known:
                record.outcome = "unchanged"
                continue
            try:
                plan_price(
                    variant=variant,
                    price=values["price"],
                    starts_at=starts_at,
                    ends_at=ends_at,
                    shows_before=values["shows_before"],
                    actor=None,
                    now=now,
                )
            except DomainError as refusal:
                record.refuse(str(refusal), str(refusal.facts.get("field", "starts_at")))
            else:
                known.add(plan)
                record.outcome = "created"
