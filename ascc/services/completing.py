"""A provider's own program says in one go what was done, whatever of the steps before it was left out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from ascc.models import ServiceProvider, ServiceVisit, Voucher
from ascc.services.moving import By
from ascc.services.working import Part, agree_visit, report_work, start_work

VisitState = ServiceVisit.State


@transaction.atomic
def complete_work(
    *, voucher: Voucher, provider: ServiceProvider, by: By, now: datetime, report: str, parts: Sequence[Part] = ()
) -> ServiceVisit:
    """The work is reported; a visit that was not agreed or begun before is so now. The customer confirms it.

    Raises Invalid, NotHeld, WrongState.
    """
    visit = (
        ServiceVisit.objects.filter(
            union=voucher.union_id, voucher=voucher, provider=provider, state__in=ServiceVisit.OPEN
        )
        .select_related("reservation", "voucher")
        .first()
    )
    if visit is None:
        visit = agree_visit(voucher=voucher, provider=provider, by=by, now=now)
    if visit.state in (VisitState.AGREED, VisitState.ON_THE_WAY):
        start_work(visit=visit, by=by, now=now)
    return report_work(visit=visit, by=by, now=now, report=report, parts=parts)
