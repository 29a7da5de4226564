"""Pages of one union where a person may run several: the choice of it."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from core.numbers import row_id
from unions.admin.office import office_of
from unions.models import Union


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
