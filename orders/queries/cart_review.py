"""Reads a cart with today's prices, stock, tax and delivery in one query and works out what it comes to."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from core.localized import localized
from core.money import tax_inside
from core.statements import rows_of
from orders.cart_checks import check_lines
from orders.cart_review import CartReview, DeliveryChoice, ReviewLine, StorePart, TaxRate
from orders.models import Cart
from orders.queries.cart_review_sql import CART_LINES
from payments.models import PaymentAccount
from payments.models.accounts import AccountState
from stores.queries.fitting import fitting
from stores.queries.opening import Span, Special, ready_between
from stores.queries.options import options_text
from stores.queries.urgent import shopper_key
from unions.models import Union

ADDRESS_FIELDS = ("email", "recipient", "phone", "line1", "line2", "city", "region", "postal_code", "country", "note")
END_OF_DAY = time(23, 59, 59)


def review_cart(*, cart: Cart, now: datetime, language: str | None = None) -> CartReview:
    """The cart as it would be bought now: one query, whatever the number of lines and stores.

    `cart.union` must be set. Texts are in the given, else the active language. Amounts in minor units.
    """
    union = cart.union
    values = {
        "cart": cart.pk,
        "union": union.pk,
        "account": cart.payment_account_id,
        "user": cart.user_id,
        "shopper": shopper_key(user_id=cart.user_id, token=cart.token),
        "now": now,
        "since": (now - timedelta(days=1)).date(),
    }
    rows = rows_of(CART_LINES, values)
    review = CartReview(cart=cart, currency=union.currency, account=_account(rows))
    parts: dict[int, StorePart] = {}
    options: dict[int, tuple[Any, int | None]] = {}
    hours: dict[int, tuple[list[Span], list[Special]]] = {}
    for row in rows:
        part = parts.get(row.store_id)
        if part is None:
            store = {"name": row.store_name, "translations": _json(row.store_translations)}
            part = parts[row.store_id] = StorePart(
                store_id=row.store_id,
                membership_id=row.membership_id,
                commission_bp=union.commission_bp if row.agreed_commission_bp is None else row.agreed_commission_bp,
                slug=row.store_slug,
                name=localized(store, "name", language),
                manager_name=row.manager_name,
                wish=row.wish or "",
            )
            hours[row.store_id] = _hours(row)
            options[row.store_id] = (_json(row.delivery_options) or [], row.chosen_option)
        part.lines.append(_line(row, now=now, language=language))
    for store_id, part in parts.items():
        offered, chosen = options[store_id]
        part.goods_total = sum(line.total for line in part.lines)
        _choose(part, offered, chosen, hours[store_id], union=union, country=cart.country, now=now, language=language)
    review.parts = list(parts.values())
    check_lines(review, now=now)
    review.taxes = _taxes(review)
    review.missing = _missing(review)
    review.digest = digest_of(review)
    return review


def _line(row: Any, *, now: datetime, language: str | None) -> ReviewLine:
    live_hold = row.held is not None and row.held_until > now
    is_claimed = row.claimed_until is not None
    can_have = row.available + (row.held or 0) if row.tracks_stock else None
    total = row.price * row.quantity
    product = {"title": row.title, "translations": _json(row.product_translations)}
    return ReviewLine(
        line_id=row.line_id,
        variant_id=row.variant_id,
        sku=row.sku,
        title=localized(product, "title", language),
        options=options_text(_json(row.variant_options) or {}, product, language),
        cover=row.cover,
        product_slug=row.product_slug,
        kind=row.product_kind,
        quantity=row.quantity,
        unit_price=row.price,
        seen_price=row.seen_price,
        tax_bp=row.tax_bp,
        tax=tax_inside(total, row.tax_bp),
        total=total,
        is_sold=row.is_sold,
        can_have=row.can_claim if is_claimed else can_have,
        reserved_until=row.claimed_until or (row.held_until if live_hold else None),
        urgent_id=row.urgent_id,
        is_claimed=is_claimed,
        proposal_id=row.proposal_id,
        list_price=row.list_price,
        is_agreed=row.is_agreed,
        agreed_until=row.agreed_until,
        by_appointment=row.by_appointment,
    )


def _choose(
    part: StorePart,
    offered: list[dict[str, Any]],
    chosen: int | None,
    hours: tuple[list[Span], list[Special]],
    *,
    union: Union,
    country: str,
    now: datetime,
    language: str | None,
) -> None:
    """Price the store's delivery options for its goods; take the chosen one, else the first that is offered."""
    zone = ZoneInfo(union.time_zone)
    kinds = {line.kind for line in part.lines}
    for option in fitting(offered, kinds, lambda option: option["kind"]):
        days = (option["min"], option["max"])
        earliest, latest = ready_between(now, union.time_zone, days, *hours, option["weekdays"])
        countries = {code.strip().upper() for code in option["countries"].split(",") if code.strip()}
        is_free = option["free_from"] is not None and part.goods_total >= option["free_from"]
        part.choices.append(
            DeliveryChoice(
                option_id=option["id"],
                kind=option["kind"],
                name=localized(option, "name", language),
                price=0 if is_free else option["price"],
                tax_bp=option["tax_bp"],
                earliest=earliest,
                latest=latest,
                deadline=datetime.combine(latest, END_OF_DAY, tzinfo=zone).astimezone(UTC),
                is_offered=option["kind"] != "delivery" or not countries or not country or country in countries,
            )
        )
    possible = [choice for choice in part.choices if choice.is_offered]
    part.delivery = next((choice for choice in possible if choice.option_id == chosen), None)
    part.is_chosen = part.delivery is not None
    part.choice_lost = chosen is not None and part.delivery is None
    if part.delivery is None and possible:
        part.delivery = possible[0]
    part.tax_total = sum(line.tax for line in part.lines)
    if part.delivery is not None:
        part.count_with(part.delivery)


