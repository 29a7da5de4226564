"""What a provider's own people see: what they were sent, what they hold, what they have done."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet

from accounts.models import User
from ascc.models import (
    Assessment,
    Dispute,
    DisputeEvidence,
    IncentiveVoucher,
    Redemption,
    ServiceProvider,
    ServiceVisit,
    Transmission,
    Voucher,
    VoucherStep,
    WorkPicture,
)
from ascc.queries.work import dispute_of, evidence_at
from core.errors import NotFound
from orders.models import Bill, Reservation
from stores.models import Store, StoreStaff
from stores.queries.access import permissions_of, stores_managed_by
from unions.models import SignalCode

Sent = Transmission.State
VisitState = ServiceVisit.State
MOST_SHOWN = 100
DONE_SHOWN = 20


def provider_of(store: Store) -> ServiceProvider | None:
    """The store as a provider, with its skills; None when it has never applied."""
    return (
        ServiceProvider.objects.filter(union=store.union_id, store=store)
        .select_related("union", "store__union", "store__membership")
        .prefetch_related("skills")
        .first()
    )


def providers_worked_for(user: User) -> list[ServiceProvider]:
    """The providers for whose vouchers this person may do something, in all unions."""
    stores = [store.pk for store in stores_managed_by(user)]
    found = (
        ServiceProvider.objects.filter(store__in=stores)
        .select_related("union", "store__union", "store__membership")
        .order_by("union__name", "store__name")
    )
    return [one for one in found if StoreStaff.Permission.SERVICE in permissions_of(user, one.store)]


def skills_tree(held: Iterable[str] = ()) -> list[tuple[SignalCode, list[SignalCode]]]:
    """The signal codes to tick: each top with what is right below it, kinds of service in full, and those held already.

    One query. A whole taxonomy has ten thousand codes, more than a page can offer as boxes.
    """
    tops: dict[str, tuple[SignalCode, list[SignalCode]]] = {}
    below = []
    offered = Q(ancestors__len__lte=2) | Q(ancestors__0="sv") | Q(code__in=list(held))
    for code in SignalCode.objects.filter(offered).order_by("code"):
        if code.parent_id is None:
            tops[code.code] = (code, [])
        else:
            below.append(code)
    for code in below:
        top = code.ancestors[0] if code.ancestors else ""
        if top in tops:
            tops[top][1].append(code)
    return list(tops.values())


def known_work(provider: ServiceProvider) -> list[SignalCode]:
    """Its skills as they are called."""
    return list(SignalCode.objects.filter(code__in=[skill.code for skill in provider.skills.all()]))


@dataclass(frozen=True)
class Desk:
    """What waits, in the order in which a provider goes through the day."""

    asked: list[Transmission]
    to_agree: list[Voucher]
    visits: list[ServiceVisit]
    waiting: list[ServiceVisit]


def desk_of(provider: ServiceProvider) -> Desk:
    """Asked for, taken on without a time, agreed or in work by time, waiting for the customer. Three queries."""
    asked = (
        Transmission.objects.filter(union=provider.union_id, provider=provider, state=Sent.OFFERED)
        .select_related("voucher__version", *(f"voucher__{name}" for name in _CUSTOMER))
        .order_by("id")
    )
    to_agree = (
        Voucher.objects.filter(union=provider.union_id, provider=provider, state=Voucher.State.ACCEPTED)
        .select_related("version", *_CUSTOMER)
        .order_by("id")
    )
    visits = list(
        ServiceVisit.objects.filter(union=provider.union_id, provider=provider, state__in=ServiceVisit.OPEN)
        .select_related("reservation__union", "voucher__version", *(f"voucher__{name}" for name in _CUSTOMER))
        .order_by("id")[:MOST_SHOWN]
    )
    in_hand = [visit for visit in visits if visit.state not in (VisitState.REPORTED, VisitState.DISPUTED)]
    in_hand.sort(key=lambda visit: (visit.reservation is None, visit.reservation and visit.reservation.starts_at))
    waiting = [visit for visit in visits if visit.state in (VisitState.REPORTED, VisitState.DISPUTED)]
    return Desk(list(asked[:MOST_SHOWN]), list(to_agree[:MOST_SHOWN]), in_hand, waiting)


_CUSTOMER = ("owner", "order_line__order__purchase")


@dataclass(frozen=True)
class Held:
    """A voucher as its provider sees it. `is_open`: it was sent to this provider and is not over with it."""

    voucher: Voucher
    sent: Transmission | None
    visit: ServiceVisit | None
    is_open: bool
    steps: list[VoucherStep]
    dispute: Dispute | None
    share: Bill | None


def held_voucher(provider: ServiceProvider, code: str) -> Held:
    """A voucher that was ever sent to this provider, from the last time on. At most eight queries. Raises NotFound."""
    sent = Transmission.objects.filter(union=provider.union_id, voucher=OuterRef("pk"), provider=provider)
    voucher = (
        Voucher.objects.filter(Q(provider=provider) | Exists(sent), union=provider.union_id, code=code)
        .select_related("union", "program", "version", "store", "provider__store", *_CUSTOMER)
        .first()
    )
    if voucher is None:
        raise NotFound
    every = list(Transmission.objects.filter(union=provider.union_id, voucher=voucher).order_by("id"))
    own = next((one for one in reversed(every) if one.provider_id == provider.pk), None)
    after = next((one for one in every if own is not None and one.pk > own.pk), None)
    visit = (
        ServiceVisit.objects.filter(union=provider.union_id, voucher=voucher, provider=provider)
        .select_related("reservation__union", "reservation__store", "extra__payment", "voucher__version")
        .prefetch_related(Prefetch("pictures", WorkPicture.objects.order_by("id")))
        .order_by("-id")
        .first()
    )
    if visit is not None and own is not None and visit.agreed_at < own.sent_at and voucher.provider_id == provider.pk:
        # Of an earlier visit of the same voucher.
        visit = None
    if visit is not None:
        visit.voucher, visit.provider = voucher, provider
    steps = VoucherStep.objects.filter(union=provider.union_id, voucher=voucher)
    if own is not None:
        steps = steps.filter(at__gte=own.sent_at)
    if after is not None:
        steps = steps.filter(at__lt=after.sent_at)
    return Held(
        voucher=voucher,
        sent=own,
        visit=visit,
        is_open=voucher.provider_id == provider.pk and after is None,
        steps=list(steps.exclude(what__in=_NOT_THEIRS).order_by("id")),
        dispute=dispute_of(visit),
        share=_share_of(visit),
    )


def _share_of(visit: ServiceVisit | None) -> Bill | None:
    """The bill for the customer's part of the fee, once there is one."""
    if visit is None or not visit.deductible or visit.state != VisitState.CONFIRMED:
        return None
    found = Bill.objects.filter(union=visit.union_id, redemption__visit=visit, redemption__undone_at=None)
    return found.select_related("payment").first()


