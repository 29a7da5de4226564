"""The way that led to a purchase in words."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from orders.models import PurchasePath
from orders.queries.paths import path_of, steps_for
from stores.models import Store
from unions.models import BrowsingEvent


def path_shown(store: Store, purchase_id: int) -> dict[str, Any] | None:
    """What a store sees of it; None where nothing is kept. One query."""
    path = path_of(store.union, purchase_id)
    return path_words(path, steps_for(store, path.steps)) if path else None


def path_words(path: PurchasePath, steps: list[dict[str, Any]]) -> dict[str, Any]:
    """A sentence, and the steps as components/timeline.html draws them."""
    count = ngettext("%(number)d step", "%(number)d steps", len(steps)) % {"number": len(steps)}
    return {
        "summary": _("The shopper %(source)s and bought %(time)s later.")
        % {"source": path.get_source_display(), "time": timesince(path.began_at, path.bought_at)},
        "count": count,
        "moments": [_moment(step) for step in steps],
        "left_out": path.left_out,
    }


def _moment(step: dict[str, Any]) -> dict[str, Any]:
    kind = dict(BrowsingEvent.Kind.choices)[step["kind"]]
    parts = [str(step.get("product") or step.get("page", ""))]
    if step.get("words") and step["kind"] == "search":
        parts = [f"“{step['words']}”"]
        if step.get("results") == 0:
            parts.append(_("found nothing"))
    if step.get("seconds"):
        parts.append(ngettext("%(number)d second", "%(number)d seconds", step["seconds"]) % {"number": step["seconds"]})
    title = str(kind)
    return {
        "title": title[:1].upper() + title[1:],
        "time": datetime.fromisoformat(step["at"]),
        "text": " · ".join(part for part in parts if part),
        "state": "done",
    }
