"""What visitors who agreed did in the past weeks: some bought, some left it in the cart; and who looked at an order."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from martunion.demo.content import UnionContent
from martunion.demo.pictures.palette import Dice
from martunion.demo.visits import WORDS
from orders.models import OrderLine, Purchase
from orders.services.paths import keep_path
from orders.services.visit_days import count_touched_days
from stores.models import Product
from unions.models import BrowsedDay, BrowsingEvent, Look, Union
from unions.services.browsing import make_month
from unions.services.retaining import midnight

WEEKS = timedelta(days=28)
MOST_BUYERS = 60
LEAVERS = 50
IN_VAIN = {"zh-hant": "月光石", "ko": "월장석", "en": "moonstone"}
Step = dict[str, Any]


@transaction.atomic
def load_browsing(*, union: Union, content: UnionContent, until: datetime) -> None:
    """Ways of every other buyer of the last four weeks and of people who left; counted by day."""
    bought = list(
        Purchase.objects.filter(union=union, placed_at__gt=until - WEEKS, origin=Purchase.Origin.WEBSITE)
        .order_by("pk")
        .prefetch_related("orders__lines__variant__product", "orders__store")[:MOST_BUYERS]
    )
    rows = []
    ways = []
    for number, purchase in enumerate(bought):
        visitor = f"buyer-{union.pk}-{number}"
        dice = Dice(f"{union.slug}/way/{number}")
        steps = list(_way_of(purchase, content, dice))
        began = purchase.placed_at - timedelta(seconds=45 * len(steps))
        rows += _rows(union, visitor, began, steps, purchase.user_id)
        ways.append((visitor, purchase.number, rows[-1].at))
    products = list(Product.objects.filter(union=union, is_published=True).select_related("store").order_by("pk")[:40])
    for number in range(LEAVERS):
        dice = Dice(f"{union.slug}/leaver/{number}")
        began = until - timedelta(minutes=dice.between(60, 27 * 24 * 60))
        rows += _rows(union, f"leaver-{union.pk}-{number}", began, _left(products, content, dice), None)
    for year, month in sorted({(row.at.year, row.at.month) for row in rows}):
        make_month(year=year, month=month)
    BrowsingEvent.objects.bulk_create(rows, ignore_conflicts=True)
    for visitor, reference, at in ways:
        keep_path(union_id=union.pk, visitor=visitor, number=reference, at=at)
    record = BrowsingEvent.objects.filter(union=union)
    days = {midnight(union=union, days=0, now=at).date() for at in record.values_list("at", flat=True)}
    BrowsedDay.objects.bulk_create([BrowsedDay(union=union, day=day) for day in days], ignore_conflicts=True)
    count_touched_days(now=until)
    _looks(union, bought)


def _way_of(purchase: Purchase, content: UnionContent, dice: Dice) -> Iterator[Step]:
    """A search or a redirect, the goods, the cart, the checkout."""
    lines: list[OrderLine] = [line for order in purchase.orders.all() for line in order.lines.all() if line.variant]
    stores = " ".join(sorted({order.store.slug for order in purchase.orders.all()}))
    first = purchase.orders.all()[0].store.slug
    if dice.between(0, 1):
        yield {"kind": "search", "page": "/search/", "words": dice.pick(*WORDS[content.language]), "results": 4}
    else:
        yield {"kind": "redirect", "page": f"/{first}/"}
    yield {"kind": "page", "page": f"/{first}/"}
    for line in lines:
        assert line.variant is not None
        slug = next(order.store.slug for order in purchase.orders.all() if order.pk == line.order_id)
        item = f"{slug}/{line.variant.product.slug}"
        yield {"kind": "product", "page": f"/{item}/", "product": item, "value": line.unit_price}
        yield {"kind": "dwell", "page": f"/{item}/", "seconds": dice.between(10, 120)}
        yield {"kind": "cart", "page": "/cart/", "product": item, "value": line.unit_price}
    yield {"kind": "checkout", "page": "/checkout/", "words": stores}
    yield {"kind": "checkout", "page": "/checkout/review/", "words": stores}
    yield {"kind": "purchase", "page": "/checkout/", "words": purchase.number, "value": purchase.total}


def _left(products: list[Product], content: UnionContent, dice: Dice) -> list[Step]:
    """Some only look, some search in vain, some leave a full cart, some turn round at the checkout."""
    product = products[dice.between(0, len(products) - 1)]
    item = f"{product.store.slug}/{product.slug}"
    steps: list[Step] = [{"kind": "page", "page": f"/{product.store.slug}/"}]
    if dice.between(0, 3) == 0:
        words = IN_VAIN[content.language]
        steps.insert(0, {"kind": "search", "page": "/search/", "words": words, "results": 0})
    steps.append({"kind": "product", "page": f"/{item}/", "product": item, "value": product.price_from})
    steps.append({"kind": "dwell", "page": f"/{item}/", "seconds": dice.between(5, 90)})
    if dice.between(0, 1):
        steps.append({"kind": "cart", "page": "/cart/", "product": item, "value": product.price_from})
        if dice.between(0, 2) == 0:
            steps.append({"kind": "checkout", "page": "/checkout/", "words": product.store.slug})
    return steps


def _rows(union: Union, visitor: str, began: datetime, steps: list[Step], user_id: int | None) -> list[BrowsingEvent]:
    return [
        BrowsingEvent(
            union=union,
            visitor=visitor,
            user_id=user_id,
            at=began + timedelta(seconds=45 * n),
            entry=f"way-{visitor}-{n}",
            **step,
        )
        for n, step in enumerate(steps)
    ]


def _looks(union: Union, bought: list[Purchase]) -> None:
    """A store opens an order before it accepts it."""
    rows = []
    for purchase in bought:
        for order in purchase.orders.all():
            rows.append(
                Look(
                    union=union,
                    entry=f"demo-{order.pk}",
                    at=purchase.placed_at + timedelta(minutes=20),
                    person_id=purchase.user_id,
                    kind=Look.Kind.ORDER,
                    reference=order.number,
                    place=order.store.name,
                )
            )
    Look.objects.bulk_create(rows, ignore_conflicts=True)
