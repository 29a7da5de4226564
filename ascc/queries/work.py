"""What was kept of the work for a voucher: photographs, and what both sides show in a dispute."""

from __future__ import annotations

from django.db.models import QuerySet

from ascc.models import DisputeEvidence, Voucher, WorkPicture
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


def evidence_at(evidence: QuerySet[DisputeEvidence], ref: str) -> DisputeEvidence:
    """The one with this reference that has a file. Raises NotFound."""
    found = evidence.filter(ref=ref).exclude(path="").first() if ref else None
    if found is None:
        raise NotFound
    return found
