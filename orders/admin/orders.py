"""Purchases and the orders in them, with lines, timeline and parcels; and what came back."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import URLPattern, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display

from orders.admin.figures import figure_pages
from orders.admin.visitors import visitor_pages
from orders.models import CreditNote, Order, OrderChange, OrderLine, Purchase, Return, ReturnLine, ReturnRule, Shipment
from orders.presenting.paths import path_words
from orders.queries.manage import never_paid
from orders.queries.paths import path_of
from payments.models import PaymentRequest
from unions.admin.columns import badge, link, linked, money, named, once, percent, state
from unions.admin.looks import PersonalAdmin
from unions.admin.office import OfficeAdmin, OwnFilter, ReadOnlyInline, Who
from unions.models import Look


@display(description=_("state"), ordering="state")
def order_state(_admin: object, order: Order) -> SafeString:
    """The state in words; the office tells what was cancelled from what was never paid."""
    if order.state == Order.State.CANCELLED and order.payment_failed:  # type: ignore[attr-defined]
        return badge(_("payment failed"), "danger")
    words: SafeString = _usual_state(None, order)
    return words


_usual_state = state()


class LineInline(ReadOnlyInline):
    model = OrderLine
    fields = ("sku", "what", "quantity", "cancelled", "returned", "unit_text", "tax_text", "total_text")
    readonly_fields = fields
    verbose_name_plural = _("lines")
    unit_text = money("unit_price", _("unit price"), currency=lambda line: line.order.currency)
    tax_text = money("tax", _("tax included"), currency=lambda line: line.order.currency)
    total_text = money("total", _("total"), currency=lambda line: line.order.currency)

    def get_queryset(self, request: HttpRequest) -> QuerySet[OrderLine]:
        return super().get_queryset(request).select_related("order")

    @display(description=_("title"))
    def what(self, line: OrderLine) -> str:
        return f"{line.title}, {line.options}" if line.options else line.title


class StepInline(ReadOnlyInline):
    model = OrderChange
    fields = ("at", "step", "person", "note")
    readonly_fields = fields
    verbose_name_plural = _("timeline")
    person = named("actor", _("by"))

    def get_queryset(self, request: HttpRequest) -> QuerySet[OrderChange]:
        return super().get_queryset(request).select_related("actor")

    @display(description=_("step"))
    def step(self, change: OrderChange) -> str:
        words = dict(Order.State.choices)
        came = words.get(change.from_state, "")
        return f"{came} → {words[change.to_state]}" if came else str(words[change.to_state])


class ParcelInline(ReadOnlyInline):
    model = Shipment
    fields = ("number", "carrier", "tracking_number", "state_label", "sent_at", "delivered_at")
    readonly_fields = fields
    verbose_name_plural = _("parcels")
    state_label = state(colours={"delivered": "success", "failed": "danger", "returned": "warning"})


class CreditInline(ReadOnlyInline):
    model = CreditNote
    fields = ("number", "at", "kind", "total_text", "reason", "person", "asked_at")
    readonly_fields = fields
    verbose_name_plural = _("given back")
    total_text = money("total", _("goes back"), currency=lambda note: note.order.currency)
    person = named("actor", _("by"))

    def get_queryset(self, request: HttpRequest) -> QuerySet[CreditNote]:
        return super().get_queryset(request).select_related("order", "actor")


@admin.register(Order)
class OrderAdmin(PersonalAdmin):
    look_kind = Look.Kind.ORDER
    list_display = ("number", "placed_at", "store", "recipient", "total_text", "state_label", "deadline")
    list_filter = (("state", ChoicesDropdownFilter), ("store", OwnFilter))
    list_filter_submit = True
    list_select_related = ("store", "purchase")
    search_fields = ("=number", "=purchase__number", "=purchase__email", "purchase__recipient")
    date_hierarchy = "placed_at"
    ordering = ("-id",)
    fieldsets = (
        (None, {"fields": (("number", "state_label"), ("store_link", "purchase_link"), ("placed_at", "deadline"))}),
        (
            _("Money"),
            {"fields": (("goods_text", "delivery_text"), ("tax_text", "total_text"), ("commission", "payment"))},
        ),
        (
            _("Delivery"),
            {"fields": (("recipient", "delivery_name"), "address", ("delivered_at", "cancel_reason"), "workbench")},
        ),
    )
    inlines = (LineInline, CreditInline, StepInline, ParcelInline)
    state_label = order_state
    goods_text = money("goods_total", _("goods"))
    delivery_text = money("delivery_total", _("delivery"))
    tax_text = money("tax_total", _("tax included"))
    total_text = money("total", _("total"))
    commission = percent("commission_bp", _("commission"))
    store_link = linked("store", _("store"))
    purchase_link = linked("purchase", _("purchase"))

    def person_of(self, thing: Order) -> int | None:
        user_id: int | None = thing.purchase.user_id
        return user_id

    def get_queryset(self, request: HttpRequest) -> QuerySet[Order]:
        orders = super().get_queryset(request).select_related("union", "store", "purchase")
        return orders.annotate(payment_failed=never_paid())

    def get_urls(self) -> list[URLPattern]:
        return [*figure_pages(self), *super().get_urls()]

    @display(description=_("recipient"), ordering="purchase__recipient")
    def recipient(self, order: Order) -> str:
        return order.purchase.recipient or order.purchase.email or "—"

    @display(description=_("address"))
    def address(self, order: Order) -> str:
        return _address(order.purchase)

    @display(description=_("payment"))
    @once
    def payment(self, order: Order) -> SafeString | str:
        return link(_payment_of(order.purchase))

    @display(description=_("workbench"))
    def workbench(self, order: Order) -> SafeString:
        words = {"union": order.union.slug, "store": order.store.slug, "number": order.number}
        return format_html(
            '<a class="office-link" href="{}">{}</a>', reverse("manage:order", kwargs=words), _("as its store sees it")
        )


class OrderInline(ReadOnlyInline):
    model = Order
    fields = ("page", "store", "total_text", "state_label", "deadline")
    readonly_fields = fields
    verbose_name_plural = _("orders of its stores")
    state_label = order_state
    total_text = money("total", _("total"))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Order]:
        orders = super().get_queryset(request).select_related("store").order_by("id")
        return orders.annotate(payment_failed=never_paid())

    @display(description=_("order"))
    def page(self, order: Order) -> SafeString | str:
        return link(order)


@admin.register(Purchase)
class PurchaseAdmin(PersonalAdmin):
    look_kind = Look.Kind.PURCHASE
    list_display = ("number", "placed_at", "recipient", "email", "total_text", "origin")
    list_filter = (("origin", ChoicesDropdownFilter),)
    search_fields = ("=number", "=email", "recipient", "=external_id")
    date_hierarchy = "placed_at"
    ordering = ("-id",)
    # Its token opens the shopper's tracking page and is nobody else's.
    fieldsets = (
        (None, {"fields": (("number", "placed_at"), ("total_text", "payment"), ("origin", "external_id"))}),
        (_("Shopper"), {"fields": (("recipient", "customer_link"), ("email", "phone"), "address", "note", "union")}),
        (_("How they came here"), {"fields": ("way",)}),
    )
    inlines = (OrderInline,)
    total_text = money("total", _("total"))
    customer_link = linked("customer", _("customer"))

    def get_urls(self) -> list[URLPattern]:
        return [*visitor_pages(self), *super().get_urls()]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Purchase]:
        return super().get_queryset(request).select_related("customer", "union")

    @display(description=_("address"))
    def address(self, purchase: Purchase) -> str:
        return _address(purchase)

    @display(description=_("before the purchase"))
    @once
    def way(self, purchase: Purchase) -> SafeString | str:
        """The whole way across stores, of shoppers who agreed to be recognised."""
        path = path_of(purchase.union, purchase.pk)
        if path is None:
            return "—"
        words = path_words(path, path.steps)
        rows = ((each["time"].strftime("%Y-%m-%d %H:%M"), each["title"], each["text"]) for each in words["moments"])
        steps = format_html_join("", "<li>{} {}: {}</li>", rows)
        return format_html("<p>{}</p><ol>{}</ol>", words["summary"], steps)

    @display(description=_("payment"))
    @once
    def payment(self, purchase: Purchase) -> SafeString | str:
        return link(_payment_of(purchase))


@admin.register(ReturnRule)
class ReturnRuleAdmin(OfficeAdmin):
    """The union's own rule is the one without a store; a store may give more days, not fewer."""

    added_by = changed_by = deleted_by = Who.OFFICE
    list_display = ("store", "days", "words")
    list_select_related = ("store",)
    ordering = ("union", "store")
    autocomplete_fields = ("store",)
    fieldsets = ((None, {"fields": ("union", "store", "days", "words")}),)


