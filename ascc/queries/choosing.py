"""Whom a customer can choose: a union's providers, how near, how soon, how well spoken of; and what holds a voucher."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from math import asin, cos, radians, sin, sqrt

from django.db.models import QuerySet

from accounts.models import User
from ascc.models import (
    Assessment,
    Coverage,
    Dispute,
    IncentiveVoucher,
    ProviderSkill,
    Redemption,
    ServiceProvider,
    ServiceVisit,
    Transmission,
    Voucher,
)
from ascc.queries.work import dispute_of
from chat.models import Conversation
from core.errors import NotFound
from orders.queries.slots import Slot
from orders.queries.soonest import soonest_times
from stores.models import Category, Store
from unions.models import SignalCode, Union
from unions.queries import EARTH_RADIUS_KM

SORTS = ("near", "soon", "rating")
MOST = 60
"""So many of the best-fitting providers are looked at; their free times are read for all of them at once."""
DOES: dict[str, set[str]] = {
    Coverage.REPAIR: {"sv-repair"},
    Coverage.CHECK_UP: {"sv-repair"},
    Coverage.INSTALLATION: {"sv-install"},
    Coverage.TRAINING: {"sv-teach"},
    Coverage.ADVICE: {"sv-advice"},
    Coverage.PICK_UP: {"sv-deliver"},
}
"""By which signal code a provider says that it does what a program covers."""
SHORTEST_WORD = 3


@dataclass(frozen=True)
class Choice:
    """A provider as a customer finds it. `fits` counts what of the voucher it knows: the work, and the goods."""

    provider: ServiceProvider
    skills: tuple[SignalCode, ...]
    distance: float | None
    fits: int
    free: Slot | None

    @property
    def is_in_reach(self) -> bool:
        """Whether it comes as far as the customer's place."""
        return self.distance is not None and self.distance <= self.provider.reach_km


def approved_providers(union: Union) -> QuerySet[ServiceProvider]:
    """Those who take vouchers and whose store is open to shoppers."""
    return (
        ServiceProvider.objects.filter(
            union=union,
            state=ServiceProvider.State.APPROVED,
            store__in=Store.objects.visible().filter(union=union),
        )
        .select_related("union", "store__union", "store__membership", "store__business_class")
        .prefetch_related("skills", "prices")
    )


def provider_at(union: Union, ref: str) -> ServiceProvider:
    """The provider with this number. Raises NotFound."""
    found = approved_providers(union).filter(ref=ref).first()
    if found is None:
        raise NotFound
    return found


def choices_here(
    union: Union,
    *,
    now: datetime,
    place: tuple[float, float] | None = None,
    voucher: Voucher | None = None,
    sort: str = "",
) -> list[Choice]:
    """Providers for a voucher (or for whoever looks around): those whose skills fit first, then as `sort` says.

    Eleven queries, one more with a voucher, however many there are.
    """
    rows = list(approved_providers(union).order_by("id"))
    codes = {code.code: code for code in SignalCode.objects.filter(code__in={s.code for r in rows for s in _skills(r)})}
    wanted = _wanted(voucher, codes.values()) if voucher is not None else set()
    found = []
    for row in rows:
        known = tuple(codes[skill.code] for skill in _skills(row) if skill.code in codes)
        distance = _distance(place, row.store) if place else None
        found.append(Choice(row, known, distance, len({code.code for code in known} & wanted), None))
    found.sort(key=_near)
    found.sort(key=lambda each: -each.fits)
    found = found[:MOST]
    free = soonest_times(union, [each.provider.store_id for each in found], now=now)
    found = [Choice(e.provider, e.skills, e.distance, e.fits, free.get(e.provider.store_id)) for e in found]
    if sort == "soon":
        found.sort(key=lambda each: each.free.starts_at.timestamp() if each.free else float("inf"))
    elif sort == "rating":
        found.sort(key=lambda each: (-(each.provider.score or 0), -each.provider.score_count))
    # What does not fit at all stands last whatever the order is; a voucher of something unknown fits everybody alike.
    return sorted(found, key=lambda each: each.fits == 0)


def _skills(provider: ServiceProvider) -> Iterable[ProviderSkill]:
    return provider.skills.all()


def _near(choice: Choice) -> tuple[float, int]:
    return (choice.distance if choice.distance is not None else float("inf"), choice.provider.pk)


def _distance(place: tuple[float, float], store: Store) -> float | None:
    """Great-circle distance in km; None for a store without a place on the map."""
    if store.latitude is None or store.longitude is None:
        return None
    here, there = (radians(place[0]), radians(place[1])), (radians(store.latitude), radians(store.longitude))
    half = sin((there[0] - here[0]) / 2) ** 2 + cos(here[0]) * cos(there[0]) * sin((there[1] - here[1]) / 2) ** 2
    return 2 * EARTH_RADIUS_KM * asin(min(1.0, sqrt(half)))


