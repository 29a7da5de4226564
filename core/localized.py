"""Texts in several languages on one row: the field itself in the union's first language, others in `translations`.

`translations` is `{"ko": {"title": "…"}, "zh-hant": {"title": "…"}}`.
"""

from __future__ import annotations

from typing import Any

from django.utils.translation import get_language, get_language_info


def localized(thing: Any, field: str, language: str | None = None) -> str:
    """The field in the given (else the active) language, falling back to the field itself."""
    language = language or get_language() or "en"
    translations = thing.get("translations") if isinstance(thing, dict) else getattr(thing, "translations", None)
    text = (translations or {}).get(language, {}).get(field)
    if text:
        return str(text)
    return str(thing[field] if isinstance(thing, dict) else getattr(thing, field))


def language_name(code: str) -> str:
    """A language as those who speak it call it: `한국어` for `ko`. What is no language we know stays as it is."""
    try:
        return str(get_language_info(code)["name_local"])
    except KeyError:
        return code
