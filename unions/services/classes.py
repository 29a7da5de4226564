"""Loading the business classes: the project's own short table, or a whole ISIC Rev.4 tree from a file.

A file holds `{"sections": [{"section": "a", "description": …, "divisions": [{"division": "01", …, "groups": [{"group":
"011", …, "classes": [{"class": "0111", …}]}]}]}]}`. A node may carry `"translations": {"ko": {"title": …}}`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from core.errors import Invalid
from unions.models import BusinessClass

SHORT_TABLE = Path(__file__).resolve().parent.parent / "data" / "isic_short.json"
LEVELS = (("section", "divisions"), ("division", "groups"), ("group", "classes"), ("class", ""))
CODE_LENGTHS = {"section": 1, "division": 2, "group": 3, "class": 4}


class BadClassFile(Invalid):
    """The file is no table of business classes; `reason`, or `level` and `node`, say where."""

    code = "bad_class_file"
    detail = _("This file does not hold business classes in the expected shape.")


def load_business_classes(*, path: Path | None = None) -> int:
    """Insert or update every class of the file (else of the short table) and return how many it holds.

    Titles follow the file; translations stay where the file has none. Nothing is removed. Raises BadClassFile.
    """
    classes = list(read_business_classes(path=path or SHORT_TABLE))
    with transaction.atomic():
        for translated in (False, True):
            _upsert([node for node in classes if bool(node.translations) is translated], translated=translated)
    return len(classes)


def add_missing_business_classes(*, model: type[BusinessClass] = BusinessClass) -> None:
    """Put in what is missing of the short table, leaving what a full file brought as it is."""
    model.objects.bulk_create(
        [model(**_values(node)) for node in read_business_classes(path=SHORT_TABLE)], ignore_conflicts=True
    )


def read_business_classes(*, path: Path) -> Iterator[BusinessClass]:
    """The unsaved classes of a file, parents before children. Raises BadClassFile."""
    try:
        sections = json.loads(path.read_text(encoding="utf-8"))["sections"]
        yield from _walk(sections, depth=0, above=[])
    except (UnicodeDecodeError, json.JSONDecodeError, KeyError, TypeError, AttributeError) as error:
        raise BadClassFile(reason=repr(error)) from error


def _walk(nodes: list[dict[str, Any]], *, depth: int, above: list[str]) -> Iterator[BusinessClass]:
    level, below = LEVELS[depth]
    for node in nodes:
        code = str(node[level]).strip().upper()
        title = str(node["description"]).strip()
        if len(code) != CODE_LENGTHS[level] or not title or len(title) > 250:
            raise BadClassFile(level=level, node=code)
        ancestors = [*above, code]
        yield BusinessClass(
            code=code,
            level=level,
            parent_id=above[-1] if above else None,
            title=title,
            translations=node.get("translations", {}),
            ancestors=ancestors,
        )
        if below:
            yield from _walk(node.get(below, []), depth=depth + 1, above=ancestors)


def _upsert(classes: list[BusinessClass], *, translated: bool) -> None:
    fields = ["level", "parent", "title", "ancestors"]
    if translated:
        fields.append("translations")
    BusinessClass.objects.bulk_create(
        classes, update_conflicts=True, unique_fields=["code"], update_fields=fields, batch_size=500
    )


def _values(node: BusinessClass) -> dict[str, Any]:
    return {field.attname: getattr(node, field.attname) for field in BusinessClass._meta.concrete_fields}
