"""A product with its price and stock of this moment."""

from __future__ import annotations

from chat.cards import Card, Reader, card, number_in
from chat.models import Message
from core.errors import NotFound
from stores.queries.goods import cards_from, rows_of


@card("product")
def draw_product(message: Message, reader: Reader) -> Card:
    """`{"product": id}`"""
    rows = rows_of([number_in(message, "product")])
    if not rows:
        raise NotFound
    return Card("talk/cards/product.html", {"product": cards_from(rows)[0]})
