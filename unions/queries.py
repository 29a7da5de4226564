"""Finding unions, the people who work for them, the enterprises in them, and the business classes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import connection
from django.db.models import Exists, F, FloatField, OuterRef, Prefetch, Q, QuerySet, Value, prefetch_related_objects
from django.db.models.base import ModelState
from django.db.models.functions import ACos, Cos, Greatest, Least, Radians, Sin
from django_scopes import scopes_disabled

from accounts.models import User
from core.errors import NotAllowed, NotFound
from core.statements import prepared_cursor
from unions.models import (
    BrowsingEvent,
    BusinessClass,
    Enterprise,
    EnterpriseMember,
    HomeUnion,
    Look,
    Membership,
    MembershipChange,
    MembershipPaper,
    PersonalFile,
    Union,
    UnionBanner,
    UnionPage,
    UnionRegion,
    UnionStaff,
)

EARTH_RADIUS_KM = 6371.0088
MOST_VERSIONS = 1000
MOST_BANNERS = 3


def union_named(slug: str) -> Union | None:
    """The union with this slug, published or not."""
    return Union.objects.filter(slug=slug).first()


def unions_named(slugs: Iterable[str]) -> QuerySet[Union]:
    """The unions with these slugs; unknown ones are left out."""
    return Union.objects.filter(slug__in=slugs)


def unions_hosted_here() -> QuerySet[Union]:
    """Unions at home on this deployment, by slug: what runs by itself is done for these."""
    return Union.objects.filter(address="").order_by("slug")


UNION_FIELDS = list(Union._meta.concrete_fields)
UNIONS_AT = f"""
SELECT xmin::text, ctid::text, {", ".join(str(field.column) for field in UNION_FIELDS)} FROM unions_union
WHERE domain = %s OR slug = %s
"""
_versions: dict[tuple[str, str, int], Union] = {}


def _union_from(row: tuple[Any, ...]) -> Union:
    """The union in a row of UNIONS_AT. Every request begins with one, so a row's version is made into a model once."""
    key = (row[0], row[1], row[2])
    kept = _versions.get(key)
    if kept is None:
        if len(_versions) >= MOST_VERSIONS:
            _versions.clear()
        values = [
            field.from_db_value(value, None, connection) if hasattr(field, "from_db_value") else value
            for field, value in zip(UNION_FIELDS, row[2:], strict=True)
        ]
        kept = _versions[key] = Union.from_db(connection.alias, [field.attname for field in UNION_FIELDS], values)
    return own_copy(kept)


def own_copy(kept: Union) -> Union:
    """A union of the request's own: what one sets on it no other sees."""
    union = Union.__new__(Union)
    union.__dict__ = {**kept.__dict__, "_state": ModelState()}
    union._state.adding, union._state.db = False, connection.alias
    return union


def unions_at(*, host: str | None, slug: str | None) -> tuple[Union | None, Union | None]:
    """(the union whose own domain the host is, the union that the path names), with at most one query.

    `host` None: it is known to be nobody's domain, an IP address or the center's own.
    """
    if not host and not slug:
        return None, None
    with prepared_cursor() as cursor:
        cursor.execute(UNIONS_AT, [host, slug])
        found = [_union_from(row) for row in cursor.fetchall()]
    of_host = next((union for union in found if host and union.domain == host), None)
    return of_host, next((union for union in found if union.slug == slug), None)


def absolute_address(union: Union, path: str) -> str:
    """A whole address for mail and printed links from a path as `reverse()` gives it (`/u/<union>/…`).

    Leads to the union's own domain where it has one.
    """
    if union.is_elsewhere:
        return union.address
    prefix = f"/u/{union.slug}/"
    if union.domain and path.startswith(prefix):
        site = urlsplit(settings.SITE_ADDRESS)
        port = f":{site.port}" if site.port else ""
        return f"{site.scheme}://{union.domain}{port}/{path.removeprefix(prefix)}"
    return settings.SITE_ADDRESS.rstrip("/") + path


def published_unions() -> QuerySet[Union]:
    """Unions that shoppers may enter, also those on another deployment, by name."""
    return Union.objects.filter(is_published=True)


def with_regions(unions: QuerySet[Union]) -> QuerySet[Union]:
    """The unions, each with its regions by code as `listed_regions`; one query more."""
    return unions.prefetch_related(_regions())


def add_regions(unions: list[Union]) -> list[Union]:
    """The same for unions that have been read already."""
    prefetch_related_objects(unions, _regions())
    return unions


def _regions() -> Prefetch[Any]:
    return Prefetch("regions", UnionRegion.objects.order_by("code"), to_attr="listed_regions")


def published_union(slug: str) -> Union:
    """Raises NotFound."""
    union = published_unions().filter(slug=slug).first()
    if union is None:
        raise NotFound
    return union


