"""A visit is used up and its provider paid, exactly once, whoever asks and however many at a time."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from ascc.errors import VoucherLapsed, VoucherOver
from ascc.events import VOUCHER_MOVED
from ascc.models import Redemption, ServiceProvider, ServiceVisit, Voucher, VoucherStep
from ascc.services.moving import By, State
from core.errors import DomainError, WrongState
from core.outbox import publish
from core.references import new_reference
from core.statements import NO_FLUSH, flush, row_of
from payments.models import LedgerAccount
from payments.services.ledger import Entry, Posting
from payments.services.transfers import transfer_all

Kind = LedgerAccount.Kind
UNDO_WITHIN = timedelta(minutes=1)


class NotHeld(DomainError):
    """Another provider holds the voucher, or none does."""

    code = "voucher_not_held"
    detail = _("This voucher has not been handed to this provider.")


class TooLateToUndo(DomainError):
    """A redemption can be undone for a minute."""

    code = "too_late_to_undo"
    detail = _("A redemption can be undone within a minute; after that the service center has to decide.")


# All redemptions of a union meet in the balance of its fund. Its row is held from the posting to the commit, which
# therefore does not wait for the disk; whoever asked waits for it afterwards, together with others.
_REDEEM = f"""
WITH {NO_FLUSH}, used AS (
    UPDATE ascc_voucher AS voucher
    SET state = 'performed', used = voucher.used + 1, spent = voucher.spent + coalesce(
        %(amount)s, version.fee - version.deductible)
    FROM no_flush, ascc_programversion AS version, ascc_serviceprogram AS program
    WHERE voucher.id = %(voucher)s AND voucher.union_id = %(union)s AND version.id = voucher.version_id
        AND program.id = voucher.program_id AND voucher.state = ANY(%(from)s) AND voucher.provider_id = %(provider)s
        AND voucher.used < voucher.visits AND voucher.expires_at > %(valid_at)s
    RETURNING voucher.id, voucher.union_id, old.state AS from_state, voucher.used AS number, voucher.currency,
        coalesce(%(amount)s, version.fee - version.deductible) AS amount, program.store_id
), redeemed AS (
    INSERT INTO ascc_redemption (union_id, voucher_id, visit_id, provider_id, number, ref, amount, currency, actor_id,
        at)
    SELECT union_id, id, %(visit)s, %(provider)s, number, %(ref)s, amount, currency, %(actor)s, %(now)s FROM used
    RETURNING *
), told AS (
    INSERT INTO ascc_voucherstep (union_id, voucher_id, what, from_state, to_state, side, actor_id, address, note, at)
    SELECT union_id, id, 'redeemed', from_state, 'performed', %(side)s, %(actor)s, %(address)s::inet, %(ref)s, %(now)s
    FROM used
    RETURNING id
)
SELECT redeemed.*, told.id AS step_id, issuer.membership_id AS issuer_id
FROM used, redeemed, told, LATERAL (
    SELECT (SELECT membership_id FROM stores_store WHERE id = used.store_id) AS membership_id
) AS issuer
"""
FROM = (State.ACCEPTED, State.IN_SERVICE)


@transaction.atomic
def redeem_voucher(
    *,
    voucher: Voucher,
    provider: ServiceProvider,
    by: By,
    now: datetime,
    visit: ServiceVisit | None = None,
    amount: int | None = None,
) -> Redemption:
    """Use up one visit of a voucher that the provider holds, and pay the provider from the program's fund.

    Of a visit it counts that work began while the voucher was valid: who confirms late does not take the pay away.
    `amount` in minor units where it was decided otherwise than the program says. A thousand at once succeed once: the
    voucher's row decides. Post nothing else in the same transaction. Raises NotHeld, VoucherLapsed, VoucherOver.
    """
    ref = new_reference(voucher.code.partition("-")[0] + "R")
    valid_at = visit.started_at if visit is not None and visit.started_at is not None else now
    done = row_of(
        _REDEEM,
        {
            "voucher": voucher.pk,
            "union": voucher.union_id,
            "provider": provider.pk,
            "visit": visit.pk if visit else None,
            "amount": amount,
            "from": [str(state) for state in FROM],
            "ref": ref,
            "side": str(by.side),
            "actor": by.user_id,
            "address": by.address,
            "now": now,
            "valid_at": valid_at,
        },
    )
    if done is None:
        raise _why_not(voucher, provider, now=valid_at)
    transaction.on_commit(flush)
    publish(
        VOUCHER_MOVED,
        aggregate=f"voucher:{voucher.pk}",
        voucher_id=voucher.pk,
        what=str(VoucherStep.What.REDEEMED),
        step_id=done.step_id,
    )
    _pay("service", ref, done, provider, memo=voucher.code, now=now)
    return Redemption.from_db(connection.alias, _COLUMNS, [getattr(done, name) for name in _COLUMNS])


_COLUMNS = [field.attname for field in Redemption._meta.concrete_fields]

_UNDO = """
WITH undone AS (
    UPDATE ascc_redemption SET undone_at = %(now)s
    WHERE id = %(redemption)s AND union_id = %(union)s AND undone_at IS NULL AND at > %(since)s
        AND visit_id IS NOT DISTINCT FROM %(visit)s
    RETURNING voucher_id, union_id, provider_id, number, amount, currency, ref
), freed AS (
    UPDATE ascc_voucher AS voucher SET state = 'accepted', used = voucher.used - 1, spent = spent - undone.amount
    FROM undone, ascc_serviceprogram AS program
    WHERE voucher.id = undone.voucher_id AND voucher.union_id = undone.union_id AND voucher.state = 'performed'
        AND program.id = voucher.program_id
        AND voucher.provider_id = undone.provider_id AND voucher.used = undone.number
    RETURNING voucher.id, voucher.union_id, undone.amount, undone.currency, undone.ref, program.store_id
), told AS (
    INSERT INTO ascc_voucherstep (union_id, voucher_id, what, from_state, to_state, side, actor_id, address, note, at)
    SELECT union_id, id, 'undone', 'performed', 'accepted', %(side)s, %(actor)s, %(address)s::inet, ref, %(now)s
    FROM freed
    RETURNING id
)
SELECT told.id AS step_id, freed.amount, freed.currency,
    (SELECT membership_id FROM stores_store WHERE id = freed.store_id) AS issuer_id
