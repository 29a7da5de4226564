"""What can be reserved, who does it, and reservations in any state."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any

import factory

from core.references import new_reference, new_secret
from orders.models import (
    Bookable,
    Reservation,
    ReservationChange,
    Resource,
    ResourceDay,
    ResourceHours,
    ResourceService,
    Side,
)
from orders.services.contact import Contact
from stores.models import OpeningHours
from tests.factories.stores import ProductFactory, StoreFactory, VariantFactory

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
"""A Monday morning in London's winter time."""
ADA = Contact(name="Ada Trevithick", email="ada@example.com", language="en")
BEN = Contact(name="Ben Carlyon", email="ben@example.com", language="en")


class ResourceFactory(factory.django.DjangoModelFactory):
    """A person who does one thing at a time, in the store's hours."""

    class Meta:
        model = Resource

    store = factory.SubFactory(StoreFactory)
    union = factory.SelfAttribute("store.union")
    key = factory.Sequence(lambda n: f"r{n:07d}")
    name = factory.Sequence(lambda n: f"Resource {n}")


class BookableFactory(factory.django.DjangoModelFactory):
    """A service of an hour, a start every half hour, without buffers, notice of two hours, confirmed by the store."""

    class Meta:
        model = Bookable

    product = factory.SubFactory(ProductFactory, kind="service", title="Bicycle repair")
    store = factory.SelfAttribute("product.store")
    union = factory.SelfAttribute("store.union")
    key = factory.Sequence(lambda n: f"b{n:07d}")
    minutes = 60
    step_minutes = 30

    @classmethod
    def _generate(cls, strategy: str, params: dict[str, Any]) -> Any:
        if "store" in params and "product" not in params:
            params.setdefault("product__store", params["store"])
        return super()._generate(strategy, params)


def open_daily(store: Any, opens: time = time(9), closes: time = time(17)) -> None:
    """The store is open at these hours on every day of the week."""
    for weekday in range(7):
        OpeningHours.objects.create(union=store.union, store=store, weekday=weekday, opens=opens, closes=closes)


def serves(resource: Resource, *bookables: Bookable) -> Resource:
    """The resource does these."""
    for bookable in bookables:
        ResourceService.objects.create(union=resource.union, resource=resource, bookable=bookable)
    return resource


def own_hours(resource: Resource, *spans: tuple[int, time, time]) -> None:
    """Hours of its own: (weekday, opens, closes)."""
    resource.own_hours = True
    resource.save(update_fields=["own_hours"])
    for weekday, opens, closes in spans:
        ResourceHours.objects.create(
            union=resource.union, resource=resource, weekday=weekday, opens=opens, closes=closes
        )


def away(resource: Resource, day: Any, opens: time | None = None, closes: time | None = None) -> None:
    """A day on which it is away, or there at other times."""
    ResourceDay.objects.create(union=resource.union, resource=resource, date=day, opens=opens, closes=closes)


def repair_shop(
    *, capacity: int = 1, resources: int = 1, union: Any = None, store: Any = None, **rules: Any
) -> Bookable:
    """A store that is open from nine to five every day and repairs bicycles for 30.00."""
    store = store or (StoreFactory(union=union) if union else StoreFactory())
    if not store.opening_hours.exists():
        open_daily(store)
    product = ProductFactory(store=store, kind="service", title="Bicycle repair")
    VariantFactory(product=product, price=3000, tracks_stock=False, options={"bicycle": "city"})
    product.refresh_from_db()
    bookable = BookableFactory(product=product, **rules)
    for number in range(resources):
        serves(ResourceFactory(store=store, capacity=capacity, position=number), bookable)
    return fresh(bookable)


def fresh(bookable: Bookable) -> Bookable:
    """As the queries give it."""
    return Bookable.objects.select_related("union", "store", "product", "variant").get(pk=bookable.pk)


def at(hour: int, minute: int = 0, *, day: int = 3, month: int = 3) -> datetime:
    """A moment of March 2026 in UTC, which is London's time until the 29th."""
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


class ReservationFactory(factory.django.DjangoModelFactory):
    """A guest's reservation of the next day at ten, in any state: `ReservationFactory(bookable=b, state="done")`."""

    class Meta:
        model = Reservation
        skip_postgeneration_save = True

    bookable = factory.LazyFunction(repair_shop)
    store = factory.SelfAttribute("bookable.store")
    union = factory.SelfAttribute("bookable.union")
    product = factory.SelfAttribute("bookable.product")
    resource = factory.LazyAttribute(lambda r: r.bookable.served_by.order_by("id").first().resource)
    number = factory.LazyAttribute(lambda r: new_reference(r.union.prefix))
    token = factory.LazyFunction(new_secret)
    state = Reservation.State.PROPOSED
    proposed_by = Side.CUSTOMER
    starts_at = at(10)
    ends_at = factory.LazyAttribute(lambda r: r.starts_at + timedelta(minutes=r.bookable.minutes))
    held = factory.LazyAttribute(lambda r: (r.starts_at, r.ends_at))
    expires_at = factory.LazyAttribute(lambda r: r.starts_at if r.state in Reservation.OPEN else None)
    name = "Ada Trevithick"
    email = "ada@example.com"
    language = "en"
    title = "Bicycle repair"
    price = 3000
    currency = "GBP"
    made_at = NOW
    changed_at = NOW
    confirmed_at = factory.LazyAttribute(lambda r: NOW if r.state == "confirmed" else None)

    @factory.post_generation
    def changes(self: Reservation, create: bool, extracted: Any, **_: Any) -> None:  # type: ignore[misc]
        if create:
            ReservationChange.objects.create(
                union=self.union,
                reservation=self,
                to_state=self.state,
                side=self.proposed_by,
                starts_at=self.starts_at,
                ends_at=self.ends_at,
                at=NOW,
            )
