"""`import_csv stock`: a count of what is on hand. The difference becomes a movement."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from core.importing.maps import Field, Map, Record
from stores.models import StockLevel, StockMovement, Variant
from stores.services.imports.context import stores_by_slug
from stores.services.stock import refresh_in_stock
from unions.models import Union


class StockImporter:
    """One count a row. The same file twice changes nothing; less than what is reserved is refused."""

    fields = {
        "store": Field("code", default=""),
        "sku": Field("code", required=True, longest=64),
        "quantity": Field("integer", required=True),
        "low_at": Field("integer"),
        "reason": Field("text", default="", longest=200),
    }
    group_by: tuple[str, ...] = ("store", "sku")

    def take(self, groups: list[list[Record]], *, union: Union, chart: Map, now: datetime) -> None:
        own = chart.store.get("slug", "")
        slugs = {record.values["store"] or own for group in groups for record in group}
        stores = stores_by_slug(union=union, slugs=slugs, chart=chart, now=now)
        skus = {group[0].values["sku"] for group in groups}
        variants = {
            (variant.store_id, variant.sku): variant
            for variant in Variant.objects.filter(union=union, store__in=stores.values(), sku__in=skus)
        }
        StockLevel.objects.bulk_create(
            [StockLevel(union=union, variant=one) for one in variants.values() if one.tracks_stock],
            ignore_conflicts=True,
        )
        levels = {
            level.variant_id: level
            for level in StockLevel.objects.filter(union=union, variant__in=variants.values())
            .order_by("variant_id")
            .select_for_update()
        }
        touched: list[StockLevel] = []
        movements: list[StockMovement] = []
        for group in groups:
            for earlier in group[:-1]:
                earlier.outcome = "repeated"
            record = group[-1]
            values = record.values
            store = stores.get(values["store"] or own)
            variant = variants.get((store.pk, values["sku"])) if store else None
            level = levels.get(variant.pk) if variant else None
            if level is None:
                record.refuse(_("sku: “%(sku)s” is not counted in this store") % {"sku": values["sku"]})
            elif values["quantity"] < level.held:
                record.refuse(
                    _("quantity: %(quantity)s is less than the %(held)s that are reserved")
                    % {"quantity": values["quantity"], "held": level.held}
                )
            else:
                difference = values["quantity"] - level.on_hand
                low_at = level.low_at if values["low_at"] is None else max(0, values["low_at"])
                if not difference and low_at == level.low_at:
                    record.outcome = "unchanged"
                    continue
                level.on_hand, level.low_at = values["quantity"], low_at
                touched.append(level)
                record.outcome = "changed"
                if difference:
                    movements.append(
                        StockMovement(
                            union=union,
                            variant_id=level.variant_id,
                            kind=StockMovement.Kind.ADJUSTED,
                            quantity=difference,
                            reason=values["reason"] or _("counted (import)"),
                            reference=f"{record.file}:{record.line}"[-80:],
                            at=now,
                        )
                    )
        StockLevel.objects.bulk_update(touched, ["on_hand", "low_at"])
        StockMovement.objects.bulk_create(movements)
        moved = {movement.variant_id for movement in movements}
        refresh_in_stock(product_ids=[variant.product_id for variant in variants.values() if variant.pk in moved])
