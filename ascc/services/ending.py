"""A voucher ends: lapsed, cancelled, or closed after its last visit; its money goes where it belongs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, OuterRef, Subquery

from ascc.models import ProgramVersion, Redemption, Voucher
from ascc.services.moving import SYSTEM, By, State, What, move_voucher
from ascc.services.redeeming import UNDO_WITHIN
from core.errors import WrongState
from orders.models import OrderLine
from payments.models import LedgerAccount
from payments.services.ledger import Entry, Posting
from payments.services.transfers import transfer_all

Kind = LedgerAccount.Kind
ASSESSED_WITHIN = timedelta(days=14)
"""Who says nothing about the work for so long is not waited for any more."""


@transaction.atomic
def cancel_voucher(*, voucher: Voucher, by: By, now: datetime, reason: str, what: str = What.CANCELLED) -> None:
    """Take it out of use, as when its goods came back; unspent money returns to who paid it in. Raises WrongState."""
    move_voucher(voucher=voucher, to=State.CANCELLED, what=what, by=by, now=now, note=reason, only_from=Voucher.UNUSED)
    _release(voucher, to_payer=True, now=now)


def cancel_vouchers(*, order_line_id: int, pieces: int, by: By, now: datetime, reason: str) -> int:
    """So many pieces of a line came back: the vouchers of its last pieces end. Returns how many did.

    One whose work has begun stays as it is. Twice the same takes no further ones: say how many came back in all.
    """
    vouchers = Voucher.objects.filter(order_line=order_line_id).select_related(
        "order_line", "version", "program__store"
    )
    cancelled = 0
    for voucher in vouchers.order_by("-piece", "pk"):
        if voucher.piece <= voucher.order_line.quantity - pieces or voucher.state not in Voucher.UNUSED:
            continue
        try:
            cancel_voucher(voucher=voucher, by=by, now=now, reason=reason, what=What.CANCELLED)
        except WrongState:
            continue
        cancelled += 1
    return cancelled


def cancel_vouchers_of_order(*, order_id: int, now: datetime, reason: str) -> int:
    """A cancelled order promises nothing any more. Returns how many vouchers ended."""
    lines: Sequence[tuple[int, int]] = list(
        Voucher.objects.filter(order_line__order=order_id)
        .values_list("order_line_id", "order_line__quantity")
        .distinct()
        .order_by("order_line_id")
    )
    return sum(
        cancel_vouchers(order_line_id=line_id, pieces=quantity, by=SYSTEM, now=now, reason=reason)
        for line_id, quantity in lines
    )


def cancel_vouchers_of_pieces(*, order_id: int, now: datetime, reason: str) -> int:
    """Pieces of an order were called off or came back: theirs end, the others stay. Returns how many ended."""
    lines = list(
        OrderLine.objects.filter(order=order_id)
        .exclude(cancelled=0, returned=0)
        .values_list("pk", F("cancelled") + F("returned"))
        .order_by("pk")
    )
    return sum(
        cancel_vouchers(order_line_id=line_id, pieces=pieces, by=SYSTEM, now=now, reason=reason)
        for line_id, pieces in lines
    )


def lapse_vouchers(*, now: datetime, limit: int = 1000) -> int:
    """End what was not activated or used in time; returns how many. Any number of workers at once."""
    vouchers = Voucher.objects.select_related("version", "program__store")
    # Each by its own index, in that index's order: together, or by number, all vouchers there are would be read.
    by_time = vouchers.filter(state__in=Voucher.UNUSED, expires_at__lte=now).order_by("expires_at")
    unactivated = vouchers.filter(state=State.ISSUED, activate_until__lte=now).order_by("activate_until")
    due = {voucher.pk: voucher for voucher in (*by_time[:limit], *unactivated[:limit])}
    return sum(_lapse(voucher, now=now) for voucher in due.values())


@transaction.atomic
def _lapse(voucher: Voucher, *, now: datetime) -> bool:
    try:
        move_voucher(voucher=voucher, to=State.EXPIRED, what=What.EXPIRED, by=SYSTEM, now=now, only_from=Voucher.UNUSED)
    except WrongState:
        return False
    _release(voucher, to_payer=False, now=now)
    return True


def close_silent(*, now: datetime, limit: int = 1000) -> int:
    """What was done long ago and never assessed goes on without; returns how many."""
    visits = Redemption.objects.filter(union=OuterRef("union"), voucher=OuterRef("pk"), undone_at=None)
    # Looked up for each of the few that wait; a join would read all redemptions there ever were.
    last = Subquery(visits.order_by("-at").values("at")[:1])
    silent = (
        Voucher.objects.annotate(last_at=last)
        .filter(state=State.PERFORMED, last_at__lte=now - ASSESSED_WITHIN)
        .select_related("version", "program__store")
        .order_by("pk")
    )
    return sum(_go_on(voucher, now=now) for voucher in silent[:limit])


@transaction.atomic
def _go_on(voucher: Voucher, *, now: datetime) -> bool:
    try:
        go_on(voucher=voucher, only_from=[State.PERFORMED], now=now)
    except WrongState:
        return False
    if voucher.state == State.CLOSED:
        release_rest(voucher=voucher, now=now)
    return True


@transaction.atomic
def skip_assessment(*, voucher: Voucher, by: By, now: datetime) -> Voucher:
    """The owner does not assess the last visit, as the next one is needed. Raises WrongState.

    Not within the minute in which the till that has redeemed it may undo that.
    """
    voucher.refresh_from_db(fields=["state", "used", "visits", "expires_at"])
    last = (
        Redemption.objects.filter(union=voucher.union_id, voucher=voucher, undone_at=None).order_by("-number").first()
    )
    if last is None or not is_skippable(voucher=voucher, last=last, now=now):
        raise WrongState(state=voucher.state)
    go_on(voucher=voucher, only_from=[State.PERFORMED], by=by, now=now)
    return voucher


def is_skippable(*, voucher: Voucher, last: Redemption, now: datetime) -> bool:
    """Whether it could go on without a word about its last visit: something of it is left to use."""
    is_settled = last.visit_id is not None or last.at <= now - UNDO_WITHIN
    is_left = voucher.visits_left > 0 and voucher.expires_at > now
    return voucher.state == State.PERFORMED and is_left and is_settled


def go_on(*, voucher: Voucher, only_from: Sequence[str], now: datetime, by: By = SYSTEM) -> None:
    """After a visit: active again while visits and time are left, else closed. Moves no money (`release_rest` does)."""
    voucher.refresh_from_db(fields=["used", "visits", "expires_at"])
    goes_on = voucher.visits_left > 0 and voucher.expires_at > now
    move_voucher(
        voucher=voucher,
        to=State.ACTIVE if goes_on else State.CLOSED,
        what=What.ACTIVATED if goes_on else What.CLOSED,
        by=by,
        now=now,
        only_from=only_from,
        provider_id=None if goes_on else voucher.provider_id,
    )
    voucher.refresh_from_db()


def release_rest(*, voucher: Voucher, now: datetime) -> None:
    """What a closed voucher did not need is income of who promised."""
    _release(voucher, to_payer=False, now=now)


def rest_of(*, voucher: Voucher, to_payer: bool) -> list[Posting]:
    """The posting that empties what is left in the fund for it, if anything is."""
    rest = voucher.fund - voucher.spent
    if rest <= 0:
        return []
    issuer = voucher.program.store.membership_id if voucher.program.store is not None else None
    if to_payer:
        by_store = voucher.version.funding == ProgramVersion.Funding.STORE
        to = (Kind.ENTERPRISE_PAYABLE, voucher.store.membership_id) if by_store else (Kind.PROGRAM_INCOME, None)
    else:
        to = (Kind.PROGRAM_INCOME, None) if issuer is None else (Kind.ENTERPRISE_PAYABLE, issuer)
    return [
        Posting(
            "program returned" if to_payer else "program lapsed",
            voucher.code,
            [Entry(Kind.PROGRAM_FUND, rest, voucher.currency, issuer), Entry(to[0], -rest, voucher.currency, to[1])],
            memo=voucher.code,
        )
    ]


def _release(voucher: Voucher, *, to_payer: bool, now: datetime) -> None:
    voucher.refresh_from_db(fields=["fund", "spent"])
    postings = rest_of(voucher=voucher, to_payer=to_payer)
    if postings:
        Voucher.objects.filter(union=voucher.union_id, pk=voucher.pk).update(spent=voucher.fund)
        transfer_all(union=voucher.union_id, postings=postings, now=now)
