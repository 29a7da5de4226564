"""A field of a form in which a signal code is chosen: typed words, a list of what they may mean, one radio of it.

With scripts the list opens while typing (`js/codes.js`); without them sending the form brings it as radios.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.datastructures import MultiValueDict
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from matching.queries.codes import Found, codes_starting, named
from matching.queries.signals import suggest_codes

SHOWN = 8


class SignalCodeWidget(forms.Widget):
    """Words in `<name>_words`, the chosen code in `<name>`. `offered` are further radios, set by the field."""

    template_name = "match/code_field.html"
    use_fieldset = False

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs)
        self.offered: list[str] = []
        self.words = ""

    def use_required_attribute(self, initial: Any) -> bool:
        """The words may go once a code is chosen."""
        return False

    def value_from_datadict(self, data: Mapping[str, Any], files: MultiValueDict[str, Any], name: str) -> Any:
        self.words = str(data.get(f"{name}_words") or "")[:80]
        return str(data.get(name) or "")[:24], self.words

    def value_omitted_from_data(self, data: Mapping[str, Any], files: MultiValueDict[str, Any], name: str) -> bool:
        return name not in data and f"{name}_words" not in data

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        chosen, words = value if isinstance(value, tuple) else (str(value or ""), "")
        context = super().get_context(name, chosen, attrs)
        language = get_language() or "en"
        shown = list(dict.fromkeys([chosen, *self.offered])) if chosen else self.offered
        context["widget"] |= {
            "words": words,
            "chosen": chosen,
            "choices": named(shown, language=language),
            "language": language,
        }
        return context


class SignalCodeField(forms.Field):
    """Gives the code as text, empty where none is wanted. Words without a choice are answered with choices."""

    widget = SignalCodeWidget
    default_error_messages = {
        "choose": pgettext_lazy("of a class of goods", "Choose one of these."),
        "unknown": _("Nothing is called so. Try another word."),
    }

    def __init__(self, **options: Any) -> None:
        options.setdefault("label", _("Kind of goods or service"))
        super().__init__(**options)

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Another code, or words that none was chosen for."""
        code, words = data if isinstance(data, tuple) else (str(data or ""), "")
        return code != str(initial or "") or bool(words.strip() and not code)

    def clean(self, value: Any) -> str:
        code, words = value if isinstance(value, tuple) else (str(value or ""), "")
        widget = self.widget
        assert isinstance(widget, SignalCodeWidget)
        if code:
            if not named([code], language="en"):
                raise forms.ValidationError(self.error_messages["unknown"], code="unknown")
            return str(code)
        if words.strip():
            widget.offered = offered_for(words)
            raise forms.ValidationError(self.error_messages["choose" if widget.offered else "unknown"], code="choose")
        return str(super().clean("") or "")


def offered_for(words: str) -> list[str]:
    """Codes to choose from for whole words: as they are typed, then as a wish would be understood."""
    found: list[Found] = codes_starting(words, language="en", limit=SHOWN)
    codes = [each.code for each in found] + [code.code for code in suggest_codes(words, limit=SHOWN)]
    return list(dict.fromkeys(codes))[:SHOWN]
