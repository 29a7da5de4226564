"""Says in sentences what differs between the review a shopper confirmed and the one of now."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from core.money import format_money
from orders.review import Review, ReviewLine


def parts_of(digest: str) -> dict[str, str]:
    """The parts of a digest by key; empty for a text that is none."""
    return dict(part.split(".", 1) for part in digest.split("~") if "." in part)


def what_changed(review: Review, confirmed: str) -> list[str | Promise]:
    """A sentence for every part of the review that is not as it was confirmed."""
    before, after = parts_of(confirmed), parts_of(review.digest)
    changes: list[str | Promise] = []
    for part in review.parts:
        for line in part.lines:
            key = f"l{line.line_id}"
            if key not in before:
                changes.append(_("%(title)s was added to the cart.") % {"title": line.title})
            elif before[key] != after[key]:
                changes.append(_line_sentence(line, review.currency))
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
        changes.append(_("The total is now %(total)s.") % {"total": format_money(review.total, review.currency)})
    return changes


def _line_sentence(line: ReviewLine, currency: str) -> str | Promise:
    if not line.is_sold:
        return _("%(title)s is not sold here any more.") % {"title": line.title}
    if line.is_short:
        return _("Only %(count)s left of %(title)s.") % {"count": line.can_have, "title": line.title}
    return _("%(title)s: now %(quantity)s at %(price)s each.") % {
        "title": line.title,
        "quantity": line.quantity,
        "price": format_money(line.unit_price, currency),
    }
