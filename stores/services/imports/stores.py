"""`import_csv stores`."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from core.importing.maps import Field, Map, Record, slugged
from stores.models import OpeningHours, Store
from stores.services.imports.context import add_delivery_options, business_class_of, membership_for_import
from stores.services.imports.hours import HoursUnclear, parse_hours
from unions.models import Membership, Union
from unions.models.union import RESERVED_SLUGS

TEXTS = ("name", "tagline", "description", "street", "city", "postal_code", "phone", "email")


class StoreImporter:
    """One store a row, known again by `external_id`, else by its slug."""

    fields = {
        "external_id": Field("code", default="", longest=80),
        "slug": Field("code", default="", longest=60),
        "name": Field("text", required=True, longest=120),
        "tagline": Field("text", default="", longest=160),
        "description": Field("text", default=""),
        "street": Field("text", default="", longest=200),
        "city": Field("text", default="", longest=120),
        "postal_code": Field("text", default="", longest=20),
        "latitude": Field("decimal"),
        "longitude": Field("decimal"),
        "phone": Field("text", default="", longest=32),
        "email": Field("text", default="", longest=254),
        "hours": Field("text", default=""),
        "class": Field("code", default="", longest=4),
        "enterprise": Field("text", default="", longest=120),
        "is_published": Field("boolean", default=True),
    }
    group_by: tuple[str, ...] = ()

    def take(self, groups: list[list[Record]], *, union: Union, chart: Map, now: datetime) -> None:
        records = [record for group in groups for record in group]
        numbers = {record.values["external_id"] for record in records} - {""}
        by_number = {store.external_id: store for store in Store.objects.filter(union=union, external_id__in=numbers)}
        by_slug = {store.slug: store for store in Store.objects.filter(union=union)}
        memberships: dict[str, Membership] = {}
        fresh: list[Store] = []
        for record in records:
            values = record.values
            refusal = _refusal(values)
            if refusal:
                record.refuse(refusal)
                continue
            number = values["external_id"]
            slug = values["slug"] or slugged(values["name"])[:60]
            store = by_number.get(number) if number else by_slug.get(slug)
            about = {name: values[name] for name in TEXTS}
            about |= {
                "latitude": _degrees(values["latitude"]),
                "longitude": _degrees(values["longitude"]),
                "business_class": business_class_of(code=values["class"]),
            }
            if store is not None and store.pk is not None:
                record.outcome = _update(store, about)
            elif store is not None:
                record.refuse(_("this store stands in the file twice"))
            else:
                if slug in by_slug:
                    slug = f"{slug[:40]}-{slugged(number)}"[:60]
                if slug in RESERVED_SLUGS or slug in by_slug or not slug:
                    record.refuse(_("slug: “%(slug)s” is taken or reserved") % {"slug": slug})
                    continue
                name = values["enterprise"] or values["name"]
                if name not in memberships:
                    memberships[name] = membership_for_import(union=union, name=name, about=chart.store, now=now)
                store = Store(
                    union=union,
                    membership=memberships[name],
                    slug=slug,
                    external_id=number,
                    is_published=values["is_published"],
                    **about,
                )
                fresh.append(store)
                by_slug[slug] = store
                if number:
                    by_number[number] = store
                record.outcome = "created"
        Store.objects.bulk_create(fresh)
        add_delivery_options(union=union, stores=fresh, delivery_price=chart.store.get("delivery_price"))
        for record in records:
            if record.outcome == "created":
                values = record.values
                number = values["external_id"]
                store = by_number[number] if number else by_slug[values["slug"] or slugged(values["name"])[:60]]
                _keep_hours(store, values["hours"])


def _refusal(values: dict[str, object]) -> str:
    for name, limit in (("latitude", 90), ("longitude", 180)):
        if values[name] is not None and abs(float(str(values[name]))) > limit:
            return _("%(field)s: %(value)s lies outside the globe") % {"field": name, "value": values[name]}
    try:
        parse_hours(text=str(values["hours"]))
    except HoursUnclear as unclear:
        return _("hours: “%(part)s” is not understood") % {"part": unclear}
    return ""


def _degrees(value: str | None) -> float | None:
    return None if value is None else float(value)


def _update(store: Store, about: dict[str, object]) -> str:
    """Write what differs; empty cells take nothing away."""
    changed = [name for name, value in about.items() if value not in ("", None) and getattr(store, name) != value]
    for name in changed:
        setattr(store, name, about[name])
    if changed:
        store.save(update_fields=changed)
    return "changed" if changed else "unchanged"


def _keep_hours(store: Store, text: str) -> None:
    OpeningHours.objects.bulk_create(
        [
            OpeningHours(union_id=store.union_id, store=store, weekday=day, opens=opens, closes=closes)
            for day, opens, closes in parse_hours(text=text)
        ]
    )
