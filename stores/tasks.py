"""Work of the stores that a Celery worker does."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone
from django_scopes import scopes_disabled

from stores.queries.facets import count_anew
from stores.queries.goods import Wish
from stores.services.fronts import prepare_next_front
from stores.services.pictures import prepare_next_picture
from stores.services.stock import release_lapsed_holds
from unions.models import Union

HOLDS_AT_ONCE = 1000


@shared_task
def count_facets(union_id: int, words: str, store_id: int | None, business_class: str) -> None:
    """Count what a list can be narrowed down by, for the next who look at it."""
    with scopes_disabled():
        count_anew(Union.objects.get(pk=union_id), Wish(query=words, store_id=store_id, business_class=business_class))


@shared_task
def prepare_pictures() -> int:
    """Prepare every waiting picture of a product or of a store's front, one after the other; how many there were."""
    done = 0
    with scopes_disabled():
        while prepare_next_picture() or prepare_next_front():
            done += 1
    return done


@shared_task
def release_holds_that_lapsed() -> int:
    """Put back what carts held for too long; how many holds there were."""
    done = 0
    with scopes_disabled():
        while (count := release_lapsed_holds(now=timezone.now(), limit=HOLDS_AT_ONCE)) == HOLDS_AT_ONCE:
            done += count
    return done + count
