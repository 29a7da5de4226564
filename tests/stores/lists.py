"""What a list page shows, without the page."""

from stores.queries.cards import Card
from stores.queries.goods import Wish, cards_from, list_rows
from unions.models import Union


def list_goods(union: Union, wish: Wish) -> list[Card]:
    """The cards of the wished page, in order. One query."""
    return cards_from(list_rows(union, wish))