def _wanted(voucher: Voucher, codes: Iterable[SignalCode]) -> set[str]:
    """Which of the codes the voucher asks for: the work that its program covers, and the goods that it is for.

    Goods have no signal code of their own, so the words of a code's title are looked for in theirs. One query.
    """
    works = {code for cover in voucher.version.covers for code in DOES.get(cover, ())}
    variant = voucher.order_line.variant_id
    kinds = Category.objects.filter(union=voucher.union_id, products__variants=variant) if variant else None
    text = " ".join([voucher.about, *(kinds.values_list("name", flat=True) if kinds is not None else ())]).lower()
    goods = {code.code for code in codes if not code.code.startswith("sv") and _speaks_of(code, text)}
    return works | goods


def _speaks_of(code: SignalCode, text: str) -> bool:
    titles = [code.title, *(said.get("title", "") for said in code.translations.values())]
    words = {word for title in titles for word in re.split(r"[\W_]+", title.lower())}
    # The plural's letter goes: a lamp is found by lamps.
    stems = {word.removesuffix("s") if word.isascii() else word for word in words}
    return any(_stands_in(stem, text) for stem in stems)


def _stands_in(stem: str, text: str) -> bool:
    if not stem.isascii():
        return len(stem) > 1 and stem in text
    return len(stem) >= SHORTEST_WORD and re.search(rf"\b{re.escape(stem)}", text) is not None


def usable_vouchers(user: User, union: Union, *, now: datetime) -> list[Voucher]:
    """The person's vouchers that can be handed to a provider now, those that end soonest first. One query."""
    found = Voucher.objects.filter(union=union, owner=user, state=Voucher.State.ACTIVE, expires_at__gt=now)
    rows = found.select_related("union", "version", "order_line").order_by("expires_at", "id")
    return [voucher for voucher in rows if voucher.visits_left > 0]


def said_of(provider: ServiceProvider) -> QuerySet[Assessment]:
    """What customers said of its work, newest first, for everybody: without names."""
    return Assessment.objects.filter(union=provider.union_id, provider=provider).order_by("-id")


@dataclass(frozen=True)
class Service:
    """What goes on around a voucher, for its owner; what is not there is None."""

    sent: Transmission | None
    visit: ServiceVisit | None
    dispute: Dispute | None
    redemption: Redemption | None
    incentive: IncentiveVoucher | None


def service_of(voucher: Voucher) -> Service:
    """The last hand-over with what came of it; the redemption is the last one. At most seven queries."""
    sent = (
        Transmission.objects.filter(union=voucher.union_id, voucher=voucher)
        .select_related("provider__store", "conversation")
        .order_by("-id")
        .first()
    )
    visit = (
        ServiceVisit.objects.filter(union=voucher.union_id, voucher=voucher)
        .select_related("provider__store", "reservation__union", "reservation__store", "extra__payment")
        .prefetch_related("pictures")
        .order_by("-id")
        .first()
    )
    if visit is not None:
        visit.voucher = voucher
        if sent is not None and visit.agreed_at < sent.sent_at:
            # Of an earlier visit of the same voucher.
            visit = None
    dispute = dispute_of(visit)
    redemption = (
        Redemption.objects.filter(union=voucher.union_id, voucher=voucher, undone_at=None)
        .select_related("provider__store", "share__payment")
        .order_by("-number")
        .first()
    )
    incentive = (
        IncentiveVoucher.objects.filter(union=voucher.union_id, voucher=voucher)
        .select_related("provider__store", "assessment")
        .order_by("-id")
        .first()
    )
    return Service(sent, visit, dispute, redemption, incentive)


def own_incentive(user: User, voucher: Voucher, code: str) -> IncentiveVoucher:
    """An incentive voucher that came of this voucher and is the person's. Raises NotFound."""
    found = (
        IncentiveVoucher.objects.filter(union=voucher.union_id, voucher=voucher, customer=user, code=code)
        .select_related("voucher", "provider__store")
        .first()
    )
    if found is None:
        raise NotFound
    return found


def open_talk(user: User, provider: ServiceProvider) -> Conversation | None:
    """The person's conversation with the provider's store that has not ended."""
    return (
        Conversation.objects.filter(union=provider.union_id, store=provider.store_id, customer=user)
        .exclude(state=Conversation.State.ENDED)
        .order_by("-id")
        .first()
    )
