"""Whom money goes through. Services know providers by name and speak the words of `interface.Provider` only."""

from __future__ import annotations

from payments.providers.bank import Bank
from payments.providers.interface import Answer, Outcome, Provider, ProviderSilent

__all__ = ["Answer", "Outcome", "Provider", "ProviderSilent", "provider_named"]

_providers: dict[str, Provider] = {Bank.name: Bank()}


def provider_named(name: str) -> Provider:
    """The provider of that name. Raises KeyError for one that this deployment does not have."""
    return _providers[name]
