"""The text form in which taxonomies come: a line per code, `gid://…/ap-1 : Animals > Live animals`.

A file per language, English first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from opencc import OpenCC

from core.errors import Invalid
from core.importing.reading import RawRow, encoding_of

SOURCE = "en"
SIMPLIFIED = {"zh-cn", "zh-hans", "zh-sg", "zh"}
SAME = {"zh-tw": "zh-hant", "zh-hk": "zh-hant"}
LINE = re.compile(r"(?:gid://\S*/)?(\S+)\s+:\s+(\S.*)")


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
