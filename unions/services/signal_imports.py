"""`import_csv signal-codes`: a tree of signal codes out of a table, or out of the text form in which taxonomies come.

The table's columns are `code`, `parent`, `title`, `words`, and for other languages `title_ko`, `words_zh-hant`.
The text form has a line per code, `gid://…/ap-1 : Animals > Live animals`, a file per language, English first.
Nothing is ever removed: a code may be what a store subscribes to.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from opencc import OpenCC

from core.errors import Invalid
from core.importing.maps import Field, Map, Record
from core.importing.reading import RawRow, encoding_of
from unions.models import SignalCode
from unions.services.signals import joined, put_signal_codes

SOURCE = "en"
SIMPLIFIED = {"zh-cn", "zh-hans", "zh-sg", "zh"}
SAME = {"zh-tw": "zh-hant", "zh-hk": "zh-hant"}
CODE = re.compile(r"[a-z0-9]+(?:[-._][a-z0-9]+)*")
LINE = re.compile(r"(?:gid://\S*/)?(\S+)\s+:\s+(\S.*)")
LONGEST_CODE, LONGEST_TITLE, LONGEST_WORD, MOST_WORDS = 24, 200, 60, 60


class LanguageUnknown(Invalid):
    """No page here speaks it."""

    code = "language_unknown"


def language_of(tag: str) -> tuple[str, bool]:
    """Our name of a language, and whether its Chinese is to be written traditionally. Raises LanguageUnknown."""
    tag = tag.strip().lower().replace("_", "-")
    if tag in SIMPLIFIED:
        return "zh-hant", True
    tag = SAME.get(tag, tag)
    if tag not in dict(settings.LANGUAGES):
        raise LanguageUnknown(_("%(language)s is none of the languages here.") % {"language": tag or "–"})
    return tag, False


def is_taxonomy(path: Path) -> bool:
    """Whether a file is in the text form, told by its first line that says something."""
    if path.suffix.lower() != ".txt" or not path.is_file():
        return False
    with path.open(encoding=encoding_of(path)) as file:
        first = next((line.strip() for line in file if line.strip() and not line.startswith("#")), "")
    return LINE.fullmatch(first) is not None


def folder_language(path: Path) -> str:
    """The language that the folder of a file is called by (`ko/categories.txt`), else English."""
    try:
        language_of(path.parent.name)
    except LanguageUnknown:
        return SOURCE
    return path.parent.name


def taxonomy_rows(path: Path, *, encoding: str = "", delimiter: str = "") -> Iterator[RawRow]:
    """The lines of the text form as rows of a table; a line of another shape has no code and is refused for that."""
    with path.open(encoding=encoding or encoding_of(path)) as file:
        for number, line in enumerate(file, 1):
            line = line.strip()
            if not line or line.startswith("#"):
                continue
            found = LINE.fullmatch(line)
            code = found.group(1) if found else ""
            title = found.group(2).rpartition(" > ")[2] if found else line
            yield RawRow(path.name, number, {"code": code, "parent": code.rpartition("-")[0], "title": title})


@lru_cache(maxsize=1)
def _converter() -> Any:
    """Simplified characters to Taiwan's, with Taiwan's words."""
    return OpenCC("s2twp")


@lru_cache(maxsize=20_000)
def traditional(text: str) -> str:
    """`软件` → `軟體`."""
    return str(_converter().convert(text))


@dataclass
class SignalCodeImporter:
    """`language` is the one of the columns `title` and `words`; any but English only adds to codes that are there."""

    language: str = SOURCE
    group_by: tuple[str, ...] = ()
    fields: dict[str, Field] = field(init=False)
    seen: dict[str, dict[str, Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.own, self.simplified = language_of(self.language)
        others = {tag for tag, _name in settings.LANGUAGES if tag != SOURCE} | {"zh-cn"}
        self.fields = {
            "code": Field("text", required=True),
            "parent": Field("text", default=""),
            "title": Field("text", default=""),
            "words": Field("list", default=[]),
            **{f"title_{tag}": Field("text", default="") for tag in sorted(others)},
            **{f"words_{tag}": Field("list", default=[]) for tag in sorted(others)},
        }

    def take(self, groups: list[list[Record]], *, union: Any, chart: Map, now: datetime) -> None:
        """Parents may stand below their children within a batch; across batches they come first."""
        waiting = [record for group in groups for record in group if self._is_sound(record)]
        batch = _Batch(waiting)
        while waiting:
            left = [record for record in waiting if not self._placed(record, batch)]
            if len(left) == len(waiting):
                for record in left:
                    record.refuse(_("the codes above %(code)s go in a circle") % {"code": record.values["code"]})
                break
            waiting = left
        put_signal_codes(codes=batch.changed.values(), moved=batch.moved)

    def _is_sound(self, record: Record) -> bool:
        values = record.values
        values["code"], values["parent"] = values["code"].lower(), values["parent"].lower()
        code = values["code"]
        texts = [value for name, value in values.items() if name.startswith("title")]
        words = [word for name, value in values.items() if name.startswith("words") for word in value]
        if not CODE.fullmatch(code) or len(code) > LONGEST_CODE:
            record.refuse(
                _("“%(code)s” is no code: letters, digits and single hyphens, at most %(most)d signs")
                % {"code": code[:80], "most": LONGEST_CODE}
            )
        elif values["parent"] == code:
            record.refuse(_("the codes above %(code)s go in a circle") % {"code": code})
        elif any(len(text) > LONGEST_TITLE for text in texts):
            record.refuse(_("a title has more than %(most)d signs") % {"most": LONGEST_TITLE})
        elif len(words) > MOST_WORDS or any(len(word) > LONGEST_WORD for word in words):
            record.refuse(
                _("more than %(many)d words, or one of more than %(most)d signs")
                % {"many": MOST_WORDS, "most": LONGEST_WORD}
            )
        elif self.seen.setdefault(code, values) is not values:
            if self.seen[code] == values:
                record.outcome = "repeated"
            else:
                record.refuse(_("%(code)s stands in this file with something else") % {"code": code})
        return not record.outcome

    def _placed(self, record: Record, batch: _Batch) -> bool:
        """Whether all is known to decide about this one."""
        values, code = record.values, record.values["code"]
        old = batch.known.get(code)
        if self.own != SOURCE:
            if old is None:
                record.refuse(_("%(code)s is not known: load the English names first") % {"code": code})
            else:
                self._keep(record, batch, old, old.parent_id or "", old.ancestors, old.title)
            return True
        parent = values["parent"]
        if not parent:
            above = code.rpartition("-")[0]
            parent = (old.parent_id or "") if old is not None else above if batch.may_come(above) else ""
        if batch.is_waiting(parent):
            return False
        upper = batch.known.get(parent)
        if parent and upper is None:
            record.refuse(_("the parent %(code)s is not known") % {"code": parent})
        elif upper is not None and code in upper.ancestors:
            record.refuse(_("the codes above %(code)s go in a circle") % {"code": code})
        elif old is None and not values["title"]:
            record.refuse(_("%(field)s is missing") % {"field": "title"})
        else:
            ancestors = [*(upper.ancestors if upper else []), code]
            self._keep(record, batch, old, parent, ancestors, values["title"] or (old.title if old else ""))
        batch.done(code)
        return True

    def _keep(
        self, record: Record, batch: _Batch, old: SignalCode | None, parent: str, ancestors: list[str], title: str
    ) -> None:
        code = record.values["code"]
        fresh = SignalCode(
            code=code,
            parent_id=parent or None,
            title=title,
            ancestors=ancestors,
            translations=joined(old.translations if old else {}, self._translations(record.values)),
        )
        if old is None:
            record.outcome = "created"
        elif _shape(old) == _shape(fresh):
            record.outcome = "unchanged"
            return
        else:
            record.outcome = "changed"
            batch.moved |= old.parent_id != fresh.parent_id
        batch.known[code] = batch.changed[code] = fresh

    def _translations(self, values: dict[str, Any]) -> dict[str, Any]:
        found: dict[str, dict[str, Any]] = {}
        for name, value in values.items():
            kind, _mark, tag = name.partition("_")
            if not value or kind not in ("title", "words"):
                continue
            language, simplified = language_of(tag) if tag else (self.own, self.simplified)
            if kind == "title" and language == SOURCE:
                continue
            if simplified:
                value = traditional(value) if kind == "title" else [traditional(word) for word in value]
            found.setdefault(language, {})[kind] = value
        return found


@dataclass
class _Batch:
    """The codes that a batch speaks of as they are known by now, and what is still to be placed."""

    records: list[Record]
    changed: dict[str, SignalCode] = field(default_factory=dict)
    moved: bool = False

    def __post_init__(self) -> None:
        self.open = {record.values["code"] for record in self.records}
        above = {record.values["parent"] for record in self.records} | {c.rpartition("-")[0] for c in self.open}
        self.known = {one.code: one for one in SignalCode.objects.filter(code__in=self.open | above)}

    def may_come(self, code: str) -> bool:
        return code in self.known or code in self.open

    def is_waiting(self, code: str) -> bool:
        return code in self.open

    def done(self, code: str) -> None:
        self.open.discard(code)


def _shape(code: SignalCode) -> tuple[Any, ...]:
    return (code.parent_id, code.title, list(code.ancestors), code.translations)
