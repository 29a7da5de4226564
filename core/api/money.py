"""Money in JSON: `{"amount": 12345, "currency": "TWD"}`, in minor units."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers


class MoneySerializer(serializers.Serializer[Any]):
    """An amount in minor units of its ISO 4217 currency."""

    amount = serializers.IntegerField()
    currency = serializers.CharField(help_text="ISO 4217.")


def money(amount: int, currency: str) -> dict[str, Any]:
    """The same for answers that are put together by hand."""
    return {"amount": amount, "currency": currency}


@extend_schema_field(MoneySerializer)
class MoneyField(serializers.Field[Any, Any, Any, Any]):
    """Shows an integer attribute together with the currency found at `currency_source` (a dotted path)."""

    def __init__(self, currency_source: str = "currency", **options: Any) -> None:
        self.currency_source = currency_source
        super().__init__(read_only=True, **options)

    def get_attribute(self, instance: Any) -> Any:
        amount = super().get_attribute(instance)
        return None if amount is None else (amount, self.currency_of(instance))

    def currency_of(self, instance: Any) -> str:
        currency: Any = instance
        for step in self.currency_source.split("."):
            currency = currency[step] if isinstance(currency, dict) else getattr(currency, step)
        return str(currency)

    def to_representation(self, value: tuple[int, str]) -> dict[str, Any]:
        return money(*value)


class UnionMoneyField(MoneyField):
    """An amount in the currency of the union that the context names."""

    def currency_of(self, instance: Any) -> str:
        return str(self.context["union"].currency)
