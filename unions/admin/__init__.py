"""The office pages of unions. `office` is the one place that says who may see and change what; all apps build on it."""

from unions.admin import (
    auditing,
    banners,
    classes,
    enterprises,
    holidays,
    looks,
    memberships,
    people,
    redirects,
    staff,
    unions,
)

__all__ = [
    "auditing",
    "banners",
    "classes",
    "enterprises",
    "holidays",
    "looks",
    "memberships",
    "people",
    "redirects",
    "staff",
    "unions",
]
