"""Taking people out of what came after the sale: their words, names, signatures and pictures; states and sums stay.

Rows are locked first, in the order in which those lock them who work on them; files go before the rows that name them:
whoever is killed in between finds the rows again and ends it. Each function runs in the transaction of its caller, and
repeating it changes nothing more.
"""

from __future__ import annotations

from datetime import datetime

from django.db.models import Case, Exists, OuterRef, Q, QuerySet, TextField, Value, When
from django.db.models.functions import Cast, Concat

from core.outbox import publish_all
from core.references import new_secret
from orders.events import RESPONSE_CHANGED
from orders.models import (
    Bill,
    CreditNote,
    Customer,
    CustomerResponse,
    HandOver,
    Order,
    OrderChange,
    PriceProposal,
    ProposalStep,
    Purchase,
    Reservation,
    ReservationChange,
    ResponseEntry,
    Return,
    ReturnStep,
    RunStep,
    Shipment,
    Substitution,
    TrackingEvent,
    Voice,
)
from orders.services.responses.picturing import forget_pictures
from orders.services.returns.photos import forget_photo
from payments.models import PaymentSplit
from payments.services.refunds import forget_reasons
from stores.models import Review
from stores.services.forgetting import forget_reviews
from unions.services.erasing import GONE, NOBODY

NO_WORDS = "—"
"""Where the database asks for a reason."""


def forget_aftercare(*, purchases: QuerySet[Purchase], now: datetime) -> None:
    """What was said and signed on the way of these purchases' orders, by both sides: the one names the other."""
    found = Order.objects.select_for_update(of=("self",), no_key=True).filter(purchase__in=purchases).order_by("pk")
    orders = list(found.values_list("pk", "union_id", "number"))
    keys = [key for key, _union, _number in orders]
    numbers: dict[int, list[str]] = {}
    for _key, union_id, number in orders:
        numbers.setdefault(union_id, []).append(number)
    Order.objects.filter(pk__in=keys).update(wish="", cancel_reason="")
    OrderChange.objects.filter(order__in=keys).exclude(note="").update(note="")
    HandOver.objects.filter(order__in=keys).update(signature=None, signed_by="")
    RunStep.objects.filter(run__order__in=keys).update(
        signature=None,
        signed_by="",
        note=Case(When(state=RunStep.State.SKIPPED, then=Value(NO_WORDS)), default=Value("")),
    )
    # Under its number the carrier tells who got it.
    Shipment.objects.filter(order__in=keys).update(tracking_number="", tracking_url="", poll_at=None)
    TrackingEvent.objects.filter(shipment__order__in=keys).update(words="", place="")
    Substitution.objects.filter(order__in=keys).update(words="")
    CreditNote.objects.filter(order__in=keys).exclude(reason="").update(reason="")
    forget_returns(returns=Return.objects.filter(order__in=keys))
    about = Q(order__in=keys)
    for union_id, theirs in sorted(numbers.items()):
        # Also what was reviewed without signing in.
        reviews = Review.objects.filter(union=union_id, order_number__in=theirs)
        about |= Q(review__in=reviews)
        forget_reviews(reviews=reviews)
        forget_reasons(splits=PaymentSplit.objects.filter(union=union_id, reference__in=theirs))
    forget_responses(responses=CustomerResponse.objects.filter(about), now=now)
    forget_bills(bills=Bill.objects.filter(Q(run_step__run__order__in=keys) | Q(exchange__order__in=keys)))


def forget_bills(*, bills: QuerySet[Bill]) -> None:
    """Deposits and differences: what was paid for stays, whom it was asked of goes."""
    keys = list(bills.order_by("pk").values_list("pk", flat=True).distinct())
    theirs = Bill.objects.filter(pk__in=keys).exclude(email__endswith=NOBODY)
    theirs.update(email=Concat(Cast("pk", TextField()), Value(NOBODY)))
    forget_reasons(splits=PaymentSplit.objects.filter(request__bill__in=keys))


def forget_agreements(*, times: QuerySet[Reservation], offers: QuerySet[PriceProposal]) -> None:
    """Agreeing on times and prices: names and notes; what was agreed stays."""
    ReservationChange.objects.filter(reservation__in=times).exclude(note="").update(note="")
    times.update(name="", email="", phone="", note="")
    ProposalStep.objects.filter(proposal__in=offers).exclude(note="").update(note="")
    offers.update(name="", email="", note="", asker="", origin="")


def forget_returns(*, returns: QuerySet[Return]) -> None:
    """Reasons, answers and photographs; which pieces came back and what was paid for them stays."""
    found = returns.select_for_update(of=("self",), no_key=True).order_by("pk")
    keys = list(found.values_list("pk", flat=True))
    for path in Return.objects.filter(pk__in=keys).exclude(photo="").values_list("photo", flat=True):
        forget_photo(path=path)
    ReturnStep.objects.filter(returned__in=keys).exclude(note="").update(note="")
    Return.objects.filter(pk__in=keys).update(reason="", answer="", photo="", customer_reference="")


def returns_brought(*, customers: QuerySet[Customer]) -> QuerySet[Return]:
    """Returns that an import brought for these customers, by their number elsewhere and perhaps without a sale."""
    whose = customers.filter(union=OuterRef("union"), external_id=OuterRef("customer_reference"))
    return Return.objects.exclude(customer_reference="").filter(Exists(whose))


def forget_responses(*, responses: QuerySet[CustomerResponse], now: datetime) -> None:
    """Who asked, what was said, and the pictures; kind, times and stars stay. Nobody waits for an answer any more.

    The secret address of its page opens nothing afterwards.
    """
    found = list(responses.select_for_update(of=("self",), no_key=True).order_by("pk"))
    keys = [response.pk for response in found]
    entries = ResponseEntry.objects.filter(response__in=keys)
    shown = entries.exclude(pictures=[]).values_list("response__union_id", "response__number", "pictures")
    for union_id, number, pictures in shown:
        forget_pictures(union_id=union_id, number=number, names=pictures)
    entries.filter(~Q(words="") | ~Q(pictures=[])).update(words="", pictures=[])
    theirs = CustomerResponse.objects.filter(pk__in=keys)
    waiting = [response for response in found if response.state in CustomerResponse.OPEN]
    closed = CustomerResponse.State.CLOSED
    noted = ResponseEntry.objects.bulk_create(
        ResponseEntry(
            union_id=response.union_id,
            response=response,
            step=ResponseEntry.Step.CLOSE,
            voice=Voice.NOBODY,
            from_state=response.state,
            to_state=closed,
            at=now,
        )
        for response in waiting
    )
    publish_all(
        [
            (
                RESPONSE_CHANGED,
                f"response:{entry.response_id}",
                {"response_id": entry.response_id, "entry_id": entry.pk, "step": str(entry.step)},
            )
            for entry in noted
        ]
    )
    theirs.filter(pk__in=[response.pk for response in waiting]).update(
        state=closed, resolved_at=now, changed_at=now, due_at=None, left=None
    )
    gone = Concat(Value(f"{GONE}{new_secret(16)}-"), Cast("pk", TextField()))
    theirs.exclude(token__startswith=GONE).update(token=gone)
    theirs.update(name="", email="", words="", pictures=[], origin="", key="", conversation="", satisfaction_words="")
