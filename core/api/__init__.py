"""What every part of the REST API shares: problems, pages, money, idempotency, limits. Imports no app."""
