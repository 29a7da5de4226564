"""What a union's office reads about payments beyond the rows themselves."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from payments.models import PaymentRequest, ProviderCall


def calls_about(payment: PaymentRequest) -> QuerySet[ProviderCall]:
    """Everything said with the provider about a payment and its parts, in order; one query."""
    parts = payment.splits.values("reference")
    return (
        ProviderCall.objects.filter(union=payment.union_id)
        .filter(Q(reference__in=[payment.number, payment.reference]) | Q(reference__in=parts))
        .order_by("id")
    )
