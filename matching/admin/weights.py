"""How a union weighs the parts of the ranking; shoppers see it beside the answers."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from matching.models import Weights
from matching.queries.ranking import PARTS
from unions.admin.office import OfficeAdmin, Who


class WeightsForm(forms.ModelForm):
    """Something has to count."""

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if all(data.get(part) == 0 for part in PARTS):
            raise forms.ValidationError(_("At least one part has to count."))
        return data


@admin.register(Weights)
class WeightsAdmin(OfficeAdmin):
    added_by = changed_by = deleted_by = Who.OFFICE
    form = WeightsForm
    list_display = ("union_name", *PARTS, "together")
    list_display_links = ("union_name",)
    list_select_related = ("union",)
    ordering = ("union",)
    readonly_fields = ("together",)
    fieldsets = ((None, {"fields": ("union", ("price", "distance", "time"), ("rating", "speed"), "together")}),)

    @display(description=_("union"), ordering="union__name")
    def union_name(self, weights: Weights) -> str:
        return str(weights.union)

    @display(description=_("together; only the ratio counts"))
    def together(self, weights: Weights) -> int:
        return sum(getattr(weights, part) or 0 for part in PARTS)

    def get_list_display(self, request: HttpRequest) -> list[str]:
        return list(self.list_display)
