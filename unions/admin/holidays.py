"""The union's holidays: its own, and those that it takes over from the calendar of its country."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.decorators import action

from unions.admin.choosing import ask_union, union_chosen
from unions.admin.office import Who, actor_of
from unions.admin.translated import TranslatedAdmin
from unions.models import UnionHoliday
from unions.services.holidays import public_holidays, take_over_holidays


@admin.register(UnionHoliday)
class HolidayAdmin(TranslatedAdmin):
    added_by = changed_by = deleted_by = Who.OFFICE
    texts = ("name",)
    list_display = ("date", "name")
    search_fields = ("name",)
    date_hierarchy = "date"
    ordering = ("date",)
    fieldsets = ((None, {"fields": ("union", ("date", "name"))}),)
    actions_list = ("calendar",)

    @action(description=gettext_lazy("Take over public holidays"), url_path="calendar", permissions=["run"])
    def calendar(self, request: HttpRequest) -> HttpResponse:
        """Show the public holidays of the coming year; on POST they are the union's."""
        title = _("Take over public holidays")
        union = union_chosen(request)
        if union is None:
            return ask_union(request, self, title)
        now = timezone.now()
        back = reverse("admin:unions_unionholiday_changelist")
        if request.method == "POST":
            count = take_over_holidays(union=union, actor=actor_of(request), now=now)
            said = ngettext("%(count)d holiday is new.", "%(count)d holidays are new.", count)
            self.message_user(request, said % {"count": count}, messages.SUCCESS)
            return HttpResponseRedirect(back)
        own = set(UnionHoliday.objects.filter(union=union).values_list("date", flat=True))
        found = public_holidays(union=union, language=union.default_language, start=now.date())
        context: dict[str, Any] = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": title,
            "union": union,
            "days": [(day, name, day in own) for day, name in found],
            "back": back,
        }
        return TemplateResponse(request, "admin/office/holidays.html", context)
