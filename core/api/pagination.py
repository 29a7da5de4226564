"""Cursor pages: `results`, `next`, `previous`."""

from rest_framework.pagination import CursorPagination


class NewestFirst(CursorPagination):
    """24 a page, up to 100 with `?page_size=`; newest first."""

    ordering = "-id"
    page_size = 24
    page_size_query_param = "page_size"
    max_page_size = 100