def unions_of_region(code: str) -> QuerySet[Union]:
    """Published unions that cover the region (ISO 3166-2, `TW-KHH`)."""
    with scopes_disabled():
        covers = UnionRegion.objects.filter(union=OuterRef("pk"), code=code.strip().upper())
        return published_unions().filter(Exists(covers))


def published_regions() -> QuerySet[UnionRegion]:
    """Every region in which a published union can be found, with that union's country; by country and name."""
    with scopes_disabled():
        regions = UnionRegion.objects.filter(union__is_published=True)
    return regions.select_related("union").order_by("code", "union__name")


def nearest_unions(lat: float, lon: float, limit: int = 3) -> list[Union]:
    """Published unions by great-circle distance of their centres, nearest first, each with `distance_km`.

    Unions without a place are left out. `lat` and `lon` in degrees.
    """
    cosine = Sin(Radians(Value(lat))) * Sin(Radians("latitude")) + Cos(Radians(Value(lat))) * Cos(
        Radians("latitude")
    ) * Cos(Radians(F("longitude") - Value(lon)))
    distance = ACos(Least(Greatest(cosine, Value(-1.0)), Value(1.0)), output_field=FloatField())
    placed = published_unions().filter(latitude__isnull=False, longitude__isnull=False)
    return list(placed.annotate(distance_km=distance * Value(EARTH_RADIUS_KM)).order_by("distance_km", "slug")[:limit])


HOME_COOKIE = "home_union"
"""Where a visitor's browser keeps the slug of the union they were last sent to."""


def home_union_of(user: Any, slug: str | None) -> Union | None:
    """The union that a person calls home: remembered for the user, else named by the visitor's cookie."""
    if user is not None and user.is_authenticated:
        home = HomeUnion.objects.filter(user=user, union__is_published=True).select_related("union").first()
        if home is not None:
            return home.union
    return published_unions().filter(slug=slug).first() if slug else None


def is_union_admin(user: Any, union: Union) -> bool:
    """Whether the person runs this union's office; the center's administrator does so everywhere."""
    if user is None or not user.is_active:
        return False
    if user.is_superuser:
        return True
    return administered_by(user).filter(union=union).exists()


def administered_unions(user: Any) -> QuerySet[Union]:
    """Unions whose office the person runs; all of them for the center's administrator."""
    if user is None or not user.is_authenticated or not user.is_active:
        return Union.objects.none()
    if user.is_superuser:
        return Union.objects.all()
    with scopes_disabled():
        return Union.objects.filter(Exists(administered_by(user).filter(union=OuterRef("pk"))))


def administered_by(user: Any) -> QuerySet[UnionStaff]:
    """The person's places as administrator of a union's office."""
    with scopes_disabled():
        return UnionStaff.objects.filter(user_id=user.pk, role=UnionStaff.Role.ADMIN)


@dataclass(frozen=True, slots=True)
class Office:
    """What a person may reach. `sees` and `runs` hold ids of unions; `everywhere` is the service center."""

    everywhere: bool
    sees: frozenset[int]
    runs: frozenset[int]
    unions: tuple[Union, ...]

    def limit(self, rows: QuerySet[Any], lookup: str) -> QuerySet[Any]:
        """Only rows of unions that the person sees; `lookup` leads from a row to its union."""
        return rows if self.everywhere else rows.filter(**{f"{lookup}__in": self.sees})

    def may_see(self, unions: Iterable[int]) -> bool:
        """Whether one of these unions is among those that the person looks into."""
        return self.everywhere or not self.sees.isdisjoint(unions)

    def may_run(self, unions: Iterable[int]) -> bool:
        """Whether one of these unions is among those whose office the person runs."""
        return self.everywhere or not self.runs.isdisjoint(unions)


def office_of(user: Any) -> Office:
    """What the person may reach in the administration; one query, none for the center, remembered on the person."""
    office = getattr(user, "_office", None)
    if office is None:
        able = user is not None and user.is_authenticated and user.is_active
        everywhere = able and user.is_superuser
        places: list[UnionStaff] = []
        if able and not everywhere:
            with scopes_disabled():
                staff = UnionStaff.objects.filter(user_id=user.pk)
                places = list(staff.select_related("union").order_by("union__name"))
        office = Office(
            everywhere=everywhere,
            sees=frozenset(place.union_id for place in places),
            runs=frozenset(place.union_id for place in places if place.role == UnionStaff.Role.ADMIN),
            unions=tuple(place.union for place in places),
        )
        if able:
            user._office = office
    return office


def works_for_union(user: Any, union: Union) -> bool:
    """Whether the person belongs to the union's office in any role; staff look at an unpublished union's pages."""
    if user is None or not user.is_authenticated or not user.is_active:
        return False
    if user.is_superuser:
        return True
    with scopes_disabled():
        return UnionStaff.objects.filter(union=union, user_id=user.pk).exists()


def require_union_admin(user: Any, union: Union) -> None:
    """Raises NotAllowed. `user` None is the platform itself (import, demo)."""
    if user is not None and not is_union_admin(user, union):
        raise NotAllowed


