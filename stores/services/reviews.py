"""What buyers say, and the sums that cards show."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.errors import DomainError, Invalid, NotAllowed, constraint_of
from core.keeping import files_kept
from core.outbox import publish
from core.pictures import redrawn
from core.references import new_secret
from stores.events import REVIEW_WRITTEN
from stores.models import Product, Review, ReviewReport, Store, Unfit
from unions.models import Union

LONGEST = 4000
LONGEST_ANSWER = 2000
MOST_PICTURES = 4


class ReviewedAlready(DomainError):
    """A bought line is reviewed once."""

    code = "reviewed_already"
    detail = _("You have reviewed this purchase already.")


class AnsweredAlready(DomainError):
    """A review has one answer of its store."""

    code = "answered_already"
    detail = _("This review has been answered already.")


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
    files: Sequence[UploadedFile] = (),
) -> Review:
    """Keep a buyer's review of a product, or of the store with `product=None`, with its pictures, and count it.

    The caller has made sure that `author`, None for a guest, bought this with the order `order_number`. Raises
    Invalid, ReviewedAlready, NotAllowed without an order or for a product of another store, and what a picture refuses.
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
        with _pictures_kept(union=union, files=files) as pictures, transaction.atomic():
            _check_author(author)
            review.pictures = pictures
            review.save(force_insert=True)
    except IntegrityError as error:
        if constraint_of(error) in ("review_once_per_purchase", "review_once_per_guests_purchase"):
            raise ReviewedAlready from error
        raise
    _count(review, stars, 1)
    publish(REVIEW_WRITTEN, aggregate=f"store:{store.pk}", review_id=review.pk)
    return review


@transaction.atomic
def show_review(
    *,
    review: Review,
    visible: bool,
    actor: User | None,
    now: datetime,
    reason: str = "",
    words: str = "",
) -> None:
    """Show a review, or take it from the pages and out of the sums for a `reason`; doing so twice counts once.

    Reports about it are decided with it. Raises Invalid without a reason to hide it.
    """
    if not visible and reason not in Unfit.values:
        raise Invalid(_("Say why it does not belong here."), field="reason")
    hidden_for = {"hidden_for": "", "hidden_words": ""}
    if not visible:
        hidden_for = {"hidden_for": reason, "hidden_words": words.strip()[:500]}
    changed = Review.objects.filter(union_id=review.union_id, pk=review.pk, is_visible=not visible).update(
        is_visible=visible, **hidden_for
    )
    if changed:
        _count(review, review.stars if visible else -review.stars, 1 if visible else -1)
    decision = ReviewReport.Decision.KEPT if visible else ReviewReport.Decision.HIDDEN
    _decide(review, decision, actor=actor, now=now)


@transaction.atomic
def keep_review(*, review: Review, actor: User | None, now: datetime) -> None:
    """The office has read the reports and lets it stand."""
    _decide(review, ReviewReport.Decision.KEPT, actor=actor, now=now)


@transaction.atomic
def report_review(*, review: Review, asker: str, reason: str, words: str, now: datetime) -> bool:
    """Somebody thinks that it does not belong on the pages; once per `asker`. False when they had said so before.

    The pages stay as they are until the union's office has decided. Raises Invalid.
    """
    if reason not in Unfit.values:
        raise Invalid(_("Say why it does not belong here."), field="reason")
    if not asker:
        raise NotAllowed
    try:
        with transaction.atomic():
            ReviewReport.objects.create(
                union_id=review.union_id,
                review=review,
                asker=asker[:80],
                reason=reason,
                words=words.strip()[:500],
                reported_at=now,
            )
    except IntegrityError as error:
        if constraint_of(error) == "review_report_once":
            return False
        raise
    return True


@transaction.atomic
def answer_review(*, review: Review, words: str, actor: User | None, now: datetime) -> None:
    """The store's one public answer beneath a review. Raises Invalid, AnsweredAlready."""
    said = words.strip()
    if not said:
        raise Invalid(_("Say in a few words what it is about."), field="words")
    if len(said) > LONGEST_ANSWER:
        raise Invalid(_("This is too long: at most 2,000 letters."), field="words")
    answered = Review.objects.filter(union_id=review.union_id, pk=review.pk, answer="").update(
        answer=said, answered_at=now, answered_by=actor
    )
    if not answered:
        raise AnsweredAlready


def _decide(review: Review, decision: str, *, actor: User | None, now: datetime) -> None:
    ReviewReport.objects.filter(union_id=review.union_id, review=review, decision="").update(
        decision=decision, decided_at=now, decided_by=actor
    )


def _check_author(author: User | None) -> None:
    """Erasing locks the person's row: of reviewing and being erased at once, one comes first and the other sees it."""
    if author is None:
        return
    them = User.objects.select_for_update(no_key=True).filter(pk=author.pk, is_active=True)
    if them.values_list("pk", flat=True).first() is None:
        raise NotAllowed


@contextmanager
def _pictures_kept(*, union: Union, files: Sequence[UploadedFile]) -> Iterator[list[dict[str, Any]]]:
    """As a review keeps them; the files are gone again when the block fails. They are public, as all of a review is."""
    if len(files) > MOST_PICTURES:
        raise Invalid(_("Send at most four pictures at once."), field="pictures")
    try:
        drawn = [redrawn(file=file) for file in files]
    except Invalid as refusal:
        refusal.field = "pictures"
        raise
    named = [(f"reviews/{union.pk}/{new_secret(12)}.webp", picture.content) for picture in drawn]
    with files_kept(storage=default_storage, files=named) as paths:
        yield [
            {"path": path, "width": picture.width, "height": picture.height}
            for path, picture in zip(paths, drawn, strict=True)
        ]


def _count(review: Review, stars: int, reviews: int) -> None:
    sums = {"rating_sum": F("rating_sum") + stars, "rating_count": F("rating_count") + reviews}
    if review.product_id:
        Product.objects.filter(pk=review.product_id).update(**sums)
    Store.objects.filter(pk=review.store_id).update(**sums)
