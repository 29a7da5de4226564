"""Plans weeks of trade: who buys what where and when, and how far each order has come. Reads only the content.

Everything follows from keys, so that a load which was killed goes on with the same plan.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from martunion.demo.content import GoodContent, StoreContent, UnionContent, people
from martunion.demo.goods import VariantKey
from martunion.demo.pictures.palette import Dice

RECENT = 64
"""Purchases of the last two weeks, besides those that the reviews tell of."""

SHOWN = {2: "place", 4: "accept", 9: "pack", 14: "ship", 20: "place", 26: "accept", 33: "pack"}
"""Of the recent purchases those that stop at a step, at whatever time of day the demo is loaded."""

APPROVES, DECLINES, SILENT = "bank:approves", "bank:declines-funds", "bank:never-answers"


@dataclass
class PlannedPart:
    """One store's part: the delivery (its code), the pieces, and by whom it is cancelled, if it is."""

    store: str
    delivery: str
    pieces: dict[VariantKey, int] = field(default_factory=dict)
    cancelled_by: str = ""


@dataclass
class PlannedPurchase:
    token: str
    customer: int
    at: datetime
    account: str
    parts: list[PlannedPart]
    stops_at: str = ""


@dataclass(frozen=True)
class PlannedStep:
    """One thing to do at its time: `place` a purchase, or move one store's part."""

    at: datetime
    purchase: PlannedPurchase
    part: PlannedPart | None
    move: str


def plan_trade(content: UnionContent, *, until: datetime) -> list[PlannedPurchase]:
    """All purchases of a union up to a moment, the oldest first."""
    zone = ZoneInfo(content.raw["time_zone"])
    purchases = [*_reviewed(content, until=until, zone=zone), *_recent(content, until=until, zone=zone)]
    return sorted(purchases, key=lambda purchase: (purchase.at, purchase.token))


def pieces_of(purchases: list[PlannedPurchase]) -> dict[VariantKey, int]:
    """How many of each variant the plan takes."""
    total: dict[VariantKey, int] = defaultdict(int)
    for purchase in purchases:
        for part in purchase.parts:
            for key, quantity in part.pieces.items():
                total[key] += quantity
    return total


def steps_of(purchases: list[PlannedPurchase], *, until: datetime, holding: timedelta) -> list[PlannedStep]:
    """Everything that has happened by then, in the order in which it happened."""
    steps = [step for purchase in purchases for step in _steps(purchase, holding=holding) if step.at <= until]
    return sorted(steps, key=lambda step: (step.at, step.purchase.token, step.part.store if step.part else ""))


def writer_of(content: UnionContent, number: int) -> int:
    """Which customer wrote review `number`: one who would write in its language."""
    language = content.reviews[number][3]
    names = [row[0] for row in people()["customers"][content.slug]]
    if content.language == "en":
        fitting = [place for place in range(len(names)) if (language == "en") == (names[place] != "Grace Lim")]
    else:
        fitting = [place for place, name in enumerate(names) if name.isascii() == (language == "en")]
    return fitting[Dice(f"{content.slug}/review/{number}").number(len(fitting))]


def token_of_review(content: UnionContent, number: int) -> str:
    """The purchase in which the reviewed thing was bought."""
    return f"demo-{content.slug}-review-{number}"


def _reviewed(content: UnionContent, *, until: datetime, zone: ZoneInfo) -> Iterator[PlannedPurchase]:
    """What was reviewed was bought before: thirteen to forty days ago, delivered and completed by now."""
    stores = {store.slug: store for store in content.stores}
    for number, (store_slug, good_slug, *_rest) in enumerate(content.reviews):
        dice = Dice(token_of_review(content, number))
        store = stores[store_slug]
        reviewed = [good for good in store.goods if good.slug == good_slug]
        part = _part(store, reviewed[0] if reviewed else _some_good(store, dice), dice)
        parts = [part]
        if dice.number(3) == 0:
            other = content.stores[dice.number(len(content.stores))]
            if other.slug != store_slug:
                parts.append(_part(other, _some_good(other, dice), dice))
        yield PlannedPurchase(
            token=token_of_review(content, number),
            customer=writer_of(content, number),
            at=_moment(dice, until=until, zone=zone, days=dice.between(13, 40)),
            account=APPROVES,
            parts=parts,
        )


