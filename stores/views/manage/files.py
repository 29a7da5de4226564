"""Everything of a store as files: made and taken in by a worker, with progress; each kind needs its own permission."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from core.errors import Invalid
from stores.forms.files import ColumnsForm, EncodingForm, ImportForm
from stores.models import FileRun, Store
from stores.queries.files import file_run_for, file_runs_of
from stores.services.files.answering import begin_again, bring_in, choose_columns, read_again
from stores.services.files.kinds import FileKind, file_kind, file_kinds
from stores.services.files.running import LASTS, begin_export, begin_import
from stores.services.files.words import OUTCOMES
from stores.views.manage.frame import actor_of, blame, first_error, kwargs_of, manage_page, show, to, work_once
from unions.models import Look
from unions.models.storage import paper_storage
from unions.services.looks import note_look

State, Direction = FileRun.State, FileRun.Direction
UNDER_WAY = (State.WAITING, State.LOOKING, State.RUNNING)


@manage_page(None)
def files(request: HttpRequest, store: Store) -> HttpResponse:
    """What the person may move, and what was moved in the last days."""
    kinds = file_kinds(allowed=lambda permission: _may(store, permission))
    context = {
        "kinds": kinds,
        "importable": [kind for kind in kinds if kind.importer is not None],
        "runs": [(run, file_kind(name=run.kind)) for run in file_runs_of(store, [kind.name for kind in kinds])],
        "form": ImportForm(),
        "days": LASTS.days,
    }
    return show(request, store, "files/files.html", context, section="files")


@manage_page(None)
@require_POST
def file_out(request: HttpRequest, store: Store, kind: str) -> HttpResponse:
    """Ask for an export."""
    found = _kind(store, kind)

    def work() -> str:
        shape = request.POST.get("shape", "")
        run = begin_export(store=store, kind=found.name, shape=shape, actor=actor_of(request), now=timezone.now())
        return _address(store, run)

    return HttpResponseRedirect(work_once(request, work))


@manage_page(None)
@require_POST
def file_in(request: HttpRequest, store: Store, kind: str) -> HttpResponse:
    """Send a file to be taken in."""
    found = _kind(store, kind)
    form = ImportForm(request.POST, request.FILES)
    if not form.is_valid():
        messages.error(request, first_error(form))
        return to(store, "files")

    def work() -> str:
        run = begin_import(
            store=store,
            kind=found.name,
            file=form.cleaned_data["file"],
            is_dry=form.cleaned_data["is_dry"],
            actor=actor_of(request),
            now=timezone.now(),
        )
        return _address(store, run)

    return HttpResponseRedirect(work_once(request, work))


@manage_page(None)
def file(request: HttpRequest, store: Store, ref: str) -> HttpResponseBase:
    """How far it is; asked again by itself until it is through. `?get=1`: the file, `?report=1`: the refused rows."""
    run = file_run_for(store, ref)
    kind = _kind(store, run.kind)
    if "get" in request.GET:
        if kind.is_personal and run.path:
            note_look(
                union=store.union,
                staff=actor_of(request),
                kind=Look.Kind.CUSTOMER,
                reference=run.name,
                place=store.name,
                person_id=None,
            )
        return _sent(run.path if run.direction == Direction.EXPORT else "", run.name)
    if "report" in request.GET:
        return _sent(run.report, f"refused-{store.slug}-{run.kind}.csv")
    return _shown(request, store, run, kind)


@manage_page(None)
@require_POST
def file_columns(request: HttpRequest, store: Store, ref: str) -> HttpResponseBase:
    """Say which column is which and have it tried; or have the file read in other letters."""
    run = file_run_for(store, ref)
    kind = _kind(store, run.kind)
    if run.direction != Direction.IMPORT or kind.importer is None:
        raise Http404
    if "encoding" in request.POST:
        again = EncodingForm(request.POST)
        if again.is_valid():
            read_again(run=run, encoding=again.cleaned_data["encoding"], now=timezone.now())
        return to(store, "file", ref=run.ref)
    if "columns" not in run.layout:
        return to(store, "file", ref=run.ref)
    form = ColumnsForm(request.POST, run=run, kind=kind)
    if form.is_valid():
        said = form.cleaned_data

        def work() -> str:
            choose_columns(
                run=run,
                kind=kind,
                chosen=form.chosen,
                decimal=said["decimal"],
                time=said.get("time", ""),
                now=timezone.now(),
            )
            return _address(store, run)

        try:
            return HttpResponseRedirect(work_once(request, work))
        except Invalid as refusal:
            blame(form, refusal)
    return _shown(request, store, run, kind, form=form)


@manage_page(None)
@require_POST
def file_go(request: HttpRequest, store: Store, ref: str) -> HttpResponse:
    """What was tried is done; what failed is tried again."""
    run = file_run_for(store, ref)
    _kind(store, run.kind)

    def work() -> str:
        if run.state == State.FAILED:
            begin_again(run=run, now=timezone.now())
        else:
            bring_in(run=run, now=timezone.now())
        return _address(store, run)

    return HttpResponseRedirect(work_once(request, work))


def _address(store: Store, run: FileRun) -> str:
    return reverse("manage:file", kwargs=kwargs_of(store, ref=run.ref))


def _shown(
    request: HttpRequest, store: Store, run: FileRun, kind: FileKind, form: ColumnsForm | None = None
) -> HttpResponse:
    wrong = form is not None
    tried = run.state == State.DONE and run.is_dry
    if form is None and run.direction == Direction.IMPORT and "columns" in run.layout and not store.only_looking:  # type: ignore[attr-defined]
        form = ColumnsForm(run=run, kind=kind) if tried or run.state in (State.MAPPING, State.FAILED) else None
    context = {
        "run": run,
        "kind": kind,
        "under_way": run.state in UNDER_WAY,
        "tried": tried,
        "form": form,
        "open": wrong or run.state == State.MAPPING,
        "letters": EncodingForm(initial={"encoding": run.layout.get("encoding")}) if run.shape != "xlsx" else None,
        "outcomes": [(OUTCOMES.get(name, name), count) for name, count in run.outcomes.items()],
        "more": run.outcomes.get("refused", 0) - len(run.refusals),
        "ends_at": run.at + LASTS,
    }
    return show(request, store, "files/file.html", context, section="files", status=422 if wrong else 200)


def _may(store: Store, permission: str) -> bool:
    return store.only_looking or permission in store.allowed  # type: ignore[attr-defined]


def _kind(store: Store, name: str) -> FileKind:
    kind = file_kind(name=name)
    if kind is None:
        raise Http404
    if not _may(store, kind.permission):
        raise PermissionDenied
    return kind


def _sent(path: str, name: str) -> FileResponse:
    if not path:
        raise Http404
    try:
        kept = paper_storage().open(path)
    except FileNotFoundError as error:
        raise Http404 from error
    return FileResponse(kept, as_attachment=True, filename=name, headers={"Cache-Control": "private, no-store"})
