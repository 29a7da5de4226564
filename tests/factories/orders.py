"""Carts, purchases and orders in any state. Whatever hangs together is of the same union by itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import factory

from accounts.models import User
from core.references import new_reference, new_secret
from orders.models import Cart, Order, OrderChange, OrderLine, Purchase
from orders.services.cart import add_to_cart
from orders.services.checkout import CheckoutDetails, choose_delivery, save_details
from payments.models import PaymentAccount
from payments.models.accounts import AccountState
from stores.models import DeliveryOption, Store, Variant
from tests.factories.stores import DeliveryOptionFactory, StoreFactory, VariantFactory
from tests.factories.unions import UnionFactory
from unions.models import Union

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
DETAILS = CheckoutDetails(
    email="ada@example.com",
    recipient="Ada Trevithick",
    phone="01872 555 010",
    line1="3 Lemon Street",
    city="Truro",
    postal_code="TR1 2LZ",
    country="GB",
)


class PaymentAccountFactory(factory.django.DjangoModelFactory):
    """A guest's verified account at the built-in bank; `token="bank:declines-funds"` for one that declines."""

    class Meta:
        model = PaymentAccount

    user = None
    provider = "bank"
    token = "bank:approves"
    label = "Test account"
    state = AccountState.VERIFIED
    verified_at = NOW


@dataclass
class Market:
    """Two stores of one union, each with a variant in stock and a way of delivery."""

    union: Union
    first: Store
    second: Store
    bread: Variant
    lamp: Variant
    parcel: DeliveryOption
    counter: DeliveryOption
    variants: list[Variant] = field(default_factory=list)


def market(*, stock: int = 10, **union: Any) -> Market:
    """Bread at 3.50 (tax 0 %) delivered for 4.00; a lamp at 24.00 (tax 20 %) picked up for nothing."""
    here = UnionFactory(**union)
    first, second = StoreFactory(union=here, name="Bakery"), StoreFactory(union=here, name="Lamps")
    bread = VariantFactory(
        store=first,
        price=350,
        stock=stock,
        options={"size": "large"},
        product__title="Bread",
        product__tax_class__code="zero",
        product__tax_class__rate_bp=0,
    )
    lamp = VariantFactory(store=second, price=2400, stock=stock, product__title="Lamp")
    parcel = DeliveryOptionFactory(store=first, tax_bp=2000)
    counter = DeliveryOptionFactory(
        store=second, kind=DeliveryOption.Kind.PICKUP, name="Counter", price=0, lead_days_min=0, lead_days_max=1
    )
    return Market(here, first, second, bread, lamp, parcel, counter, [bread, lamp])


def filled_cart(
    place: Market, *, user: User | None = None, wants: Sequence[tuple[Variant, int]] | None = None, now: datetime = NOW
) -> Cart:
    """A cart with two loaves and a lamp (or `wants`), nothing said yet about delivery and payment."""
    cart = None
    token = new_secret()
    for variant, quantity in wants or [(place.bread, 2), (place.lamp, 1)]:
        cart = add_to_cart(union=place.union, user=user, token=token, variant_id=variant.pk, quantity=quantity, now=now)
    assert cart is not None
    return cart


def ready_cart(
    place: Market, *, token: str = "bank:approves", user: User | None = None, now: datetime = NOW, **kwargs: Any
) -> Cart:
    """A cart that can be paid as it stands, from an account with that token."""
    cart = filled_cart(place, user=user, now=now, **kwargs)
    account = PaymentAccountFactory(token=token, user=user)
    save_details(cart=cart, details=DETAILS, account=account, now=now)
    choose_delivery(cart=cart, choices={place.first.pk: place.parcel.pk, place.second.pk: place.counter.pk})
    return cart


class CartFactory(factory.django.DjangoModelFactory):
    """An empty open cart of a guest."""

    class Meta:
        model = Cart

    union = factory.SubFactory(UnionFactory)
    token = factory.LazyFunction(new_secret)
    touched_at = NOW


class PurchaseFactory(factory.django.DjangoModelFactory):
    """A purchase without orders; OrderFactory adds one."""

    class Meta:
        model = Purchase

    union = factory.SubFactory(UnionFactory)
    number = factory.LazyAttribute(lambda purchase: new_reference(purchase.union.prefix))
    token = factory.LazyFunction(new_secret)
    email = "ada@example.com"
    recipient = "Ada Trevithick"
    line1 = "3 Lemon Street"
    city = "Truro"
    postal_code = "TR1 2LZ"
    country = "GB"
    language = "en"
    currency = factory.SelfAttribute("union.currency")
    total = 1400
    placed_at = NOW


class OrderFactory(factory.django.DjangoModelFactory):
    """One piece at 10.00 and delivery for 4.00, in any state: `OrderFactory(store=store, state="paid")`.

    It moves no stock and no money; orders with both come from the services.
    """

    class Meta:
        model = Order
        skip_postgeneration_save = True

    store = factory.SubFactory(StoreFactory)
    union = factory.SelfAttribute("store.union")
    membership = factory.SelfAttribute("store.membership")
    purchase = factory.SubFactory(PurchaseFactory, union=factory.SelfAttribute("..store.union"))
    number = factory.LazyAttribute(lambda order: new_reference(order.union.prefix))
    state = Order.State.PAID
    currency = factory.SelfAttribute("union.currency")
    goods_total = 1000
    delivery_total = 400
    tax_total = 0
    total = 1400
    delivery_kind = DeliveryOption.Kind.DELIVERY
    delivery_name = "Parcel"
    deadline = NOW + timedelta(days=3)
    placed_at = NOW
    changed_at = NOW
    delivered_at = factory.LazyAttribute(lambda order: NOW if order.state in ("delivered", "completed") else None)

    @factory.post_generation
    def lines(self: Order, create: bool, extracted: Any, **_: Any) -> None:  # type: ignore[misc]
        """`lines=False` leaves it without."""
        if not create or extracted is False:
            return
        OrderLine.objects.create(
            union=self.union, order=self, title="Thing", sku="THING", quantity=1, unit_price=1000, total=1000
        )
        OrderChange.objects.create(union=self.union, order=self, to_state=self.state, at=NOW)
