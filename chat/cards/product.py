"""A product with its price and stock of this moment."""

from __future__ import annotations

from chat.cards import Card, Reader, card, number_in
from chat.models import Message
from core.errors import NotFound
from stores.queries.goods import card_of_product


@card("product")
def draw_product(message: Message, reader: Reader) -> Card:
    """`{"product": id}`"""
    product = card_of_product(reader.union, number_in(message, "product"))
    if product is None:
        raise NotFound
    return Card("talk/cards/product.html", {"product": product})
