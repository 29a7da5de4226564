"""Loads a union's stores: the enterprise behind each, its team, opening hours and ways of delivery."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from accounts.models import User
from martunion.demo import pictures
from martunion.demo.content import StoreContent, UnionContent, people, texts
from martunion.demo.files import keep
from martunion.demo.people import People
from martunion.demo.unions import amount
from payments.models import PayoutAccount
from payments.models.accounts import AccountState
from stores.models import DeliveryOption, OpeningHours, SpecialDay, Store, StoreStaff
from unions.models import Enterprise, EnterpriseMember, Membership, MembershipChange, Union

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def create_store(
    *, union: Union, content: UnionContent, store: StoreContent, made_by: People, office: User, now: datetime
) -> Store:
    """The store with its enterprise, owner and staff, open to shoppers."""
    raw = store.raw
    membership = _member(union, content, store, made_by=made_by, office=office, now=now)
    own, translations = texts(content.language, name=raw["name"], tagline=raw["tagline"], description=raw["about"])
    front = pictures.store_front(
        style=content.raw["style"],
        motifs=(raw["front"][0], raw["front"][1]),
        key=store.slug,
        hue=union.hue,
        tone=raw["tone"],
    )
    row = Store.objects.create(
        union=union,
        membership=membership,
        business_class_id=raw["class"],
        slug=store.slug,
        street=raw["street"],
        city=raw["city"],
        postal_code=raw["postal"],
        latitude=float(raw["latitude"]),
        longitude=float(raw["longitude"]),
        phone=raw["phone"],
        email=raw["email"],
        manager_name=raw["manager"],
        picture=keep(f"demo/{union.slug}/{store.slug}/front.svg", front),
        translations=translations,
        is_published=True,
        **own,
    )
    for person in raw["staff"]:
        user = made_by.person(name=person["name"], email=person["email"], language=content.language)
        EnterpriseMember.objects.create(enterprise=membership.enterprise, user=user, role=EnterpriseMember.Role.STAFF)
        StoreStaff.objects.create(union=union, store=row, user=user, permissions=person["may"])
    OpeningHours.objects.bulk_create(opening_hours(union, row, raw["hours"]))
    today = now.astimezone(ZoneInfo(union.time_zone)).date()
    SpecialDay.objects.bulk_create(
        SpecialDay(
            union=union,
            store=row,
            date=today + timedelta(days=day["in_days"]),
            reason=day["reason"],
            opens=_clock(day["opens"]) if "opens" in day else None,
            closes=_clock(day["closes"]) if "closes" in day else None,
        )
        for day in raw.get("closed", [])
    )
    _delivery(union, content, row, raw["delivery"])
    return row


def create_applicant(*, union: Union, content: UnionContent, made_by: People, now: datetime) -> None:
    """An enterprise that has applied yesterday and waits for the union's office."""
    raw = people()["applicants"][content.slug]
    owner = made_by.person(name=raw["owner"], email=raw["email"], language=content.language)
    enterprise = Enterprise.objects.create(
        name=raw["name"],
        legal_name=raw["legal"],
        registration_number=raw["number"],
        country=union.country,
        address=union.contact_address,
        email=raw["email"],
        business_class_id=raw["class"],
    )
    EnterpriseMember.objects.create(enterprise=enterprise, user=owner, role=EnterpriseMember.Role.OWNER)
    applied = now - timedelta(hours=20)
    membership = Membership.objects.create(
        union=union, enterprise=enterprise, message=raw["message"], store_name=raw["store"], applied_at=applied
    )
    MembershipChange.objects.create(
        union=union, membership=membership, to_state=Membership.State.APPLIED, actor=owner, at=applied
    )


def opening_hours(union: Union, store: Store, lines: list[str]) -> list[OpeningHours]:
    """Rows for lines such as `tue-fri 10:00-12:30 13:30-18:00`; a range of days may run over Sunday."""
    rows = []
    for text in lines:
        days, *spans = text.split()
        first, _, last = days.partition("-")
        start = WEEKDAYS.index(first)
        count = (WEEKDAYS.index(last or first) - start) % 7 + 1
        for day in range(start, start + count):
            for span in spans:
                opens, _, closes = span.partition("-")
                rows.append(
                    OpeningHours(union=union, store=store, weekday=day % 7, opens=_clock(opens), closes=_clock(closes))
                )
    return rows


def _member(
    union: Union, content: UnionContent, store: StoreContent, *, made_by: People, office: User, now: datetime
) -> Membership:
    raw = store.raw["enterprise"]
    boss = store.raw["owner"]
    owner = made_by.person(name=boss["name"], email=boss["email"], language=content.language)
    enterprise = Enterprise.objects.create(
        name=raw["name"],
        legal_name=raw["legal"],
        registration_number=raw["number"],
        tax_number=raw["number"],
        country=union.country,
        address=", ".join(part for part in (store.raw["street"], store.raw["city"], store.raw["postal"]) if part),
        email=store.raw["email"],
        phone=store.raw["phone"],
        business_class_id=store.raw["class"],
    )
    EnterpriseMember.objects.create(enterprise=enterprise, user=owner, role=EnterpriseMember.Role.OWNER)
    applied, decided = now - timedelta(days=95), now - timedelta(days=92)
    membership = Membership.objects.create(
        union=union,
        enterprise=enterprise,
        state=Membership.State.ACTIVE,
        store_name=store.raw["name"][content.language],
        applied_at=applied,
        decided_at=decided,
    )
    changes = (("", Membership.State.APPLIED, owner, applied), ("applied", Membership.State.ACTIVE, office, decided))
    MembershipChange.objects.bulk_create(
        MembershipChange(union=union, membership=membership, from_state=before, to_state=after, actor=actor, at=at)
        for before, after, actor, at in changes
    )
    PayoutAccount.objects.create(
        union=union,
        membership=membership,
        provider="bank",
        token="bank:approves",
        label=f"Current account …{raw['account'][-4:]}",
        holder=raw["legal"],
        state=AccountState.VERIFIED,
        verified_at=decided,
    )
    return membership


def _delivery(union: Union, content: UnionContent, store: Store, codes: list[str]) -> None:
    standard = content.raw["tax"]["standard"]["rate_bp"]
    rows = []
    for position, code in enumerate(codes):
        raw = content.raw["delivery"][code]
        own, translations = texts(content.language, name=raw["name"])
        rows.append(
            DeliveryOption(
                union=union,
                store=store,
                kind=raw["kind"],
                price=amount(union, raw["price"]),
                free_from=amount(union, raw["free_from"]) if "free_from" in raw else None,
                tax_bp=standard,
                lead_days_min=raw["days"][0],
                lead_days_max=raw["days"][1],
                weekdays=raw.get("weekdays", ""),
                countries=union.country if raw["kind"] == DeliveryOption.Kind.DELIVERY else "",
                position=position,
                translations=translations,
                **own,
            )
        )
    DeliveryOption.objects.bulk_create(rows)


def _clock(text: str) -> time:
    return time.fromisoformat(text)