class ReturnLineInline(ReadOnlyInline):
    model = ReturnLine
    fields = ("sku", "title", "quantity", "restocked", "written_off", "total_text")
    readonly_fields = fields
    verbose_name_plural = _("lines")
    total_text = money("total", _("total"), currency=lambda line: line.returned.currency)

    def get_queryset(self, request: HttpRequest) -> QuerySet[ReturnLine]:
        return super().get_queryset(request).select_related("returned")


@admin.register(Return)
class ReturnAdmin(OfficeAdmin):
    list_display = ("number", "requested_at", "store", "order", "total_text", "state_label", "reason")
    list_filter = (("state", ChoicesDropdownFilter),)
    list_select_related = ("store", "order")
    search_fields = ("=number", "=order__number", "=external_id", "=customer_reference")
    date_hierarchy = "requested_at"
    ordering = ("-id",)
    fieldsets = (
        (
            None,
            {"fields": (("number", "state_label"), ("store_link", "order_link"), ("total_text", "customer_reference"))},
        ),
        (_("Why and when"), {"fields": ("reason", ("requested_at", "settled_at"), "union")}),
    )
    inlines = (ReturnLineInline,)
    state_label = state()
    total_text = money("total", _("refunded amount"))
    store_link = linked("store", _("store"))
    order_link = linked("order", _("order"))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Return]:
        return super().get_queryset(request).select_related("store", "order")


def _address(purchase: Purchase) -> str:
    parts = (purchase.line1, purchase.line2, purchase.postal_code, purchase.city, purchase.region, purchase.country)
    return ", ".join(part for part in parts if part) or "—"


def _payment_of(purchase: Purchase) -> PaymentRequest | None:
    """An imported purchase was paid elsewhere."""
    return PaymentRequest.objects.filter(union=purchase.union_id, reference=purchase.number).first()
