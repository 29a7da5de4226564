"""Who looked at personal data: noted by the pages that show it, read here."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.paginator import InfinitePaginator

from unions.admin.columns import named, state
from unions.admin.office import OfficeAdmin, actor_of
from unions.models import Look
from unions.services.looks import note_look


@admin.register(Look)
class LookAdmin(OfficeAdmin):
    paginator = InfinitePaginator
    list_display = ("at", "who", "place", "kind_label", "reference")
    list_filter = (("kind", ChoicesDropdownFilter),)
    list_select_related = ("staff",)
    search_fields = ("=reference", "=staff__email", "place")
    date_hierarchy = "at"
    ordering = ("-at",)
    fields = (("at", "union"), ("who", "place"), ("kind_label", "reference"))
    kind_label = state("kind", _("what"))
    who = named("staff", _("who looked"))


class PersonalAdmin(OfficeAdmin):
    """A page that shows somebody's name and address: opening it is noted."""

    look_kind = ""

    def person_of(self, thing: Any) -> int | None:
        """Whose data it is, if they have a sign-in."""
        return None if thing.user_id is None else int(thing.user_id)

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        thing = kwargs.get("obj")
        if thing is not None and request.method == "GET":
            note_look(
                union=thing.union,
                staff=actor_of(request),
                kind=self.look_kind,
                reference=str(getattr(thing, "number", "") or thing.pk),
                place=thing.union.name,
                person_id=self.person_of(thing),
            )
        return super().render_change_form(request, context, *args, **kwargs)
