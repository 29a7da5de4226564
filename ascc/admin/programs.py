"""Service programs: the center makes its own and reads those of stores; versions follow each other."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from ascc.forms.programs import ProgramForm
from ascc.models import ProgramVersion, ServiceProgram
from ascc.presenting.programs import covers_text, length_text
from ascc.services.programs import create_program, end_program, publish_version
from core.errors import DomainError
from core.money import format_money
from stores.views.manage.frame import blame
from unions.admin.choosing import ask_union, union_chosen
from unions.admin.columns import badge
from unions.admin.moves import Move, MovingAdmin
from unions.admin.office import OwnFilter, ReadOnlyInline, Who


class VersionInline(ReadOnlyInline):
    model = ProgramVersion
    fields = ("number", "title", "covering", "sale", "lasts", "visits", "fee_text", "price_text", "valid_from",
              "valid_until")  # fmt: skip
    readonly_fields = fields
    verbose_name_plural = _("versions")
    ordering = ("-number",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[ProgramVersion]:
        return super().get_queryset(request).select_related("union")

    @display(description=_("covers"))
    def covering(self, version: ProgramVersion) -> str:
        return covers_text(version)

    @display(description=_("lasts"))
    def lasts(self, version: ProgramVersion) -> str:
        return length_text(version)

    @display(description=_("provider's fee per visit"))
    def fee_text(self, version: ProgramVersion) -> str:
        return format_money(version.fee, version.union.currency)

    @display(description=_("price as an extra"))
    def price_text(self, version: ProgramVersion) -> str:
        return format_money(version.price, version.union.currency) if version.price else "—"


def _end(program: ServiceProgram, actor: Any, now: datetime, reason: str) -> None:
    end_program(program=program, now=now)


def _is_open(program: Any) -> bool:
    return bool(program.open_version)


@admin.register(ServiceProgram)
class ServiceProgramAdmin(MovingAdmin):
    added_by = Who.OFFICE
    list_display = ("name", "ref", "issuer", "state_text", "created_at")
    list_filter = (("store", OwnFilter),)
    list_filter_submit = True
    list_select_related = ("store",)
    search_fields = ("name", "=ref")
    ordering = ("name", "id")
    fieldsets = (
        (None, {"fields": (("name", "ref"), ("issuer", "state_text"), "created_at", "union")}),
        (_("What it says now"), {"fields": ("terms", "next_version")}),
    )
    inlines = (VersionInline,)
    moves = (
        Move(
            "end",
            _("End the program"),
            _("Promise nothing more under this program? What was issued stays good; stores sell it no longer."),
            _end,
            _is_open,
            is_grave=True,
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[ServiceProgram]:
        newest = ProgramVersion.objects.filter(program=OuterRef("pk"), valid_until=None).order_by("-number")
        rows = super().get_queryset(request).select_related("union", "store")
        return rows.annotate(
            open_version=Subquery(newest.values("number")[:1]), open_terms=Subquery(newest.values("terms")[:1])
        )

    @display(description=_("promised by"), ordering="store__name")
    def issuer(self, program: ServiceProgram) -> str:
        return str(program.store.name if program.store is not None else _("the service center"))

    @display(description=_("state"))
    def state_text(self, program: Any) -> SafeString:
        if program.open_version is None:
            return badge(_("ended"), "")
        return badge(_("version %(number)d in force") % {"number": program.open_version}, "success")

    @display(description=_("terms"))
    def terms(self, program: Any) -> SafeString | str:
        return format_html('<div class="office-said">{}</div>', program.open_terms) if program.open_terms else "—"

    @display(description=_("change"))
    def next_version(self, program: Any) -> SafeString | str:
        if program.store_id is not None:
            return str(_("Stores change their own programs."))
        address = reverse("admin:ascc_serviceprogram_version", args=[program.pk])
        return format_html('<a class="office-link" href="{}">{}</a>', address, _("Make a new version"))

    def get_urls(self) -> list[URLPattern]:
        page = path(
            "<int:object_id>/version/",
            self.admin_site.admin_view(self.version_view),
            name="ascc_serviceprogram_version",
        )
        return [page, *super().get_urls()]

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """A program of the center, with all that its first version says."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        title, union = _("New program"), union_chosen(request)
        if union is None:
            return ask_union(request, self, title)
        form = ProgramForm(request.POST or None, union=union)
        if request.method == "POST" and form.is_valid():
            try:
                program = create_program(union=union, store=None, promise=form.promise(), now=timezone.now())
            except DomainError as refusal:
                blame(form, refusal)
            else:
                self.log_addition(request, program, "added")
                self.message_user(request, _("The program is in force from now on."), messages.SUCCESS)
                return self._to(program)
        back = reverse("admin:ascc_serviceprogram_changelist")
        return self.show_form(request, form, title=title, question=str(union), back=back)

    def version_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """The next version of one of the center's programs; nobody's voucher changes."""
        program = self.get_object(request, str(object_id))
        if program is None or program.store_id is not None or not self.has_run_permission(request, program):
            raise Http404
        current = program.versions.prefetch_related("scopes", "rewards").order_by("-number").first()
        form = ProgramForm(request.POST or None, union=program.union, version=current)
        if request.method == "POST" and form.is_valid():
            try:
                version = publish_version(program=program, promise=form.promise(), now=timezone.now())
            except DomainError as refusal:
                blame(form, refusal)
            else:
                self.log_change(request, program, f"version {version.number}")
                said = _("Version %(number)d is in force from now on.") % {"number": version.number}
                self.message_user(request, said, messages.SUCCESS)
                return self._to(program)
        question = _("From now on new vouchers are issued under this version; those that were issued keep theirs.")
        back = reverse("admin:ascc_serviceprogram_change", args=[program.pk])
        return self.show_form(request, form, title=_("New version"), question=question, back=back)

    def _to(self, program: ServiceProgram) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:ascc_serviceprogram_change", args=[program.pk]))
