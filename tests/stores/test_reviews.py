"""Only buyers review, once per purchase, and the sums follow."""

from datetime import UTC, datetime

import pytest

from core.errors import Invalid, NotAllowed
from stores.models import Review
from stores.services.reviews import ReviewedAlready, show_review, write_review
from tests.factories.accounts import UserFactory
from tests.factories.stores import ProductFactory, StoreFactory

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
    show_review(review=review, visible=False)
    show_review(review=review, visible=False)
    assert sums(product) == (1, 1, 1, 1)
    show_review(review=review, visible=True)
    assert sums(product) == (6, 2, 6, 2)
