"""What the administration's pages show of money: payments, earnings, payouts, the ledger and its check."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from payments.models import CheckReport, Earning, LedgerAccount, LedgerTransaction, Payout, Refund
from payments.services.settlement import earn, make_payouts
from tests.factories.payments import PayoutAccountFactory, captured_payment, split_want

if TYPE_CHECKING:
    from tests.admin.places import Place

NOW = datetime(2026, 3, 4, 10, 0, tzinfo=UTC)
LATER = datetime(2026, 4, 20, 10, 0, tzinfo=UTC)


def pay(place: Place, name: str) -> None:
    """A captured payment, what was earned and paid out of it, a refund, and the books about them."""
    union, things = place.union, place.things
    things["payments.payoutaccount"] = PayoutAccountFactory(
        membership=things["unions.membership"], holder=f"{name} Holder"
    )
    part = split_want(things["unions.membership"], 10_000)
    request = things["payments.paymentrequest"] = captured_payment(union, part)
    earn(union=union, reference=part.reference, now=NOW)
    make_payouts(union=union, now=LATER)
    things["payments.earning"] = Earning.objects.get(union=union, membership=things["unions.membership"])
    things["payments.payout"] = Payout.objects.get(union=union, membership=things["unions.membership"])
    things["payments.refund"] = Refund.objects.create(
        union=union, split=request.splits.get(), reference=f"{name}-back", amount=5, created_at=NOW
    )
    things["payments.ledgeraccount"] = LedgerAccount.objects.get(
        union=union, kind="enterprise_payable", membership=things["unions.membership"]
    )
    things["payments.ledgertransaction"] = LedgerTransaction.objects.get(
        union=union, kind="earned", reference=part.reference
    )
    things["payments.checkreport"] = CheckReport.objects.create(
        union=union,
        at=NOW,
        differences=[{"code": "stock", "text": f"{name} difference"}],
        counted={"orders": 3},
    )
