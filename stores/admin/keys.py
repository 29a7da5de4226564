"""Keys of programs. The office issues the union's own and revokes any; a key is shown once and kept nowhere."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Field, Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from stores.models import ApiKey
from stores.services.keys import SCOPES, issue_key, offered_scopes, revoke_key
from unions.admin.moves import Move, MovingAdmin
from unions.admin.office import Who, actor_of


def _revoke(key: ApiKey, actor: Any, now: datetime, reason: str) -> None:
    revoke_key(key=key, actor=actor, now=now)


@admin.register(ApiKey)
class ApiKeyAdmin(MovingAdmin):
    added_by = Who.OFFICE
    list_display = ("name", "begins_with", "belongs_to", "may", "created_at", "last_used_at", "revoked_at")
    list_filter = (("revoked_at", admin.EmptyFieldListFilter),)
    list_select_related = ("store", "user")
    search_fields = ("name", "hint", "store__name")
    ordering = ("-created_at",)
    add_fieldsets = ((None, {"fields": ("union", "name", "scopes")}),)
    fieldsets = (
        (None, {"fields": (("name", "begins_with"), ("belongs_to", "union"), "may")}),
        (_("Life"), {"fields": (("created_at", "last_used_at", "revoked_at"),)}),
    )
    moves = (
        Move(
            "revoke",
            _("Revoke"),
            _("End these keys at once? Programs that use them are refused from now on."),
            _revoke,
            lambda key: key.revoked_at is None,
            is_grave=True,
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[ApiKey]:
        return super().get_queryset(request).select_related("store", "user")

    @display(description=_("begins with"))
    def begins_with(self, key: ApiKey) -> str:
        return f"{key.hint}…"

    @display(description=_("belongs to"))
    def belongs_to(self, key: ApiKey) -> str:
        if key.store is not None:
            return key.store.name
        return str(_("a customer")) if key.user_id else str(_("the union"))

    @display(description=_("may"))
    def may(self, key: ApiKey) -> str:
        return ", ".join(str(SCOPES.get(scope, scope)) for scope in key.scopes)

    def formfield_for_dbfield(self, db_field: Field, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "scopes":
            return forms.MultipleChoiceField(
                label=_("What the key may do"), choices=offered_scopes(), widget=UnfoldAdminCheckboxSelectMultipleWidget
            )
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        key, plain = issue_key(union=obj.union, name=obj.name, scopes=obj.scopes, actor=actor_of(request))
        obj.pk, obj.hint = key.pk, key.hint
        obj.plain = plain

    def response_add(self, request: HttpRequest, obj: Model, post_url_continue: str | None = None) -> HttpResponse:
        """The one page that ever shows the key; neither a message nor an address carries it."""
        context = {
            **self.admin_site.each_context(request),
            "title": _("The new key"),
            "opts": self.opts,
            "key": obj,
            "plain": obj.plain,  # type: ignore[attr-defined]
        }
        return TemplateResponse(request, "admin/office/key.html", context)
