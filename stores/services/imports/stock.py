"""`import_csv stock`: a count of what is on hand. The difference becomes a movement."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db.models import Q
from django.utils.translation import gettext as _

from core.importing.maps import Field, Map, Record
from stores.models import StockLevel, StockMovement, Store, Variant
from stores.queries.supply import gtin_forms
from stores.services.imports.context import stores_by_slug
from stores.services.stock import refresh_in_stock
from unions.models import Union


class StockImporter:
    """One count a row, of the article with this number or bar code.

    The same file twice changes nothing; less than what is reserved is refused.
    """

    fields = {
        "store": Field("code", default=""),
        "sku": Field("code", default="", longest=64),
        "gtin": Field("code", default="", longest=20),
        "quantity": Field("integer", required=True),
        "low_at": Field("integer"),
        "reason": Field("text", default="", longest=200),
    }
    one_of: tuple[str, ...] = ("sku", "gtin")
    group_by: tuple[str, ...] = ("store", "sku", "gtin")

    def take(self, groups: list[list[Record]], *, union: Union, chart: Map, now: datetime) -> None:
        own = chart.store.get("slug", "")
        slugs = {record.values["store"] or own for group in groups for record in group}
        stores = stores_by_slug(union=union, slugs=slugs, chart=chart, now=now)
        articles = _Articles(union, stores.values(), [group[0] for group in groups])
        StockLevel.objects.bulk_create(
            [StockLevel(union=union, variant=one) for one in articles.all if one.tracks_stock],
            ignore_conflicts=True,
        )
        levels = {
            level.variant_id: level
            for level in StockLevel.objects.filter(union=union, variant__in=articles.all)
            .order_by("variant_id")
            .select_for_update()
        }
        touched: list[StockLevel] = []
        movements: list[StockMovement] = []
        counts: dict[int, tuple[Record, Variant]] = {}
        for record in _last_of(groups):
            variant = articles.of(record, stores.get(record.values["store"] or own), chart)
            if variant is not None:
                if variant.pk in counts:
                    counts[variant.pk][0].outcome = "repeated"
                counts[variant.pk] = record, variant
        for record, variant in counts.values():
            values = record.values
            level = levels.get(variant.pk)
            if level is None:
                _not_counted(record, chart)
            elif values["quantity"] < level.held:
                record.refuse(
                    _("%(column)s: %(quantity)s is less than the %(held)s that are reserved")
                    % {"column": chart.column("quantity"), "quantity": values["quantity"], "held": level.held},
                    "quantity",
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
        refresh_in_stock(product_ids=[variant.product_id for variant in articles.all if variant.pk in moved])


def _last_of(groups: list[list[Record]]) -> list[Record]:
    """The last row of each group in the order of the file: what is named by number and by bar code counts once."""
    for group in groups:
        for earlier in group[:-1]:
            earlier.outcome = "repeated"
    return sorted((group[-1] for group in groups), key=lambda record: (record.file, record.line))


class _Articles:
    """The articles that some rows name, by number and by bar code, read with one statement."""

    def __init__(self, union: Union, stores: Collection[Store], records: list[Record]) -> None:
        skus = {record.values["sku"] for record in records} - {""}
        gtins = {form for record in records for form in gtin_forms(record.values["gtin"])}
        named = Variant.objects.filter(Q(sku__in=skus) | Q(gtin__in=gtins), union=union, store__in=stores)
        # Those on sale first, as when a bar code is scanned.
        self.all = list(named.order_by("-is_active", "pk"))
        self.by_sku = {(one.store_id, one.sku): one for one in self.all}
        self.by_gtin: dict[tuple[int, str], Variant] = {}
        for one in self.all:
            if one.gtin and one.tracks_stock:
                self.by_gtin.setdefault((one.store_id, one.gtin), one)

    def of(self, record: Record, store: Store | None, chart: Map) -> Variant | None:
        """The article of the row, which is refused where it names none, an unknown one or two."""
        sku, gtin = record.values["sku"], record.values["gtin"]
        if not sku and not gtin:
            names = [name for name in StockImporter.one_of if name in chart.columns] or ["sku"]
            words = {name: chart.column(name) for name in StockImporter.one_of}
            said = _("%(sku)s or %(gtin)s is missing") if len(names) > 1 else _("%(field)s is missing")
            record.refuse(said % {**words, "field": words[names[0]]}, names[0])
            return None
        forms = gtin_forms(gtin)
        coded = None
        variant = None
        if store is not None:
            coded = next((self.by_gtin[store.pk, one] for one in forms if (store.pk, one) in self.by_gtin), None)
            variant = self.by_sku.get((store.pk, sku)) if sku else coded
        if variant is None:
            _not_counted(record, chart)
        elif sku and gtin and variant.gtin not in forms and (variant.gtin or coded is not None):
            # An article without a bar code here may have one there, unless that is another article's.
            record.refuse(
                _("%(column)s: “%(gtin)s” is not the bar code of “%(sku)s”")
                % {"column": chart.column("gtin"), "gtin": gtin, "sku": sku},
                "gtin",
            )
            return None
        return variant


def _not_counted(record: Record, chart: Map) -> None:
    name = "sku" if record.values["sku"] else "gtin"
    record.refuse(
        _("%(column)s: “%(code)s” is not counted in this store")
        % {"column": chart.column(name), "code": record.values[name]},
        name,
    )
