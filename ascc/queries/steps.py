"""Steps of a voucher that somebody is written to about, with everything that the mail tells."""

from __future__ import annotations

from dataclasses import dataclass

from ascc.models import Redemption, ServiceVisit, Transmission, Voucher, VoucherStep
from ascc.queries.vouchers import voucher_with_all

Sent = Transmission.State
What = VoucherStep.What
MAILED = (What.SENT, What.ACCEPTED, What.DECLINED, What.RETURNED, What.REPORTED, What.REDEEMED)


@dataclass(frozen=True)
class StepToTell:
    """One of MAILED. `visit` of reported work, `redemption` of what was used up."""

    step: VoucherStep
    voucher: Voucher
    sent: Transmission
    visit: ServiceVisit | None = None
    redemption: Redemption | None = None


def step_to_tell(step_id: int) -> StepToTell | None:
    """A step with what its mail tells; None if it is over already, or told of in another way."""
    step = VoucherStep.objects.get(pk=step_id)
    sent = (
        Transmission.objects.filter(union=step.union_id, voucher=step.voucher_id, sent_at__lte=step.at)
        .select_related("provider__store__union", "provider__store__membership")
        .order_by("-id")
        .first()
    )
    if sent is None:
        return None
    voucher = voucher_with_all(step.voucher_id)
    if step.what == What.REPORTED:
        visit = _last_visit(voucher)
        is_waiting = visit is not None and visit.state == ServiceVisit.State.REPORTED
        return StepToTell(step, voucher, sent, visit=visit) if is_waiting else None
    if step.what == What.REDEEMED:
        redemption = _last_redemption(voucher)
        return StepToTell(step, voucher, sent, redemption=redemption) if redemption is not None else None
    is_so = {
        What.SENT: sent.state == Sent.OFFERED,
        # By its QR code: the till's own mail says so.
        What.ACCEPTED: sent.state == Sent.ACCEPTED and step.note != VoucherStep.AT_TILL,
        What.DECLINED: sent.state == Sent.DECLINED,
        What.RETURNED: sent.state in (Sent.ACCEPTED, Sent.LAPSED),
    }
    return StepToTell(step, voucher, sent) if is_so[What(step.what)] else None


def _last_visit(voucher: Voucher) -> ServiceVisit | None:
    found = ServiceVisit.objects.filter(union=voucher.union_id, voucher=voucher)
    return found.select_related("provider__store").order_by("-id").first()


def _last_redemption(voucher: Voucher) -> Redemption | None:
    """That the center decided is in the mail about its decision."""
    found = Redemption.objects.filter(union=voucher.union_id, voucher=voucher, undone_at=None)
    last = found.select_related("visit", "provider__store").order_by("-number").first()
    if last is None or (last.visit is not None and last.visit.confirmation == ServiceVisit.Confirmation.DECISION):
        return None
    return last
