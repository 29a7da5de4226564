"""Putting signal codes in: the project's own short tree, and batches of what a file brings.

The short tree is `{code: {"title", "translations": {"en": {"words"}, "ko": {"title", "words"}}}}`; what stands before
the last hyphen of a code is its parent. `words` are what else people call it: by them a code is found, they are never
shown.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from core.statements import prepared_cursor
from unions.models import SignalCode

SHORT_TREE = Path(__file__).resolve().parent.parent / "data" / "signals_short.json"

_ANCESTORS = """
WITH RECURSIVE below AS (
    SELECT code, ARRAY[code]::varchar[] AS above FROM unions_signalcode WHERE parent_id IS NULL
    UNION ALL
    SELECT one.code, below.above || one.code FROM unions_signalcode AS one JOIN below ON one.parent_id = below.code
)
UPDATE unions_signalcode AS one SET ancestors = below.above
FROM below WHERE below.code = one.code AND one.ancestors <> below.above
"""


def add_missing_signal_codes(*, model: type[SignalCode] = SignalCode) -> None:
    """Put in what is missing of the short tree, leaving what a full file brought as it is.

    A code that is there already gets the languages and the words that it does not have.
    """
    there = {code.code: code for code in model.objects.all()}
    ancestors: dict[str, list[str]] = {code: list(one.ancestors) for code, one in there.items()}
    new, changed = [], []
    for code, said in json.loads(SHORT_TREE.read_text(encoding="utf-8")).items():
        old = there.get(code)
        if old is not None:
            both = joined(first=said["translations"], second=old.translations)
            if both != old.translations:
                old.translations = both
                changed.append(old)
            continue
        parent = code.rpartition("-")[0]
        ancestors[code] = [*ancestors.get(parent, []), code]
        new.append(
            model(
                code=code,
                parent_id=parent or None,
                title=said["title"],
                translations=said["translations"],
                ancestors=ancestors[code],
            )
        )
    model.objects.bulk_create(new, ignore_conflicts=True)
    model.objects.bulk_update(changed, ["translations"], batch_size=500)


def joined(*, first: dict[str, Any], second: dict[str, Any]) -> dict[str, Any]:
    """Translations of both, by language and field; where both say something, the second does."""
    return {language: {**first.get(language, {}), **second.get(language, {})} for language in sorted({*first, *second})}


def put_signal_codes(*, codes: Iterable[SignalCode], moved: bool) -> None:
    """Insert or replace these; `moved` says that one of them hangs elsewhere now, with all that is below it."""
    SignalCode.objects.bulk_create(
        codes,
        update_conflicts=True,
        unique_fields=["code"],
        update_fields=["parent", "title", "translations", "ancestors"],
        batch_size=1000,
    )
    if moved:
        with prepared_cursor() as cursor:
            cursor.execute(_ANCESTORS)
