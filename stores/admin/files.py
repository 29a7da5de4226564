"""Files of a union for its office: everything of it as one, asked for and fetched; what the office sent, watched."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.clients import address_of
from core.errors import DomainError, NotFound
from stores.models import FileRun
from stores.queries.files import union_file_for, union_files_of
from stores.services.files.running import LASTS, begin_union_export
from stores.services.files.words import OUTCOMES
from unions.admin.choosing import ask_union, union_chosen, unions_to_choose
from unions.admin.office import actor_of
from unions.models import Look
from unions.models.storage import paper_storage
from unions.services.looks import note_look

TITLE = _("Files of the union")
BUSY = (FileRun.State.WAITING, FileRun.State.LOOKING, FileRun.State.RUNNING)
SHOWN = 10
"""How many refused rows of a file stand on the page; all are in the file of them."""


def file_pages(page: Any) -> list[URLPattern]:
    """The addresses below a page of the administration. To look is everybody's in the office, to take not."""

    def files(request: HttpRequest) -> HttpResponse:
        return _files(page, request)

    def fetch(request: HttpRequest, ref: str) -> HttpResponseBase:
        return _fetch(page, request, ref)

    view = page.admin_site.admin_view
    return [
        path("files/", view(files), name="stores_files"),
        path("files/<str:ref>/", view(fetch), name="stores_file"),
    ]


def _files(page: Any, request: HttpRequest) -> HttpResponse:
    if not page.has_view_permission(request):
        raise PermissionDenied
    sends = request.method == "POST"
    union = union_chosen(request, runs=sends)
    if union is None and sends:
        raise PermissionDenied
    if union is None:
        return ask_union(request, page, TITLE, runs=sends)
    may = union in unions_to_choose(request)
    if sends:
        if not may:
            raise PermissionDenied
        shape, address = request.POST.get("shape", ""), address_of(request)
        try:
            begin_union_export(
                union=union, shape=shape, actor=actor_of(request), now=timezone.now(), address=address or ""
            )
        except DomainError as refusal:
            messages.error(request, str(refusal))
        return HttpResponseRedirect(f"{reverse('admin:stores_files')}?union={union.pk}")
    runs = union_files_of(union)
    context = {
        **page.admin_site.each_context(request),
        "opts": page.opts,
        "title": TITLE,
        "union": union,
        "runs": [
            (run, [(OUTCOMES.get(name, name), count) for name, count in run.outcomes.items()], run.refusals[:SHOWN])
            for run in runs
        ],
        "may": may,
        "under_way": any(run.state in BUSY for run in runs),
        "days": LASTS.days,
    }
    return TemplateResponse(request, "admin/office/files.html", context)


def _fetch(page: Any, request: HttpRequest, ref: str) -> HttpResponseBase:
    union = union_chosen(request)
    if union is None or not page.has_run_permission(request):
        raise PermissionDenied
    try:
        run = union_file_for(union, ref)
        sent_in = run.direction == FileRun.Direction.IMPORT
        path_kept, name = (run.report, f"refused-{union.slug}-{run.kind}.csv") if sent_in else (run.path, run.name)
        kept = paper_storage().open(path_kept) if path_kept else None
    except (NotFound, FileNotFoundError) as error:
        raise Http404 from error
    if kept is None:
        raise Http404
    note_look(
        union=union,
        staff=actor_of(request),
        kind=Look.Kind.CUSTOMER,
        reference=run.name,
        place=union.name,
        person_id=None,
    )
    return FileResponse(kept, as_attachment=True, filename=name, headers={"Cache-Control": "private, no-store"})
