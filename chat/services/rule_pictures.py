"""A rule's own picture: one at a time, its file goes with it."""

from __future__ import annotations

import secrets

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction

from chat.models import Rule
from stores.services.pictures import delete_files


def keep_picture(*, rule: Rule, picture: bytes) -> None:
    """Put it in the place of the one before, whose file goes once this is committed. Within a transaction."""
    replaced = [rule.own_picture] if rule.own_picture else []
    place = f"rules/{rule.union_id}/{secrets.token_urlsafe(12)}.webp"
    rule.own_picture = default_storage.save(place, ContentFile(picture))
    transaction.on_commit(lambda: delete_files(paths=replaced), robust=True)


def drop_picture(*, rule: Rule) -> None:
    """Delete the file of a rule that is being removed, once that is committed."""
    paths = [rule.own_picture] if rule.own_picture else []
    transaction.on_commit(lambda: delete_files(paths=paths), robust=True)
