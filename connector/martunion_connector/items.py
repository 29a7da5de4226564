"""What a shop has: one row of its list."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from martunion_connector.errors import Unusable
from martunion_connector.numbers import number_in
from martunion_connector.words import words_in

NAMES: Mapping[str, tuple[str, ...]] = {
    "title": ("title", "name", "item", "product", "article", "goods", "品名", "商品", "名稱", "상품", "상품명", "이름"),
    "price": ("price", "unit price", "sale price", "gross", "amount", "價格", "單價", "售價", "가격", "단가"),
    "sku": ("sku", "code", "item code", "article number", "number", "no", "id", "貨號", "品號", "품번", "코드"),
    "stock": ("stock", "quantity", "qty", "on hand", "in stock", "pieces", "available", "庫存", "數量", "재고", "수량"),
    "words": ("words", "tags", "keywords", "category", "description", "說明", "分類", "설명", "분류"),
    "delivery": ("delivery", "shipping", "運費", "배송비"),
    "available_at": ("available at", "available from", "ready"),
    "used": ("used", "second hand", "condition", "二手", "중고"),
}
"""What columns may be called; the configuration names others."""
NEEDED = ("title", "price")
YES = {"1", "yes", "y", "true", "x", "used", "second hand", "二手", "중고"}


@dataclass(frozen=True)
class Item:
    """`price` and `delivery` as people write them, in whole units. `stock` None: as many as anybody wants."""

    title: str
    price: Decimal
    sku: str = ""
    stock: int | None = None
    delivery: Decimal | None = None
    available_at: datetime | None = None
    is_used: bool = False
    known_as: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Read:
    """The rows that can be used, and a sentence about each that cannot."""

    items: tuple[Item, ...]
    wrong: tuple[str, ...] = ()
    notes: tuple[str, ...] = field(default=())


def items_in(
    header: Sequence[Any], rows: Iterable[tuple[int, Sequence[Any]]], *, columns: Mapping[str, str], decimal: str = ""
) -> Read:
    """Rows (with the number that a person sees beside them) as items. Raises Unusable for a header without title or
    price."""
    places = places_of(header, columns)
    items, wrong = [], []
    for number, row in rows:
        texts = [_text(value) for value in row]
        if not any(texts):
            continue
        cells = {name: texts[place] if place < len(texts) else "" for name, place in places.items()}
        try:
            items.append(_item(cells, decimal))
        except ValueError as error:
            wrong.append(f"row {number}: {error}")
    return Read(tuple(items), tuple(wrong))


def places_of(header: Sequence[Any], columns: Mapping[str, str]) -> dict[str, int]:
    """Which column is what."""
    heads = [_head(value) for value in header]
    places = {}
    for name, usual in NAMES.items():
        if name in columns:
            if _head(columns[name]) not in heads:
                raise Unusable(f"There is no column {columns[name]!r} for {name}; there are: {_listed(header)}.")
            places[name] = heads.index(_head(columns[name]))
        else:
            found = [heads.index(one) for one in usual if one in heads]
            if found:
                places[name] = found[0]
    missing = [name for name in NEEDED if name not in places]
    if missing:
        raise Unusable(
            f"No column looks like {' or '.join(missing)}; there are: {_listed(header)}. "
            f'Name them in the configuration: [columns] {missing[0]} = "…".'
        )
    return places


def _item(cells: Mapping[str, str], decimal: str) -> Item:
    title = " ".join(cells["title"].split())
    if not title:
        raise ValueError("it has no title")
    price = number_in(cells["price"], decimal=decimal)
    if price is None or price <= 0:
        raise ValueError(f"the price of {title!r} is {cells['price']!r}, which is no price")
    stock, delivery = cells.get("stock", ""), cells.get("delivery", "")
    pieces = number_in(stock, decimal=decimal) if stock else None
    if stock and pieces is None:
        raise ValueError(f"the stock of {title!r} is {stock!r}, which is no number")
    costs = number_in(delivery, decimal=decimal) if delivery else None
    if delivery and (costs is None or costs < 0):
        raise ValueError(f"the delivery of {title!r} is {delivery!r}, which is no price")
    sku = cells.get("sku", "")[:64]
    return Item(
        title=title[:200],
        price=price,
        sku=sku,
        stock=None if pieces is None else max(0, int(pieces)),
        delivery=costs,
        available_at=_moment(cells.get("available_at", ""), title),
        is_used=cells.get("used", "").casefold() in YES,
        known_as=frozenset(words_in(f"{title} {sku} {cells.get('words', '')}")),
    )


def _moment(text: str, title: str) -> datetime | None:
    if not text:
        return None
    if re.fullmatch(r"[3-7]\d{4}(\.\d+)?", text):
        # A spreadsheet counts days from the end of 1899.
        return (datetime.fromisoformat("1899-12-30") + timedelta(days=float(text))).astimezone()
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{title!r} is available at {text!r}; write it as 2026-12-24 10:00") from None
    return found if found.tzinfo else found.astimezone()


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.12g}"
    return str(value).replace("\0", "").replace("\u00a0", " ").strip()


def _head(value: Any) -> str:
    return re.sub(r"[\s_]+", " ", _text(value)).casefold().strip(" :*")


def _listed(header: Sequence[Any]) -> str:
    return ", ".join(repr(_text(value)) for value in header if _text(value))[:300] or "none at all"
