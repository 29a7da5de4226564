"""Goods of the demo for which shoppers may name a price, and what their stores answer."""

from datetime import datetime

from orders.models import ProposalRule
from orders.services.proposals.rules import PriceRules, save_rule
from stores.models import Product
from unions.models import Union

HOW_MANY = 6


def load_price_rules(*, union: Union, until: datetime) -> None:
    """The dearest goods, one of a store: nine tenths are agreed to, less is answered, below seven tenths declined."""
    if ProposalRule.objects.filter(union=union).exists():
        return
    stores: set[int] = set()
    goods = Product.objects.visible().filter(union=union, kind=Product.Kind.GOODS).select_related("store__union")
    for product in goods.order_by("-price_from", "id"):
        if product.store_id in stores or product.price_from < 10:
            continue
        stores.add(product.store_id)
        price = product.price_from
        save_rule(
            store=product.store,
            product=product,
            rules=PriceRules(accept_from=price * 9 // 10, counter_with=price * 9 // 10, floor=price * 7 // 10),
            actor=None,
            now=until,
        )
        if len(stores) == HOW_MANY:
            break