def _hours(row: Any) -> tuple[list[Span], list[Special]]:
    """The store's week and the days that differ from it."""
    week = [
        Span(day, time.fromisoformat(opens), time.fromisoformat(closes)) for day, opens, closes in _json(row.week) or []
    ]
    specials = [
        Special(date.fromisoformat(day), _time(opens), _time(closes), reason)
        for day, opens, closes, reason in _json(row.specials) or []
    ]
    return week, specials


def _time(text: str | None) -> time | None:
    return time.fromisoformat(text) if text else None


def _account(rows: list[Any]) -> PaymentAccount | None:
    if not rows or rows[0].account_id is None:
        return None
    row = rows[0]
    return PaymentAccount(
        pk=row.account_id,
        user_id=row.account_user,
        provider=row.account_provider,
        token=row.account_token,
        label=row.account_label,
        state=row.account_state,
    )


def _taxes(review: CartReview) -> list[TaxRate]:
    gross: dict[int, int] = defaultdict(int)
    tax: dict[int, int] = defaultdict(int)
    for part in review.parts:
        for line in part.lines:
            gross[line.tax_bp] += line.total
            tax[line.tax_bp] += line.tax
        if part.delivery is not None and part.delivery.price:
            gross[part.delivery.tax_bp] += part.delivery.price
            tax[part.delivery.tax_bp] += part.delivery_tax
    return [TaxRate(rate_bp=rate, gross=gross[rate], tax=tax[rate]) for rate in sorted(gross)]


def _missing(review: CartReview) -> list[str]:
    """What stands between this review and its payment: lines, contact, address, delivery, payment."""
    cart = review.cart
    missing = []
    if review.is_empty or not all(line.is_fine for line in review.lines):
        missing.append("lines")
    if not (cart.email and cart.recipient):
        missing.append("contact")
    if review.needs_address and not (cart.line1 and cart.city and cart.country):
        missing.append("address")
    if any(part.delivery is None for part in review.parts):
        missing.append("delivery")
    account = review.account
    is_payable = account is not None and account.state == AccountState.VERIFIED
    if review.total and not (is_payable and account is not None and account.user_id in (None, cart.user_id)):
        missing.append("payment")
    return missing


def digest_of(review: CartReview) -> str:
    """`key.hash` for every part of what is confirmed: a line, a store's delivery, the address, the account, the total.

    Being made of parts it also says, compared with a later one, what has changed.
    """
    parts: list[tuple[str, Any]] = [
        (
            f"l{line.line_id}",
            (
                line.variant_id,
                line.title,
                line.quantity,
                line.unit_price,
                line.tax_bp,
                line.is_fine,
                *([line.proposal_id] if line.proposal_id else []),
            ),
        )
        for line in review.lines
    ]
    for part in review.parts:
        way = part.delivery
        parts.append(
            (
                f"d{part.store_id}",
                (part.membership_id, way and (way.option_id, way.price, way.tax_bp, str(way.latest)), part.wish),
            )
        )
    parts.append(("a", tuple(getattr(review.cart, name) for name in ADDRESS_FIELDS)))
    parts.append(("p", review.account.pk if review.account else None))
    parts.append(("t", (review.total, review.currency)))
    return "~".join(f"{key}.{hashlib.sha256(repr(value).encode()).hexdigest()[:10]}" for key, value in parts)


def _json(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) else value
