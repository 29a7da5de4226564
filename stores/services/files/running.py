"""Exports and imports, done by a worker: asked for, run once, taken up again after a crash, thrown away."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Collection
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction
from django.db.models.functions import Now
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.models import User
from core.errors import DomainError, Invalid, constraint_of
from core.outbox import publish
from core.references import new_reference, new_secret
from core.tables import SHAPES
from stores.events import FILE_ASKED
from stores.models import FileRun, Store
from stores.services.files.inward import look, take_in
from stores.services.files.kinds import FileKind, file_kind
from stores.services.files.noting import Superseded, keep_file, note
from stores.services.files.outward import write_kind, write_union
from unions.models import AuditEntry, Union
from unions.models.storage import paper_storage
from unions.services.audit import note_deed

logger = logging.getLogger(__name__)

LARGEST = 50_000_000
LASTS = timedelta(days=7)
STALLED = timedelta(minutes=10)
MOST_TRIES = 3
MOST_REASONS = 12
IN_SHAPES = (*SHAPES, "tsv", "txt")
OFFICE_SHAPES = (*IN_SHAPES, "json")
UNION_SHAPES = ("zip", "xlsx")
EVERYTHING = "everything"
State, Direction = FileRun.State, FileRun.Direction


@transaction.atomic
def begin_export(*, store: Store, kind: str, shape: str, actor: User | None, now: datetime) -> FileRun:
    """Ask a worker for a file of this kind. Raises Invalid."""
    if file_kind(name=kind) is None or shape not in SHAPES:
        raise Invalid(field="kind")
    name = f"{store.slug}-{kind}.{shape}"
    return _begin(
        store.union_id, actor, now, store=store, direction=Direction.EXPORT, kind=kind, shape=shape, name=name
    )


def begin_union_export(*, union: Union, shape: str, actor: User, now: datetime, address: str = "") -> FileRun:
    """Ask a worker for everything of all stores, members and settlements; one that is being made is the answer, too.

    It goes into the audit log. Raises Invalid.
    """
    if shape not in UNION_SHAPES:
        raise Invalid(field="shape")
    name = f"{union.slug}-{now:%Y-%m-%d}.{shape}"
    words = _("Everything of the union as a file")
    try:
        with transaction.atomic():
            run = _begin(union.pk, actor, now, direction=Direction.EXPORT, kind=EVERYTHING, shape=shape, name=name)
            note_deed(
                unions=[union.pk],
                actor=actor,
                verb=AuditEntry.Verb.ADDED,
                thing=run,
                now=now,
                words=words,
                address=address,
            )
            return run
    except IntegrityError as error:
        if constraint_of(error) != "file_run_one_of_a_union_at_a_time":
            raise
        made = FileRun.objects.filter(union=union, store=None, direction=Direction.EXPORT, shape=shape)
        return made.latest("pk")


@transaction.atomic
def begin_import(
    *, store: Store, kind: str, file: UploadedFile, is_dry: bool, actor: User | None, now: datetime
) -> FileRun:
    """Keep the file and ask a worker to take it in. Raises Invalid for a kind or file that cannot be."""
    found = file_kind(name=kind)
    if found is None or found.importer is None:
        raise Invalid(field="kind")
    about = {"store": store, "kind": kind, "is_dry": is_dry}
    return _begin(store.union_id, actor, now, **_sent(file, union_id=store.union_id), **about)


@transaction.atomic
def begin_union_import(*, union: Union, kind: str, file: UploadedFile, actor: User, now: datetime) -> FileRun:
    """Keep what the office sent for all its stores and ask a worker to take it in. Raises Invalid as `begin_import`."""
    found = file_kind(name=kind)
    if found is None or found.of_office is None:
        raise Invalid(field="kind")
    return _begin(union.pk, actor, now, **_sent(file, union_id=union.pk, shapes=OFFICE_SHAPES), kind=kind)


def _sent(file: UploadedFile, *, union_id: int, shapes: Collection[str] = IN_SHAPES) -> dict[str, Any]:
    """A file that may be read, put into the private storage, for its run."""
    name = Path(str(file.name)).name[-120:]
    shape = Path(name).suffix.lower().lstrip(".")
    if shape not in shapes:
        raise Invalid(_("Send a CSV or XLSX file."), field="file")
    if not file.size:
        raise Invalid(_("The file is empty."), field="file")
    if file.size > LARGEST:
        raise Invalid(_("A file has at most fifty megabytes."), field="file")
    path = paper_storage().save(f"files/{union_id}/{new_secret(16)}.{shape}", file)
    return {"direction": Direction.IMPORT, "shape": shape, "name": name, "path": path}


def run_file(*, run_id: int, now: datetime) -> None:
    """Make or take in a waiting file; one that a killed worker left is begun again.

    An import is looked into first. When its headings are ours it goes on at once.
    """
    while (run := _taken(run_id, now)) is not None:
        language = (run.by.language if run.by else "") or run.union.default_language
        with tempfile.TemporaryDirectory() as folder, translation.override(language):
            try:
                _finish(run, Path(folder), now)
            except Superseded:
                return


def stalled_files(*, now: datetime) -> list[int]:
    """Those whose worker died or was never asked."""
    busy = [State.WAITING, State.LOOKING, State.RUNNING]
    stuck = FileRun.objects.filter(state__in=busy, moved_at__lt=now - STALLED)
    return list(stuck.values_list("pk", flat=True)[:50])


def forget_files(*, now: datetime, limit: int = 200) -> int:
    """Files hold names and prices: they go after a week, with what was noted of them. How many runs that were."""
    old = list(FileRun.objects.filter(at__lt=now - LASTS).order_by("pk")[:limit])
    for run in old:
        for path in filter(None, (run.path, run.report)):
            paper_storage().delete(path)
    FileRun.objects.filter(pk__in=[run.pk for run in old]).delete()
    return len(old)


def ask_worker(*, run: FileRun) -> None:
    """Within the transaction that has something done with it."""
    publish(FILE_ASKED, aggregate=f"file:{run.pk}", run_id=run.pk)


def _begin(union_id: int, actor: User | None, now: datetime, **about: Any) -> FileRun:
    run = FileRun.objects.create(
        union_id=union_id, ref=new_reference("F"), by=actor, at=now, moved_at=now, **{"store": None, **about}
    )
    ask_worker(run=run)
    return run


def _taken(run_id: int, now: datetime) -> FileRun | None:
    """The run, when there is something to do and this worker is the one to do it."""
    run = FileRun.objects.select_related("store__union", "union", "by").filter(pk=run_id).first()
    if run is None or not (
        run.state == State.WAITING or (run.state in (State.LOOKING, State.RUNNING) and run.moved_at < now - STALLED)
    ):
        return None
    unread = run.direction == Direction.IMPORT and "chosen" not in run.layout
    state, tries = (State.LOOKING if unread else State.RUNNING), run.tries + 1
    same = FileRun.objects.filter(union=run.union_id, pk=run.pk, state=run.state, tries=run.tries)
    if run.tries >= MOST_TRIES:
        problem = _("Nobody could finish it, three times. Send a smaller file, or one in another format.")
        same.update(state=State.FAILED, problem=problem, moved_at=Now())
        return None
    try:
        with transaction.atomic():
            if not same.update(state=state, tries=tries, moved_at=Now()):
                return None
    except IntegrityError as error:
        if constraint_of(error) not in ("file_run_one_import_at_a_time", "file_run_one_import_of_an_office"):
            raise
        # Another file of the store, or the office, is on its way in. Whoever ends that one asks for this one.
        return None
    run.state, run.tries = state, tries
    return run


def _finish(run: FileRun, folder: Path, now: datetime) -> None:
    try:
        _work(run, folder, now)
    except Superseded:
        raise
    except (DomainError, UnicodeError) as error:
        _end(run, state=State.FAILED, problem=str(error)[:300])
    except Exception:
        logger.exception("The file %s could not be moved.", run.ref)
        _end(run, state=State.FAILED, problem=_("Something went wrong here, not in your file. Try it again."))


def _work(run: FileRun, folder: Path, now: datetime) -> None:
    if run.kind == EVERYTHING:
        _made(run, *write_union(run=run, folder=folder))
        return
    kind = file_kind(name=run.kind)
    if kind is None or (run.direction == Direction.IMPORT and kind.importer is None):
        raise Invalid(_("This kind of file is not known any more."))
    if run.direction == Direction.EXPORT:
        _made(run, *write_kind(run=run, kind=kind, folder=folder))
    elif run.state == State.LOOKING:
        layout = look(run=run, kind=kind, folder=folder)
        goes_on = "chosen" in layout
        note(run=run, layout=layout, state=State.WAITING if goes_on else State.MAPPING, tries=0)
    else:
        _take_in(run, kind, folder, now)


def _made(run: FileRun, target: Path, rows: int) -> None:
    path = keep_file(run=run, made=target)
    try:
        _end(run, state=State.DONE, percent=100, rows=rows, path=path)
    except Superseded:
        paper_storage().delete(path)
        raise


def _take_in(run: FileRun, kind: FileKind, folder: Path, now: datetime) -> None:
    summary, report = take_in(run=run, kind=kind, folder=folder, now=now)
    _end(
        run,
        state=State.DONE,
        percent=100,
        report=keep_file(run=run, made=report) if report.exists() else "",
        rows=summary.rows,
        outcomes=dict(summary.outcomes),
        reasons=dict(summary.reasons.most_common(MOST_REASONS)),
        refusals=sorted(summary.refusals),
    )


@transaction.atomic
def _end(run: FileRun, **values: Any) -> None:
    """The end of it, well or badly; the next file of the store that waits has its turn."""
    note(run=run, **values)
    waiting = FileRun.objects.filter(
        union=run.union_id, store=run.store_id, direction=Direction.IMPORT, state=State.WAITING
    )
    if run.direction == Direction.IMPORT and (following := waiting.exclude(pk=run.pk).order_by("pk").first()):
        ask_worker(run=following)
