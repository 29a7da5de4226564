"""What buyers say, and the sums that cards show."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.errors import DomainError, Invalid, NotAllowed, constraint_of
from core.outbox import publish
from stores.events import REVIEW_WRITTEN
from stores.models import Product, Review, Store
from unions.models import Union

LONGEST = 4000


class ReviewedAlready(DomainError):
    """A bought line is reviewed once."""

    code = "reviewed_already"
    detail = _("You have reviewed this purchase already.")


@transaction.atomic
def write_review(
    *,
    union: Union,
    store: Store,
    product: Product | None,
    author: User | None,
    author_name: str,
    order_number: str,
    stars: int,
    title: str,
    words: str,
    language: str,
    now: datetime,
) -> Review:
    """Keep a buyer's review of a product, or of the store with `product=None`, and count it.

    The caller has made sure that `author`, None for a guest, bought this with the order `order_number`. Raises
    Invalid, ReviewedAlready, NotAllowed without an order or for a product of another store.
    """
    if not order_number or store.union_id != union.pk or (product is not None and product.store_id != store.pk):
        raise NotAllowed
    if not 1 <= stars <= 5:
        raise Invalid(_("Give one to five stars."), field="stars")
    if len(words) > LONGEST:
        raise Invalid(_("This is too long: at most 4,000 letters."), field="words")
    shown_name = author_name.strip()[:80] or (author.get_full_name()[:80] if author else "")
    if not shown_name:
        raise Invalid(_("Say under which name it is shown."), field="author_name")
    review = Review(
        union=union,
        store=store,
        product=product,
        author=author,
        author_name=shown_name,
        order_number=order_number,
        stars=stars,
        title=title.strip()[:120],
        words=words.strip(),
        language=language,
        written_at=now,
    )
    try:
        with transaction.atomic():
            review.save(force_insert=True)
    except IntegrityError as error:
        if constraint_of(error) in ("review_once_per_purchase", "review_once_per_guests_purchase"):
            raise ReviewedAlready from error
        raise
    _count(review, stars, 1)
    publish(REVIEW_WRITTEN, aggregate=f"store:{store.pk}", review_id=review.pk)
    return review


@transaction.atomic
def show_review(*, review: Review, visible: bool) -> None:
    """Show a review or take it from the pages and out of the sums; doing so twice counts once."""
    changed = Review.objects.filter(pk=review.pk, is_visible=not visible).update(is_visible=visible)
    if changed:
        _count(review, review.stars if visible else -review.stars, 1 if visible else -1)


def _count(review: Review, stars: int, reviews: int) -> None:
    sums = {"rating_sum": F("rating_sum") + stars, "rating_count": F("rating_count") + reviews}
    if review.product_id:
        Product.objects.filter(pk=review.product_id).update(**sums)
    Store.objects.filter(pk=review.store_id).update(**sums)