FROM freed, told
"""


@transaction.atomic
def undo_redemption(*, redemption: Redemption, by: By, now: datetime) -> Redemption:
    """A till has made a mistake: within a minute the voucher is with the provider again and the money back in its fund.

    Twice is once. A visit that the customer confirmed is not undone this way, nor one that was assessed or after which
    another began. Raises TooLateToUndo, WrongState.
    """
    # The voucher first, as everybody who moves it does.
    Voucher.objects.select_for_update(no_key=True).get(union=redemption.union_id, pk=redemption.voucher_id)
    redemption = (
        Redemption.objects.select_for_update(of=("self",), no_key=True)
        .select_related("provider__store", "voucher")
        .get(pk=redemption.pk)
    )
    if redemption.undone_at is not None:
        return redemption
    undone = row_of(
        _UNDO,
        {
            "redemption": redemption.pk,
            "union": redemption.union_id,
            "visit": None,
            "since": now - UNDO_WITHIN,
            "side": str(by.side),
            "actor": by.user_id,
            "address": by.address,
            "now": now,
        },
    )
    if undone is None:
        if redemption.at <= now - UNDO_WITHIN or redemption.visit_id is not None:
            raise TooLateToUndo
        raise WrongState
    _pay("service undone", redemption.ref, undone, redemption.provider, memo=redemption.voucher.code, now=now, sign=-1)
    publish(
        VOUCHER_MOVED,
        aggregate=f"voucher:{redemption.voucher_id}",
        voucher_id=redemption.voucher_id,
        what=str(VoucherStep.What.UNDONE),
        step_id=undone.step_id,
    )
    redemption.refresh_from_db()
    return redemption


def _pay(kind: str, ref: str, done: Any, provider: ServiceProvider, *, memo: str, now: datetime, sign: int = 1) -> None:
    """From the fund of who promised to who did the work, or back."""
    amount = sign * done.amount
    transfer_all(
        union=provider.union_id,
        postings=[
            Posting(
                kind,
                ref,
                [
                    Entry(Kind.PROGRAM_FUND, amount, done.currency, done.issuer_id),
                    Entry(Kind.ENTERPRISE_PAYABLE, -amount, done.currency, provider.store.membership_id),
                ],
                memo=memo,
            )
        ],
        now=now,
    )


def _why_not(voucher: Voucher, provider: ServiceProvider, *, now: datetime) -> DomainError:
    voucher = Voucher.objects.get(union=voucher.union_id, pk=voucher.pk)
    if voucher.state in Voucher.OVER or voucher.state in (State.PERFORMED, State.ASSESSED):
        return VoucherOver(state=voucher.state)
    if voucher.provider_id != provider.pk or voucher.state not in FROM:
        return NotHeld(state=voucher.state)
    if voucher.expires_at <= now:
        return VoucherLapsed(expired_at=voucher.expires_at)
    return VoucherOver(state=voucher.state)
