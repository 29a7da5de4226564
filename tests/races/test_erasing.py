"""Erasing beside buying, beside itself and beside the file: real threads, and afterwards nothing in between."""

from datetime import UTC, datetime

import pytest

from core.outbox import deliver_waiting
from orders.models import Cart, Purchase
from orders.queries.cart_review import review_cart
from orders.services.purchase import place_purchase
from stores.models import StockHold, StockLevel
from tests.factories.accounts import UserFactory
from tests.factories.orders import market, ready_cart
from tests.orders.test_races import at_once, fresh
from unions.models import PersonalFile
from unions.services.erasing import erase_person, is_erased
from unions.services.personal_files import ask_for_file, make_personal_file

pytestmark = pytest.mark.django_db(transaction=True)


def settle():
    while deliver_waiting(now=datetime.now(UTC)):
        pass


def test_erased_twice_at_once_is_erased_once():
    user = UserFactory()
    answers = []

    def erase():
        answers.append(erase_person(user=user, now=datetime.now(UTC)))

    assert at_once(erase, erase, erase) == ["done"] * 3
    assert sorted(answers) == [False, False, True]


@pytest.mark.parametrize("_round", range(4))
def test_of_erasing_and_buying_one_happens(_round):
    """Either the purchase is seen and holds the erasure back, or it never comes about: nobody buys as nobody."""
    now = datetime.now(UTC)
    there, user = market(), UserFactory(name="Ada Trevithick")
    cart = ready_cart(there, user=user, now=now)
    digest = review_cart(cart=cart, now=now).digest

    def buy():
        place_purchase(cart=fresh(cart), digest=digest, language="en", origin="website", now=now)

    def buy_or_find_nothing():
        try:
            buy()
        except Cart.DoesNotExist:
            # The thread itself read the cart only after it was gone.
            from core.errors import NotFound

            raise NotFound from None

    bought, erased = at_once(buy_or_find_nothing, lambda: erase_person(user=user, now=now))
    settle()
    user.refresh_from_db()
    if bought == "done":
        assert (erased, is_erased(user=user), Purchase.objects.count()) == ("not_erasable_yet", False, 1)
        assert Purchase.objects.get().recipient == "Ada Trevithick"
    else:
        assert (bought, erased, is_erased(user=user), Purchase.objects.count()) == ("not_found", "done", True, 0)
        assert StockHold.objects.count() == 0
        assert {level.available for level in StockLevel.objects.all()} == {10}


def test_a_file_made_beside_an_erasure_is_not_left_lying_about():
    for _round in range(3):
        user = UserFactory()
        asked = ask_for_file(user=user, now=datetime.now(UTC))
        folder = asked.file.storage

        def make(asked=asked):
            make_personal_file(file_id=asked.pk, now=datetime.now(UTC))

        def erase(user=user):
            erase_person(user=user, now=datetime.now(UTC))
            settle()

        assert at_once(make, erase) == ["done", "done"]
        settle()
        assert PersonalFile.objects.filter(user=user).count() == 0
        assert not folder.exists(f"{asked.key}.zip")
