"""Sales procedures: the office makes templates for its stores and reads what stores made of them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from core.errors import DomainError
from orders.forms.templates import TemplateForm
from orders.models import Procedure, ProcedureVersion
from orders.queries.procedures import newest_version, steps_of
from orders.services.procedures import create_procedure, publish_whole, rename_procedure, retire_procedure
from stores.views.manage.frame import blame
from unions.admin.choosing import ask_union, union_chosen
from unions.admin.columns import badge, named
from unions.admin.moves import Move, MovingAdmin
from unions.admin.office import OwnFilter, ReadOnlyInline, Who, actor_of


class VersionInline(ReadOnlyInline):
    model = ProcedureVersion
    fields = ("number", "published_at", "person", "steps_text", "orders_count")
    readonly_fields = fields
    verbose_name_plural = _("versions")
    person = named("published_by", _("by"))

    def get_queryset(self, request: HttpRequest) -> QuerySet[ProcedureVersion]:
        rows = super().get_queryset(request).select_related("published_by").prefetch_related("steps")
        return rows.annotate(orders=Count("runs"))

    @display(description=_("steps"))
    def steps_text(self, version: ProcedureVersion) -> str:
        return " → ".join(step.title for step in version.steps.all())

    @display(description=_("orders"))
    def orders_count(self, version: Any) -> int:
        count: int = version.orders
        return count


def _retire(procedure: Procedure, actor: Any, now: datetime, reason: str) -> None:
    retire_procedure(procedure=procedure, now=now)


@admin.register(Procedure)
class ProcedureAdmin(MovingAdmin):
    added_by = Who.OFFICE
    list_display = ("name", "ref", "whose", "state_text", "created_at")
    list_filter = (("store", OwnFilter),)
    list_filter_submit = True
    list_select_related = ("store",)
    search_fields = ("name", "=ref")
    ordering = ("name", "id")
    fieldsets = ((None, {"fields": (("name", "ref"), ("whose", "state_text"), "created_at", "next_version", "union")}),)
    inlines = (VersionInline,)
    moves = (
        Move(
            "retire",
            _("Put the template away"),
            _("Offer this template to stores no longer? What they made of it stays theirs."),
            _retire,
            lambda procedure: procedure.store_id is None and procedure.retired_at is None,
            is_grave=True,
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Procedure]:
        newest = ProcedureVersion.objects.filter(procedure=OuterRef("pk"), published_at__isnull=False)
        rows = super().get_queryset(request).select_related("union", "store")
        return rows.annotate(current=Subquery(newest.order_by("-number").values("number")[:1]))

    @display(description=_("whose"), ordering="store__name")
    def whose(self, procedure: Procedure) -> str:
        return str(procedure.store.name if procedure.store is not None else _("template of the union"))

    @display(description=_("state"))
    def state_text(self, procedure: Any) -> SafeString:
        if procedure.retired_at is not None:
            return badge(_("put away"), "")
        if procedure.current is None:
            return badge(_("draft"), "warning")
        return badge(_("version %(number)d in force") % {"number": procedure.current}, "success")

    @display(description=_("change"))
    def next_version(self, procedure: Procedure) -> SafeString | str:
        if procedure.store_id is not None:
            return str(_("Stores change their own procedures."))
        address = reverse("admin:orders_procedure_version", args=[procedure.pk])
        return format_html('<a class="office-link" href="{}">{}</a>', address, _("Make a new version"))

    def get_urls(self) -> list[URLPattern]:
        page = path(
            "<int:object_id>/version/",
            self.admin_site.admin_view(self.version_view),
            name="orders_procedure_version",
        )
        return [page, *super().get_urls()]

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """A template of the union with its first steps."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        title, union = _("New template"), union_chosen(request)
        if union is None:
            return ask_union(request, self, title)
        form = TemplateForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            now = timezone.now()
            try:
                with transaction.atomic():
                    made = create_procedure(union=union, store=None, name=form.cleaned_data["name"], now=now)
                    publish_whole(procedure=made, wishes=form.wishes(), actor=actor_of(request), now=now)
            except DomainError as refusal:
                blame(form, refusal)
            else:
                self.log_addition(request, made, "added")
                self.message_user(request, _("Stores can begin with it from now on."), messages.SUCCESS)
                return self._to(made)
        back = reverse("admin:orders_procedure_changelist")
        return self.show_form(request, form, title=title, question=str(union), back=back)

    def version_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """The next version of a template; what stores made of it stays as it is."""
        found = self.get_object(request, str(object_id))
        if found is None or found.store_id is not None or found.retired_at is not None:
            raise Http404
        if not self.has_run_permission(request, found):
            raise Http404
        form = TemplateForm(request.POST or None, name=found.name, steps=steps_of(newest_version(found)))
        if request.method == "POST" and form.is_valid():
            try:
                with transaction.atomic():
                    rename_procedure(procedure=found, name=form.cleaned_data["name"])
                    version = publish_whole(
                        procedure=found, wishes=form.wishes(), actor=actor_of(request), now=timezone.now()
                    )
            except DomainError as refusal:
                blame(form, refusal)
            else:
                self.log_change(request, found, f"version {version.number}")
                said = _("Version %(number)d is in force from now on.") % {"number": version.number}
                self.message_user(request, said, messages.SUCCESS)
                return self._to(found)
        question = _("Stores that begin with it from now on get these steps; copies that were made stay as they are.")
        back = reverse("admin:orders_procedure_change", args=[found.pk])
        return self.show_form(request, form, title=_("New version"), question=question, back=back)

    def _to(self, procedure: Procedure) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:orders_procedure_change", args=[procedure.pk]))
