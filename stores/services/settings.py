"""What a store says of itself: texts, place, hours, holidays, delivery."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from datetime import date, datetime, time
from itertools import pairwise
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.errors import Invalid
from core.outbox import publish
from stores.events import WORDS_CHANGED
from stores.models import DeliveryOption, OpeningHours, SpecialDay, Store
from stores.services.opening import SlugTaken, check_slug

MOST_SPANS_PER_DAY = 3
MOST_OPTIONS = 12


@dataclass(frozen=True, slots=True)
class StoreTexts:
    """Name and words, in the union's first language; others in `translations`."""

    name: str
    tagline: str = ""
    description: str = ""
    manager_name: str = ""
    slug: str = ""
    translations: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StorePlace:
    """Where the store is and how it is reached."""

    street: str = ""
    city: str = ""
    postal_code: str = ""
    latitude: float | None = None
    longitude: float | None = None
    phone: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True)
class Span:
    """Open from `opens` to `closes` on a weekday (0 is Monday), in the union's time zone."""

    weekday: int
    opens: time
    closes: time


@dataclass(frozen=True, slots=True)
class DeliveryDetails:
    """A way of delivery. Money in minor units of the union's currency, tax in basis points."""

    kind: str
    name: str
    price: int = 0
    free_from: int | None = None
    tax_bp: int = 0
    lead_days_min: int = 0
    lead_days_max: int = 3
    weekdays: str = ""
    countries: str = ""
    is_active: bool = True
    translations: dict[str, Any] = field(default_factory=dict)


@transaction.atomic
def save_texts(*, store: Store, texts: StoreTexts, actor: User | None, now: datetime) -> Store:
    """Replace the store's words; an empty slug keeps the present one. Raises Invalid, SlugTaken."""
    slug = texts.slug or store.slug
    old_names = (store.name, store.translations)
    if slug != store.slug:
        check_slug(slug=slug)
        if Store.objects.filter(union_id=store.union_id, slug=slug).exists():
            raise SlugTaken(field="slug")
    _write(store, texts)
    store.slug = slug
    _checked(store)
    if (store.name, store.translations) != old_names:
        publish(WORDS_CHANGED, aggregate=f"store:{store.pk}", store_id=store.pk)
    return store


@transaction.atomic
def save_place(*, store: Store, place: StorePlace, actor: User | None, now: datetime) -> Store:
    """Replace address, position and contact. Raises Invalid."""
    if (place.latitude is None) != (place.longitude is None):
        raise Invalid(_("Give both latitude and longitude, or neither."), field="latitude")
    _write(store, place)
    return _checked(store)


def check_week(*, spans: Sequence[Span]) -> None:
    """Whether these hours can be a week, of a store or of who works in it.

    Raises Invalid (`field` is `day-<weekday>`) for spans that end before they begin, overlap or are too many.
    """
    for weekday in range(7):
        day = sorted((span for span in spans if span.weekday == weekday), key=lambda span: span.opens)
        if len(day) > MOST_SPANS_PER_DAY:
            raise Invalid(_("At most three spans a day."), field=f"day-{weekday}")
        if any(span.closes <= span.opens for span in day):
            raise Invalid(_("Closing time must be after opening time."), field=f"day-{weekday}")
        if any(later.opens < earlier.closes for earlier, later in pairwise(day)):
            raise Invalid(_("These times overlap."), field=f"day-{weekday}")


@transaction.atomic
def set_opening_hours(*, store: Store, spans: Sequence[Span], actor: User | None, now: datetime) -> None:
    """Replace the week. Raises Invalid (as `check_week`)."""
    check_week(spans=spans)
    Store.objects.select_for_update(no_key=True).get(pk=store.pk)
    OpeningHours.objects.filter(union_id=store.union_id, store=store).delete()
    OpeningHours.objects.bulk_create(
        OpeningHours(union_id=store.union_id, store=store, weekday=span.weekday, opens=span.opens, closes=span.closes)
        for span in spans
    )