_NOT_THEIRS = ("issued", "mailed", "activated", "reminded", "offered", "given", "reduced")


def open_transmission(held: Held) -> Transmission:
    """What waits for this provider's answer. Raises NotFound."""
    if held.sent is None or held.sent.state != Sent.OFFERED:
        raise NotFound
    held.sent.voucher = held.voucher
    return held.sent


def open_visit(held: Held) -> ServiceVisit:
    """The visit in hand. Raises NotFound."""
    if held.visit is None:
        raise NotFound
    return held.visit


def reserved_by_customer(provider: ServiceProvider, voucher: Voucher, *, now: datetime) -> list[Reservation]:
    """Times that the voucher's owner has reserved at the provider's store and that serve nothing yet."""
    if voucher.owner_id is None:
        return []
    found = Reservation.objects.filter(
        union=provider.union_id,
        store=provider.store_id,
        user=voucher.owner_id,
        state=Reservation.State.CONFIRMED,
        starts_at__gt=now,
        service_visit=None,
    )
    return list(found.select_related("union", "bookable__product", "resource").order_by("starts_at")[:10])


def done_visits(provider: ServiceProvider) -> QuerySet[ServiceVisit]:
    """What was done, newest first."""
    return (
        ServiceVisit.objects.filter(
            union=provider.union_id, provider=provider, state__in=[VisitState.CONFIRMED, VisitState.BROKEN_OFF]
        )
        .select_related("voucher")
        .order_by("-id")
    )


def assessments_of(provider: ServiceProvider) -> QuerySet[Assessment]:
    """What customers have said, newest first."""
    return (
        Assessment.objects.filter(union=provider.union_id, provider=provider)
        .select_related("voucher__owner")
        .order_by("-id")
    )


def assessment_of(provider: ServiceProvider, key: int | None) -> Assessment:
    """One of them. Raises NotFound."""
    found = assessments_of(provider).filter(pk=key).first() if key is not None else None
    if found is None:
        raise NotFound
    return found


def incentives_of(provider: ServiceProvider) -> QuerySet[IncentiveVoucher]:
    """Incentive vouchers that customers have given to this provider, those to redeem first."""
    return (
        IncentiveVoucher.objects.filter(union=provider.union_id, provider=provider)
        .exclude(state=IncentiveVoucher.State.ISSUED)
        .select_related("voucher__program", "assessment", "provider__store")
        .order_by("state", "-id")
    )


def incentive_of(provider: ServiceProvider, code: str) -> IncentiveVoucher:
    """One that was given to this provider. Raises NotFound."""
    found = incentives_of(provider).filter(code=code).first()
    if found is None:
        raise NotFound
    return found


def redemption_of(provider: ServiceProvider, ref: str) -> Redemption:
    """A redemption of this provider. Raises NotFound."""
    found = (
        Redemption.objects.filter(union=provider.union_id, provider=provider, ref=ref)
        .select_related("voucher__version", "provider__store")
        .first()
    )
    if found is None:
        raise NotFound
    return found


def open_dispute_of(held: Held) -> Dispute:
    """The dispute about the provider's own visit, decided or not. Raises NotFound."""
    if held.dispute is None:
        raise NotFound
    return held.dispute


def evidence_of_work(held: Held, ref: str) -> DisputeEvidence:
    """A file that either side has shown in it. Raises NotFound."""
    return evidence_at(open_dispute_of(held).evidence.all(), ref)


def picture_of_work(held: Held, ref: str) -> WorkPicture:
    """A photograph of this provider's own visit. Raises NotFound."""
    found = next((one for one in held.visit.pictures.all() if one.ref == ref), None) if held.visit else None
    if found is None:
        raise NotFound
    return found


def waiting_counts(provider: ServiceProvider) -> dict[str, int]:
    """What the figures in the navigation say: vouchers that ask for an answer, visits in hand. Two queries."""
    return {
        "asked": Transmission.objects.filter(union=provider.union_id, provider=provider, state=Sent.OFFERED).count(),
        "in_hand": ServiceVisit.objects.filter(
            union=provider.union_id, provider=provider, state__in=ServiceVisit.OPEN
        ).count(),
    }
