"""Options of variants (`{"size": "M"}`) in a reader's language: products carry the words in their translations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import get_language


def option_words(translations: Mapping[str, Any], language: str | None = None) -> dict[str, str]:
    """What a product's option names and values are called in a language, by its store's own words."""
    words: dict[str, str] = translations.get(language or get_language() or "", {}).get("options", {})
    return words


def spoken_options(options: Mapping[str, Any], words: Mapping[str, str]) -> dict[str, str]:
    """The options with names and values as `words` has them; a word that it does not have stays."""
    return {words.get(name, name): words.get(str(value), str(value)) for name, value in options.items()}


def options_text(options: Mapping[str, Any], product: Mapping[str, Any], language: str | None = None) -> str:
    """The values in one line: `M, blue`. `product` is a row with its `translations`."""
    return ", ".join(spoken_options(options, option_words(product["translations"], language)).values())
