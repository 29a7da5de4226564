"""What a side of a dispute shows: a picture or PDF, drawn anew as those of conversations and kept privately."""

from __future__ import annotations

from datetime import datetime

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from ascc.models import Dispute, DisputeEvidence
from ascc.services.disputing import add_evidence
from ascc.services.keeping import file_at, file_kept
from ascc.services.moving import By
from core.errors import DomainError

MOST_PIECES = 20
TYPES = {"webp": "image/webp", "pdf": "application/pdf"}


class EnoughEvidence(DomainError):
    """Each side has said as much as a dispute bears."""

    code = "enough_evidence"
    detail = _("Each side can add twenty things to a dispute.")


def show_evidence(
    *, dispute: Dispute, by: By, now: datetime, words: str, file: UploadedFile | None = None
) -> DisputeEvidence:
    """Words and, if there is one, a file. Raises AttachmentRefused, EnoughEvidence, Invalid, DisputeDecided."""
    with file_kept(file=file, folder=f"{dispute.union_id}/disputes/{dispute.pk}") as path, transaction.atomic():
        # What is added at the same moment is counted one after the other.
        Dispute.objects.select_for_update().get(union=dispute.union_id, pk=dispute.pk)
        said = DisputeEvidence.objects.filter(union=dispute.union_id, dispute=dispute, side=by.side)
        if said.count() >= MOST_PIECES:
            raise EnoughEvidence
        return add_evidence(dispute=dispute, by=by, now=now, words=words, path=path)


def evidence_file(*, evidence: DisputeEvidence) -> tuple[bytes, str]:
    """The kept file and its media type. Raises FileNotFoundError."""
    return file_at(path=evidence.path), TYPES[evidence.path.rpartition(".")[2]]
