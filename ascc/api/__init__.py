"""The REST API of after-sales service: programs, vouchers, providers, and a provider's own till."""
