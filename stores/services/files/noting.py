"""How far a file is: written by the worker that has it, and by no other."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.files import File
from django.db.models.functions import Now

from core.references import new_secret
from stores.models import FileRun
from unions.models.storage import paper_storage


class Superseded(Exception):
    """Somebody else works on it by now, or nobody wants it any more."""


def note(*, run: FileRun, **values: Any) -> None:
    """Write it down and give a sign of life. Raises Superseded.

    `tries` is the fence: a worker that was taken for dead and is not must not write over the one that took its place.
    """
    mine = FileRun.objects.filter(union=run.union_id, pk=run.pk, tries=run.tries, state=run.state)
    if not mine.update(moved_at=Now(), **values):
        raise Superseded
    for name, value in values.items():
        setattr(run, name, value)


def keep_file(*, run: FileRun, made: Path) -> str:
    """Put what was made into the private storage under a name that nobody guesses."""
    with made.open("rb") as file:
        return str(paper_storage().save(f"files/{run.union_id}/{new_secret(16)}{made.suffix}", File(file)))
