"""Reading files: a first look, then the rows, tried or for good."""

from __future__ import annotations

import shutil
from collections.abc import Collection, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from core.errors import Invalid
from core.importing.looking import FIRST_ROWS, Look, decimal_of, guessed, look_into, number_columns
from core.importing.maps import Map
from core.importing.reading import RawRow, rows_of
from core.importing.running import Summary, run_import
from stores.models import ColumnMemory, FileRun
from stores.services.files.kinds import FileKind
from stores.services.files.noting import note
from stores.services.files.words import LABELS, LIKELY_ENCODINGS, TIMES, WORDS
from unions.models import Union
from unions.models.storage import paper_storage

SAY_EVERY = 1_000
HALF_OF = 10_000
"""Rows after which the bar of a file of unknown length has gone half of its way."""


def fields_of(*, kind: FileKind) -> dict[str, Any]:
    """The fields that a column can be. Whose store it is, no column says: rows of a file go into this one."""
    assert kind.importer is not None
    return {name: field for name, field in kind.importer.fields.items() if name != "store"}


def lacking(*, kind: FileKind, chosen: Collection[str]) -> list[str]:
    """The needed fields that no column is; of several of which one is enough, the first."""
    lacks = [name for name, field in fields_of(kind=kind).items() if field.required and name not in chosen]
    choice = one_of(kind=kind)
    return lacks if not choice or set(choice) & set(chosen) else [choice[0], *lacks]


def one_of(*, kind: FileKind) -> tuple[str, ...]:
    """The fields of which a file has to have at least one."""
    found: tuple[str, ...] = getattr(kind.importer, "one_of", ())
    return found


def copy_of(*, run: FileRun, folder: Path) -> Path:
    """What was sent, where it can be read more than once."""
    source = folder / f"import.{run.shape}"
    with paper_storage().open(run.path) as kept, source.open("wb") as copy:
        shutil.copyfileobj(kept, copy)
    return source


def look(*, run: FileRun, kind: FileKind, folder: Path) -> dict[str, Any]:
    """The layout of the file. It has `chosen` when nothing is to be asked: the headings are ours. Raises Unreadable."""
    source = copy_of(run=run, folder=folder)
    seen = look_into(source, encoding=run.layout.get("encoding", ""), likely=_likely(run.union))
    fields = fields_of(kind=kind)
    layout: dict[str, Any] = {
        "columns": seen.columns,
        "rows": seen.rows[:FIRST_ROWS],
        "encoding": seen.encoding,
        "about": seen.about,
        "time": "",
    }
    ours = {name: name for name in fields if name in seen.columns}
    if run.store is None:
        return {**layout, "chosen": _ours(ours, kind), "decimal": "."}
    known = {"store", *fields, *kind.head}
    decimal = decimal_of(_cells(seen, number_columns(ours, fields)))
    if (
        set(seen.columns) <= known
        and not lacking(kind=kind, chosen=ours)
        and decimal == "."
        and "encoding" not in run.layout
    ):
        return {**layout, "chosen": ours, "decimal": "."}
    last = ColumnMemory.objects.filter(union=run.union_id, store=run.store_id, kind=run.kind).first()
    words = {name: (*WORDS.get(name, ()), str(LABELS[name])) for name in fields}
    guess = guessed(seen.columns, fields=fields, words=words, last=last.columns if last else {})
    times = [column for name, column in guess.items() if fields[name].type in ("time", "date")]
    remembered = bool(last and set(last.columns.values()) <= set(seen.columns))
    return {
        **layout,
        "guess": guess,
        "remembered": remembered,
        "decimal": decimal_of(_cells(seen, number_columns(guess, fields))),
        "time": last.time if last and remembered else _time_of(_cells(seen, set(times))),
    }


def take_in(*, run: FileRun, kind: FileKind, folder: Path, now: datetime) -> tuple[Summary, Path]:
    """Take the rows in (or try it, batch by batch, each undone) as the layout says. Summary and report."""
    layout, union, report = run.layout, run.union, folder / "refused.csv"
    assert kind.importer is not None
    chart = Map(
        kind=run.kind,
        fields=kind.importer.fields,
        currency_of=lambda slug: union.currency,
        columns=layout["chosen"],
        encoding=layout.get("encoding", ""),
        decimal=layout["decimal"],
        thousands="." if layout["decimal"] == "," else ",",
        time_format=layout.get("time", ""),
        time_zone=ZoneInfo(union.time_zone),
        union_slug=union.slug,
        store={"slug": run.store.slug} if run.store else {},
    )
    about = layout.get("about", 0)

    def counted(path: Path, *, encoding: str, delimiter: str) -> Iterator[RawRow]:
        for number, row in enumerate(rows_of(path, encoding=encoding, delimiter=delimiter), 1):
            if not number % SAY_EVERY:
                share = min(number / about, 1) if about else number / (number + HALF_OF)
                note(run=run, percent=int(share * 50), rows=number)
            yield row

    def progress(step: str, done: int, total: int) -> None:
        if step == "take":
            note(run=run, percent=min(99, 50 + done * 50 // max(total, 1)))

    summary = run_import(
        path=copy_of(run=run, folder=folder),
        importer=kind.importer_for(run.store, run.by),
        chart=chart,
        union_at=lambda slug: union,
        report=report,
        dry_run=run.is_dry,
        progress=progress,
        now=now,
        rows=counted,
        undo_each=True,
    )
    return summary, report


def _ours(there: dict[str, str], kind: FileKind) -> dict[str, str]:
    """An office sends what its carriers and others were told to write: ours. Raises Invalid without them."""
    missing = lacking(kind=kind, chosen=there)
    if missing:
        raise Invalid(_("The file lacks the columns %(columns)s.") % {"columns": ", ".join(missing)}, field="file")
    return there


def _likely(union: Union) -> tuple[str, ...]:
    # English last: what cannot be told apart by its bytes is told by the country.
    languages = sorted(dict.fromkeys([union.default_language, *union.languages]), key=lambda language: language == "en")
    return tuple(encoding for language in languages for encoding in LIKELY_ENCODINGS.get(language, ()))


def _cells(seen: Look, columns: set[str]) -> list[str]:
    places = [place for place, name in enumerate(seen.columns) if name in columns]
    return [row[place] for row in seen.rows for place in places]


def _time_of(cells: list[str]) -> str:
    """The first way of writing in which all of them can be read."""
    texts = [cell.strip() for cell in cells if cell.strip()]
    return next((shape for shape, _example in TIMES if shape and texts and all(_reads(t, shape) for t in texts)), "")


def _reads(text: str, shape: str) -> bool:
    try:
        datetime.strptime(text, shape)  # noqa: DTZ007  (only whether it can be read)
    except ValueError:
        return False
    return True
