"""What can be booked at the demo's shops, by whom it is done, and reservations in every state."""

from collections.abc import Callable
from datetime import datetime, time, timedelta
from typing import Any

from accounts.models import User
from martunion.demo.content import UnionContent
from martunion.demo.trade import Trade
from orders.models import Bookable, Reservation, Resource
from orders.queries.bookables import offered_bookables
from orders.queries.slots import next_free
from orders.services.contact import Contact
from orders.services.reservations import (
    accept_reservation,
    cancel_reservation,
    counter_reservation,
    decline_reservation,
    expire_proposed_times,
    finish_reservation,
    propose_reservation,
)
from orders.services.reservations.rules import (
    BookingRules,
    ResourceDetails,
    save_bookable,
    save_resource,
    set_resource_hours,
)
from stores.models import OpeningHours, Product, Store
from stores.services.settings import Span
from unions.models import Union

MINUTES: dict[str, tuple[int, ...]] = {
    "alteration": (30,), "battery-replacement": (30,), "beginner-lesson": (120,), "bespoke-fitting": (60,),
    "board-repair": (15,), "book-valuation": (30,), "brewing-class": (90,), "bridal-styling": (180,),
    "camera-repair": (20,), "colour": (120,), "creek-tour": (180,), "dairy-tour": (90,), "darning": (15,),
    "film-developing": (10,), "first-lesson": (120,), "fish-market-breakfast": (150,), "full-service": (30, 60),
    "garden-visit": (60,), "haircut": (45,), "hanbok-rental": (120, 240, 480), "hanbok-rental-child": (120,),
    "knitting-evening": (120,), "made-to-measure": (60,), "mending-service": (20,), "noodle-making-class": (120,),
    "orchard-visit": (180,), "pasty-class": (180,), "perm": (150,), "photo-walk": (120,), "photo-walk-hanbok": (60,),
    "puncture-repair": (20,), "resoling": (15,), "rigging-check": (60, 120), "screen-replacement": (45,),
    "service-standard": (30, 60), "tea-tasting": (60, 90), "throwing-day": (120, 420),
    "umbrella-painting-class": (90,), "umbrella-repair": (20,), "wash-and-massage": (30, 60), "water-damage": (60,),
    "wheel-class": (60,), "wheel-truing": (30,),
}  # fmt: skip
"""How long each bookable service takes; further figures are those of its further variants."""
WORDS = {
    "en": {
        "visit": "A look round the shop",
        "room": "Workbench",
        "note": "I am flexible in the afternoon.",
        "ill": "Ill",
    },
    "zh-hant": {"visit": "參觀店面", "room": "工作台", "note": "下午都可以。", "ill": "身體不適"},
    "ko": {"visit": "가게 둘러보기", "room": "작업대", "note": "오후면 언제든 괜찮아요.", "ill": "몸이 아파요"},
}


def load_reservations(*, union: Union, content: UnionContent, trade: Trade, until: datetime) -> None:
    """Every store with services takes reservations, unless the union's stores do already."""
    if Bookable.objects.filter(union=union).exists():
        return
    words = WORDS[content.language]
    for place, stocked in enumerate(content.stores):
        store = trade.stores[stocked.slug]
        services = list(
            Product.objects.filter(union=union, store=store, slug__in=MINUTES)
            .order_by("id")
            .prefetch_related("variants")
        )
        if services:
            manager = trade.managers[stocked.slug]
            _rules(store, services, words, manager, with_visit=place % 3 == 0, now=until - timedelta(days=30))
    stores = list(dict.fromkeys(offered_bookables(union).values_list("store_id", flat=True)))
    for store_id in stores[:2]:
        bookable = offered_bookables(union).filter(store=store_id, product__isnull=False)[0]
        manager = next(trade.managers[slug] for slug, row in trade.stores.items() if row.pk == store_id)
        _Book(bookable, trade.customers, manager, words, until).live_through()


