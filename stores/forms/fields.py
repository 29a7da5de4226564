"""Form fields of the management pages."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any, cast

from babel.numbers import get_decimal_symbol, get_group_symbol
from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from core.money import as_decimal, as_minor, exponent_of, locale_of
from unions.models import Union


def listed(text: str) -> list[str]:
    """What stands between commas, as any of the languages types them."""
    return re.split("[,，、]", text)


def plain_number(typed: str) -> str:
    """A number as people of the reader's language write it, `1,250.50`, without its grouping.

    Raises ValidationError for what merely Python reads as one (`1e5`) and for groups that are none (`12,50`).
    """
    locale = locale_of()
    group, point = (re.escape(sign) for sign in (get_group_symbol(locale), get_decimal_symbol(locale)))
    text = typed.strip()
    if re.fullmatch(rf"-?\d{{1,3}}({group}\d{{3}})+({point}\d+)?", text, re.ASCII):
        text = text.replace(get_group_symbol(locale), "")
    text = text.replace(get_decimal_symbol(locale), ".")
    if not re.fullmatch(r"-?(\d+\.?\d*|\.\d+)", text, re.ASCII):
        raise forms.ValidationError(forms.DecimalField.default_error_messages["invalid"], code="invalid")
    return text


class MoneyField(forms.DecimalField):
    """An amount typed in major units of a currency and kept in minor units (`12.50` is 1250)."""

    def __init__(self, *, currency: str, **options: Any) -> None:
        self.currency = currency
        digits = exponent_of(currency)
        options.setdefault("min_value", 0)
        options.setdefault("widget", forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}))
        super().__init__(max_digits=13 + digits, decimal_places=digits, **options)
        if not self.help_text:
            self.help_text = _("In %(currency)s, tax included.") % {"currency": currency}

    def to_python(self, value: Any) -> Any:
        return super().to_python(plain_number(value) if isinstance(value, str) and value.strip() else value)

    def clean(self, value: Any) -> int | None:
        amount = super().clean(value)
        return None if amount is None else as_minor(amount, self.currency)

    def prepare_value(self, value: Any) -> Any:
        """Minor units of a bound object as people write them; what was typed stays as it is."""
        if isinstance(value, int):
            amount = as_decimal(value, self.currency)
            return f"{amount:f}" if amount != amount.to_integral_value() else f"{amount.to_integral_value():f}"
        return value


class PercentField(forms.DecimalField):
    """A rate typed in percent and kept in basis points (`7.5` is 750)."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("widget", forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}))
        super().__init__(min_value=0, max_value=100, decimal_places=2, max_digits=5, **options)

    def to_python(self, value: Any) -> Any:
        return super().to_python(plain_number(value) if isinstance(value, str) and value.strip() else value)

    def clean(self, value: Any) -> int | None:
        percent = super().clean(value)
        return None if percent is None else int(percent * 100)

    def prepare_value(self, value: Any) -> Any:
        return f"{Decimal(value).scaleb(-2).normalize():f}" if isinstance(value, int) else value


def other_languages(union: Union) -> list[tuple[str, str]]:
    """The union's languages after its first, with their names."""
    names = {code: str(name) for code, name in settings.LANGUAGES}
    return [(code, names.get(code, code)) for code in union.languages[1:]]


def add_translations(form: forms.BaseForm, union: Union, names: list[str], translations: dict[str, Any]) -> None:
    """A copy of each named field per other language of the union, `title_ko` and so on, never required."""
    for code, language in other_languages(union):
        for name in names:
            source = cast(forms.CharField, form.fields[name])
            form.fields[f"{name}_{code}"] = type(source)(
                label=f"{source.label} ({language})",
                required=False,
                max_length=source.max_length,
                widget=type(source.widget)(attrs={**source.widget.attrs, "lang": code}),
                initial=translations.get(code, {}).get(name, ""),
            )


def translations_of(form: forms.BaseForm, union: Union, names: list[str], kept: dict[str, Any]) -> dict[str, Any]:
    """What was entered in the other languages, laid over the translations of fields that the form does not have."""
    result = {code: dict(texts) for code, texts in kept.items()}
    for code, _language in other_languages(union):
        for name in names:
            text = form.cleaned_data.get(f"{name}_{code}", "").strip()
            texts = result.setdefault(code, {})
            texts.pop(name, None)
            if text:
                texts[name] = text
    return {code: texts for code, texts in result.items() if texts}
