"""What a store decides about its reservations: what can be booked, by whom it is done, when they are there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from datetime import date, datetime, time
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.errors import Invalid, constraint_of
from core.references import new_secret
from orders.models import Bookable, Resource, ResourceDay, ResourceHours, ResourceService
from stores.models import Product, Store, Variant
from stores.services.settings import Span, check_week

MOST_RESOURCES = 60
KEY_LENGTH = 9
"""Random bytes in a key of an address."""


@dataclass(frozen=True, slots=True)
class BookingRules:
    """The rules for one service or visit; times in minutes. `title` is a visit's."""

    title: str = ""
    minutes: int = 60
    before_minutes: int = 0
    after_minutes: int = 0
    step_minutes: int = 30
    notice_minutes: int = 120
    ahead_days: int = 30
    cancel_until_minutes: int = 24 * 60
    hold_minutes: int = 24 * 60
    no_show_minutes: int = 15
    no_show_limit: int = 2
    without_conversation: bool = True
    confirms_at_once: bool = False
    is_active: bool = True


@dataclass(frozen=True, slots=True)
class ResourceDetails:
    """A person, room, chair or machine."""

    name: str
    kind: str = Resource.Kind.PERSON
    capacity: int = 1
    own_hours: bool = False
    is_active: bool = True
    position: int = 0
    translations: dict[str, Any] = field(default_factory=dict)


class BookableAlready(Invalid):
    """A service or a variant has one row of rules."""

    code = "bookable_already"
    detail = _("This can be booked already; change its rules instead.")


@transaction.atomic
def save_bookable(
    *,
    store: Store,
    rules: BookingRules,
    actor: User | None,
    now: datetime,
    bookable: Bookable | None = None,
    product: Product | None = None,
    variant: Variant | None = None,
    resources: Sequence[Resource] | None = None,
) -> Bookable:
    """Make a service, one of its variants or (without a product) a visit bookable, or change its rules.

    With `resources` they, and only they, do it. Raises Invalid, BookableAlready.
    """
    if bookable is None:
        if product is not None and (product.store_id != store.pk or product.kind != Product.Kind.SERVICE):
            raise Invalid(_("Choose one of your services."), field="product")
        if variant is not None and (product is None or variant.product_id != product.pk):
            raise Invalid(_("Choose a variant of this service."), field="variant")
        bookable = Bookable(
            union_id=store.union_id, store=store, product=product, variant=variant, key=new_secret(KEY_LENGTH)
        )
    _write(bookable, rules)
    if bookable.is_visit and not bookable.title:
        raise Invalid(_("Give the visit a title."), field="title")
    _check(bookable)
    try:
        with transaction.atomic():
            bookable.save()
    except IntegrityError as error:
        if constraint_of(error) in {"bookable_product_once", "bookable_variant_once"}:
            raise BookableAlready(field="product") from error
        raise
    if resources is not None:
        _serve(store, resources, bookable=bookable)
    return bookable


@transaction.atomic
def save_resource(
    *,
    store: Store,
    details: ResourceDetails,
    actor: User | None,
    now: datetime,
    resource: Resource | None = None,
    bookables: Sequence[Bookable] | None = None,
) -> Resource:
    """Add who or what is reserved, or change it; with `bookables` it does them and only them. Raises Invalid.

    What is reserved already stays, also when the capacity becomes smaller.
    """
    if resource is None:
        if Resource.objects.filter(union_id=store.union_id, store=store).count() >= MOST_RESOURCES:
            raise Invalid(_("At most sixty of them."))
        resource = Resource(union_id=store.union_id, store=store, key=new_secret(KEY_LENGTH))
    _write(resource, details)
    if not resource.name:
        raise Invalid(_("Give it a name that shoppers understand."), field="name")
    _check(resource)
    resource.save()
    if bookables is not None:
        known = [bookable for bookable in bookables if bookable.store_id == store.pk]
        ResourceService.objects.filter(union_id=store.union_id, resource=resource).exclude(bookable__in=known).delete()
        ResourceService.objects.bulk_create(
            [ResourceService(union_id=store.union_id, resource=resource, bookable=bookable) for bookable in known],
            ignore_conflicts=True,
        )
    return resource


@transaction.atomic
def set_resource_hours(*, resource: Resource, spans: Sequence[Span], actor: User | None, now: datetime) -> None:
    """Replace the resource's own week. Raises Invalid (as `check_week`)."""
    check_week(spans=spans)
    Resource.objects.select_for_update(no_key=True).get(union_id=resource.union_id, pk=resource.pk)
    ResourceHours.objects.filter(union_id=resource.union_id, resource=resource).delete()
    ResourceHours.objects.bulk_create(
        ResourceHours(
            union_id=resource.union_id,
            resource=resource,
            weekday=span.weekday,
            opens=span.opens,
            closes=span.closes,
        )
        for span in spans
    )


def set_resource_day(
    *,
    resource: Resource,
    day: date,
    reason: str,
    actor: User | None,
    now: datetime,
    opens: time | None = None,
    closes: time | None = None,
) -> ResourceDay:
    """Away on a day, or there at other times; a day entered before is replaced. Raises Invalid."""
    if (opens is None) != (closes is None):
        raise Invalid(_("Give both times, or neither for a day away."), field="opens")
    if opens is not None and closes is not None and closes <= opens:
        raise Invalid(_("Closing time must be after opening time."), field="closes")
    special, _created = ResourceDay.objects.update_or_create(
        resource=resource,
        date=day,
        defaults={"union_id": resource.union_id, "reason": reason.strip()[:120], "opens": opens, "closes": closes},
    )
    return special


def remove_resource_day(*, resource: Resource, day: date, actor: User | None, now: datetime) -> None:
    """The day is like any other of its weekday again."""
    ResourceDay.objects.filter(union_id=resource.union_id, resource=resource, date=day).delete()


def _serve(store: Store, resources: Sequence[Resource], *, bookable: Bookable) -> None:
    known = [resource for resource in resources if resource.store_id == store.pk]
    ResourceService.objects.filter(union_id=store.union_id, bookable=bookable).exclude(resource__in=known).delete()
    ResourceService.objects.bulk_create(
        [ResourceService(union_id=store.union_id, resource=resource, bookable=bookable) for resource in known],
        ignore_conflicts=True,
    )


def _write(thing: Any, details: Any) -> None:
    for entry in fields(details):
        value = getattr(details, entry.name)
        setattr(thing, entry.name, value.strip() if isinstance(value, str) else value)


def _check(thing: Bookable | Resource) -> None:
    """The bounds of its fields, said in words."""
    try:
        thing.clean_fields(exclude=["union", "store", "product", "variant", "key"])
    except ValidationError as error:
        name, messages = next(iter(error.message_dict.items()))
        raise Invalid(messages[0], field=name) from error
