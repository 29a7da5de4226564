"""Cursor pages: `results`, `next`, `previous`. A page stays where it is while rows are added before it."""

from __future__ import annotations

from typing import Any

from rest_framework import exceptions
from rest_framework.pagination import Cursor, CursorPagination
from rest_framework.request import Request

LARGEST_ID = 2**63 - 1


class NewestFirst(CursorPagination):
    """24 a page, up to 100 with `?page_size=`; newest first. Ordered by what is unique, so no row is seen twice."""

    ordering = "-id"
    page_size = 24
    page_size_query_param = "page_size"
    max_page_size = 100

    def get_page_size(self, request: Request) -> int:
        """Refuses what is no number of rows; more than a page may have is a full page."""
        asked = request.query_params.get(self.page_size_query_param)
        if asked is None:
            return self.page_size
        if not (asked.isascii() and asked.isdigit() and len(asked) < 10 and int(asked)):
            raise exceptions.ValidationError({self.page_size_query_param: ["A whole number from 1 to 100."]})
        return min(int(asked), self.max_page_size)

    def decode_cursor(self, request: Request) -> Cursor | None:
        """Refuses a cursor that was never ours instead of handing it to the database."""
        cursor: Any = super().decode_cursor(request)
        if cursor is not None and cursor.position is not None and not self.fits(cursor.position):
            raise exceptions.NotFound(self.invalid_cursor_message)
        return cursor

    def fits(self, position: str) -> bool:
        return position.isascii() and position.isdigit() and int(position) <= LARGEST_ID


class BestFirst(NewestFirst):
    """A search by `relevance`, a whole number that no two rows share; any other list newest first."""

    def get_ordering(self, request: Request, queryset: Any, view: Any) -> tuple[str, ...]:
        return ("-relevance",) if "relevance" in queryset.query.annotations else ("-id",)


class BySlug(NewestFirst):
    """Alphabetical by the short name in addresses."""

    ordering = "slug"

    def fits(self, position: str) -> bool:
        return "\x00" not in position
