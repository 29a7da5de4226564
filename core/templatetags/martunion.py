"""`{% load martunion %}`: money and texts by locale."""

from typing import Any

from django import template

from core.countries import country_name
from core.localized import language_name
from core.localized import localized as text_of
from core.money import format_money, is_whole_in_daily_use

register = template.Library()


@register.filter
def money(amount: int | None, currency: str) -> str:
    """`{{ line.total|money:order.currency }}`; an absent amount stays empty."""
    return "" if amount is None else format_money(amount, currency)


@register.filter
def own_language(code: str) -> str:
    """`{{ conversation.language|own_language }}`: `한국어` for `ko`."""
    return language_name(code)


@register.filter
def whole_in_daily_use(currency: str) -> bool:
    """Whether whole amounts of it are written without a point; tells scripts that write a live price."""
    return is_whole_in_daily_use(currency)


@register.filter
def asks_again(form: Any) -> str:
    """What a refused form has that browsers never fill in again: `password`, `file` if one was sent, or neither.

    A form whose file is but another way to say something has `keeps_nothing`.
    """
    if getattr(form, "keeps_nothing", False):
        return ""
    if any(getattr(field.widget, "input_type", "") == "password" for field in form.fields.values()):
        return "password"
    return "file" if form.files else ""


@register.filter
def country(code: str) -> str:
    """`{{ address.country|country }}`: its name in the reader's language."""
    return country_name(code) if code else ""


@register.filter
def localized(thing: Any, field: str) -> str:
    """`{{ store|localized:"name" }}`."""
    return text_of(thing, field) if thing else ""
