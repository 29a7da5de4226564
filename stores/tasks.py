"""Work of the stores that a Celery worker does."""

from __future__ import annotations

from celery import shared_task
from django_scopes import scopes_disabled

from stores.services.pictures import prepare_next_picture


@shared_task
def prepare_pictures() -> int:
    """Prepare every waiting picture, one after the other; how many there were."""
    done = 0
    with scopes_disabled():
        while prepare_next_picture():
            done += 1
    return done
