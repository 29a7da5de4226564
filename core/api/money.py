"""Money in JSON: `{"amount": 12345, "currency": "TWD"}`, in minor units."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers


@extend_schema_field(
    {
        "type": "object",
        "properties": {"amount": {"type": "integer"}, "currency": {"type": "string", "example": "TWD"}},
        "required": ["amount", "currency"],
    }
)
class MoneyField(serializers.Field):  # type: ignore[type-arg]
    """Shows an integer attribute together with the currency found at `currency_source` (a dotted path)."""

    def __init__(self, currency_source: str = "currency", **options: Any) -> None:
        self.currency_source = currency_source
        super().__init__(read_only=True, **options)

    def get_attribute(self, instance: Any) -> Any:
        amount = super().get_attribute(instance)
        currency: Any = instance
        for step in self.currency_source.split("."):
            currency = currency[step] if isinstance(currency, dict) else getattr(currency, step)
        return None if amount is None else (amount, currency)

    def to_representation(self, value: tuple[int, str]) -> dict[str, Any]:
        return {"amount": value[0], "currency": value[1]}
