"""Taking, holding, selling and laying in stock: one statement each, locks in the same order, never below zero.

Every change is a conditional statement over whole sets: it locks the holds (by owner), then the levels (by variant),
looks whether everything can be had, changes levels and holds and writes the movements, in one round trip. Shoppers
who watch a product hear of its new figure after the commit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.errors import DomainError, Invalid, NotFound
from core.live import announce
from core.statements import prepared_cursor
from stores.models import StockMovement, Variant
from stores.services import stock_sql
from unions.models import Union

HOLD_TIME = timedelta(minutes=10)
HOLD_LIMIT = timedelta(hours=1)
"""However often a hold is prolonged, it ends this long after it was first taken."""


_reliefs: list[Callable[..., int]] = []


def relief(*, release: Callable[..., int]) -> None:
    """Register who may free pieces: asked with `now` and `variants` before a shortage is refused or a count booked."""
    _reliefs.append(release)


class OutOfStock(DomainError):
    """Less is there than was asked for; `variant_id` and `available` say of what and how much is left."""

    code = "out_of_stock"
    detail = _("There is not enough of this in stock.")


class HoldLost(DomainError):
    """Nothing is set aside for this owner any more, and it was not said what to take instead."""

    code = "hold_lost"
    detail = _("What was set aside for you has been released.")


@dataclass(frozen=True, slots=True)
class HoldWant:
    """`quantity` pieces of a variant for an owner such as `cart-line:17`."""

    owner: str
    variant_id: int
    quantity: int


class Figure(NamedTuple):
    """What is left of a variant since its newest movement."""

    product_id: int
    variant_id: int
    available: int
    movement_id: int


class Row(NamedTuple):
    """One line of a stock statement's answer: a refusal, a level as it is now, or a hold as it is now."""

    what: str
    variant_id: int | None
    product_id: int | None
    available: int | None
    before: int | None
    movement_id: int | None
    owner: str | None
    quantity: int | None


def set_holds(*, union: Union, wants: Sequence[HoldWant], now: datetime, lasting: timedelta = HOLD_TIME) -> None:
    """Make each owner's hold exactly the wanted quantity (0 releases it): all of them or none.

    Variants that are not counted (services) need no hold and get none. A live hold keeps the end it was given when it
    was first taken; a lapsed one starts anew. Raises OutOfStock, NotFound for a variant of another union.
    """
    if not wants:
        return
    values = {
        **_columns(wants),
        "union": union.pk,
        "now": now,
        "until": now + lasting,
        "limit": now + max(lasting, HOLD_LIMIT),
    }
    with _joined():
        rows = _change(stock_sql.SET_HOLDS, values, now=now)
        held = {row.owner: row.quantity for row in rows if row.what == "hold"}
        wanted = {want.owner: want.quantity for want in wants}
        if any(wanted[owner] != quantity for owner, quantity in held.items() if owner):
            # The same owner was set at the same moment elsewhere; its row is locked by now, so this is exact.
            _change(stock_sql.SET_HOLDS, values, now=now)


