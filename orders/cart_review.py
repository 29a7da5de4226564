"""What a shopper is shown before paying, and what a purchase freezes: the same figures by construction."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from core.money import format_money, tax_inside
from payments.models import PaymentAccount

if TYPE_CHECKING:
    from orders.models import Cart


@dataclass(slots=True)
class ReviewLine:
    """One line at today's price, tax included. `can_have` is the most the shopper could buy now (None: no limit).

    With `proposal_id` price and quantity are what was agreed there, until `agreed_until`; `is_agreed` is False once it
    does not hold any more. `list_price` is the price without it, where there is one. Without a variant `title` are its
    words. With `urgent_id` it came from an urgent sale and costs its price as long as `is_claimed`, then the usual one.
    `refusal` is why an app above this one does not let it be bought like this, in a sentence.
    """

    line_id: int
    variant_id: int | None
    sku: str
    title: str
    options: str
    cover: str
    product_slug: str
    kind: str
    quantity: int
    unit_price: int
    seen_price: int
    tax_bp: int
    tax: int
    total: int
    is_sold: bool
    can_have: int | None
    reserved_until: datetime | None
    proposal_id: int | None = None
    list_price: int | None = None
    is_agreed: bool = True
    agreed_until: datetime | None = None
    by_appointment: bool = True
    refusal: str | Promise = ""
    urgent_id: int | None = None
    is_claimed: bool = False

    @property
    def is_short(self) -> bool:
        """Whether less can be had than is asked for."""
        return self.is_sold and self.can_have is not None and self.can_have < self.quantity

    @property
    def price_changed(self) -> bool:
        return self.is_sold and self.unit_price != self.seen_price

    @property
    def claim_lapsed(self) -> bool:
        """Whether it was claimed from an urgent sale and is not any more."""
        return self.urgent_id is not None and not self.is_claimed

    @property
    def is_fine(self) -> bool:
        """Whether it can be bought as it stands."""
        return self.is_sold and self.is_agreed and not self.is_short and not self.refusal


@dataclass(slots=True)
class DeliveryChoice:
    """A way to receive one store's part, priced for this cart, with the days on which it can be expected."""

    option_id: int
    kind: str
    name: str
    price: int
    tax_bp: int
    earliest: date
    latest: date
    deadline: datetime
    is_offered: bool = True


@dataclass(slots=True)
class StorePart:
    """One store's part: it becomes one order."""

    store_id: int
    membership_id: int
    commission_bp: int
    slug: str
    name: str
    manager_name: str
    wish: str = ""
    lines: list[ReviewLine] = field(default_factory=list)
    choices: list[DeliveryChoice] = field(default_factory=list)
    delivery: DeliveryChoice | None = None
    choice_lost: bool = False
    is_chosen: bool = False
    goods_total: int = 0
    delivery_tax: int = 0
    tax_total: int = 0

    def count_with(self, choice: DeliveryChoice) -> None:
        """Take this way of delivery into the sums."""
        self.delivery = choice
        self.delivery_tax = tax_inside(choice.price, choice.tax_bp)
        self.tax_total = sum(line.tax for line in self.lines) + self.delivery_tax

    @property
    def delivery_total(self) -> int:
        return self.delivery.price if self.delivery else 0

    @property
    def total(self) -> int:
        return self.goods_total + self.delivery_total

    @property
    def deadline(self) -> datetime | None:
        return self.delivery.deadline if self.delivery else None

    @property
    def has_service(self) -> bool:
        """Whether a time is to be agreed on: the store proposes it, the shopper may wish for one."""
        return any(line.kind == "service" and line.by_appointment for line in self.lines)


@dataclass(slots=True)
class TaxRate:
    """How much tax of one rate is contained in which gross amount."""

    rate_bp: int
    gross: int
    tax: int

    @property
    def net(self) -> int:
        return self.gross - self.tax


