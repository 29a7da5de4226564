"""What shoppers said about what they had bought."""

from collections import defaultdict
from datetime import datetime, timedelta

from django.db import transaction

from martunion.demo.content import UnionContent
from martunion.demo.pictures.palette import Dice
from martunion.demo.plan import token_of_review, writer_of
from martunion.demo.trade import Trade
from stores.models import Product, Review, Store
from unions.models import Union


@transaction.atomic
def load_reviews(*, union: Union, content: UnionContent, trade: Trade, until: datetime) -> None:
    """Each review under the order in which its writer bought it, some days after it had arrived."""
    if Review.objects.filter(union=union, order_number__in=[order.number for order in trade.orders.values()]).exists():
        return
    products = {(row.store_id, row.slug): row for row in Product.objects.filter(union=union)}
    sums: dict[Store | Product, list[int]] = defaultdict(list)
    rows = []
    for number, (store_slug, good_slug, stars, language, title, words) in enumerate(content.reviews):
        store = trade.stores[store_slug]
        order = trade.orders.get((token_of_review(content, number), store.pk))
        if order is None or order.delivered_at is None:
            continue
        product = products.get((store.pk, good_slug))
        author = trade.customers[writer_of(content, number)]
        dice = Dice(f"{content.slug}/review/{number}/written")
        written = min(order.delivered_at + timedelta(hours=dice.between(5, 120)), until - timedelta(hours=1))
        rows.append(
            Review(
                union=union,
                store=store,
                product=product,
                author=author,
                author_name=shown_name(author.name),
                order_number=order.number,
                stars=stars,
                title=title,
                words=words,
                language=language,
                written_at=written,
            )
        )
        for thing in (store, product):
            if thing is not None:
                sums[thing].append(stars)
    Review.objects.bulk_create(rows)
    for thing, stars in sums.items():
        thing.rating_sum, thing.rating_count = sum(stars), len(stars)
        thing.save(update_fields=["rating_sum", "rating_count"])


def shown_name(name: str) -> str:
    """How a writer is shown: `Hannah T.`; of a name in one word the family name and circles."""
    first, _, last = name.partition(" ")
    return f"{first} {last[0]}." if last else f"{name[0]}{'○' * (len(name) - 1)}"
