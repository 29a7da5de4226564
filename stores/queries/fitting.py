"""Which ways of delivery suit which goods: a parcel brings no service, and nobody is handed a kettle by e-mail."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from stores.models import DeliveryOption, Product

Way = DeliveryOption.Kind
Option = TypeVar("Option")


def fitting(options: Iterable[Option], product_kinds: Iterable[str], kind_of: Callable[[Option], str]) -> list[Option]:
    """Those of a store's options that suit all these kinds of products; all options when none does."""
    offered = list(options)
    unfit = Way.DELIVERY if set(product_kinds) == {Product.Kind.SERVICE} else Way.DIGITAL
    return [option for option in offered if kind_of(option) != unfit] or offered