def prolong_holds(*, owners: Sequence[str], now: datetime) -> dict[str, datetime]:
    """Let live holds last for HOLD_TIME from now, but never past their limit. Their ends by owner. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(stock_sql.PROLONG, {"owners": list(owners), "now": now, "until": now + HOLD_TIME})
        return dict(cursor.fetchall())


def release_holds(*, owners: Sequence[str], now: datetime, reason: str) -> None:
    """Put back what these owners hold. Owners who hold nothing (any more) are passed over."""
    if owners:
        with _joined():
            _change(stock_sql.RELEASE, {"owners": list(owners), "now": now, "reason": reason}, now=now)


def release_lapsed_holds(*, now: datetime, limit: int = 1000) -> int:
    """Put back the pieces of up to `limit` holds whose time is over; says how many holds that were."""
    with _joined():
        return _release_lapsed(now=now, limit=limit, variants=None)


def sell_holds(
    *,
    union: Union,
    owners: Sequence[str],
    reference: str,
    actor: User | None,
    now: datetime,
    wants: Sequence[HoldWant] = (),
) -> None:
    """Turn the owners' holds into sales under a reference: all of them or none.

    `wants` says what each owner is to get. With it, an owner whose hold has lapsed takes the stock afresh and a hold
    of another quantity is evened out; variants that are not counted pass. Without it the hold itself says how much.
    Raises OutOfStock; HoldLost for an owner with neither hold nor want.
    """
    given = {want.owner: want for want in wants}
    everyone = list(dict.fromkeys([*owners, *given]))
    if not everyone:
        return
    values = {
        "owners": everyone,
        "variants": [given[owner].variant_id if owner in given else None for owner in everyone],
        "quantities": [given[owner].quantity if owner in given else None for owner in everyone],
        "union": union.pk,
        "actor": actor.pk if actor else None,
        "reference": reference,
        "now": now,
    }
    with _joined():
        _change(stock_sql.SELL, values, now=now)


def give_back(
    *,
    union: Union,
    pieces: Sequence[tuple[int, int]],
    reference: str,
    actor: User | None,
    now: datetime,
    reason: str = "",
) -> None:
    """Lay sold pieces (variant id, quantity) back in, as after a cancellation. Uncounted variants pass."""
    move_pieces(
        union_id=union.pk,
        changes=pieces,
        kind=StockMovement.Kind.RETURNED,
        actor=actor,
        reason=reason,
        reference=reference,
        now=now,
    )


def receive(
    *, variant: Variant, quantity: int, actor: User | None, reason: str, now: datetime, reference: str = ""
) -> None:
    """Lay in `quantity` pieces."""
    _positive(quantity)
    move_pieces(
        union_id=variant.union_id,
        changes=[(variant.pk, quantity)],
        kind=StockMovement.Kind.RECEIVED,
        actor=actor,
        reason=reason,
        reference=reference,
        now=now,
        first=True,
    )


def take_out(
    *, variant: Variant, quantity: int, actor: User | None, reason: str, now: datetime, reference: str = ""
) -> None:
    """Take out `quantity` pieces that nobody has reserved. Raises OutOfStock."""
    _positive(quantity)
    move_pieces(
        union_id=variant.union_id,
        changes=[(variant.pk, -quantity)],
        kind=StockMovement.Kind.TAKEN_OUT,
        actor=actor,
        reason=reason,
        reference=reference,
        now=now,
    )


def adjust(
    *, variant: Variant, quantity: int, actor: User | None, reason: str, now: datetime, reference: str = ""
) -> None:
    """Set what is on hand to the counted `quantity`; the movement is the difference.

    Raises OutOfStock when more is reserved than was counted.
    """
    if quantity < 0:
        raise Invalid(_("A count is not negative."), field="quantity")
    values = {
        "union": variant.union_id,
        "variant": variant.pk,
        "counted": quantity,
        "actor": actor.pk if actor else None,
        "reason": reason,
        "reference": reference,
        "now": now,
    }
    with _joined():
        _relieve([variant.pk], now=now)
        with connection.cursor() as cursor:
            cursor.execute(stock_sql.FIRST_LEVELS, {"variants": [variant.pk]})
        _change(stock_sql.ADJUST, values, now=now)


def refresh_in_stock(*, product_ids: Sequence[int]) -> None:
    """Bring `Product.in_stock` in line with the variants: something active that is left, or is not counted.

    The products are locked first, so that of two changes at the same moment the later one sees both.
    """
    if product_ids:
        with _joined(), connection.cursor() as cursor:
            cursor.execute(stock_sql.LOCK_PRODUCTS, {"products": sorted(set(product_ids))})
            cursor.execute(stock_sql.IN_STOCK, {"products": sorted(set(product_ids))})


def _positive(quantity: int) -> None:
    if quantity <= 0:
        raise Invalid(_("Give a quantity of at least one."), field="quantity")


def _columns(wants: Sequence[HoldWant]) -> dict[str, list[Any]]:
    return {
        "owners": [want.owner for want in wants],
        "variants": [want.variant_id for want in wants],
        "quantities": [want.quantity for want in wants],
    }


def _joined() -> AbstractContextManager[Any]:
    """The caller's transaction, else one of our own. No savepoint: a refused statement has changed nothing."""
    return nullcontext() if connection.in_atomic_block else transaction.atomic()


