"""What several of these pages share: colours of states, who acts, private files, the choice of a union."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import F, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from ascc.models import VoucherStep
from ascc.queries.finding import first_of_all
from ascc.services.keeping import file_at
from ascc.services.moving import By
from core.numbers import row_id
from core.references import normalise_reference
from unions.admin.office import office_of
from unions.models import Union

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


def union_chosen(request: HttpRequest, *, runs: bool = True) -> Union | None:
    """The union named in the address, or the only one there is to choose; None when one has still to be chosen.

    Raises PermissionDenied for one that is not the person's (`runs`: to run, else to look into).
    """
    found = unions_to_choose(request, runs=runs)
    asked = row_id(request.GET.get("union", ""))
    if asked is not None:
        chosen = next((union for union in found if union.pk == asked), None)
        if chosen is None:
            raise PermissionDenied
        return chosen
    return found[0] if len(found) == 1 else None


def unions_to_choose(request: HttpRequest, *, runs: bool = True) -> list[Union]:
    """The unions whose office the person runs (or looks into)."""
    office = office_of(request)
    if office.everywhere:
        return list(Union.objects.filter(address="").order_by("name"))
    return [union for union in office.unions if union.pk in (office.runs if runs else office.sees)]


def ask_union(request: HttpRequest, page: admin.ModelAdmin, title: Any, *, runs: bool = True) -> HttpResponse:
    """For which union?"""
    context = {
        **page.admin_site.each_context(request),
        "opts": page.opts,
        "title": title,
        "question": _("For which union?"),
        "unions": unions_to_choose(request, runs=runs),
    }
    return TemplateResponse(request, "admin/office/choose_union.html", context)