def set_special_day(
    *,
    store: Store,
    day: date,
    reason: str,
    actor: User | None,
    now: datetime,
    opens: time | None = None,
    closes: time | None = None,
) -> SpecialDay:
    """Close the store on a day, or open it at other times; a day entered before is replaced. Raises Invalid."""
    if (opens is None) != (closes is None):
        raise Invalid(_("Give both times, or neither for a closed day."), field="opens")
    if opens is not None and closes is not None and closes <= opens:
        raise Invalid(_("Closing time must be after opening time."), field="closes")
    special, _created = SpecialDay.objects.update_or_create(
        store=store,
        date=day,
        defaults={"union_id": store.union_id, "reason": reason.strip()[:120], "opens": opens, "closes": closes},
    )
    return special


def remove_special_day(*, store: Store, day: date, actor: User | None, now: datetime) -> None:
    """The day is like any other of its weekday again."""
    SpecialDay.objects.filter(union_id=store.union_id, store=store, date=day).delete()


@transaction.atomic
def close_on_holidays(*, store: Store, days: Sequence[tuple[date, str]], actor: User | None, now: datetime) -> int:
    """Close on these days (date, name); days with an entry of their own keep it. Says how many were added."""
    known = set(
        SpecialDay.objects.filter(
            union_id=store.union_id, store=store, date__in=[day for day, _name in days]
        ).values_list("date", flat=True)
    )
    added = [
        SpecialDay(union_id=store.union_id, store=store, date=day, reason=name[:120])
        for day, name in days
        if day not in known
    ]
    SpecialDay.objects.bulk_create(added, ignore_conflicts=True)
    return len(added)


@transaction.atomic
def save_delivery_option(
    *,
    store: Store,
    details: DeliveryDetails,
    actor: User | None,
    now: datetime,
    option: DeliveryOption | None = None,
) -> DeliveryOption:
    """Add a way of delivery behind the others, or change the given one. Raises Invalid."""
    if details.lead_days_max < details.lead_days_min:
        raise Invalid(_("The longest time cannot be shorter than the shortest."), field="lead_days_max")
    if not set(details.weekdays) <= set("0123456"):
        raise Invalid(_("Weekdays are digits from 0 for Monday to 6 for Sunday."), field="weekdays")
    if not details.name.strip():
        raise Invalid(_("Give it a name that shoppers understand."), field="name")
    countries = [code.strip().upper() for code in details.countries.split(",") if code.strip()]
    if any(len(code) != 2 or not code.isalpha() or not code.isascii() for code in countries):
        raise Invalid(_("Countries are two-letter codes with commas between, such as GB, IE."), field="countries")
    if option is None:
        position = DeliveryOption.objects.filter(union_id=store.union_id, store=store).count()
        if position >= MOST_OPTIONS:
            raise Invalid(_("At most twelve ways of delivery."))
        option = DeliveryOption(union_id=store.union_id, store=store, position=position)
    _write(option, details)
    option.countries = ", ".join(countries)
    option.weekdays = "".join(sorted(set(details.weekdays)))
    option.save()
    return option


def offer_delivery_option(*, option: DeliveryOption, offered: bool, actor: User | None, now: datetime) -> None:
    """Offer the option to shoppers, or stop offering it."""
    option.is_active = offered
    option.save(update_fields=["is_active"])


def _write(thing: Any, details: Any) -> None:
    for entry in fields(details):
        value = getattr(details, entry.name)
        setattr(thing, entry.name, value.strip() if isinstance(value, str) else value)


def _checked(store: Store) -> Store:
    try:
        store.full_clean(exclude=["union", "membership", "business_class"], validate_constraints=False)
    except ValidationError as error:
        name, messages = next(iter(error.message_dict.items()))
        raise Invalid(messages[0], field=name) from error
    # Not the rest of the row: a worker may be preparing the photograph of its front meanwhile.
    store.save(update_fields=[entry.name for entry in (*fields(StoreTexts), *fields(StorePlace))])
    return store
