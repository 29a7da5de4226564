"""What somebody can do with a voucher now, in the words of the API."""

from __future__ import annotations

from datetime import datetime

from ascc.models import ServiceVisit, Voucher, VoucherStep
from ascc.presenting.vouchers import state_now
from ascc.services.transmitting import can_have_back

State = Voucher.State
Side = VoucherStep.Side
VisitState = ServiceVisit.State
AT_WORK = (VisitState.AGREED, VisitState.ON_THE_WAY, VisitState.STARTED)


def open_actions(voucher: Voucher, *, side: str, visit: ServiceVisit | None, now: datetime) -> list[str]:
    """The steps that its owner, or the provider who holds it, can take; nobody else can take any.

    `visit` is the one in hand. What was redeemed can be undone for a minute, which is not told here.
    """
    state = state_now(voucher, now=now)
    visit_state = visit.state if visit is not None else None
    if side == Side.CUSTOMER:
        return _of_customer(voucher, state, visit)
    if side != Side.PROVIDER:
        return []
    if state == State.TRANSMITTED:
        return ["accept", "decline"]
    if state == State.ACCEPTED:
        return ["complete", "redeem"]
    if state == State.IN_SERVICE and visit_state in AT_WORK:
        return ["complete"]
    return ["redeem"] if state == State.IN_SERVICE and visit_state == VisitState.REPORTED else []


def _of_customer(voucher: Voucher, state: State, visit: ServiceVisit | None) -> list[str]:
    if can_have_back(state=state, visit=visit):
        return ["take-back"]
    if state == State.ACTIVE:
        return ["transmit"] if voucher.visits_left else []
    if state == State.IN_SERVICE:
        return ["complete"] if visit is not None and visit.state == VisitState.REPORTED else []
    by_state = {State.ISSUED: ["activate"], State.PERFORMED: ["assess"]}
    return by_state.get(state, [])
