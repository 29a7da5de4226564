"""Texts in several languages as ordinary fields: one per text and language, instead of one field full of JSON."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.db.models import Model, TextField
from django.http import HttpRequest
from django.utils.translation import get_language_info
from django.utils.translation import gettext as _
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from unions.admin.office import OfficeAdmin, field_label
from unions.models import Union


def field_name(text: str, language: str) -> str:
    return f"{text}__{language.replace('-', '_')}"


class TranslatedForm(forms.ModelForm):
    """Fills `translations` from its fields; languages and texts without a field stay as they are."""

    translated: tuple[tuple[str, str], ...] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = self.instance.translations or {}
        for text, language in self.translated:
            if (field := self.fields.get(field_name(text, language))) is not None:
                field.initial = known.get(language, {}).get(text, "")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        texts = {language: dict(said) for language, said in (self.instance.translations or {}).items()}
        for text, language in self.translated:
            name = field_name(text, language)
            if name not in self.fields:
                continue
            said = texts.setdefault(language, {})
            if words := (cleaned.get(name) or "").strip():
                said[text] = words
            else:
                said.pop(text, None)
        self.instance.translations = {language: said for language, said in texts.items() if said}
        return cleaned


class TranslatedAdmin(OfficeAdmin):
    """A page with `texts` that people read in several languages."""

    texts: tuple[str, ...] = ()

    def languages_for(self, thing: Any) -> list[str]:
        """Every language of the platform but the one in which the thing's own texts are written."""
        union = thing if isinstance(thing, Union) else getattr(thing, "union", None) if thing is not None else None
        own = union.default_language if union is not None else ""
        return [code for code, _name in settings.LANGUAGES if code != own]

    def get_form(self, request: HttpRequest, obj: Model | None = None, change: bool = False, **kwargs: Any) -> Any:
        if not self._writes(request, obj):
            return super().get_form(request, obj, change=change, **kwargs)
        pairs = [(text, language) for language in self.languages_for(obj) for text in self.texts]
        fields = {field_name(text, language): self._field(text, language) for text, language in pairs}
        base = type("TextsForm", (self._form_base(),), {**fields, "translated": tuple(pairs)})
        return super().get_form(request, obj, change=change, **{"form": base, **kwargs})

    def get_fieldsets(self, request: HttpRequest, obj: Model | None = None) -> Any:
        groups = list(super().get_fieldsets(request, obj))
        if not self._writes(request, obj):
            return groups
        for language in self.languages_for(obj):
            names = [field_name(text, language) for text in self.texts]
            groups.append((get_language_info(language)["name_local"], {"fields": names, "classes": ["tab"]}))
        return groups

    def _form_base(self) -> type[TranslatedForm]:
        return self.form if issubclass(self.form, TranslatedForm) else TranslatedForm

    def _writes(self, request: HttpRequest, obj: Model | None) -> bool:
        return self.has_add_permission(request) if obj is None else self.has_change_permission(request, obj)

    def _field(self, text: str, language: str) -> forms.Field:
        source = self.model._meta.get_field(text)
        label = _("%(text)s (%(language)s)") % {
            "text": str(field_label(self.model, text)).capitalize(),
            "language": get_language_info(language)["name_local"],
        }
        long = isinstance(source, TextField)
        return forms.CharField(
            label=label,
            required=False,
            max_length=None if long else source.max_length,
            widget=UnfoldAdminTextareaWidget() if long else UnfoldAdminTextInputWidget(),
        )
