"""Write-offs and finds of the past. Unless stock is really to move, each comes with its counterpart: the sum is nil."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import F
from django.utils.translation import gettext as _

from core.importing.maps import Record
from stores.models import StockLevel, StockMovement
from stores.services.stock import refresh_in_stock
from unions.models import Union


@dataclass
class StockHistory:
    """Gathers the movements of a batch and writes them once."""

    union: Union | None = None
    now: datetime | None = None
    really: bool = False
    variant_ids: list[int] = field(default_factory=list)
    noted: list[tuple[Record, int]] = field(default_factory=list)

    def note(self, record: Record, variant: tuple[int, str] | None) -> None:
        """Take the record, or refuse it when its good is not known."""
        if variant is None:
            record.refuse(_("sku: “%(sku)s” is no good of this store") % {"sku": record.values["sku"]})
        else:
            record.outcome = str(record.values["as"])
            self.noted.append((record, variant[0]))

    def write(self) -> None:
        if not self.noted:
            return
        references = [_reference(record) for record, _variant in self.noted]
        there = set(
            StockMovement.objects.filter(
                union=self.union, variant__in={pk for _record, pk in self.noted}, reference__in=references
            ).values_list("variant_id", "reference")
        )
        rows: list[StockMovement] = []
        for record, variant in self.noted:
            if (variant, _reference(record)) in there:
                record.outcome = "unchanged"
                continue
            quantity = abs(record.values["quantity"])
            if self.really and not self._moves(record, variant, quantity):
                continue
            rows += self._movements(record, variant, quantity)
        StockMovement.objects.bulk_create(rows)
        if self.really:
            products = StockLevel.objects.filter(variant__in={row.variant_id for row in rows})
            refresh_in_stock(product_ids=list(products.values_list("variant__product_id", flat=True)))

    def _moves(self, record: Record, variant: int, quantity: int) -> bool:
        change = quantity if record.values["as"] == "found" else -quantity
        moved = StockLevel.objects.filter(variant=variant, on_hand__gte=F("held") - change).update(
            on_hand=F("on_hand") + change
        )
        if not moved:
            record.refuse(_("quantity: there are not that many left to take out"))
        return bool(moved)

    def _movements(self, record: Record, variant: int, quantity: int) -> list[StockMovement]:
        found = record.values["as"] == "found"
        common: dict[str, Any] = {
            "union": self.union,
            "variant_id": variant,
            "reference": _reference(record),
            "at": record.values["placed_at"],
        }
        kind = StockMovement.Kind.ADJUSTED if found else StockMovement.Kind.TAKEN_OUT
        words = record.values["reason"] or record.values["title"]
        moved = StockMovement(kind=kind, quantity=quantity if found else -quantity, reason=words[:200], **common)
        if self.really:
            return [moved]
        balance = StockMovement(
            kind=StockMovement.Kind.ADJUSTED, quantity=-moved.quantity, reason=_("history (import)"), **common
        )
        return [balance, moved]


def _reference(record: Record) -> str:
    return f"import:{record.values['number']}:{record.file}:{record.line}"[-80:]
