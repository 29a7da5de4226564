"""The ASCC database of a union: every voucher, found by any code, with its timeline; figures and exports."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display
from unfold.paginator import InfinitePaginator

from ascc.admin.shared import COLOURS, ask_union, center_by, private_file, union_chosen
from ascc.models import Transmission, Voucher, VoucherStep
from ascc.presenting.figures import care_shown, span_asked
from ascc.presenting.tables import SHAPES, table_file
from ascc.queries.finding import export_head, export_rows, find_vouchers
from ascc.queries.kept_figures import figures_lately
from ascc.services.ending import cancel_voucher
from unions.admin.columns import link, linked, money, named, state
from unions.admin.moves import Move, MovingAdmin
from unions.admin.office import OwnFilter, ReadOnlyInline


class StepInline(ReadOnlyInline):
    model = VoucherStep
    fields = ("at", "what", "step", "side", "person", "address", "note")
    readonly_fields = fields
    verbose_name_plural = _("timeline")
    person = named("actor", _("by"))

    def get_queryset(self, request: HttpRequest) -> QuerySet[VoucherStep]:
        return super().get_queryset(request).select_related("actor")

    @display(description=_("step"))
    def step(self, step: VoucherStep) -> str:
        words = dict(Voucher.State.choices)
        came = words.get(step.from_state, "")
        if step.from_state == step.to_state:
            return "—"
        return f"{came} → {words[step.to_state]}" if came else str(words[step.to_state])


class TransmissionInline(ReadOnlyInline):
    model = Transmission
    fields = ("sent_at", "to", "state", "answered_at", "wish", "reason")
    readonly_fields = fields
    verbose_name_plural = _("handed to")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Transmission]:
        return super().get_queryset(request).select_related("provider__store")

    @display(description=_("service provider"))
    def to(self, transmission: Transmission) -> str:
        return transmission.provider.store.name


def _cancel(voucher: Voucher, actor: Any, now: datetime, reason: str) -> None:
    cancel_voucher(voucher=voucher, by=center_by(actor), now=now, reason=reason)


@admin.register(Voucher)
class VoucherAdmin(MovingAdmin):
    """Ten million rows are looked through by index: no count of all, no walk through the months."""

    paginator = InfinitePaginator
    list_before_template = "admin/office/vouchers.html"
    list_display = (
        "code",
        "program_name",
        "about",
        "seller",
        "provider_name",
        "state_label",
        "issued_at",
        "expires_at",
    )
    list_filter = (
        ("state", ChoicesDropdownFilter),
        ("program", OwnFilter),
        ("store", OwnFilter),
        ("provider", OwnFilter),
    )
    list_filter_submit = True
    list_select_related = ("program", "version", "store", "provider__store")
    search_fields = ("=code",)
    search_help_text = _("A code, serial number, e-mail address, or the number of an order, service or claim")
    ordering = ("-id",)
    fieldsets = (
        (None, {"fields": (("code", "state_label"), ("program_link", "version_number"), ("about", "piece"))}),
        (_("Whose"), {"fields": (("seller_link", "order_link"), ("customer", "provider_link"))}),
        (
            _("Use"),
            {"fields": (("visits", "used"), ("fund_text", "spent_text"), ("serial", "photo_link"))},
        ),
        (_("When"), {"fields": (("issued_at", "activate_until"), ("activated_at", "expires_at"), "union")}),
    )
    inlines = (StepInline, TransmissionInline)
    moves = (
        Move(
            "cancel",
            _("Cancel"),
            _("Take these vouchers out of use? What was set aside for them goes back to who paid it."),
            _cancel,
            lambda voucher: voucher.state in Voucher.UNUSED,
            asks_reason=True,
            is_grave=True,
        ),
    )
    state_label = state(colours=COLOURS)
    program_link = linked("program", _("program"))
    seller_link = linked("store", _("sold by"))
    fund_text = money("fund", _("set aside for it"))
    spent_text = money("spent", _("used of that"))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Voucher]:
        found = super().get_queryset(request)
        return found.select_related("program__store", "version", "store", "provider__store", "owner",
                                    "order_line__order", "union")  # fmt: skip

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Voucher], search_term: str
    ) -> tuple[QuerySet[Voucher], bool]:
        return find_vouchers(queryset, search_term), False

    @display(description=_("program"))
    def program_name(self, voucher: Voucher) -> str:
        return voucher.version.title

    @display(description=_("version"))
    def version_number(self, voucher: Voucher) -> int:
        return voucher.version.number

    @display(description=_("sold by"), ordering="store__name")
    def seller(self, voucher: Voucher) -> str:
        return voucher.store.name

    @display(description=_("service provider"))
    def provider_name(self, voucher: Voucher) -> str:
        return voucher.provider.store.name if voucher.provider is not None else "—"

    @display(description=_("service provider"))
    def provider_link(self, voucher: Voucher) -> Any:
        return link(voucher.provider, voucher.provider.store.name) if voucher.provider is not None else "—"

    @display(description=_("order"))
    def order_link(self, voucher: Voucher) -> Any:
        return link(voucher.order_line.order)

    @display(description=_("customer"))
    def customer(self, voucher: Voucher) -> str:
        if voucher.owner is not None:
            return f"{voucher.owner.name} ({voucher.owner.email})"
        return f"{_('not claimed yet')} ({voucher.email})"

    @display(description=_("photo as proof"))
    def photo_link(self, voucher: Voucher) -> Any:
        if not voucher.photo:
            return "—"
        address = reverse("admin:ascc_voucher_photo", args=[voucher.pk])
        return format_html('<a class="office-link" href="{}">{}</a>', address, _("Look at it"))

    def get_urls(self) -> list[URLPattern]:
        pages = [
            path("figures/", self.admin_site.admin_view(self.figures_view), name="ascc_figures"),
            path("export.<str:shape>", self.admin_site.admin_view(self.export_view), name="ascc_voucher_export"),
            path("<int:object_id>/photo/", self.admin_site.admin_view(self.photo_view), name="ascc_voucher_photo"),
        ]
        return [*pages, *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        asked = request.GET.urlencode()
        return super().changelist_view(request, {**(extra_context or {}), "asked": f"?{asked}" if asked else ""})

    def photo_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """The photo with which it was activated."""
        voucher = self.get_object(request, str(object_id))
        if voucher is None or not self.has_view_permission(request, voucher) or not voucher.photo:
            raise Http404
        return private_file(voucher.photo)

    def export_view(self, request: HttpRequest, shape: str) -> StreamingHttpResponse:
        """What the list shows, as a table for a spreadsheet."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        if shape not in SHAPES:
            raise Http404
        shown = self.get_changelist_instance(request).queryset
        return table_file(request, name="vouchers", shape=shape, head=export_head(), rows=export_rows(shown))

    def figures_view(self, request: HttpRequest) -> HttpResponse:
        """How the union's after-sales service goes."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        union = union_chosen(request, runs=False)
        if union is None:
            return ask_union(request, self, _("Figures of after-sales service"), runs=False)
        days = span_asked(request.GET.get("days", ""))
        now = timezone.now()
        figures = figures_lately(union, days=days, now=now)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Figures of after-sales service"),
            "union": union,
            **care_shown(figures, union=union, days=days, now=now),
        }
        return TemplateResponse(request, "admin/office/care_figures.html", context)
