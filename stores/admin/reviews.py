"""Reviews: nobody rewrites them, the office may hide what does not belong on the pages."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from stores.models import Review
from stores.services.reviews import show_review
from unions.admin.columns import linked
from unions.admin.moves import Move, MovingAdmin
from unions.admin.office import OwnFilter


def _show(review: Review, actor: Any, now: datetime, reason: str) -> None:
    show_review(review=review, visible=True)


def _hide(review: Review, actor: Any, now: datetime, reason: str) -> None:
    show_review(review=review, visible=False)


@admin.register(Review)
class ReviewAdmin(MovingAdmin):
    list_display = ("written_at", "stars_shown", "title", "store", "product", "author_name", "is_visible")
    list_filter = ("is_visible", "stars", ("store", OwnFilter))
    list_filter_submit = True
    list_select_related = ("store", "product")
    search_fields = ("title", "words", "author_name", "order_number")
    date_hierarchy = "written_at"
    fieldsets = (
        (None, {"fields": (("stars_shown", "written_at"), "title", "words", ("author_name", "language"))}),
        (_("About"), {"fields": (("store_link", "product_link"), ("order_number", "is_visible"), "union")}),
    )
    moves = (
        Move("show", _("Show"), _("Show these reviews on the pages?"), _show, lambda review: not review.is_visible),
        Move(
            "hide",
            _("Hide"),
            _("Take these reviews from the pages and out of the ratings?"),
            _hide,
            lambda review: review.is_visible,
            asks_reason=True,
            is_grave=True,
        ),
    )

    store_link = linked("store", _("store"))
    product_link = linked("product", _("product"))

    @display(description=_("stars"), ordering="stars")
    def stars_shown(self, review: Review) -> str:
        return "★" * review.stars + "☆" * (5 - review.stars)
