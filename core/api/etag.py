"""`ETag` and `If-Match`: an update says which version it was made from."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request

from core.errors import DomainError


class VersionMissing(DomainError):
    """An update of a price or stock came without the version it was made from."""

    code = "if_match_required"
    status = 428
    detail = _("Send the ETag you read in an If-Match header with this update.")


class VersionChanged(DomainError):
    """Somebody else was quicker."""

    code = "version_changed"
    status = 412
    detail = _("This has been changed since you read it. Read it again and repeat your update.")


def etag(version: int) -> str:
    """The quoted tag of a version number."""
    return f'"{version}"'


def expected_version(request: Request) -> int:
    """The version named by `If-Match`. Raises VersionMissing, VersionChanged for a tag that was never ours."""
    header = request.headers.get("If-Match", "").strip()
    if not header:
        raise VersionMissing
    try:
        return int(header.removeprefix("W/").strip('"'))
    except ValueError:
        raise VersionChanged from None
