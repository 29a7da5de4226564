"""What was said with a payment provider."""

from __future__ import annotations

from payments.models import ProviderCall


def number_of(key: str, provider: str = "bank") -> str:
    """The number under which people know what a provider's call was about."""
    call = ProviderCall.objects.filter(provider=provider, idempotency_key=key).first()
    return call.reference if call else ""