def _rules(
    store: Store, services: list[Product], words: dict[str, str], manager: User, *, with_visit: bool, now: datetime
) -> None:
    by: dict[str, Any] = {"actor": manager, "now": now}
    first = save_resource(store=store, details=ResourceDetails(name=store.manager_name or store.name), **by)
    second = save_resource(
        store=store,
        details=ResourceDetails(name=words["room"], kind=Resource.Kind.MACHINE, capacity=2, position=1, own_hours=True),
        **by,
    )
    week = [Span(row.weekday, row.opens, row.closes) for row in OpeningHours.objects.filter(store=store)]
    set_resource_hours(resource=second, spans=[span for span in week if span.closes > time(12)], **by)
    for place, product in enumerate(services):
        variants = [None, *list(product.variants.order_by("position", "id"))[1:]]
        for minutes, variant in zip(MINUTES[product.slug], variants, strict=False):
            save_bookable(
                store=store,
                product=product,
                variant=variant,
                rules=BookingRules(
                    minutes=minutes,
                    after_minutes=15 if place % 2 else 0,
                    confirms_at_once=place % 2 == 1,
                    cancel_until_minutes=12 * 60,
                ),
                resources=[first, second] if place % 2 else [first],
                **by,
            )
    if with_visit:
        rules = BookingRules(title=words["visit"], minutes=30, confirms_at_once=True, cancel_until_minutes=60)
        save_bookable(store=store, rules=rules, resources=[first], **by)


class _Book:
    """One service's past and coming days, each step at its own time."""

    def __init__(
        self, bookable: Bookable, customers: list[User], manager: User, words: dict[str, str], until: datetime
    ) -> None:
        self.bookable, self.customers, self.manager, self.words, self.until = bookable, customers, manager, words, until

    def live_through(self) -> None:
        """Done, missed, called off, declined, lapsed; asked for, countered and confirmed for the coming days."""
        hour = timedelta(hours=1)
        for number in range(3):
            done = self._asked(days_ago=9 - number, customer=number)
            self._by_store(accept_reservation, done, at=done.made_at + hour)
            finish_reservation(reservation=done, actor=self.manager, now=done.ends_at, came=True)
        missed = self._asked(days_ago=6, customer=3)
        self._by_store(accept_reservation, missed, at=missed.made_at + hour)
        finish_reservation(reservation=missed, actor=self.manager, now=missed.ends_at, came=False)
        off = self._asked(days_ago=5, customer=4, ahead=3)
        self._by_store(accept_reservation, off, at=off.made_at + hour)
        cancel_reservation(
            reservation=off, side="customer", actor=off.user, now=off.made_at + 2 * hour, note=self.words["ill"]
        )
        self._by_store(
            decline_reservation, self._asked(days_ago=4, customer=5), at=self.until - timedelta(days=4) + hour
        )
        lapsed = self._asked(days_ago=3, customer=6, hold=2 * hour)
        expire_proposed_times(
            now=lapsed.made_at + 3 * hour, union=self.bookable.union, resource_ids=[lapsed.resource_id]
        )
        for number in range(2):
            coming = self._asked(days_ago=1, customer=7 + number, ahead=2 + number)
            self._by_store(accept_reservation, coming, at=coming.made_at + hour)
        countered = self._asked(days_ago=0, customer=9, ahead=2)
        other = next_free(
            bookable=self.bookable, after=countered.ends_at + timedelta(hours=3), now=self.until, moving=countered
        )[0]
        counter_reservation(
            reservation=countered, starts_at=other.starts_at, side="store", actor=self.manager, now=self.until
        )
        self._asked(days_ago=0, customer=10, ahead=3, note=self.words["note"])

    def _asked(
        self, *, days_ago: int, customer: int, ahead: int = 1, note: str = "", hold: timedelta | None = None
    ) -> Reservation:
        now = self.until - timedelta(days=days_ago)
        user = self.customers[customer % len(self.customers)]
        slot = next_free(bookable=self.bookable, after=now + timedelta(days=ahead), now=now)[0]
        variant = self.bookable.product.variants.order_by("id").first() if self.bookable.product else None
        return propose_reservation(
            bookable=self.bookable,
            variant=variant,
            starts_at=slot.starts_at,
            side="customer",
            contact=Contact(user=user, phone=user.phone, language=user.language),
            actor=user,
            note=note,
            hold=hold,
            now=now,
        )

    def _by_store(self, step: Callable[..., Reservation], reservation: Reservation, *, at: datetime) -> None:
        step(reservation=reservation, side="store", actor=self.manager, now=at)
