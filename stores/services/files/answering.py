"""What somebody says about a file on its way in: what its columns are, that it shall come in, or be tried again."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from core.errors import Invalid, WrongState
from stores.models import ColumnMemory, FileRun
from stores.services.files.inward import fields_of, lacking, one_of
from stores.services.files.kinds import FileKind
from stores.services.files.running import ask_worker
from stores.services.files.words import ENCODINGS, LABELS, TIMES
from unions.models.storage import paper_storage

State, Direction = FileRun.State, FileRun.Direction
FORGOTTEN: dict[str, Any] = {
    "percent": 0,
    "rows": 0,
    "tries": 0,
    "problem": "",
    "report": "",
    "outcomes": {},
    "reasons": {},
    "refusals": [],
}
"""What was found out so far no longer counts."""


@transaction.atomic
def choose_columns(
    *, run: FileRun, kind: FileKind, chosen: dict[str, str], decimal: str, time: str, now: datetime
) -> None:
    """Try the file with `chosen`: a column of it for each of our fields. It is remembered for the store's next file.

    Raises Invalid with the field, WrongState when it is on its way in or through already.
    """
    assert run.store is not None
    fields = fields_of(kind=kind)
    if set(chosen) - set(fields) or set(chosen.values()) - set(run.layout.get("columns", ())):
        raise Invalid(field="columns")
    for name in lacking(kind=kind, chosen=chosen):
        choice = one_of(kind=kind)
        labels = [str(LABELS[one]) for one in (choice if name in choice else (name,))]
        raise Invalid(_("Which column is “%(name)s”?") % {"name": "”, “".join(labels)}, field="columns")
    if decimal not in (".", ",") or time not in dict(TIMES):
        raise Invalid(field="decimal")
    layout = {**run.layout, "chosen": chosen, "guess": chosen, "decimal": decimal, "time": time}
    tried = Q(state=State.DONE, is_dry=True) | Q(state=State.FAILED)
    _again(run, Q(state=State.MAPPING) | tried, now, layout=layout, is_dry=True)
    ColumnMemory.objects.update_or_create(
        union_id=run.union_id,
        store=run.store,
        kind=run.kind,
        defaults={"columns": chosen, "decimal": decimal, "time": time, "at": now},
    )


@transaction.atomic
def read_again(*, run: FileRun, encoding: str, now: datetime) -> None:
    """Look into the file anew: its letters came out wrong. Raises Invalid, WrongState."""
    if encoding not in dict(ENCODINGS) or run.shape == "xlsx":
        raise Invalid(field="encoding")
    tried = Q(state=State.DONE, is_dry=True) | Q(state__in=[State.MAPPING, State.FAILED])
    _again(run, tried, now, layout={"encoding": encoding}, is_dry=True)


@transaction.atomic
def bring_in(*, run: FileRun, now: datetime) -> None:
    """What was tried is done. Raises WrongState."""
    _again(run, Q(state=State.DONE, is_dry=True), now, is_dry=False)


@transaction.atomic
def begin_again(*, run: FileRun, now: datetime) -> None:
    """What failed is tried once more; rows that are in already change nothing. Raises WrongState."""
    _again(run, Q(state=State.FAILED), now)


def _again(run: FileRun, condition: Q, now: datetime, **values: Any) -> None:
    mine = FileRun.objects.filter(condition, union=run.union_id, pk=run.pk)
    if run.direction == Direction.IMPORT and not run.path:
        raise WrongState(state=run.state)
    if not mine.update(**{**FORGOTTEN, "state": State.WAITING, "moved_at": now, **values}):
        raise WrongState(state=run.state)
    if run.report:
        transaction.on_commit(lambda: paper_storage().delete(run.report))
    ask_worker(run=run)
