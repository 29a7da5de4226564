"""Taking people out of the books: names, addresses and words go; numbers, goods and sums stay."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from allauth.account.models import EmailAddress
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Concat, Lower

from accounts.models import User
from core.references import new_secret
from orders.models import (
    Bill,
    Cart,
    CartLine,
    Customer,
    CustomerResponse,
    Order,
    OrderDraft,
    PriceProposal,
    Purchase,
    PurchasePath,
    Return,
    StoreDelivery,
)
from orders.models import Reservation as Appointment
from orders.services.cart import hold_owner
from orders.services.drafts import withdraw_draft
from orders.services.forgetting_aftercare import (
    forget_aftercare,
    forget_agreements,
    forget_bills,
    forget_responses,
    forget_returns,
    returns_brought,
)
from stores.services.forgetting import forget_reports
from stores.services.stock import release_holds
from stores.services.urgent import forget_addresses, leave_all
from unions.models import Union
from unions.services.erasing import GONE, NOBODY
from unions.services.retaining import long_gone

PLACE: dict[str, Any] = dict.fromkeys(("phone", "line1", "line2", "city", "region", "postal_code"), "")
"""The country stays: it decides taxes."""
AT_ONCE = 500
OVER = (Cart.State.BOUGHT, Cart.State.MERGED)


def open_returns() -> QuerySet[Return]:
    """Goods or money are still on their way. Imported ones are history."""
    return Return.objects.filter(external_id="", state__in=[*Return.OPEN, Return.State.RECEIVED])


def open_responses() -> QuerySet[CustomerResponse]:
    """Somebody still waits for a word. A public review waits for nothing."""
    return CustomerResponse.objects.filter(review=None, state__in=CustomerResponse.OPEN)


def hold_orders(*, user: User) -> None:
    """Lock the person's orders: who asks for a return at this moment is waited for, and seen. In a transaction."""
    theirs = Order.objects.filter(purchase__in=Purchase.objects.filter(user=user)).order_by("pk")
    list(theirs.select_for_update(of=("self",), no_key=True).values_list("pk", flat=True))


@transaction.atomic
def close_carts(*, user: User, now: datetime) -> None:
    """Delete the person's open carts and take back what stores composed for them; held pieces are given back.

    So are pieces of urgent sales, and places in their queues.
    """
    for draft in OrderDraft.objects.filter(cart__user=user, state=OrderDraft.State.OPEN).order_by("cart_id"):
        withdraw_draft(draft=draft, actor=user, now=now)
    carts = list(
        Cart.objects.select_for_update()
        .filter(user=user, state=Cart.State.OPEN)
        .order_by("pk")
        .values_list("pk", flat=True)
    )
    lines = CartLine.objects.filter(cart__in=carts, proposal=None).order_by("pk").values_list("pk", flat=True)
    release_holds(owners=[hold_owner(line_id=line) for line in lines], now=now, reason="person erased")
    Cart.objects.filter(pk__in=carts).delete()
    leave_all(user_id=user.pk, now=now)


def join_guests_purchases(*, user: User) -> None:
    """What was bought or asked without signing in, with an address that was proved to be the person's, is theirs."""
    proved = EmailAddress.objects.filter(user=user, verified=True).values(low=Lower("email"))
    for model in (Customer, Purchase, CustomerResponse):
        rows: QuerySet[Any] = model.objects.filter(user=None, email__in=proved)
        rows.update(user=user)
    Cart.objects.filter(user=None, email__in=proved, state__in=OVER).update(user=user)
    Bill.objects.filter(email__in=proved).update(email=f"{user.pk}{NOBODY}")


@transaction.atomic
def forget_buyer(*, user_id: int, now: datetime) -> None:
    """Of somebody who is nobody any more. Repeating changes nothing more."""
    purchases = Purchase.objects.filter(user=user_id)
    PurchasePath.objects.filter(purchase__in=purchases).delete()
    _forget(purchases, now=now)
    forget_responses(responses=CustomerResponse.objects.filter(user=user_id), now=now)
    customers = Customer.objects.filter(user=user_id)
    forget_returns(returns=returns_brought(customers=customers))
    customers.update(email="", name="", external_id="", **PLACE)
    _forget_carts(Cart.objects.filter(Q(user=user_id) | Q(purchase__user=user_id)))
    forget_agreements(times=Appointment.objects.filter(user=user_id), offers=PriceProposal.objects.filter(user=user_id))


