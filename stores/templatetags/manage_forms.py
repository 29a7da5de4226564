"""`{% load manage_forms %}`: what the hand-made forms of the management pages need."""

from django import template

from core.money import as_typed

register = template.Library()


@register.filter
def major(amount: int, currency: str) -> str:
    """Minor units as people type them: `1250` of GBP is `12.50`, of KRW `1250`; whole TWD have no point."""
    return as_typed(amount, currency)
