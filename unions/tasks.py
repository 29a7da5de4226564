from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from unions.services.browsing import copy_events, drop_old_months
from unions.services.drafts import forget_old_drafts
from unions.services.looks import copy_looks
from unions.services.personal_files import make_personal_file, remove_old_files, take_up_files
from unions.services.retaining import forget_what_is_old


@shared_task
def forget_drafts() -> int:
    """Remove papers of applications that were never sent."""
    return forget_old_drafts(now=timezone.now())


@shared_task
def copy_browsing() -> int:
    """Every few seconds: from the stream into the table."""
    return copy_events()


@shared_task
def drop_old_browsing() -> list[str]:
    """Every night: months that are no longer kept."""
    return drop_old_months(now=timezone.now())


@shared_task
def copy_looks_at_people() -> int:
    """Every few seconds: from the stream into the table."""
    return copy_looks()


@shared_task
def forget_old_records() -> dict[str, int]:
    """Every night: what unions keep for a time only."""
    return forget_what_is_old(now=timezone.now())


@shared_task
def make_file(file_id: int) -> None:
    """Everything that is kept of a person, as a file."""
    make_personal_file(file_id=file_id, now=timezone.now())


@shared_task
def tend_files() -> None:
    """Every five minutes: files whose maker died are begun again, old ones go."""
    now = timezone.now()
    for file_id in take_up_files(now=now):
        make_file.delay(file_id)
    remove_old_files(now=now)
