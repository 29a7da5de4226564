"""The office's pages of stores, goods, stock, reviews and keys."""

from stores.admin import catalogue, goods, keys, reviews, stock, stores, supply

__all__ = ["catalogue", "goods", "keys", "reviews", "stock", "stores", "supply"]
