"""What several of these pages share: colours of states, who acts, private files."""

from __future__ import annotations

from typing import Any

from django.db.models import F, QuerySet
from django.http import Http404, HttpResponse

from ascc.models import VoucherStep
from ascc.queries.finding import first_of_all
from ascc.services.keeping import file_at
from ascc.services.moving import By
from core.references import normalise_reference

COLOURS = {
    "issued": "warning",
    "active": "success",
    "transmitted": "info",
    "accepted": "info",
    "in_service": "info",
    "performed": "primary",
    "assessed": "primary",
    "expired": "danger",
    "cancelled": "danger",
    "applied": "warning",
    "approved": "success",
    "suspended": "danger",
    "declined": "danger",
    "opened": "warning",
    "paid": "success",
    "rejected": "danger",
    "given": "info",
    "redeemed": "success",
    "agreed": "info",
    "on_the_way": "info",
    "started": "info",
    "reported": "warning",
    "confirmed": "success",
    "disputed": "danger",
}
KINDS = {"webp": "image/webp", "pdf": "application/pdf", "png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg"}


def center_by(user: Any, address: str | None = None) -> By:
    """The service center's person who does it, for the voucher's timeline."""
    return By(VoucherStep.Side.CENTER, user.pk, address)


def numbered(rows: QuerySet[Any], words: str, *paths: str) -> QuerySet[Any]:
    """Of these the ones with this code or number at any of the paths; each goes by its index, all with one query."""
    if not words.strip():
        return rows
    plain = normalise_reference(words) or words.strip().upper()
    ways = []
    for path in paths:
        above = path.rpartition("__")[0]
        # By union and thing, as the indexes have them.
        within = {"union": F(f"{above}__union")} if above else {}
        ways.append(rows.model._default_manager.order_by().filter(**{path: plain}, **within).values_list("pk"))
    return rows.filter(pk__in=first_of_all(ways))


def private_file(path: str) -> HttpResponse:
    """A picture to look at, or a PDF to download, that only whoever sees the thing is shown."""
    try:
        content = file_at(path=path)
    except FileNotFoundError as error:
        raise Http404 from error
    ending = path.rpartition(".")[2].lower()
    response = HttpResponse(content, content_type=KINDS.get(ending, "application/octet-stream"))
    name = path.rpartition("/")[2]
    way = "inline" if ending in KINDS and ending != "pdf" else "attachment"
    response["Content-Disposition"] = f'{way}; filename="{name}"'
    response["Cache-Control"] = "private, no-store"
    return response
