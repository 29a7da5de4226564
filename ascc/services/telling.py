"""Telling a provider's people and a voucher's owner, who have their pages open, that something has changed."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from ascc.models import ServiceVisit, Transmission, Voucher, VoucherStep
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
    _tell_provider_of(sent, step.voucher, {"what": step.what, "state": step.to_state, "step": step.pk})


def _tell_provider_of(sent: Transmission, voucher: Voucher, said: dict[str, Any]) -> None:
    frame = {
        "type": "voucher.changed",
        "union": voucher.union.slug,
        "store": sent.provider.store.slug,
        "voucher": voucher.code,
        **said,
    }
    topic = provider_topic(provider_id=sent.provider_id)
    transaction.on_commit(lambda: announce({topic: frame}), robust=True)


def tell_owner(*, step_id: int) -> None:
    """The same to the voucher's owner, whose page of it is drawn again."""
    step = VoucherStep.objects.select_related("voucher").get(pk=step_id)
    if step.voucher.owner_id is None:
        return
    _tell_owner_of(step.voucher, {"what": step.what, "state": step.to_state})


def _tell_owner_of(voucher: Voucher, said: dict[str, Any]) -> None:
    frame = {"type": "voucher.changed", "voucher": voucher.code, **said}
    topic = person_topic(voucher.owner_id)
    transaction.on_commit(lambda: announce({topic: frame}), robust=True)


def tell_of_time(*, reservation_id: int) -> None:
    """The time of a visit is asked to be moved, or was: no step of the voucher, but both pages show it."""
    visit = (
        ServiceVisit.objects.filter(reservation=reservation_id, state__in=ServiceVisit.OPEN)
        .select_related("voucher__union")
        .first()
    )
    if visit is None:
        return
    voucher, said = visit.voucher, {"what": str(What.APPOINTED), "state": visit.voucher.state}
    sent = voucher.transmissions.filter(provider=visit.provider_id).select_related("provider__store").first()
    if sent is not None:
        _tell_provider_of(sent, voucher, said)
    if voucher.owner_id is not None:
        _tell_owner_of(voucher, said)
