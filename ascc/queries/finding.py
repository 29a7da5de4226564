"""The ASCC database: vouchers found by whatever is printed on them or on something that hangs on them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.db.models import F, QuerySet
from django.utils.translation import gettext as _

from accounts.models import User
from ascc.models import Claim, IncentiveVoucher, Redemption, ServiceVisit, Voucher, VoucherStep
from core.errors import NotFound
from core.money import as_decimal
from core.references import normalise_reference
from stores.models import Store

CHUNK = 2000
MOST_EXPORTED = 100_000
"""Of what a list shows the newest; whoever needs others narrows the list."""
MOST_LISTED = 10_000
"""So many of a seller's vouchers a list leads through, the newest: counting all would read them all."""
MOST_FOUND = 5_000
"""So many vouchers words find at most: of one order, one serial number, one person."""
VIEWS: dict[str, tuple[str, ...]] = {
    "all": (),
    "waiting": (Voucher.State.ISSUED,),
    "ready": (Voucher.State.ACTIVE,),
    "running": (*Voucher.HELD, Voucher.State.PERFORMED, Voucher.State.ASSESSED),
    "closed": (Voucher.State.CLOSED,),
    "lapsed": (Voucher.State.EXPIRED, Voucher.State.CANCELLED),
}
"""The parts in which a seller looks at its vouchers."""


def find_vouchers(vouchers: QuerySet[Voucher], words: str) -> QuerySet[Voucher]:
    """Of these the ones with this code, serial number or e-mail address, of this order, or with something of this
    number: service, redemption, incentive voucher, claim.

    Each way goes by an index, and one query asks them all at once: as a part of the list's own query they would be
    compared with every voucher, newest first, until a page is full.
    """
    words = words.strip()[:100]
    if not words:
        return vouchers
    ways = _by_address(words) if "@" in words else _by_number(words)
    return vouchers.filter(pk__in=first_of_all(ways))


def first_of_all(ways: Sequence[QuerySet[Any, Any]]) -> set[int]:
    """What any of these queries of ids finds, up to a limit. One query."""
    return {row[0] for row in ways[0].union(*ways[1:], all=True)[:MOST_FOUND]}


def _by_address(words: str) -> list[QuerySet[Any, Any]]:
    every = Voucher.objects.order_by()
    owners = User.objects.filter(email__iexact=words).values("pk")
    return [
        every.filter(owner__in=owners).values_list("pk"),
        every.filter(owner=None, email__in={words, words.lower()}).values_list("pk"),
    ]


def _by_number(words: str) -> list[QuerySet[Any, Any]]:
    plain = normalise_reference(words) or words.upper()
    every = Voucher.objects.order_by()
    return [
        every.filter(code=plain).values_list("pk"),
        every.filter(serial=words).exclude(serial="").values_list("pk"),
        # By union and line, as the index has them.
        every.filter(order_line__order__number=plain, union=F("order_line__union")).values_list("pk"),
        IncentiveVoucher.objects.filter(code=plain).order_by().values_list("voucher"),
        Redemption.objects.filter(ref=plain).order_by().values_list("voucher"),
        ServiceVisit.objects.filter(ref=plain).order_by().values_list("voucher"),
        Claim.objects.filter(number=plain).order_by().values_list("visit__voucher"),
    ]


def vouchers_sold_by(store: Store, *, view: str = "all", words: str = "") -> QuerySet[Voucher]:
    """The vouchers of what a store sold, newest first, with what a list shows. One query, with words two."""
    found = find_vouchers(Voucher.objects.filter(union=store.union_id, store=store), words)
    if VIEWS.get(view):
        found = found.filter(state__in=VIEWS[view])
    return found.select_related("version", "provider__store", "order_line__order").order_by("-id")


def voucher_sold_by(store: Store, code: str) -> Voucher:
    """One of them. Raises NotFound."""
    found = (
        Voucher.objects.filter(union=store.union_id, store=store, code=code)
        .select_related("union", "program", "version", "store", "provider__store", "owner", "order_line__order")
        .first()
    )
    if found is None:
        raise NotFound
    return found


def steps_of(voucher: Voucher) -> list[VoucherStep]:
    """What happened to it, oldest first, with who it was."""
    steps = VoucherStep.objects.filter(union=voucher.union_id, voucher=voucher)
    return list(steps.select_related("actor").order_by("id"))


def export_head() -> list[str]:
    """The names of an export's columns."""
    return [
        _("code"), _("program"), _("version"), _("seller"), _("order"), _("for"), _("piece"), _("state"), _("visits"),
        _("visits used"), _("service provider"), _("serial number"), _("currency"), _("set aside for it"),
        _("used of that"), _("issued"), _("activated"), _("valid until"),
    ]  # fmt: skip


def export_rows(vouchers: QuerySet[Voucher]) -> Iterator[list[Any]]:
    """A row per voucher, read a chunk at a time, with the words of the language in which it is called. Nothing of its
    owner."""
    words = {str(state): str(label) for state, label in Voucher.State.choices}
    found = vouchers.order_by("-id").values_list(
        "code", "version__title", "version__number", "store__name", "order_line__order__number", "about", "piece",
        "state", "visits", "used", "provider__store__name", "serial", "currency", "fund", "spent", "issued_at",
        "activated_at", "expires_at",
    )  # fmt: skip
    return _export_lines(found[:MOST_EXPORTED].iterator(chunk_size=CHUNK), words)


def _export_lines(found: Iterator[tuple[Any, ...]], words: dict[str, str]) -> Iterator[list[Any]]:
    for row in found:
        currency = row[12]
        yield [
            *row[:7],
            words[row[7]],
            *row[8:10],
            row[10] or "",
            row[11],
            currency,
            as_decimal(row[13], currency),
            as_decimal(row[14], currency),
            *(moment.isoformat() if moment else "" for moment in row[15:]),
        ]