def move_pieces(
    *,
    union_id: int,
    changes: Sequence[tuple[int, int]],
    kind: StockMovement.Kind,
    actor: User | None,
    reason: str,
    reference: str,
    now: datetime,
    first: bool = False,
) -> None:
    """Change what is on hand by movements of one kind, in variant order; `first` opens levels that are missing.

    Raises OutOfStock when more would go than is free; then nothing has changed.
    """
    if not changes:
        return
    values: dict[str, Any] = {
        "variants": [variant_id for variant_id, _quantity in changes],
        "quantities": [quantity for _variant_id, quantity in changes],
        "union": union_id,
        "kind": kind.value,
        "actor": actor.pk if actor else None,
        "reason": reason,
        "reference": reference,
        "now": now,
    }
    with _joined():
        if first:
            with connection.cursor() as cursor:
                cursor.execute(stock_sql.FIRST_LEVELS, {"variants": values["variants"]})
        _change(stock_sql.MOVE, values, now=now)


def _change(statement: str, values: dict[str, Any], *, now: datetime) -> list[Row]:
    """Run a stock statement. On a shortage release what has lapsed and try once more before refusing."""
    rows = _run(statement, values)
    refused = [row for row in rows if row.what == "refused"]
    short = [row.variant_id for row in refused if row.available is not None]
    if short and (_release_lapsed(now=now, limit=1000, variants=short) or _relieve(short, now=now)):
        rows = _run(statement, values)
        refused = [row for row in rows if row.what == "refused"]
    for row in refused:
        if row.available is not None:
            raise OutOfStock(variant_id=row.variant_id, available=max(row.available, 0))
        raise HoldLost(owner=row.owner) if row.owner else NotFound(variant_id=row.variant_id)
    _tell(rows)
    return rows


def _release_lapsed(*, now: datetime, limit: int, variants: list[int | None] | None) -> int:
    statement = stock_sql.RELEASE_LAPSED if variants is None else stock_sql.RELEASE_LAPSED_OF
    rows = _run(statement, {"now": now, "limit": limit, "variants": variants, "reason": "lapsed"})
    _tell(rows)
    return sum(row.quantity or 0 for row in rows if row.what == "count")


def _relieve(variants: Sequence[int | None], *, now: datetime) -> bool:
    return sum(release(now=now, variants=variants) for release in _reliefs) > 0


def _run(statement: str, values: dict[str, Any]) -> list[Row]:
    with prepared_cursor() as cursor:
        cursor.execute(statement, values)
        return [Row(*line) for line in cursor.fetchall()]


def _tell(rows: list[Row]) -> None:
    """Keep `in_stock` of products that ran out or came back, and tell those who watch, after the commit."""
    levels = [row for row in rows if row.what == "level"]
    turned = [row.product_id for row in levels if row.product_id and (row.before == 0) != (row.available == 0)]
    refresh_in_stock(product_ids=turned)
    tell_figures(
        figures=[
            Figure(row.product_id, row.variant_id, row.available, row.movement_id)  # type: ignore[arg-type]  # a level has all
            for row in levels
        ]
    )


def tell_figures(*, figures: Iterable[Figure]) -> None:
    """Those who watch these products see the new figures, once this is committed."""
    frames: dict[str, dict[str, Any]] = {}
    for figure in figures:
        frame = frames.setdefault(f"stock.{figure.product_id}", {"type": "stock", "variants": []})
        frame["variants"].append({"id": figure.variant_id, "available": figure.available, "seq": figure.movement_id})
    if frames:
        transaction.on_commit(lambda: announce(frames), robust=True)