@dataclass(slots=True)
class CartReview:
    """Everything there is to confirm. `digest` stands for all of it: with another digest nothing is placed."""

    cart: Cart
    currency: str
    account: PaymentAccount | None
    parts: list[StorePart] = field(default_factory=list)
    taxes: list[TaxRate] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    digest: str = ""

    @property
    def goods_total(self) -> int:
        return sum(part.goods_total for part in self.parts)

    @property
    def delivery_total(self) -> int:
        return sum(part.delivery_total for part in self.parts)

    @property
    def tax_total(self) -> int:
        return sum(part.tax_total for part in self.parts)

    @property
    def total(self) -> int:
        return sum(part.total for part in self.parts)

    @property
    def lines(self) -> Iterator[ReviewLine]:
        for part in self.parts:
            yield from part.lines

    @property
    def pieces(self) -> int:
        return sum(line.quantity for line in self.lines)

    @property
    def is_empty(self) -> bool:
        return not self.parts

    @property
    def is_ready(self) -> bool:
        """Whether it can be paid as it stands."""
        return not self.missing

    @property
    def needs_address(self) -> bool:
        return any(part.delivery is not None and part.delivery.kind == "delivery" for part in self.parts)

    @property
    def is_delivery_chosen(self) -> bool:
        """Whether the shopper has chosen how each part comes (else the first way offered is assumed)."""
        return all(part.is_chosen for part in self.parts)

    @property
    def reserved_until(self) -> datetime | None:
        """When the first of the holds ends."""
        return min((line.reserved_until for line in self.lines if line.reserved_until), default=None)

    @property
    def changes(self) -> list[str | Promise]:
        """What is different from what the shopper saw when filling the cart, a sentence each."""
        changes: list[str | Promise] = []
        for part in self.parts:
            if part.choice_lost:
                changes.append(_("%(store)s no longer offers the delivery you chose.") % {"store": part.name})
            for line in part.lines:
                if not line.is_fine:
                    changes.append(_cannot_be_had(line))
                if line.price_changed and line.claim_lapsed:
                    changes.append(
                        _("The time at the urgent price is over: %(title)s now costs %(price)s instead of %(before)s.")
                        % {
                            "title": line.title,
                            "price": format_money(line.unit_price, self.currency),
                            "before": format_money(line.seen_price, self.currency),
                        }
                    )
                elif line.price_changed:
                    changes.append(
                        _("%(title)s now costs %(price)s instead of %(before)s.")
                        % {
                            "title": line.title,
                            "price": format_money(line.unit_price, self.currency),
                            "before": format_money(line.seen_price, self.currency),
                        }
                    )
        return changes

    def has_goods_of(self, confirmed: str) -> bool:
        """Whether the lines and their prices are those of the review that had the digest `confirmed`."""
        before, now = (
            {key: value for key, value in _parts_of(digest).items() if key.startswith("l")}
            for digest in (confirmed, self.digest)
        )
        return before == now

    def changes_since(self, confirmed: str) -> list[str | Promise]:
        """What is different from the review that had the digest `confirmed`, a sentence each."""
        before, after = _parts_of(confirmed), _parts_of(self.digest)
        changes: list[str | Promise] = []
        for part in self.parts:
            for line in part.lines:
                key = f"l{line.line_id}"
                if key not in before:
                    changes.append(_("%(title)s was added to the cart.") % {"title": line.title})
                elif before[key] != after[key]:
                    changes.append(_as_it_is(line, self.currency) if line.is_fine else _cannot_be_had(line))
            key = f"d{part.store_id}"
            if key in before and before[key] != after[key]:
                changes.append(_("The delivery from %(store)s has changed.") % {"store": part.name})
        if any(key.startswith("l") and key not in after for key in before):
            changes.append(_("Something was taken out of the cart."))
        if before.get("a") != after.get("a"):
            changes.append(_("The name, address or note has changed."))
        if before.get("p") != after.get("p"):
            changes.append(_("The payment account has changed."))
        if before.get("t") != after.get("t"):
            changes.append(_("The total is now %(total)s.") % {"total": format_money(self.total, self.currency)})
        return changes


def _parts_of(digest: str) -> dict[str, str]:
    """The parts of a digest by key; empty for a text that is none."""
    return dict(part.split(".", 1) for part in digest.split("~") if "." in part)


def _cannot_be_had(line: ReviewLine) -> str | Promise:
    """Why the line is not fine."""
    if not line.is_agreed:
        return _("The agreed price of %(title)s is not valid any more.") % {"title": line.title}
    if not line.is_sold:
        return _("%(title)s is not sold here any more.") % {"title": line.title}
    if line.is_short:
        return _("Only %(count)s left of %(title)s.") % {"count": line.can_have, "title": line.title}
    return line.refusal


def _as_it_is(line: ReviewLine, currency: str) -> str | Promise:
    return _("%(title)s: now %(quantity)s at %(price)s each.") % {
        "title": line.title,
        "quantity": line.quantity,
        "price": format_money(line.unit_price, currency),
    }
