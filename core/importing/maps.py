"""A map says how a file's columns become our fields. `docs/import/README.md` explains every table of it.

Reading a map compiles it once; applying it to a row is a few dictionary look-ups and conversions.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.errors import Invalid
from core.importing.reading import RawRow
from core.moments import is_plausible
from core.money import as_minor

CURRENCIES = "£€$₩¥"
SIGNS = f"+- {CURRENCIES}"
MAP_TABLES = frozenset("kind file union store columns constants replace values uppercase rules options".split())


WRONG = {
    "code": gettext_lazy("%(column)s: must have at most %(longest)s signs, not “%(text)s”"),
    "sign": gettext_lazy("%(column)s: “%(text)s” has a sign that cannot be kept"),
    "integer": gettext_lazy("%(column)s: must be a whole number, not “%(text)s”"),
    "decimal": gettext_lazy("%(column)s: must be a number, not “%(text)s”"),
    "money": gettext_lazy("%(column)s: must be an amount of money, not “%(text)s”"),
    "time": gettext_lazy("%(column)s: must be a day and time, not “%(text)s”"),
    "date": gettext_lazy("%(column)s: must be a day, not “%(text)s”"),
    "boolean": gettext_lazy("%(column)s: must be yes or no, not “%(text)s”"),
}
TOO_LARGE = gettext_lazy("%(column)s: “%(text)s” is too large a number")


class BadMap(Invalid):
    """The map itself is wrong; the sentence says where."""

    code = "map_invalid"


class Refused(Exception):
    """One row cannot be taken; the text is the reason shown in the report, `field` what of it is wrong."""

    def __init__(self, reason: str, field: str = "") -> None:
        super().__init__(reason)
        self.field = field


@dataclass(frozen=True, slots=True)
class Field:
    """What a kind can take: its type (`text`, `code`, `integer`, `decimal`, `money`, `time`, `date`, `boolean`,
    `list`), whether a row without it is refused, what stands in for an empty cell, and the longest text."""

    type: str = "text"
    required: bool = False
    default: Any = None
    longest: int = 0
    choices: frozenset[str] = frozenset()


@dataclass(slots=True)
class Record:
    """One row on its way in. `outcome` says what became of it, `reason` why it was refused or left out."""

    union: str
    file: str
    line: int
    cells: dict[str, str]
    values: dict[str, Any]
    outcome: str = ""
    reason: str = ""
    field: str = ""

    def refuse(self, reason: str, field: str = "") -> None:
        """Importers begin a reason with the field it is about: `sku: …`."""
        self.outcome = "refused"
        self.reason = reason
        self.field = field or re.split(r"[:,：]", reason, maxsplit=1)[0]


@dataclass(slots=True)
class Rule:
    """`when` all patterns are found in their columns: set fields, refuse or leave out the row."""

    when: list[tuple[str, re.Pattern[str]]]
    sets: dict[str, str]
    refuse: str = ""
    skip: str = ""


@dataclass(slots=True)
class Map:
    """A compiled map. `apply` turns a raw row into a Record."""

    kind: str
    fields: dict[str, Field]
    currency_of: Callable[[str], str]
    columns: dict[str, str] = field(default_factory=dict)
    constants: dict[str, str] = field(default_factory=dict)
    replace: dict[str, tuple[re.Pattern[str], str]] = field(default_factory=dict)
    values: dict[str, dict[str, str]] = field(default_factory=dict)
    uppercase: list[str] = field(default_factory=list)
    rules: list[Rule] = field(default_factory=list)
    encoding: str = ""
    delimiter: str = ""
    decimal: str = "."
    thousands: str = ""
    time_format: str = ""
    time_zone: tzinfo = UTC
    union: dict[str, Any] = field(default_factory=dict)
    store: dict[str, Any] = field(default_factory=dict)
    options: dict[str, Any] = field(default_factory=dict)
    union_slug: str = ""
    union_names: dict[str, str] = field(default_factory=dict)
    moments: dict[str, str] = field(default_factory=dict)
    defaults: dict[str, Any] = field(init=False)
    required: list[str] = field(init=False)

    def __post_init__(self) -> None:
        self.defaults = {name: one.default for name, one in self.fields.items()}
        self.required = [name for name, one in self.fields.items() if one.required]

    def column(self, name: str) -> str:
        """The field as whoever reads the file knows it."""
        return self.columns.get(name, name)

    def apply(self, raw: RawRow) -> Record:
        """The row as a Record: converted, refused with a reason, or left out by a rule."""
        cells = raw.cells
        record = Record(self.union_slug, raw.file, raw.line, cells, {})
        try:
            texts = dict(self.constants)
            for name, column in self.columns.items():
                text = cells.get(column, "").strip()
                if text or name not in texts:
                    texts[name] = text
            for rule in self.rules:
                if all(pattern.search(cells.get(column, "")) for column, pattern in rule.when):
                    if rule.refuse:
                        raise Refused(rule.refuse)
                    if rule.skip:
                        record.outcome, record.reason = "left_out", rule.skip
                        return record
                    texts.update(rule.sets)
            for name, (pattern, replacement) in self.replace.items():
                if name in texts:
                    texts[name] = pattern.sub(replacement, texts[name])
            for name in self.uppercase:
                texts[name] = texts.get(name, "").upper()
            for name, table in self.values.items():
                if name in texts:
                    texts[name] = table.get(texts[name], texts[name])
            if not self.union_slug:
                record.union = self._union_of(cells)
            record.values = self._values(texts, record)
        except Refused as refusal:
            record.refuse(str(refusal), refusal.field)
        return record

    def _union_of(self, cells: dict[str, str]) -> str:
        value = cells.get(self.union["column"], "").strip()
        if not value:
            raise Refused(_("no union: the column %(column)s is empty") % {"column": self.union["column"]})
        slug = str(self.union.get("slugs", {}).get(value, slugged(value)))
        self.union_names.setdefault(slug, value)
        return slug

    def _values(self, texts: dict[str, str], record: Record) -> dict[str, Any]:
        """All fields: the defaults, and what the texts say instead."""
        for name in self.required:
            if not texts.get(name):
                raise Refused(_("%(field)s is missing") % {"field": self.column(name)}, name)
        values = dict(self.defaults)
        for name, text in texts.items():
            if text:
                values[name] = self._convert(name, self.fields[name], text, record)
        return values

    def _convert(self, name: str, one: Field, text: str, record: Record) -> Any:
        if one.choices and text not in one.choices:
            raise Refused(
                _("%(field)s: “%(text)s” is none of %(choices)s")
                % {"field": self.column(name), "text": text, "choices": ", ".join(sorted(one.choices))},
                name,
            )
        try:
            return self._typed(one, text, record)
        except (ValueError, ArithmeticError) as error:
            said = str(TOO_LARGE if isinstance(error, OverflowError) else WRONG["sign" if "\x00" in text else one.type])
            about = {"column": self.column(name), "text": text[:80], "longest": one.longest}
            raise Refused(said % about, name) from None

    def _typed(self, one: Field, text: str, record: Record) -> Any:
        match one.type:
            case "text":
                text = text.replace("\x00", "")
                return text[: one.longest] if one.longest else text
            case "code":
                if "\x00" in text or (one.longest and len(text) > one.longest):
                    raise ValueError
                return text
            case "integer":
                number = self._decimal(text)
                if number != number.to_integral_value():
                    raise ValueError
                if abs(number) > 2**31 - 1:
                    raise OverflowError
                return int(number)
            case "decimal":
                return str(self._decimal(text))
            case "money":
                amount = as_minor(self._decimal(text), self.currency_of(record.union))
                if abs(amount) > 2**53:
                    raise OverflowError
                return amount
            case "time":
                return self._moment(text)
            case "date":
                return self._time(text).astimezone(self.time_zone).date().isoformat()
            case "boolean":
                if text.lower() in {"1", "true", "yes", "y", "ja", "oui", "是", "예"}:
                    return True
                if text.lower() in {"0", "false", "no", "n", "nein", "non", "否", "아니요"}:
                    return False
                raise ValueError
            case "list":
                return [part.strip() for part in re.split(r"[;,]", text) if part.strip()]
        raise AssertionError(one.type)

    def _decimal(self, text: str) -> Decimal:
        if self.thousands and self.thousands in text:
            # `12,50` in a file of points is a wrong sign, not twelve hundred and fifty; nor is `1.234,50` one and some.
            front, _point, behind = text.partition(self.decimal)
            whole, *others = front.split(self.thousands)
            if (
                self.thousands in behind
                or not 1 <= len(whole.strip(SIGNS)) <= 3
                or any(len(part.strip()) != 3 for part in others)
            ):
                raise ValueError
            text = text.replace(self.thousands, "")
        if self.decimal != ".":
            text = text.replace(self.decimal, ".")
        number = Decimal(text.strip().lstrip(CURRENCIES))
        if not number.is_finite():
            raise ValueError
        return number

    def _moment(self, text: str) -> str:
        """A point in time in ISO format. The lines of an order share theirs, so the last ones read are remembered."""
        if text not in self.moments:
            if len(self.moments) > 1_000:
                self.moments.clear()
            moment = self._time(text)
            if not is_plausible(moment=moment):
                raise ValueError(text)
            self.moments[text] = moment.isoformat()
        return self.moments[text]

    def _time(self, text: str) -> datetime:
        if self.time_format:
            moment = datetime.strptime(text, self.time_format)  # noqa: DTZ007  (its zone is the map's)
        elif len(text) == 10:
            moment = datetime.combine(date.fromisoformat(text), datetime.min.time())
        else:
            moment = datetime.fromisoformat(text)
        return moment if moment.tzinfo else moment.replace(tzinfo=self.time_zone)


def slugged(text: str) -> str:
    """A short name for addresses: small letters, digits and single hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def read_map(
    path: Path | None, *, kind: str, fields: dict[str, Field], union: str, currency_of: Callable[[str], str]
) -> Map:
    """Read and check a map. Without a file our own field names are the columns. Raises BadMap."""
    if path is None:
        return Map(kind, fields, currency_of, columns={name: name for name in fields}, union_slug=union)
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadMap(_("The map %(path)s cannot be read: %(error)s") % {"path": path.name, "error": error}) from error
    if unknown := set(tables) - MAP_TABLES:
        raise BadMap(_("The map has tables nobody knows: %(names)s.") % {"names": ", ".join(sorted(unknown))})
    if tables.get("kind", kind) != kind:
        raise BadMap(_("The map is for %(theirs)s, not for %(ours)s.") % {"theirs": tables["kind"], "ours": kind})
    for table in ("columns", "constants", "replace", "values"):
        if unknown := set(tables.get(table, {})) - set(fields):
            raise BadMap(
                _("[%(table)s] names fields that %(kind)s do not have: %(names)s. They have: %(known)s.")
                % {
                    "table": table,
                    "kind": kind,
                    "names": ", ".join(sorted(unknown)),
                    "known": ", ".join(sorted(fields)),
                }
            )
    in_file = tables.get("file", {})
    in_union = tables.get("union", {})
    if not union and "column" not in in_union:
        raise BadMap(_("Say --union, or name the column that tells the union in [union] of the map."))
    try:
        return Map(
            kind,
            fields,
            currency_of,
            columns=tables.get("columns", {}),
            constants={name: str(value) for name, value in tables.get("constants", {}).items()},
            replace={
                name: (re.compile(one["pattern"]), one["with"]) for name, one in tables.get("replace", {}).items()
            },
            values=tables.get("values", {}),
            uppercase=tables.get("uppercase", {}).get("fields", []),
            rules=[_rule(one, fields) for one in tables.get("rules", [])],
            encoding=in_file.get("encoding", ""),
            delimiter=in_file.get("delimiter", ""),
            decimal=in_file.get("decimal", "."),
            thousands=in_file.get("thousands", ""),
            time_format=in_file.get("time", ""),
            time_zone=ZoneInfo(in_file.get("time_zone", "UTC")),
            union=in_union,
            store=tables.get("store", {}),
            options=tables.get("options", {}),
            union_slug=union,
        )
    except (re.error, KeyError, LookupError, ValueError, TypeError, AttributeError) as error:
        raise BadMap(_("The map is not right: %(error)s") % {"error": error}) from error


def _rule(one: dict[str, Any], fields: dict[str, Field]) -> Rule:
    sets = one.get("set", {})
    if unknown := set(sets) - set(fields):
        raise BadMap(_("A rule sets fields nobody knows: %(names)s.") % {"names": ", ".join(sorted(unknown))})
    return Rule(
        when=[(column, re.compile(pattern)) for column, pattern in one["when"].items()],
        sets={name: str(value) for name, value in sets.items()},
        refuse=one.get("refuse", ""),
        skip=one.get("skip", ""),
    )
