"""`import_csv signal-codes`: a tree of signal codes out of a table, or out of the text form in which taxonomies come.

The table's columns are `code`, `parent`, `title`, `words`, and for other languages `title_ko`, `words_zh-hant`.
The text form is read by `core.importing.taxonomies`.
Nothing is ever removed: a code may be what a store subscribes to.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from core.importing.maps import Field, Map, Record
from core.importing.taxonomies import SOURCE, language_of, traditional
from unions.models import SignalCode
from unions.services.signals import joined, put_signal_codes

CODE = re.compile(r"[a-z0-9]+(?:[-._][a-z0-9]+)*")
LONGEST_CODE, LONGEST_TITLE, LONGEST_WORD, MOST_WORDS = 24, 200, 60, 60


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
            translations=joined(first=old.translations if old else {}, second=self._translations(record.values)),
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
