"""Who may see and change what in the administration: derived from the person's places in unions' offices.

The administration runs outside of a tenancy scope, so the filters here are the guard. Every page, list, choice,
autocomplete, action and history goes through `OfficeAdmin`.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import IntEnum
from typing import Any

from django.contrib import admin
from django.db.models import Field, ForeignKey, Model, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin, TabularInline
from unfold.contrib.filters.admin import AutocompleteSelectFilter, DropdownFilter

from accounts.models import User
from core.clients import address_of
from core.numbers import row_id
from unions.models import AuditEntry, BusinessClass, Union
from unions.queries import Office
from unions.queries import office_of as office_of_user
from unions.services.audit import note_deed


class Who(IntEnum):
    """Whose hands may do something: nobody's (services own it), the center's, or the union's own office's too."""

    NOBODY = 0
    CENTER = 1
    OFFICE = 2


def office_of(request: HttpRequest) -> Office:
    """What whoever asks may reach; one query per request."""
    return office_of_user(request.user)


def actor_of(request: HttpRequest) -> User:
    """Who does it: the site lets nobody in who has not signed in."""
    assert isinstance(request.user, User)
    return request.user


class OfficeAdmin(ModelAdmin):
    """Base of every page. No rows of Django's permissions: what a person may follows from the union of the thing."""

    union_lookup = "union"
    seen_by = Who.OFFICE
    added_by = changed_by = deleted_by = Who.NOBODY

    list_per_page = 50
    list_max_show_all = 200
    list_filter_sheet = False
    show_full_result_count = False
    compressed_fields = True
    actions_on_top = True

    def unions_of(self, thing: Any) -> set[int]:
        """Ids of the unions to which the thing belongs."""
        return {thing.union_id}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        office = office_of(request)
        rows = super().get_queryset(request)
        if self.seen_by != Who.OFFICE:
            return rows if office.everywhere else rows.none()
        return office.limit(rows, self.union_lookup)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        office = office_of(request)
        if self.seen_by != Who.OFFICE:
            return office.everywhere
        return office.may_see(office.sees if obj is None else self.unions_of(obj))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self._may(request, self.added_by)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self._may(request, self.changed_by, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self._may(request, self.deleted_by, obj)

    def has_run_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Whether the person runs an office: for actions that call services."""
        return self._may(request, Who.OFFICE, obj)

    def _may(self, request: HttpRequest, who: Who, obj: Model | None = None) -> bool:
        office = office_of(request)
        if who != Who.OFFICE:
            return office.everywhere and who == Who.CENTER
        return office.may_run(office.runs if obj is None else self.unions_of(obj))

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        actions = super().get_actions(request)
        # Whole lists are never thrown away at once: deleting goes one by one, with its own confirmation.
        actions.pop("delete_selected", None)
        return actions

    def construct_change_message(self, request: HttpRequest, form: Any, formsets: Any, add: bool = False) -> Any:
        """Django asks once per saved page what to write down; the audit log takes before and after from it, too."""
        request.office_changes = {} if add else changes_in(form, formsets)  # type: ignore[attr-defined]
        return super().construct_change_message(request, form, formsets, add)

    def log_addition(self, request: HttpRequest, obj: Model, message: Any) -> Any:
        self._note(request, obj, AuditEntry.Verb.ADDED)
        return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: Model, message: Any) -> Any:
        """A text instead of Django's list of changes is a move with its reason."""
        if isinstance(message, str):
            self._note(request, obj, AuditEntry.Verb.MOVED, words=message)
        elif changes := getattr(request, "office_changes", {}):
            self._note(request, obj, AuditEntry.Verb.CHANGED, changes=changes)
        return super().log_change(request, obj, message)

    def log_deletions(self, request: HttpRequest, queryset: Any) -> Any:
        for thing in queryset:
            self._note(request, thing, AuditEntry.Verb.DELETED)
        return super().log_deletions(request, queryset)

    def _note(self, request: HttpRequest, thing: Any, verb: AuditEntry.Verb, **more: Any) -> None:
        note_deed(
            unions=self.unions_of(thing),
            actor=actor_of(request),
            verb=verb,
            thing=thing,
            address=address_of(request),
            now=timezone.now(),
            **more,
        )

    def formfield_for_dbfield(self, db_field: Field, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field is not None and db_field.remote_field and db_field.related_model is Union:
            # Which union it is, is chosen here; unions are edited on their own page.
            for word in ("add", "change", "delete", "view"):
                setattr(field.widget, f"can_{word}_related", False)
        return field

    def formfield_for_foreignkey(self, db_field: ForeignKey, request: HttpRequest, **kwargs: Any) -> Any:
        kwargs.setdefault("queryset", self._choices(db_field, request))
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if field is not None and db_field.remote_field.model is Union:
            office = office_of(request)
            if len(office.runs) == 1:
                field.initial = next(iter(office.runs))
                field.empty_label = None
        return field

    def _choices(self, db_field: ForeignKey, request: HttpRequest) -> QuerySet[Any]:
        """What may be chosen. A model that is neither shared nor has a page of its own here offers nothing."""
        model = db_field.remote_field.model
        office = office_of(request)
        if model is BusinessClass:
            return BusinessClass.objects.all()
        if model is Union:
            return Union.objects.all() if office.everywhere else Union.objects.filter(pk__in=office.runs)
        return reachable(self.admin_site, model, request)

    def get_list_display(self, request: HttpRequest) -> list[str]:
        """A column for the union where a person sees several."""
        columns = list(super().get_list_display(request))
        office = office_of(request)
        if self.union_lookup == "union" and (office.everywhere or len(office.sees) > 1):
            columns.append("union")
        return columns

    def get_list_filter(self, request: HttpRequest) -> list[Any]:
        filters = list(super().get_list_filter(request))
        return [UnionFilter, *filters] if self.union_lookup == "union" else filters

    def get_list_select_related(self, request: HttpRequest) -> Any:
        related = super().get_list_select_related(request)
        if self.union_lookup == "union" and isinstance(related, list | tuple):
            return ["union", *related]
        return related

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list[str]:
        """A thing never moves from one union to another."""
        fields = list(super().get_readonly_fields(request, obj))
        if obj is not None and self.union_lookup == "union" and "union" not in fields:
            fields.append("union")
        return fields


def reachable(site: admin.AdminSite, model: type[Model], request: HttpRequest) -> QuerySet[Any]:
    """The rows that the model's own page shows to this person; nothing for a model without one."""
    page = site._registry.get(model)
    return page.get_queryset(request) if isinstance(page, OfficeAdmin) else model._default_manager.none()


class ReadOnlyInline(TabularInline):
    """Rows below a thing that services write; seen by whoever sees the thing."""

    extra = 0
    max_num = 0
    can_delete = False
    hide_title = True

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return True

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class UnionFilter(DropdownFilter):
    """One of several unions; not shown to whoever sees only one."""

    title = _("union")
    parameter_name = "union"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        office = office_of(request)
        if not office.everywhere and len(office.sees) < 2:
            return []
        unions = Union.objects.order_by("name") if office.everywhere else office.unions
        return [(str(union.pk), union.name) for union in unions]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        union_id = row_id(str(self.value() or ""))
        return queryset if union_id is None else queryset.filter(union_id=union_id)


class OwnFilter(AutocompleteSelectFilter):
    """Rows that belong to one related thing. A thing of another union in the address is not even named."""

    def choices(self, changelist: Any) -> Iterator[dict[str, Any]]:
        for choice in super().choices(changelist):
            field = choice["form"].fields[self.lookup_kwarg]
            field.queryset = reachable(self.model_admin.admin_site, field.queryset.model, self.request)
            yield choice


def changes_in(form: Any, formsets: Any) -> dict[str, list[str]]:
    """Before and after of what a saved page changed, as people read it; rows below the thing under their own names."""
    changes = _changes_of(form, "")
    for rows in formsets or ():
        for row in rows.forms:
            if row.has_changed() and row not in rows.deleted_forms:
                changes |= _changes_of(row, f"{row.instance} · ")
        for gone in getattr(rows, "deleted_objects", ()):
            changes[str(gone)] = [str(gone), ""]
    return changes


def _changes_of(form: Any, prefix: str) -> dict[str, list[str]]:
    changes = {}
    for name in form.changed_data:
        if name not in form.fields or name not in form.cleaned_data:
            continue
        field = form.fields[name]
        before = form.get_initial_for_field(field, name)
        if hasattr(field, "queryset") and before not in (None, ""):
            before = field.queryset.filter(pk__in=before if isinstance(before, list) else [before]).first() or before
        label = str(field.label or name)
        changes[f"{prefix}{label}"] = [
            "" if value in (None, [], ()) else str(value) for value in (before, form.cleaned_data[name])
        ]
    return changes


def field_label(model: type[Model], name: str) -> Any:
    """The words of a model's field."""
    field = model._meta.get_field(name)
    assert isinstance(field, Field)
    return field.verbose_name
