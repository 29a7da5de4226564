"""The one file that a shop writes, in TOML; README.md shows it."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from martunion_connector.choosing import Manner
from martunion_connector.errors import Unusable
from martunion_connector.items import NAMES
from martunion_connector.lists.database import read_query
from martunion_connector.lists.spreadsheet import read_spreadsheet
from martunion_connector.lists.text import read_text_list
from martunion_connector.sources import FunctionSource, ListSource, clock_stamp, file_stamp

KNOWN: Mapping[str, Mapping[str, type | tuple[type, ...]]] = {
    "": {"site": str, "key": str, "key_file": str},
    "list": {
        "file": str,
        "sheet": str,
        "encoding": str,
        "delimiter": str,
        "decimal": str,
        "sql": str,
        "database": str,
        "module": str,
        "connect": dict,
        "every_seconds": (int, float),
        "function": str,
    },
    "columns": dict.fromkeys(NAMES, str),
    "answers": {
        "share": (int, float),
        "valid_minutes": int,
        "words": str,
        "give_sku": bool,
        "decline": bool,
    },
    "log": {"file": str, "megabytes": (int, float), "keep": int},
}
SECRET = {"key", "connect"}
"""What these hold is never told again, also not in a complaint about it: complaints are sent around for help."""


@dataclass(frozen=True)
class Log:
    """Where the log is written; `keep` older files of so many megabytes each."""

    file: Path | None = None
    megabytes: float = 1.0
    keep: int = 5


@dataclass(frozen=True)
class Config:
    """The file, checked. Paths are absolute."""

    site: str
    key: str
    folder: Path
    list: Mapping[str, Any]
    columns: Mapping[str, str]
    manner: Manner
    declines: bool = True
    log: Log = field(default_factory=Log)

    @property
    def address(self) -> str:
        """Of the socket."""
        return re.sub("^http", "ws", self.site.rstrip("/")) + "/ws/connector/"

    def source(self) -> ListSource | FunctionSource:
        """What answers; a list is not read yet. Raises Unusable."""
        given, decimal = self.list, str(self.list.get("decimal", ""))
        if "function" in given:
            return FunctionSource(given["function"], self.folder)
        if "sql" in given:
            database = self.folder / given["database"] if "database" in given else None
            return ListSource(
                lambda: read_query(
                    given["sql"],
                    columns=self.columns,
                    database=database,
                    module=given.get("module", ""),
                    connect=given.get("connect"),
                    decimal=decimal,
                ),
                clock_stamp(float(given.get("every_seconds", 60))),
                self.manner,
            )
        path = self.folder / given["file"]
        if path.suffix.lower() in {".xlsx", ".xlsm"}:
            return ListSource(
                lambda: read_spreadsheet(path, columns=self.columns, sheet=given.get("sheet", ""), decimal=decimal),
                file_stamp(path),
                self.manner,
            )
        return ListSource(
            lambda: read_text_list(
                path,
                columns=self.columns,
                encoding=given.get("encoding", ""),
                delimiter=given.get("delimiter", ""),
                decimal=decimal,
            ),
            file_stamp(path),
            self.manner,
        )


def read_config(path: Path) -> Config:
    """Raises Unusable with what is wrong and where."""
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise Unusable(f"There is no configuration {path}; README.md shows one.") from None
    except OSError as error:
        raise Unusable(f"The configuration cannot be read: {error}.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Unusable(f"{path.name} is not valid TOML: {error}.") from None
    _check(raw, path)
    folder = path.resolve().parent
    answers, log = raw.get("answers", {}), raw.get("log", {})
    share = float(answers.get("share", 1.0))
    if not 0 < share <= 1:
        raise Unusable(f"{path.name}: share in [answers] lies over 0 and up to 1.")
    minutes = answers.get("valid_minutes")
    if minutes is not None and not 1 <= minutes <= 43_200:
        raise Unusable(f"{path.name}: valid_minutes in [answers] lies from 1 to 43200.")
    return Config(
        site=raw["site"],
        key=_key(raw, folder, path),
        folder=folder,
        list=raw["list"],
        columns=raw.get("columns", {}),
        manner=Manner(share, minutes, answers.get("words", "")[:500], answers.get("give_sku", True)),
        declines=answers.get("decline", True),
        log=Log(
            folder / log["file"] if "file" in log else None, float(log.get("megabytes", 1)), max(0, log.get("keep", 5))
        ),
    )


def _check(raw: Mapping[str, Any], path: Path) -> None:
    for name, value in raw.items():
        if name in KNOWN and name and not isinstance(value, dict):
            raise Unusable(f"{path.name}: [{name}] is a section.")
        if name not in KNOWN and name not in KNOWN[""]:
            raise Unusable(f"{path.name}: nobody knows {name!r}. There are: {_names('')}, and sections {_sections()}.")
    for section, known in KNOWN.items():
        for name, value in (raw if not section else raw.get(section, {})).items():
            if not section and name in KNOWN:
                continue
            if name not in known:
                raise Unusable(f"{path.name}: nobody knows {name!r} in [{section}]. There are: {_names(section)}.")
            kind = known[name]
            if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
                said = name if name in SECRET else f"{name} = {value!r}"
                raise Unusable(f"{path.name}: {said} is of the wrong kind.")
    if not re.match(r"(http|ws)s?://[^/\s]+", raw.get("site", "")):
        raise Unusable(f'{path.name}: say where the union is: site = "https://…".')
    given = raw.get("list", {})
    if sum(name in given for name in ("file", "sql", "function")) != 1:
        raise Unusable(f"{path.name}: [list] needs one of file, sql or function.")
    if "sql" in given and ("database" in given) == ("module" in given):
        raise Unusable(f"{path.name}: a query needs database (of SQLite) or module, one of them.")
    if given.get("decimal", ".") not in (".", ","):
        raise Unusable(f'{path.name}: decimal is "." or ",".')
    if len(given.get("delimiter", ",")) != 1:
        raise Unusable(f"{path.name}: delimiter is one character.")
    if given.get("every_seconds", 1) < 1:
        raise Unusable(f"{path.name}: every_seconds is at least 1.")


def _key(raw: Mapping[str, Any], folder: Path, path: Path) -> str:
    key = raw.get("key", "")
    if not key and "key_file" in raw:
        try:
            key = (folder / raw["key_file"]).read_text().strip()
        except OSError as error:
            raise Unusable(f"{path.name}: the key cannot be read: {error}.") from None
    key = key or os.environ.get("MARTUNION_KEY", "")
    if not key.strip() or not key.isascii() or not key.isprintable():
        raise Unusable(
            f"{path.name}: there is no key. Make one on your shop's page API keys, with the permission to "
            'answer calls, and write it here: key = "mu_…".'
        )
    return str(key.strip())


def _names(section: str) -> str:
    return ", ".join(KNOWN[section])


def _sections() -> str:
    return ", ".join(f"[{name}]" for name in KNOWN if name)
