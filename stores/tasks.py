"""Work of the stores that a Celery worker does."""

from __future__ import annotations

from datetime import timedelta

from celery import shared_task
from django.utils import timezone
from django_scopes import scopes_disabled

from stores.queries.facets import count_anew
from stores.queries.goods import Wish
from stores.services.catalogue.planning import apply_planned_prices
from stores.services.files.running import forget_files, run_file, stalled_files
from stores.services.fronts import prepare_next_front
from stores.services.pictures import prepare_next_picture
from stores.services.stock import release_lapsed_holds
from stores.services.supply.low import keep_sold_days, notice_low_stock
from stores.services.urgent import finish_sales
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


@shared_task
def notice_low() -> int:
    """Notice what has run low since the last look, and count the sales of today and yesterday anew."""
    now = timezone.now()
    with scopes_disabled():
        keep_sold_days(since=now - timedelta(days=2))
        return notice_low_stock(now=now)


@shared_task
def change_planned_prices() -> int:
    """Every minute: prices that begin or end now."""
    with scopes_disabled():
        return apply_planned_prices(now=timezone.now())


@shared_task
def move_file(run_id: int) -> None:
    """A file of a store, out or in."""
    with scopes_disabled():
        run_file(run_id=run_id, now=timezone.now())


@shared_task
def tend_files() -> int:
    """Every few minutes: files whose worker died are begun again, old ones go."""
    with scopes_disabled():
        now = timezone.now()
        forget_files(now=now)
        stalled = stalled_files(now=now)
        for key in stalled:
            move_file.delay(key)
        return len(stalled)


@shared_task
def finish_urgent_sales() -> int:
    """Book what urgent sales sold, free claims that lapsed, give back what is left; how many sales there were."""
    with scopes_disabled():
        return finish_sales(now=timezone.now())