def _recent(content: UnionContent, *, until: datetime, zone: ZoneInfo) -> Iterator[PlannedPurchase]:
    """The last two weeks, busier towards today, in every state that an order can be in."""
    customers = len(people()["customers"][content.slug])
    for number in range(RECENT):
        token = f"demo-{content.slug}-recent-{number}"
        dice = Dice(token)
        days = dice.pick(0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 7, 8, 9, 10, 11, 12, 13)
        chosen = {dice.number(len(content.stores)) for _ in range(dice.pick(1, 1, 2, 2, 3))}
        parts = [
            _part(content.stores[place], _some_good(content.stores[place], dice), dice) for place in sorted(chosen)
        ]
        account = APPROVES
        at = _moment(dice, until=until, zone=zone, days=days)
        if number % 32 == 7:
            account = DECLINES
        elif number == 11:
            account, at = SILENT, until - timedelta(minutes=4)
        elif number % 19 == 5:
            parts[0].cancelled_by = "shopper"
        elif number % 40 == 10:
            parts[-1].cancelled_by = "store"
        planned = PlannedPurchase(token, (number * 7 + 3) % customers, at, account, parts)
        if number in SHOWN:
            planned.stops_at = SHOWN[number]
            planned.at = until - timedelta(hours=3, minutes=7 * number)
            planned.parts = [_sent(content.stores[number % len(content.stores)], dice)]
        yield planned


def _some_good(store: StoreContent, dice: Dice) -> GoodContent:
    """A good that is there to be bought; the first of a store are what it is known for and sell best."""
    there = [good for good in store.goods if good.is_service or all(variant.stock > 1 for variant in good.variants)]
    return there[min(dice.number(len(there)), dice.number(len(there)))]


def _part(store: StoreContent, good: GoodContent, dice: Dice) -> PlannedPart:
    codes: list[str] = store.raw["delivery"]
    if good.is_service:
        return PlannedPart(store.slug, "onsite", {(store.slug, good.slug, dice.number(len(good.variants))): 1})
    sent = [code for code in codes if code in ("home", "cold")]
    part = PlannedPart(store.slug, dice.pick("pickup", *sent, *sent))
    for _ in range(dice.pick(1, 1, 1, 2)):
        variant = dice.number(len(good.variants))
        dear = good.variants[variant].stock < 8
        part.pieces[(store.slug, good.slug, variant)] = 1 if dear else dice.pick(1, 1, 2, 3)
        good = next((other for other in store.goods[dice.number(5) :] if not other.is_service and _plenty(other)), good)
    return part


def _sent(store: StoreContent, dice: Dice) -> PlannedPart:
    """A parcel with one thing from the store."""
    good = next(good for good in store.goods if not good.is_service and _plenty(good))
    codes = [code for code in store.raw["delivery"] if code in ("home", "cold")]
    return PlannedPart(store.slug, dice.pick(*codes), {(store.slug, good.slug, 0): 1})


def _plenty(good: GoodContent) -> bool:
    return all(variant.stock > 8 for variant in good.variants)


def _moment(dice: Dice, *, until: datetime, zone: ZoneInfo, days: int) -> datetime:
    """A time of day at which people shop, that many days before `until`; never within the last half hour."""
    hour = dice.pick(7, 9, 10, 11, 12, 12, 13, 15, 17, 19, 20, 20, 21, 21, 22)
    day = until.astimezone(zone).date() - timedelta(days=days)
    moment = datetime.combine(day, time(hour, dice.number(60), dice.number(60)), tzinfo=zone)
    while moment > until - timedelta(minutes=30):
        moment -= timedelta(hours=5, minutes=17)
    return moment.astimezone(until.tzinfo)


def _steps(purchase: PlannedPurchase, *, holding: timedelta) -> Iterator[PlannedStep]:
    yield PlannedStep(purchase.at, purchase, None, "place")
    if purchase.account != APPROVES:
        return
    if purchase.stops_at:
        moves = ("place", "accept", "pack", "ship")
        for number in range(1, moves.index(purchase.stops_at) + 1):
            yield PlannedStep(purchase.at + timedelta(minutes=35 * number), purchase, purchase.parts[0], moves[number])
        return
    for part in purchase.parts:
        dice = Dice(f"{purchase.token}/{part.store}")
        at = purchase.at + timedelta(minutes=dice.between(25, 15 * 60))
        if part.cancelled_by == "shopper":
            yield PlannedStep(purchase.at + timedelta(minutes=dice.between(8, 20)), purchase, part, "cancel")
            continue
        yield PlannedStep(at, purchase, part, "accept")
        at += timedelta(minutes=dice.between(30, 7 * 60))
        if part.cancelled_by == "store":
            yield PlannedStep(at, purchase, part, "refuse")
            continue
        yield PlannedStep(at, purchase, part, "pack")
        at += timedelta(minutes=dice.between(90, 16 * 60))
        if part.delivery in ("pickup", "onsite"):
            yield PlannedStep(at, purchase, part, "hand_over")
        else:
            yield PlannedStep(at, purchase, part, "ship")
            at += timedelta(hours=dice.between(18, 60))
            yield PlannedStep(at, purchase, part, "deliver")
        yield PlannedStep(at + holding + timedelta(minutes=dice.between(1, 50)), purchase, part, "complete")
