"""Translations without the gettext programs: Babel reads, merges and compiles the catalogues.

`locale/<language>/LC_MESSAGES/django.po` is kept in the repository, the compiled `.mo` beside it is not.
"""

import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract, extract_python
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

from martunion.embedded import BASE_DIR

LOCALE = BASE_DIR / "locale"
LANGUAGES = ("zh_Hant", "ko")
FOLDERS = (
    "core",
    "accounts",
    "unions",
    "stores",
    "payments",
    "orders",
    "chat",
    "ascc",
    "matching",
    "martunion",
    "templates",
)
KEYWORDS: dict[str, Any] = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
TRANSLATOR_COMMENT = "Translators:"


def extract_template(file: Any, keywords: Any, comment_tags: Any, options: Any) -> Iterator[Any]:
    """Babel's extractor for Django templates: Django turns the tags into calls, Babel reads these as Python."""
    calls = templatize(file.read().decode())
    # What Django leaves between the calls is no Python: only the lines' calls are kept, one per line number.
    lines = [" ".join(re.findall(CALL, line)) for line in calls.splitlines()]
    for number, line in enumerate(lines, 1):
        if line:
            for found in extract_python(io.BytesIO(line.encode()), keywords, comment_tags, {}):
                yield number, *found[1:]


# A call as templatize writes it: a function and Python or template string literals, nothing nested.
STRING = r"(?:\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*')"
CALL = rf"(?:_|gettext|ngettext|pgettext|npgettext)\(\s*u?{STRING}(?:\s*,\s*(?:u?{STRING}|count))*\s*\)"


def strings_in_use() -> Catalog:
    """Every translatable string of the code and the templates, with where it stands."""
    catalog = Catalog(project="martunion", charset="utf-8")
    for folder in FOLDERS:
        for path in sorted((BASE_DIR / folder).rglob("*")):
            if path.suffix not in {".py", ".html", ".txt"} or "migrations" in path.parts or not path.is_file():
                continue
            method: Any = "python" if path.suffix == ".py" else extract_template
            with path.open("rb") as file:
                for line, message, comments, context in extract(method, file, KEYWORDS, (TRANSLATOR_COMMENT,)):
                    place = (path.relative_to(BASE_DIR).as_posix(), line)
                    catalog.add(message, None, [place], auto_comments=comments, context=context)
    return catalog


def po_file(language: str) -> Path:
    """Where a language's translations are kept."""
    return LOCALE / language / "LC_MESSAGES" / "django.po"


def read_catalog(language: str) -> Catalog:
    """A language's translations; an empty catalogue when there are none yet."""
    path = po_file(language)
    if not path.exists():
        return Catalog(locale=language, charset="utf-8")
    with path.open("rb") as file:
        return read_po(file, locale=language)


def is_translated(message: Message) -> bool:
    """Whether every form has a text that a person has confirmed."""
    forms = message.string if isinstance(message.string, (tuple, list)) else (message.string,)
    return all(forms) and not message.fuzzy


def untranslated(language: str) -> list[str]:
    """What is in use without a translation, as "file:line: string", sorted."""
    known = read_catalog(language)
    missing = []
    for message in strings_in_use():
        if not message.id:
            continue
        singular = message.id[0] if isinstance(message.id, (tuple, list)) else message.id
        found = known.get(singular, message.context)
        if found is None or not is_translated(found):
            path, line = message.locations[0]
            missing.append(f"{path}:{line}: {singular!r}")
    return sorted(missing)


def update_catalog(language: str) -> None:
    """Bring a language's file up to date: new strings come in empty, unused ones go."""
    catalog = read_catalog(language)
    catalog.update(strings_in_use(), no_fuzzy_matching=True, update_creation_date=False)
    catalog.obsolete.clear()
    path = po_file(language)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        write_po(file, catalog, width=110, sort_output=True, include_lineno=False, omit_header=False)


def compile_catalogs() -> list[Path]:
    """Write the .mo of every .po that is newer; the files written."""
    written = []
    for source in sorted(LOCALE.glob("*/LC_MESSAGES/*.po")):
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
            continue
        draft = source.with_suffix(f".{id(source)}.new")
        with source.open("rb") as file, draft.open("wb") as output:
            write_mo(output, read_po(file))
        draft.replace(target)
        written.append(target)
    return written


if __name__ == "__main__":
    # For the image, where there is no database and no secret to set Django up with.
    compile_catalogs()
