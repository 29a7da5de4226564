"""What every row of goods or orders stands in: its store, found or opened as the map says."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from core.importing.maps import Map, slugged
from stores.models import DeliveryOption, Store, TaxClass
from unions.models import BusinessClass, Enterprise, Membership, Union


def stores_by_slug(*, union: Union, slugs: set[str], chart: Map, now: datetime) -> dict[str, Store]:
    """The stores of these slugs; the map's own store is opened when `[store]` says `create = true`."""
    found = {store.slug: store for store in Store.objects.filter(union=union, slug__in=slugs)}
    own = chart.store.get("slug")
    if own in slugs and own not in found and chart.store.get("create"):
        found[own] = open_imported_store(union=union, about=chart.store, now=now)
    return found


def open_imported_store(*, union: Union, about: dict[str, Any], now: datetime) -> Store:
    """A published store of an enterprise that is a member, with one pickup and one delivery option to sell by."""
    membership = membership_for_import(union=union, name=about.get("enterprise") or about["name"], about=about, now=now)
    store = Store.objects.create(
        union=union,
        membership=membership,
        business_class=business_class_of(code=about.get("class", "")),
        slug=about["slug"],
        name=about["name"],
        tagline=about.get("tagline", ""),
        description=about.get("description", ""),
        is_published=True,
    )
    add_delivery_options(union=union, stores=[store], delivery_price=about.get("delivery_price"))
    return store


def add_delivery_options(*, union: Union, stores: list[Store], delivery_price: int | None) -> None:
    """Pickup for every store, and delivery where the map names its price in minor units."""
    options = [
        DeliveryOption(
            union=union,
            store=store,
            kind=DeliveryOption.Kind.PICKUP,
            name=_("Pick up at the store"),
            lead_days_min=0,
            lead_days_max=1,
        )
        for store in stores
    ]
    if delivery_price is not None:
        options += [
            DeliveryOption(
                union=union,
                store=store,
                kind=DeliveryOption.Kind.DELIVERY,
                name=_("Delivery"),
                price=delivery_price,
                lead_days_min=2,
                lead_days_max=5,
                position=1,
            )
            for store in stores
        ]
    DeliveryOption.objects.bulk_create(options)


def membership_for_import(*, union: Union, name: str, about: dict[str, Any], now: datetime) -> Membership:
    """The active membership of the enterprise of that name, both made when missing."""
    enterprise, _made = Enterprise.objects.get_or_create(
        country=about.get("country") or union.country,
        registration_number=about.get("registration_number") or f"import:{slugged(name)}"[:40],
        defaults={
            "name": name,
            "legal_name": about.get("legal_name") or name,
            "address": about.get("address", ""),
            "email": about.get("email", ""),
            "business_class": business_class_of(code=about.get("class", "")),
        },
    )
    membership, _made = Membership.objects.get_or_create(
        union=union,
        enterprise=enterprise,
        defaults={"state": Membership.State.ACTIVE, "applied_at": now, "decided_at": now},
    )
    return membership


def business_class_of(*, code: str) -> BusinessClass | None:
    """The class, or its nearest known ancestor by digits: 4741 is found as 47 where only divisions are loaded."""
    codes = [code[:length] for length in range(len(code), 0, -1)]
    known = BusinessClass.objects.in_bulk(codes)
    return next((known[one] for one in codes if one in known), None)


def tax_class_for(*, union: Union, code: str) -> TaxClass:
    """The union's tax class of that code; an import into a bare union makes `standard` at zero."""
    tax_class = TaxClass.objects.filter(union=union, code=code).first()
    if tax_class is None:
        tax_class = TaxClass.objects.filter(union=union).order_by("-rate_bp").first()
    if tax_class is None:
        tax_class = TaxClass.objects.create(union=union, code="standard", name=_("Standard"), rate_bp=0)
    return tax_class
