"""A provider answers what a customer has said about its work, once."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from ascc.models import Assessment
from core.errors import Invalid, WrongState

LONGEST = 1000


@transaction.atomic
def answer_assessment(*, assessment: Assessment, words: str) -> Assessment:
    """Keep the answer beside the words. Raises Invalid, WrongState when there is one already."""
    words = words.strip()
    if not words or len(words) > LONGEST:
        raise Invalid(_("Write an answer of at most 1,000 characters."), field="answer")
    kept = Assessment.objects.filter(union=assessment.union_id, pk=assessment.pk, answer="").update(answer=words)
    assessment.refresh_from_db(fields=["answer"])
    if not kept and assessment.answer != words:
        raise WrongState(state="answered")
    return assessment
