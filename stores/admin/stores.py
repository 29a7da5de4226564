"""Stores: their staff keep them, the office looks, opens and closes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import URLPattern, reverse
from django.utils.dates import WEEKDAYS
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from core.localized import localized
from stores.admin.files import file_pages
from stores.models import DeliveryOption, OpeningHours, Store, StoreStaff
from stores.services.opening import publish_store, unpublish_store
from unions.admin.columns import linked, money, named
from unions.admin.moves import Move, MovingAdmin
from unions.admin.office import ReadOnlyInline


class TeamInline(ReadOnlyInline):
    model = StoreStaff
    fields = ("person", "may", "created_at")
    readonly_fields = fields
    verbose_name_plural = _("team")
    person = named("user", _("person"))
    tab = True

    def get_queryset(self, request: HttpRequest) -> QuerySet[StoreStaff]:
        return super().get_queryset(request).select_related("user")

    @display(description=_("may"))
    def may(self, place: StoreStaff) -> str:
        words = dict(StoreStaff.Permission.choices)
        return ", ".join(str(words.get(permission, permission)) for permission in place.permissions) or "—"


class HoursInline(ReadOnlyInline):
    model = OpeningHours
    fields = ("day", "opens", "closes")
    readonly_fields = fields
    verbose_name_plural = _("opening hours")
    tab = True

    @display(description=_("weekday"))
    def day(self, hours: OpeningHours) -> str:
        return str(WEEKDAYS[hours.weekday])


class DeliveryInline(ReadOnlyInline):
    model = DeliveryOption
    fields = ("name", "kind", "price_text", "lead_days_min", "lead_days_max", "weekdays", "is_active")
    readonly_fields = fields
    verbose_name_plural = _("delivery options")
    tab = True
    price_text = money("price", _("price"), currency=lambda option: option.union.currency)

    def get_queryset(self, request: HttpRequest) -> QuerySet[DeliveryOption]:
        return super().get_queryset(request).select_related("union")


def _publish(store: Store, actor: Any, now: datetime, reason: str) -> None:
    publish_store(store=store, actor=actor, now=now)


def _unpublish(store: Store, actor: Any, now: datetime, reason: str) -> None:
    unpublish_store(store=store, actor=actor, now=now)


@admin.register(Store)
class StoreAdmin(MovingAdmin):
    list_display = ("name", "enterprise", "class_name", "city", "stars", "is_published")
    list_filter = ("is_published",)
    list_select_related = ("membership__enterprise", "business_class")
    search_fields = ("name", "slug", "membership__enterprise__name", "city", "email")
    fieldsets = (
        (
            None,
            {"fields": (("name", "slug"), ("membership_link", "class_name"), ("is_published", "pages"), "union")},
        ),
        (_("Texts"), {"fields": ("tagline", "description")}),
        (
            _("Place and contact"),
            {"fields": (("street", "city", "postal_code"), ("phone", "email"), ("manager_name", "stars"))},
        ),
    )
    inlines = (HoursInline, DeliveryInline, TeamInline)
    moves = (
        Move(
            "publish",
            _("Open to shoppers"),
            _("Show these stores on the union's pages?"),
            _publish,
            lambda store: not store.is_published,
        ),
        Move(
            "unpublish",
            _("Take off the pages"),
            _("Take these stores off the union's pages? Open orders can still be finished."),
            _unpublish,
            lambda store: store.is_published,
            is_grave=True,
        ),
    )

    membership_link = linked("membership", _("membership"))

    @display(description=_("business class"), ordering="business_class")
    def class_name(self, store: Store) -> str:
        found = store.business_class
        return f"{found.code} {localized(found, 'title')}" if found else "—"

    @display(description=_("enterprise"), ordering="membership__enterprise__name")
    def enterprise(self, store: Store) -> str:
        return store.membership.enterprise.name

    @display(description=_("rating"))
    def stars(self, store: Store) -> str:
        return f"{store.rating:.1f} ★ ({store.rating_count})" if store.rating else "—"

    @display(description=_("pages"))
    def pages(self, store: Store) -> SafeString:
        words = {"union": store.union.slug, "store": store.slug}
        return format_html(
            '<a class="office-link" href="{}">{}</a> · <a class="office-link" href="{}">{}</a>',
            reverse("shop:store", kwargs=words),
            _("as shoppers see it"),
            reverse("manage:dashboard", kwargs=words),
            _("as its staff see it"),
        )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Store]:
        return super().get_queryset(request).select_related("union", "membership__enterprise", "business_class")

    def get_urls(self) -> list[URLPattern]:
        return [*file_pages(self), *super().get_urls()]