def _forget(purchases: QuerySet[Purchase], *, now: datetime) -> None:
    """The secret address of their tracking page opens nothing any more."""
    forget_aftercare(purchases=purchases, now=now)
    addresses: dict[int, list[str]] = {}
    for union_id, email in purchases.exclude(email="").values_list("union_id", "email").distinct():
        addresses.setdefault(union_id, []).append(email)
    for union_id, emails in sorted(addresses.items()):
        forget_addresses(union_id=union_id, emails=emails)
    purchases.update(
        email="", recipient="", note="", token=Concat(Value(f"{GONE}{new_secret(16)}-"), F("number")), **PLACE
    )


def _forget_carts(carts: QuerySet[Cart]) -> None:
    """Carts that were bought from say where to and what for a second time."""
    keys = list(carts.order_by("pk").values_list("pk", flat=True))
    StoreDelivery.objects.filter(cart__in=keys).exclude(wish="").update(wish="")
    OrderDraft.objects.filter(cart__in=keys).exclude(note="").update(note="")
    Cart.objects.filter(pk__in=keys).update(email="", recipient="", note="", **PLACE)


def forget_people_long_gone(*, now: datetime) -> int:
    """Guests whose last purchase is longer ago than their union keeps them. Returns the number of customers.

    Whoever has a sign-in decides on their own. What is under way or open keeps its customer.
    """
    gone = 0
    for union, before in long_gone(now=now):
        later = Purchase.objects.filter(customer=OuterRef("pk"), placed_at__gte=before)
        waiting = [
            Order.objects.filter(purchase__customer=OuterRef("pk"), state__in=Order.UNDER_WAY),
            open_returns().filter(order__purchase__customer=OuterRef("pk")),
            open_responses().filter(order__purchase__customer=OuterRef("pk")),
        ]
        old = Customer.objects.filter(union=union, user=None, created_at__lt=before).exclude(
            email="", name="", phone="", line1=""
        )
        while True:
            with transaction.atomic():
                keys = list(
                    old.filter(~Exists(later), *(~Exists(each) for each in waiting))
                    .select_for_update(skip_locked=True, of=("self",))
                    .order_by("pk")
                    .values_list("pk", flat=True)[:AT_ONCE]
                )
                bought = Purchase.objects.filter(union=union, customer__in=keys)
                PurchasePath.objects.filter(purchase__in=bought).delete()
                _forget(bought, now=now)
                customers = Customer.objects.filter(pk__in=keys)
                forget_returns(returns=returns_brought(customers=customers))
                customers.update(email="", name="", external_id="", **PLACE)
                _forget_carts(Cart.objects.filter(union=union, purchase__customer__in=keys))
            gone += len(keys)
            if len(keys) < AT_ONCE:
                break
        _forget_askers(union=union, before=before, now=now)
        _forget_passers_by(union=union, before=before)
    return gone


def _forget_askers(*, union: Union, before: datetime, now: datetime) -> None:
    """Guests who asked about goods or a store, and bought nothing with it: by the last word in it."""
    asked = CustomerResponse.objects.filter(
        union=union, user=None, order=None, review=None, changed_at__lt=before, state__in=CustomerResponse.SETTLED
    ).exclude(token__startswith=GONE)
    while keys := list(asked.order_by("pk").values_list("pk", flat=True)[:AT_ONCE]):
        with transaction.atomic():
            forget_responses(responses=CustomerResponse.objects.filter(pk__in=keys), now=now)


@transaction.atomic
def _forget_passers_by(*, union: Union, before: datetime) -> None:
    """Guests who agreed on a time or a price, were asked for a payment, or reported a review, and are not customers."""
    times = Appointment.objects.filter(union=union, user=None, ends_at__lt=before, changed_at__lt=before)
    offers = PriceProposal.objects.filter(union=union, user=None, expires_at__lt=before, changed_at__lt=before)
    forget_agreements(
        times=times.exclude(state__in=Appointment.HOLDING).exclude(name="", email="", phone="", note=""),
        offers=offers.exclude(state__in=PriceProposal.LIVE).exclude(name="", email="", note="", asker="", origin=""),
    )
    carts = Cart.objects.filter(union=union, user=None, touched_at__lt=before, state=Cart.State.MERGED)
    _forget_carts(carts.exclude(email="", recipient="", line1="", note=""))
    known = EmailAddress.objects.annotate(low=Lower("email")).filter(low=OuterRef("email"))
    bills = Bill.objects.filter(union=union, asked_at__lt=before).exclude(email__endswith=NOBODY)
    over = Q(settled_at__isnull=False) | Q(withdrawn_at__isnull=False)
    forget_bills(bills=bills.filter(over, ~Exists(known)))
    forget_reports(union_id=union.pk, before=before)
