"""Making a person's copy of everything that is kept of them: by Celery, part by part, told in per cent."""

from __future__ import annotations

import csv
import io
import json
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from typing import IO, Any

from django.core.files import File
from django.db import IntegrityError, transaction
from django.db.models.functions import Now
from django_scopes import scopes_disabled

from accounts.models import User
from core.outbox import publish
from core.personal import file_keepers, keepers, written
from core.references import new_secret
from core.spreadsheets import guarded
from unions.events import FILE_ASKED
from unions.models import PersonalFile

KEPT = timedelta(days=7)
DEAD_AFTER = timedelta(minutes=10)
"""Without a sign of life for so long its maker is taken for dead."""
IN_MEMORY = 5_000_000
BEAT = 50
"""After so many pictures a sign of life."""
State = PersonalFile.State


def ask_for_file(*, user: User, now: datetime) -> PersonalFile:
    """The file that is being made already, or a new one."""
    for _try in range(2):
        open_file = PersonalFile.objects.filter(user=user, state__in=PersonalFile.OPEN).first()
        if open_file is not None:
            return open_file
        try:
            with transaction.atomic():
                asked = PersonalFile.objects.create(
                    user=user, key=new_secret(24)[:40], parts=len(keepers), asked_at=now, expires_at=now + KEPT
                )
                publish(FILE_ASKED, aggregate=f"personal-file:{asked.pk}", file_id=asked.pk)
                return asked
        except IntegrityError:
            # Another tab was quicker.
            continue
    return PersonalFile.objects.get(user=user, state__in=PersonalFile.OPEN)


def make_personal_file(*, file_id: int, now: datetime) -> bool:
    """Write the file; False when somebody else makes it, has made it, or the person was erased meanwhile."""
    taken = PersonalFile.objects.filter(pk=file_id, state=State.ASKED) | PersonalFile.objects.filter(
        pk=file_id, state=State.MAKING, worked_at__lt=now - DEAD_AFTER
    )
    if not taken.update(state=State.MAKING, done=0, worked_at=now):
        return False
    asked = PersonalFile.objects.select_related("user").get(pk=file_id)
    try:
        with tempfile.TemporaryFile() as out:
            if not _write(out, asked):
                return False
            size = out.tell()
            out.seek(0)
            name = asked.file.storage.save(f"{asked.key}.zip", File(out))
    except Exception:
        PersonalFile.objects.filter(pk=file_id).update(state=State.FAILED)
        raise
    ready = PersonalFile.objects.filter(pk=file_id, state=State.MAKING)
    if not ready.update(state=State.READY, file=name, size=size):
        # Erased while it was written: what nobody may have is not left lying about.
        asked.file.storage.delete(name)
        return False
    return True


def _write(out: IO[bytes], asked: PersonalFile) -> bool:
    """False as soon as nobody wants it any more."""
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, (part, tables_of) in enumerate(sorted(keepers.items()), 1):
            with scopes_disabled():
                for table, rows in tables_of(asked.user):
                    _write_table(archive, f"{part}/{table}", rows)
                files = file_keepers[part](asked.user) if part in file_keepers else ()
                for count, (name, read) in enumerate(files, 1):
                    _write_file(archive, f"{part}/{name}", read)
                    if count % BEAT == 0 and not _is_wanted(asked, done=number - 1):
                        return False
            if not _is_wanted(asked, done=number):
                return False
    return True


def _is_wanted(asked: PersonalFile, *, done: int) -> bool:
    """A sign of life, and whether its person is still there."""
    still = PersonalFile.objects.filter(pk=asked.pk, state=State.MAKING)
    return bool(still.update(done=done, worked_at=Now()))


def _write_file(archive: zipfile.ZipFile, name: str, read: Callable[[], bytes]) -> None:
    """One that was taken away meanwhile is left out."""
    with suppress(FileNotFoundError):
        archive.writestr(name, read())


def _write_table(archive: zipfile.ZipFile, name: str, rows: Iterable[Mapping[str, Any]]) -> None:
    """As CSV for people and JSON for programs; read once, and never held as a whole."""
    with tempfile.SpooledTemporaryFile(IN_MEMORY) as as_json:
        with archive.open(f"{name}.csv", "w") as raw, io.TextIOWrapper(raw, "utf-8-sig", newline="") as text:
            writer = csv.writer(text)
            for number, row in enumerate(rows):
                cells = {field: written(value) for field, value in row.items()}
                if not number:
                    writer.writerow(cells)
                writer.writerow(guarded("" if cell is None else _flat(cell) for cell in cells.values()))
                as_json.write(b",\n" if number else b"[\n")
                as_json.write(json.dumps(cells, ensure_ascii=False).encode())
        as_json.write(b"\n]\n" if as_json.tell() else b"[]\n")
        as_json.seek(0)
        with archive.open(f"{name}.json", "w") as raw:
            while block := as_json.read(65536):
                raw.write(block)


def _flat(cell: Any) -> Any:
    return json.dumps(cell, ensure_ascii=False) if isinstance(cell, list | dict) else cell


def take_up_files(*, now: datetime) -> list[int]:
    """Files whose maker seems to have died, to be begun again."""
    dead = PersonalFile.objects.filter(state=State.MAKING, worked_at__lt=now - DEAD_AFTER)
    return list(dead.order_by("pk").values_list("pk", flat=True))


def remove_old_files(*, now: datetime) -> int:
    """Files live for a week. Returns how many were removed."""
    old = list(PersonalFile.objects.filter(expires_at__lte=now).exclude(state=State.GONE).order_by("pk"))
    for each in old:
        if each.file:
            each.file.storage.delete(str(each.file.name))
        PersonalFile.objects.filter(pk=each.pk).update(state=State.GONE, file="")
    return len(old)


def drop_files_of(*, user: User) -> None:
    """None is left, and none that is being written will be kept."""
    for each in PersonalFile.objects.filter(user=user).exclude(file=""):
        each.file.storage.delete(str(each.file.name))
    PersonalFile.objects.filter(user=user).delete()
