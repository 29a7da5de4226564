"""What a page of the administration tells the audit log, and the page that shows the log."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, DropdownFilter, RangeDateFilter
from unfold.decorators import display

from unions.admin.columns import named, state
from unions.admin.office import OfficeAdmin
from unions.models import AuditEntry

VERBS = {"added": "success", "changed": "info", "deleted": "danger", "moved": "warning"}


class KindFilter(DropdownFilter):
    """Things of one kind, among the kinds that have a page here."""

    title = _("kind of thing")
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        pages = [page for page in model_admin.admin_site._registry.values() if page.has_view_permission(request)]
        return sorted(((page.opts.label_lower, page.opts.verbose_name) for page in pages), key=lambda one: str(one[1]))

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.filter(kind=self.value()) if self.value() else queryset


@admin.register(AuditEntry)
class AuditAdmin(OfficeAdmin):
    """Read only, newest first."""

    list_display = ("at", "person", "verb_label", "what", "changed")
    list_filter = (("verb", ChoicesDropdownFilter), KindFilter, ("at", RangeDateFilter))
    list_filter_submit = True
    list_select_related = ("actor",)
    search_fields = ("name", "words", "actor__name", "actor__email")
    date_hierarchy = "at"
    fields = ("at", "person", "verb_label", "what", "words", "before_and_after", "address", "union")
    readonly_fields = fields

    person = named("actor", _("by"))
    verb_label = state("verb", _("did"), VERBS)

    def get_queryset(self, request: HttpRequest) -> QuerySet[AuditEntry]:
        return super().get_queryset(request).select_related("actor", "union")

    def unions_of(self, thing: AuditEntry) -> set[int]:
        return {thing.union_id} if thing.union_id else set()

    @display(description=_("thing"), ordering="name")
    def what(self, entry: AuditEntry) -> SafeString:
        page = next((page for page in self.admin_site._registry.values() if page.opts.label_lower == entry.kind), None)
        kind = page.opts.verbose_name if page is not None else entry.kind
        return format_html('{} <span class="office-note">{}</span>', self._name(entry), kind)

    def _name(self, entry: AuditEntry) -> SafeString | str:
        """A link, unless the thing is gone."""
        if entry.verb == AuditEntry.Verb.DELETED:
            return entry.name
        try:
            address = reverse(f"admin:{entry.kind.replace('.', '_')}_change", args=[entry.thing])
        except NoReverseMatch:
            return entry.name
        return format_html('<a class="office-link" href="{}">{}</a>', address, entry.name)

    @display(description=_("changes"))
    def changed(self, entry: AuditEntry) -> str:
        return ", ".join(entry.changes) or entry.words

    @display(description=_("before and after"))
    def before_and_after(self, entry: AuditEntry) -> SafeString | str:
        if not entry.changes:
            return "—"
        rows = ((name, before or "—", after or "—") for name, (before, after) in entry.changes.items())
        return format_html_join("", "<p><strong>{}</strong><br>{} → {}</p>", rows)
