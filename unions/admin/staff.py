"""People of the union's office. They are appointed by e-mail address: offices do not browse people."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display
from unfold.widgets import UnfoldAdminEmailInputWidget

from core.errors import DomainError, Invalid
from unions.admin.columns import state
from unions.admin.office import OfficeAdmin, Who, actor_of
from unions.models import UnionStaff
from unions.services.staff import appoint, change_role, dismiss


class AppointForm(forms.ModelForm):
    """Appoints while it is checked, so that the service's refusal stands beside the field."""

    email = forms.EmailField(
        label=_("E-mail address"),
        widget=UnfoldAdminEmailInputWidget,
        help_text=_("The address with which the person signs in here."),
    )
    actor: Any = None

    class Meta:
        model = UnionStaff
        fields = ("union", "role")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if self.errors:
            return cleaned
        try:
            self.instance = appoint(
                union=cleaned["union"], email=cleaned["email"], role=cleaned["role"], actor=self.actor
            )
        except Invalid as refusal:
            self.add_error(refusal.field, str(refusal.detail))
        except DomainError as refusal:
            self.add_error(None, str(refusal))
        return cleaned

    def _post_clean(self) -> None:
        """The place is there already; nothing is left to check or to save."""


class RoleForm(forms.ModelForm):
    """Changes the role while it is checked, for the same reason."""

    actor: Any = None

    class Meta:
        model = UnionStaff
        fields = ("role",)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not self.errors:
            try:
                change_role(place=self.instance, role=cleaned["role"], actor=self.actor)
            except DomainError as refusal:
                self.add_error("role", str(refusal))
        return cleaned


@admin.register(UnionStaff)
class StaffAdmin(OfficeAdmin):
    added_by = changed_by = deleted_by = Who.OFFICE
    list_display = ("person", "address", "role_label")
    list_filter = (("role", ChoicesDropdownFilter),)
    list_select_related = ("user",)
    search_fields = ("user__name", "user__email")
    ordering = ("union__name", "user__name")
    readonly_fields = ("person", "address")

    role_label = state("role", _("role"), {"admin": "primary", "support": "info"})

    @display(description=_("person"), ordering="user__name")
    def person(self, place: UnionStaff) -> str:
        return place.user.get_full_name()

    @display(description=_("e-mail address"), ordering="user__email")
    def address(self, place: UnionStaff) -> str:
        return place.user.email

    def get_fieldsets(self, request: HttpRequest, obj: Model | None = None) -> Any:
        fields = ("union", "email", "role") if obj is None else ("person", "address", "union", "role")
        return ((None, {"fields": fields}),)

    def get_form(self, request: HttpRequest, obj: Model | None = None, change: bool = False, **kwargs: Any) -> Any:
        form = AppointForm if obj is None else RoleForm
        if obj is None:
            kwargs["fields"] = ("union", "role")
        made = super().get_form(request, obj, change=change, **{**kwargs, "form": form})
        made.actor = actor_of(request)
        return made

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """The form has done it."""

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        dismiss(place=obj, actor=actor_of(request))

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        try:
            return super().delete_view(request, object_id, extra_context)
        except DomainError as refusal:
            self.message_user(request, str(refusal), messages.ERROR)
            return HttpResponseRedirect(reverse("admin:unions_unionstaff_change", args=[object_id]))
