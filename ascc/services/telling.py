"""Telling a provider's people and a voucher's owner, who have their pages open, that something has changed."""

from __future__ import annotations

from django.db import transaction

from ascc.models import Transmission, VoucherStep
from core.live import announce, person_topic

What = VoucherStep.What
OF_THE_OWNER = frozenset(
    {
        What.ISSUED,
        What.MAILED,
        What.ACTIVATED,
        What.REMINDED,
        What.OFFERED,
        What.GIVEN,
        What.RENEWED,
        What.REDUCED,
        What.EXPIRED,
    }
)
"""What is between the platform and the voucher's owner, whoever held it before."""


def provider_topic(*, provider_id: int) -> str:
    """What is said to a provider's own people."""
    return f"provider.{provider_id}"


def tell_provider(*, step_id: int) -> None:
    """One step in the life of a voucher, to the provider to whom it was sent last."""
    step = VoucherStep.objects.select_related("voucher__union").get(pk=step_id)
    if step.what in OF_THE_OWNER:
        return
    sent = (
        Transmission.objects.filter(union=step.union_id, voucher=step.voucher_id)
        .select_related("provider__store")
        .order_by("-id")
        .first()
    )
    if sent is None:
        return
    frame = {
        "type": "voucher.changed",
        "union": step.voucher.union.slug,
        "store": sent.provider.store.slug,
        "voucher": step.voucher.code,
        "what": step.what,
        "state": step.to_state,
        "step": step.pk,
    }
    topic = provider_topic(provider_id=sent.provider_id)
    transaction.on_commit(lambda: announce({topic: frame}), robust=True)


def tell_owner(*, step_id: int) -> None:
    """The same to the voucher's owner, whose page of it is drawn again."""
    step = VoucherStep.objects.select_related("voucher").get(pk=step_id)
    if step.voucher.owner_id is None:
        return
    frame = {"type": "voucher.changed", "voucher": step.voucher.code, "what": step.what, "state": step.to_state}
    topic = person_topic(step.voucher.owner_id)
    transaction.on_commit(lambda: announce({topic: frame}), robust=True)
