"""Only buyers review, once per purchase, and the sums follow."""

from datetime import UTC, datetime

import pytest
from django.core.files.storage import default_storage

from core.errors import Invalid, NotAllowed
from core.pictures import NotAPicture
from stores.models import Review, ReviewReport
from stores.services.reviews import (
    AnsweredAlready,
    ReviewedAlready,
    answer_review,
    keep_review,
    report_review,
    show_review,
    write_review,
)
from tests.factories.accounts import UserFactory
from tests.factories.stores import ProductFactory, StoreFactory
from tests.orders.responding import picture

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def say(bought, author, stars=5, order_number="KH-1", **more):
    details = {"product": bought, "store": bought.store, "union": bought.union, "words": "Good.", **more}
    return write_review(
        author=author,
        author_name="Hui-Ju",
        order_number=order_number,
        stars=stars,
        title="",
        language="en",
        now=NOW,
        **details,
    )


def sums(product):
    product.refresh_from_db()
    product.store.refresh_from_db()
    store = product.store
    return (product.rating_sum, product.rating_count, store.rating_sum, store.rating_count)


def test_write_review_counts_for_product_and_store():
    product, author = ProductFactory(), UserFactory()
    say(product, author, 5)
    say(product, UserFactory(), 2)
    say(product, author, 4, order_number="KH-2", product=None)
    assert sums(product) == (7, 2, 11, 3)
    assert (product.rating, round(product.store.rating, 2)) == (3.5, 3.67)


def test_write_review_refuses_a_second_one_of_the_same_purchase():
    product, author = ProductFactory(), UserFactory()
    say(product, author, 5)
    with pytest.raises(ReviewedAlready):
        say(product, author, 1)
    assert sums(product) == (5, 1, 5, 1)
    say(product, author, 1, order_number="KH-2")
    assert sums(product) == (6, 2, 6, 2)


def test_write_review_needs_an_order_and_the_right_store():
    product, author = ProductFactory(), UserFactory()
    elsewhere = StoreFactory()
    for wrong in ({"order_number": ""}, {"store": elsewhere}, {"union": elsewhere.union}):
        with pytest.raises(NotAllowed):
            say(product, author, **wrong)
    for wrong in ({"stars": 0}, {"stars": 6}, {"words": "x" * 4001}):
        with pytest.raises(Invalid):
            say(product, author, **wrong)
    assert not Review.objects.exists()


def test_show_review_takes_it_out_of_the_sums_once():
    product = ProductFactory()
    review = say(product, UserFactory(), 5)
    say(product, UserFactory(), 1)
    for _twice in range(2):
        show_review(review=review, visible=False, actor=None, now=NOW, reason="insult", words="Calls her names.")
    review.refresh_from_db()
    assert (review.hidden_for, review.hidden_words) == ("insult", "Calls her names.")
    with pytest.raises(Invalid):
        show_review(review=review, visible=False, actor=None, now=NOW)
    assert sums(product) == (1, 1, 1, 1)
    show_review(review=review, visible=True, actor=None, now=NOW)
    assert sums(product) == (6, 2, 6, 2)


def test_write_review_keeps_pictures_or_nothing():
    product = ProductFactory()
    with pytest.raises(NotAPicture) as refused:
        say(product, UserFactory(), files=[picture(), type(picture())("no.png", b"nothing")])
    assert (refused.value.field, Review.objects.count()) == ("pictures", 0)
    review = say(product, UserFactory(), files=[picture()])
    (kept,) = review.pictures
    assert (kept["width"], kept["height"]) == (80, 60)
    with default_storage.open(kept["path"]) as stored:
        assert stored.read(4) == b"RIFF"
    with pytest.raises(Invalid):
        say(product, UserFactory(), order_number="KH-2", files=[picture()] * 5)


def test_answer_review_speaks_once_and_in_public():
    review = say(ProductFactory(), UserFactory(), 2)
    for wrong in (" ", "x" * 2001):
        with pytest.raises(Invalid):
            answer_review(review=review, words=wrong, actor=None, now=NOW)
    answer_review(review=review, words="We are sorry.", actor=None, now=NOW)
    with pytest.raises(AnsweredAlready):
        answer_review(review=review, words="Not at all.", actor=None, now=NOW)
    review.refresh_from_db()
    assert (review.answer, review.answered_at) == ("We are sorry.", NOW)


def test_report_review_waits_once_per_asker_for_a_decision():
    review = say(ProductFactory(), UserFactory())
    report = {"review": review, "words": "", "now": NOW}
    with pytest.raises(Invalid):
        report_review(**report, asker="user:1", reason="dull")
    assert report_review(**report, asker="user:1", reason="advert") is True
    assert report_review(**report, asker="user:1", reason="insult") is False
    assert report_review(**report, asker="user:2", reason="insult") is True
    review.refresh_from_db()
    assert (review.is_visible, ReviewReport.objects.filter(decision="").count()) == (True, 2)
    keep_review(review=review, actor=None, now=NOW)
    assert set(ReviewReport.objects.values_list("decision", "decided_at")) == {("kept", NOW)}
    report_review(**report, asker="user:3", reason="insult")
    show_review(review=review, visible=False, actor=None, now=NOW, reason="insult")
    assert ReviewReport.objects.get(asker="user:3").decision == "hidden"
    assert ReviewReport.objects.filter(decision="kept").count() == 2
