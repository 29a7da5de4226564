"""Taking a person's name off what they wrote; the stars stay, the words and pictures were theirs and go."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import F, QuerySet, TextField, Value
from django.db.models.functions import Cast, Concat

from stores.models import Review, ReviewReport
from stores.services.pictures import delete_files


@transaction.atomic
def forget_reviewer(*, user_id: int) -> None:
    """Repeating changes nothing more."""
    forget_reviews(reviews=Review.objects.filter(author=user_id))
    ReviewReport.objects.filter(asker=f"user:{user_id}").update(words="")


def forget_reviews(*, reviews: QuerySet[Review]) -> None:
    """The store's answer, and what others reported, go with the words that they are about.

    Files before rows: what was begun can be ended. Repeating changes nothing more. In a transaction.
    """
    found = reviews.select_for_update(of=("self",), no_key=True).order_by("pk")
    keys = list(found.values_list("pk", flat=True))
    for pictures in Review.objects.filter(pk__in=keys).exclude(pictures=[]).values_list("pictures", flat=True):
        delete_files(paths=[picture["path"] for picture in pictures])
    Review.objects.filter(pk__in=keys).update(
        author_name="—",
        title="",
        words="",
        pictures=[],
        answer="",
        answered_at=None,
        answered_by=None,
        hidden_words="",
    )
    ReviewReport.objects.filter(review__in=keys).exclude(words="").update(words="")


def forget_reports(*, union_id: int, before: datetime) -> None:
    """Reports by whoever had not signed in, decided on and made before a time. Repeating changes nothing more."""
    old = ReviewReport.objects.filter(union=union_id, reported_at__lt=before).exclude(decision="")
    guests = old.exclude(asker__startswith="user:").exclude(asker__startswith="gone:")
    guests.update(words="", asker=Concat(Value("gone:"), Cast(F("pk"), TextField())))