def enterprises_of(user: Any) -> QuerySet[Enterprise]:
    """Enterprises that the person owns, by name."""
    if user is None or not user.is_authenticated:
        return Enterprise.objects.none()
    owned = EnterpriseMember.objects.filter(
        enterprise=OuterRef("pk"), user_id=user.pk, role=EnterpriseMember.Role.OWNER
    )
    return Enterprise.objects.filter(Exists(owned))


def owns_enterprise(user: Any, enterprise: Enterprise) -> bool:
    """Whether the person is one of its owners."""
    return enterprises_of(user).filter(pk=enterprise.pk).exists()


def memberships_of(user: Any) -> QuerySet[Membership]:
    """Memberships of the enterprises that the person owns, in every union, newest application first."""
    with scopes_disabled():
        memberships = Membership.objects.filter(enterprise__in=enterprises_of(user))
    return memberships.select_related("union", "enterprise").order_by("-applied_at", "-id")


def memberships_in(user: Any, union: Union) -> list[Membership]:
    """Where the person's enterprises stand in this union, each with its history (`changes`) and `papers`."""
    return list(memberships_of(user).filter(union=union).prefetch_related("changes", "papers"))


def applicants_for(user: Any, union: Union) -> QuerySet[Enterprise]:
    """The person's enterprises that may apply to this union: not members, or members that left."""
    with scopes_disabled():
        bound = Membership.objects.filter(union=union, enterprise=OuterRef("pk")).exclude(state=Membership.State.LEFT)
    return enterprises_of(user).exclude(Exists(bound))


def latest_change(membership: Membership, to_state: str) -> MembershipChange:
    """The newest step of the history that led to this state."""
    changes = MembershipChange.objects.filter(union=membership.union_id, membership=membership, to_state=to_state)
    return changes.order_by("-id")[:1].get()


def paper_for(user: Any, name: str) -> MembershipPaper:
    """The paper stored under this name, for the union's office or the enterprise's owners.

    Raises NotFound, also for everyone else.
    """
    with scopes_disabled():
        papers = MembershipPaper.objects.select_related("union", "membership__enterprise")
        paper = papers.filter(file=name).first()
    if paper is None:
        raise NotFound
    if not (works_for_union(user, paper.union) or owns_enterprise(user, paper.membership.enterprise)):
        raise NotFound
    return paper


def class_tree(codes: Iterable[str]) -> list[BusinessClass]:
    """The classes with these codes and everything above them, in the order of the classification."""
    wanted = set(codes)
    if not wanted:
        return []
    leaves = BusinessClass.objects.filter(code__in=wanted).values_list("ancestors", flat=True)
    above = {code for ancestors in leaves for code in ancestors}
    return sorted(BusinessClass.objects.filter(code__in=above), key=lambda node: node.ancestors)


def top_classes() -> list[BusinessClass]:
    """Sections and divisions, each section followed by its divisions, to choose from in a form."""
    levels = [BusinessClass.Level.SECTION, BusinessClass.Level.DIVISION]
    return sorted(BusinessClass.objects.filter(level__in=levels), key=lambda node: node.ancestors)


def pages_of(union: Union) -> QuerySet[UnionPage]:
    """The union's published pages, in its own order."""
    return UnionPage.objects.filter(union=union, is_published=True).order_by("position", "slug")


def banners_of(union: Union, *, now: datetime) -> list[UnionBanner]:
    """What hangs over the union's street now, in its office's order: one query."""
    shown = UnionBanner.objects.filter(union=union, is_published=True, starts_at__lte=now)
    return list(shown.filter(Q(ends_at=None) | Q(ends_at__gt=now)).order_by("position", "id")[:MOST_BANNERS])


def last_browsed(visitor: str, *, most: int) -> list[BrowsingEvent]:
    """What is kept of a visitor in all unions, newest first."""
    with scopes_disabled():
        events = BrowsingEvent.objects.filter(visitor=visitor).select_related("union").order_by("-at", "-entry")
        return list(events[:most])


def browsed_by(visitor: str) -> Iterator[BrowsingEvent]:
    """All that is kept of a visitor in all unions, oldest first, read in portions."""
    if visitor:
        with scopes_disabled():
            events = BrowsingEvent.objects.filter(visitor=visitor).select_related("union").order_by("at", "entry")
        yield from events.iterator(chunk_size=1000)


def newest_file_of(user: User) -> PersonalFile | None:
    """The copy of their data that a person asked for last, unless it is gone."""
    return PersonalFile.objects.filter(user=user).exclude(state=PersonalFile.State.GONE).order_by("-pk").first()


def looks_at(user: User, *, most: int) -> list[Look]:
    """Who of any union's staff looked at this person's data, newest first. Staff are named by their shop only."""
    with scopes_disabled():
        return list(Look.objects.filter(person=user).select_related("union").order_by("-at")[:most])
