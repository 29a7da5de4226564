"""What was kept of the work for a voucher: photographs, and what both sides show in a dispute."""

from __future__ import annotations

from django.db.models import QuerySet

from ascc.models import Dispute, DisputeEvidence, ServiceVisit, Voucher, WorkPicture
from core.errors import NotFound


def picture_of_owner(voucher: Voucher, ref: str) -> WorkPicture:
    """A photograph of any visit of this voucher. Raises NotFound."""
    found = WorkPicture.objects.filter(union=voucher.union_id, visit__voucher=voucher, ref=ref).first()
    if found is None:
        raise NotFound
    return found


def evidence_of_owner(voucher: Voucher) -> QuerySet[DisputeEvidence]:
    """What both sides have shown in disputes about this voucher."""
    return DisputeEvidence.objects.filter(union=voucher.union_id, dispute__visit__voucher=voucher)


def last_dispute(voucher_id: int) -> Dispute:
    """The newest dispute about a voucher, with everything that its mails tell."""
    found = Dispute.objects.filter(visit__voucher=voucher_id).select_related(
        "union", "visit__voucher__union", "visit__voucher__version", "visit__voucher__owner", "visit__provider__store"
    )
    return found.order_by("-id")[0]


def dispute_of(visit: ServiceVisit | None) -> Dispute | None:
    """The dispute about a visit with what both sides have said, if there is one. Two queries."""
    if visit is None:
        return None
    found = Dispute.objects.filter(union=visit.union_id, visit=visit).prefetch_related("evidence").first()
    if found is not None:
        found.visit = visit
    return found


def evidence_at(evidence: QuerySet[DisputeEvidence], ref: str) -> DisputeEvidence:
    """The one with this reference that has a file. Raises NotFound."""
    found = evidence.filter(ref=ref).exclude(path="").first() if ref else None
    if found is None:
        raise NotFound
    return found
