"""Claims pieces of an urgent sale and sells them, by the services alone; prints how many a second."""

from __future__ import annotations

import sys
import time
from concurrent.futures import ThreadPoolExecutor

import django

django.setup()

from django.db import connection  # noqa: E402
from django.utils import timezone  # noqa: E402
from django_scopes import scopes_disabled  # noqa: E402

from core.references import new_reference, new_secret  # noqa: E402
from orders.services.urgent import take_urgent  # noqa: E402
from stores.models import UrgentSale  # noqa: E402
from stores.queries.urgent import shopper_key  # noqa: E402
from stores.services.urgent import Share, sell_claims  # noqa: E402

THREADS = 8


def sell(sale: UrgentSale, until: float) -> int:
    """Until then, one piece after the other; says how many."""
    sold = 0
    with scopes_disabled():
        while time.perf_counter() < until:
            token, now = new_secret(), timezone.now()
            take_urgent(union=sale.union, user=None, token=token, ref=sale.ref, quantity=1, now=now)
            lapsed = sell_claims(
                union=sale.union,
                shopper=shopper_key(user_id=None, token=token),
                email=f"{token}@example.org",
                shares=[Share(sale.pk, 1)],
                reference=new_reference("B"),
                actor=None,
                now=now,
            )
            assert not lapsed
            sold += 1
    connection.close()
    return sold


def main() -> None:
    with scopes_disabled():
        sale = UrgentSale.objects.select_related("union").get(ref=sys.argv[1])
    seconds = float(sys.argv[2])
    until = time.perf_counter() + seconds
    with ThreadPoolExecutor(THREADS) as threads:
        print(sum(threads.map(lambda _thread: sell(sale, until), range(THREADS))) / seconds)


if __name__ == "__main__":
    main()
