"""Carriers and delivery suppliers of a union: what they offer, at which price, and how well they keep deadlines."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.db.models import Field, ForeignKey, Model, QuerySet, URLField
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.admin import TabularInline
from unfold.decorators import display

from core.addresses import is_service_at
from core.money import format_money
from orders.models import Carrier, CarrierPrice, CarrierService
from orders.queries.parcels import kept_by, with_kept_deadlines
from stores.services.files.running import begin_union_import
from unions.admin.columns import linked
from unions.admin.moves import Move, MovingAdmin
from unions.admin.office import OfficeAdmin, Who


class OfferInline(TabularInline):
    """Rows below a carrier that its union's office writes with it."""

    extra = 0
    tab = True

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return True

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.has_change_permission(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        page = self.admin_site._registry[self.parent_model]
        return page.has_add_permission(request) if obj is None else page.has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.has_change_permission(request, obj)


class ServiceInline(OfferInline):
    model = CarrierService
    fields = ("code", "name", "days_from", "days_to", "is_active")
    verbose_name_plural = gettext_lazy("services")
    show_change_link = True

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Parcels were sent by it: it is no longer offered instead."""
        return False


class PriceInline(OfferInline):
    model = CarrierPrice
    fields = ("zone", "countries", "regions", "up_to_grams", "price")
    verbose_name_plural = gettext_lazy("prices by zone")


class TrackingFileForm(forms.Form):
    """Events of parcels out of a file, with our own columns: number, state, at; place, words, id."""

    file = forms.FileField(
        label=gettext_lazy("File"),
        help_text=gettext_lazy(
            "CSV, XLSX or JSON with the columns number, state (in_transit, out_for_delivery, delivered, failed, "
            "returned) and at; place, words and id where there are any. Told twice, an event is one."
        ),
    )

    def __init__(self, data: Any, files: Any, *, thing: Carrier) -> None:
        super().__init__(data, files)


def _take_file(carrier: Carrier, actor: Any, now: datetime, told: dict[str, Any]) -> None:
    """Have a worker take every row in that can be taken; the office's files say how far it is, and what was refused."""
    begin_union_import(union=carrier.union, kind="tracking", file=told["file"], actor=actor, now=now)


class OfferAdmin(OfficeAdmin):
    """A page whose rows below it are of the same union as itself."""

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        for row in formset.save(commit=False):
            row.union_id = form.instance.union_id
            row.save()
        for row in formset.deleted_objects:
            row.delete()


class CarrierForm(forms.ModelForm):
    """Says beside the field what the database would refuse."""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        union_id = self.instance.union_id if self.instance.pk else getattr(cleaned.get("union"), "pk", None)
        key = cleaned.get("api_key")
        if key is not None and key.union_id != union_id:
            self.add_error("api_key", _("This key is of another union."))
        address = cleaned.get("adapter_address")
        if address and not is_service_at(address=address, services=settings.TRACKING_SERVICES):
            self.add_error("adapter_address", _("This host is not among those that the operator lets us ask."))
        return cleaned


@admin.register(Carrier)
class CarrierAdmin(OfferAdmin, MovingAdmin):
    added_by = changed_by = Who.OFFICE
    form = CarrierForm
    list_display = ("name", "phone", "contract_until", "in_time", "late", "under_way", "is_active")
    list_filter = ("is_active",)
    search_fields = ("name", "slug", "contact_name", "email")
    ordering = ("union", "name")
    inlines = (ServiceInline,)
    fieldsets = (
        (None, {"fields": ("union", ("name", "slug"), ("site", "tracking_page"), "is_active")}),
        (gettext_lazy("Contact"), {"fields": (("contact_name",), ("phone", "email"))}),
        (gettext_lazy("Contract"), {"fields": (("contract_from", "contract_until"),)}),
        (
            gettext_lazy("Deadlines of the last 90 days"),
            {"fields": (("in_time", "late"), ("under_way", "came_back"))},
        ),
        (
            gettext_lazy("Tracking"),
            {"fields": ("api_key", ("adapter", "adapter_address"), "adapter_token"), "classes": ["tab"]},
        ),
    )
    readonly_fields = ("in_time", "late", "under_way", "came_back")
    moves = (
        Move(
            "tracking",
            gettext_lazy("Tracking from a file"),
            gettext_lazy("Where are the parcels? Rows that do not fit are named, all others count."),
            _take_file,
            form=TrackingFileForm,
            leads=lambda carrier: f"{reverse('admin:stores_files')}?union={carrier.union_id}",
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Carrier]:
        return with_kept_deadlines(super().get_queryset(request).select_related("union"), now=timezone.now())

    def formfield_for_dbfield(self, db_field: Field, request: HttpRequest, **kwargs: Any) -> Any:
        if isinstance(db_field, URLField):
            kwargs["assume_scheme"] = "https"
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def formfield_for_foreignkey(self, db_field: ForeignKey, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "api_key":
            kwargs["queryset"] = self._choices(db_field, request).filter(
                store=None, user=None, revoked_at=None, scopes__contains=["shipments:write"]
            )
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    @display(description=gettext_lazy("in time"))
    def in_time(self, carrier: Carrier) -> str:
        kept = kept_by(carrier)
        return "—" if kept.percent is None else f"{kept.in_time} ({kept.percent} %)"

    @display(description=gettext_lazy("late"))
    def late(self, carrier: Carrier) -> int:
        return carrier.kept_late  # type: ignore[attr-defined]

    @display(description=gettext_lazy("under way"))
    def under_way(self, carrier: Carrier) -> int:
        return carrier.kept_under_way  # type: ignore[attr-defined]

    @display(description=gettext_lazy("came back"))
    def came_back(self, carrier: Carrier) -> int:
        return carrier.kept_returned  # type: ignore[attr-defined]


@admin.register(CarrierService)
class CarrierServiceAdmin(OfferAdmin):
    """The prices of a service stand on its own page, which the carrier's page leads to."""

    changed_by = Who.OFFICE
    list_display = ("name", "carrier", "days", "cheapest", "is_active")
    list_filter = ("is_active",)
    list_select_related = ("carrier",)
    search_fields = ("name", "code", "carrier__name")
    ordering = ("union", "carrier__name", "id")
    inlines = (PriceInline,)
    fieldsets = ((None, {"fields": ("carrier_link", ("name", "code"), ("days_from", "days_to"), "is_active")}),)
    readonly_fields = ("carrier_link",)
    carrier_link = linked("carrier", gettext_lazy("carrier"))

    def get_queryset(self, request: HttpRequest) -> QuerySet[CarrierService]:
        return super().get_queryset(request).select_related("union", "carrier").prefetch_related("prices")

    @display(description=gettext_lazy("days"))
    def days(self, service: CarrierService) -> str:
        return f"{service.days_from}–{service.days_to}"

    @display(description=gettext_lazy("price from"))
    def cheapest(self, service: CarrierService) -> str:
        prices = [price.price for price in service.prices.all()]
        return format_money(min(prices), service.union.currency) if prices else "—"
