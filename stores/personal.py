"""What stores keep of a person who writes reviews, works there or has a key."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import partial

from django.core.files.storage import default_storage
from django.utils.translation import gettext as _

from accounts.models import User
from core.personal import Files, Tables, closes, holds_back, keeps, keeps_files, rows_of
from stores.models import ApiKey, Review, ReviewReport, StoreStaff, UrgentClaim, UrgentPlace
from stores.queries.urgent import shopper_key


@keeps("stores")
def stores_of(user: User) -> Tables:
    """Reviews and reports of reviews, urgent sales, places in stores, keys."""
    said = Review.objects.filter(author=user).order_by("pk")
    about = ("store__slug", "product__slug", "order_number")
    yield (
        "reviews",
        rows_of(said, "ref", "written_at", "union__slug", *about, "author_name", "stars", "title", "words", "answer"),
    )
    told = ReviewReport.objects.filter(asker=f"user:{user.pk}").order_by("pk")
    yield (
        "reviews_reported",
        rows_of(told, "reported_at", "union__slug", "review__store__slug", "reason", "words", "decision"),
    )
    shopper = shopper_key(user_id=user.pk, token="")
    claims = UrgentClaim.objects.filter(shopper=shopper).order_by("pk")
    yield "urgent_pieces", rows_of(claims, "union__slug", "sale__ref", "held", "bought", "expires_at")
    places = UrgentPlace.objects.filter(shopper=shopper).order_by("pk")
    yield "urgent_queues", rows_of(places, "union__slug", "sale__ref", "quantity", "since")
    yield "posts", rows_of(StoreStaff.objects.filter(user=user), "union__slug", "store__slug", "permissions")
    keys = ApiKey.objects.filter(user=user).order_by("pk")
    yield "keys", rows_of(keys, "union__slug", "name", "hint", "created_at", "last_used_at", "revoked_at")


@keeps_files("stores")
def pictures_of(user: User) -> Files:
    """What was shown in their reviews."""
    shown = Review.objects.filter(author=user).exclude(pictures=[]).order_by("pk").values_list("ref", "pictures")
    for ref, pictures in shown.iterator(chunk_size=100):
        for place, picture in enumerate(pictures, 1):
            yield f"reviews/{ref}-{place}.webp", partial(_read, picture["path"])


def _read(path: str) -> bytes:
    with default_storage.open(path) as stored:
        content: bytes = stored.read()
    return content


@holds_back
def posts_in_stores(user: User) -> Iterator[str]:
    """A team is left on its own page, so that the store knows."""
    for name in StoreStaff.objects.filter(user=user).values_list("store__name", flat=True):
        yield _("You work for %(name)s. Let them take you off the team first.") % {"name": name}


def has_keys(user: User) -> bool:
    return ApiKey.objects.filter(user=user, revoked_at=None).exists()


@closes(has_keys)
def revoke_keys(*, user: User, now: datetime) -> None:
    """Programs stop acting for somebody who is nobody."""
    ApiKey.objects.filter(user=user, revoked_at=None).update(revoked_at=now)
