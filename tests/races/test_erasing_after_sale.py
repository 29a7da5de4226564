"""Erasing beside asking for a return, asking a store and reviewing: one comes first and the other sees it."""

from datetime import UTC, datetime

import pytest

from core.errors import NotFound
from core.outbox import deliver_waiting
from orders.models import CustomerResponse, Order, Purchase, Return
from orders.services.contact import Contact
from orders.services.forgetting import forget_buyer
from orders.services.responses import say_it_is_settled
from orders.services.responses.by_customer import write_more
from orders.services.returns import ask_return
from stores.models import Review
from stores.services.forgetting import forget_reviewer
from stores.services.reviews import write_review
from tests.factories.accounts import UserFactory
from tests.factories.orders import NOW, OrderFactory, PurchaseFactory, market
from tests.orders.responding import asked, fresh, picture
from tests.orders.selling import line_of
from tests.orders.test_races import at_once
from tests.unions.after_sale import are_there, files
from unions.services.erasing import erase_person, is_erased

pytestmark = pytest.mark.django_db(transaction=True)
SECRET = "Trevithick"


def settle():
    while deliver_waiting(now=datetime.now(UTC)):
        pass


def delivered(there, user) -> Order:
    bought = PurchaseFactory(union=there.union, user=user, recipient=SECRET)
    order = OrderFactory(store=there.first, purchase=bought, state="completed", delivered_at=NOW)
    return Order.objects.select_related("union", "store", "purchase").get(pk=order.pk)


@pytest.mark.parametrize("_round", range(3))
def test_of_erasing_and_asking_for_a_return_one_happens(_round):
    there, user = market(), UserFactory(name=SECRET)
    order = delivered(there, user)
    pieces = {line_of(order).pk: 1}

    def give_back():
        ask_return(order=order, pieces=pieces, reason=SECRET, actor=user, now=NOW, photo=picture())

    gave, erased = at_once(give_back, lambda: erase_person(user=user, now=NOW))
    settle()
    user.refresh_from_db()
    if gave == "done":
        assert (erased, is_erased(user=user)) == ("not_erasable_yet", False)
        assert Return.objects.get().reason == SECRET
    else:
        assert (gave, erased, Return.objects.count()) == ("not_returnable", "done", 0)
        assert Purchase.objects.get().recipient == ""


@pytest.mark.parametrize("_round", range(3))
def test_of_erasing_and_asking_the_store_one_happens(_round):
    there, user = market(), UserFactory(name=SECRET)
    order = delivered(there, user)

    def ask():
        asked(there.first, order=order, words=SECRET, contact=Contact(user), actor=user, files=[picture()])

    did, erased = at_once(ask, lambda: erase_person(user=user, now=NOW))
    settle()
    user.refresh_from_db()
    if did == "done":
        assert (erased, is_erased(user=user)) == ("not_erasable_yet", False)
        assert CustomerResponse.objects.get().words == SECRET
    else:
        assert (did, erased, CustomerResponse.objects.count()) == ("not_allowed", "done", 0)


@pytest.mark.parametrize("_round", range(3))
def test_a_review_written_beside_an_erasure_is_none_or_has_no_words(_round):
    there, user = market(), UserFactory(name=SECRET)
    order = delivered(there, user)
    said = {"title": SECRET, "words": SECRET, "author_name": SECRET, "language": "en", "stars": 2}

    def review():
        write_review(
            union=there.union, store=there.first, product=there.bread.product, author=user, order_number=order.number,
            now=NOW, files=[picture()], **said,
        )  # fmt: skip

    did, erased = at_once(review, lambda: erase_person(user=user, now=NOW))
    assert erased == "done"
    assert at_once(settle, settle) == ["done", "done"]
    settle()
    if did == "done":
        assert (Review.objects.get().words, Review.objects.get().pictures) == ("", [])
        # The store is told of it, by whatever came first, and reads no word.
        assert set(CustomerResponse.objects.values_list("words", "name", "state")) <= {("", "", "closed")}
    else:
        assert (did, Review.objects.count(), CustomerResponse.objects.count()) == ("not_allowed", 0, 0)


@pytest.mark.parametrize("is_guest", [False, True])
def test_a_review_that_is_told_of_after_its_writer_was_forgotten_makes_nobody_wait(is_guest):
    """Two workers: one forgets the person while the other has not yet brought the review to the store."""
    there, user = market(), UserFactory(name=SECRET)
    order = delivered(there, user)
    write_review(
        union=there.union, store=there.first, product=None, author=None if is_guest else user, author_name=SECRET,
        order_number=order.number, stars=2, title="", words=SECRET, language="en", now=NOW,
    )  # fmt: skip
    erase_person(user=user, now=NOW)
    forget_reviewer(user_id=user.pk)
    forget_buyer(user_id=user.pk, now=NOW)
    settle()
    assert (Review.objects.get().words, Review.objects.get().stars) == ("", 2)
    assert not CustomerResponse.objects.exists()


def test_whoever_is_writing_more_while_they_are_forgotten_leaves_no_word():
    there, user = market(), UserFactory(name=SECRET)
    mine = asked(there.first, words=SECRET, contact=Contact(user), actor=user)
    say_it_is_settled(response=mine, actor=user, now=NOW)
    before = fresh(mine)

    def write():
        write_more(response=before, words=SECRET, actor=user, now=NOW, files=[picture()])

    def forget():
        forget_buyer(user_id=user.pk, now=NOW)

    did = at_once(write, forget)
    assert did in (["done", "done"], ["not_found", "done"])
    left = fresh(mine)
    assert (left.words, [entry.words for entry in left.entries.all() if entry.words]) == ("", [])
    assert left.state in ("resolved", "closed")
    assert are_there(files()) == []
    with pytest.raises(NotFound):
        write()
    assert files() == {}
