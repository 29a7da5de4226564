"""Reviews: nobody rewrites them; the office may hide, for a reason, what does not belong on the pages."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Count, F, Q, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import DropdownFilter
from unfold.decorators import display
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget

from stores.models import Review, ReviewReport, Unfit
from stores.queries.cards import media_url
from stores.services.reviews import keep_review, show_review
from unions.admin.columns import badge, linked
from unions.admin.moves import Move, MovingAdmin
from unions.admin.office import OwnFilter, ReadOnlyInline


class HideForm(forms.Form):
    """Why it does not belong on the pages."""

    reason = forms.ChoiceField(label=_("Reason"), choices=Unfit.choices, widget=UnfoldAdminSelectWidget)
    words = forms.CharField(
        label=_("In words"), max_length=500, required=False, widget=UnfoldAdminTextareaWidget(attrs={"rows": 3})
    )

    def __init__(self, *args: Any, thing: Review, **options: Any) -> None:
        super().__init__(*args, **options)
        first = thing.reports.filter(decision="").order_by("id").first()
        if first is not None:
            self.fields["reason"].initial = first.reason


def _show(review: Review, actor: Any, now: datetime, reason: str) -> None:
    show_review(review=review, visible=True, actor=actor, now=now)


def _hide(review: Review, actor: Any, now: datetime, said: dict[str, Any]) -> None:
    show_review(review=review, visible=False, actor=actor, now=now, reason=said["reason"], words=said["words"])


def _keep(review: Review, actor: Any, now: datetime, reason: str) -> None:
    keep_review(review=review, actor=actor, now=now)


def _is_reported(review: Any) -> bool:
    return review.is_visible and bool(review.waiting)


class ReportInline(ReadOnlyInline):
    model = ReviewReport
    fields = ("reported_at", "reason", "words", "decision", "decided_at")
    readonly_fields = fields


class ReportedFilter(DropdownFilter):
    """The queue: what somebody has reported and nobody has decided on."""

    title = _("reported")
    parameter_name = "reported"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Sequence[tuple[str, Any]]:
        return [("open", _("to be decided"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(waiting__gt=0) if self.value() == "open" else queryset


@admin.register(Review)
class ReviewAdmin(MovingAdmin):
    list_display = ("written_at", "stars_shown", "title", "store", "product", "author_name", "reported", "is_visible")
    list_filter = (ReportedFilter, "is_visible", "stars", ("store", OwnFilter))
    list_filter_submit = True
    list_select_related = ("store", "product")
    search_fields = ("title", "words", "author_name", "order_number")
    date_hierarchy = "written_at"
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("stars_shown", "written_at"),
                    "title",
                    "words",
                    "pictures_shown",
                    ("author_name", "language"),
                )
            },
        ),
        (_("The store’s answer"), {"fields": ("answer", "answered_at")}),
        (
            _("About"),
            {
                "fields": (
                    ("store_link", "product_link"),
                    ("order_number", "is_visible"),
                    ("hidden_for", "hidden_words"),
                    "union",
                )
            },
        ),
    )
    inlines = (ReportInline,)
    moves = (
        Move("show", _("Show"), _("Show these reviews on the pages?"), _show, lambda review: not review.is_visible),
        Move(
            "hide",
            _("Hide"),
            _("Take this review from the pages and out of the ratings?"),
            _hide,
            lambda review: review.is_visible,
            is_grave=True,
            form=HideForm,
        ),
        Move("keep", _("Let it stand"), _("Decide that these reviews may stay as they are?"), _keep, _is_reported),
    )

    store_link = linked("store", _("store"))
    product_link = linked("product", _("product"))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Review]:
        """With how many reports wait for a decision."""
        waiting = Count("reports", filter=Q(reports__union=F("union"), reports__decision=""))
        return super().get_queryset(request).annotate(waiting=waiting)

    @display(description=_("stars"), ordering="stars")
    def stars_shown(self, review: Review) -> str:
        return "★" * review.stars + "☆" * (5 - review.stars)

    @display(description=_("reported"), ordering="waiting")
    def reported(self, review: Any) -> SafeString | str:
        return badge(str(review.waiting), "warning") if review.waiting else "—"

    @display(description=_("pictures"))
    def pictures_shown(self, review: Review) -> SafeString | str:
        places = [media_url(picture["path"]) for picture in review.pictures]
        links = format_html_join(" ", '<a href="{}">{}</a>', ((place, n) for n, place in enumerate(places, 1)))
        return links or "—"
