"""Those who look at an urgent sale see its figures, some times a second at most, however many press at once."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from core.live import announce
from core.live.announcing import redis_connection
from stores.models import UrgentSale
from stores.queries.urgent import sale_figures, urgent_frame

EVERY_MS = 250


def tell_sale(*, sale_id: int, now: datetime, always: bool = False) -> None:
    """Tell the figures of now once this is committed. In a rush some are left out; `always` is for what must be heard.

    What is left out is told by the next change, and at the latest by the worker that books what was sold.
    """
    transaction.on_commit(lambda: _tell(sale_id, always, now=now), robust=True)


def _tell(sale_id: int, always: bool, *, now: datetime) -> None:
    if not always and not redis_connection().set(f"urgent-told:{sale_id}", 1, nx=True, px=EVERY_MS):
        return
    sale = UrgentSale.objects.filter(pk=sale_id).select_related("variant", "level").first()
    if sale is not None:
        frame: dict[str, Any] = urgent_frame(sale, sale_figures([sale])[sale.pk], now=now)
        announce({f"stock.{sale.variant.product_id}": frame})
