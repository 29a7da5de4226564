"""Urgent sales under real threads: never one piece too many, and every one accounted for."""

from contextlib import suppress
from datetime import timedelta

import psycopg
import pytest
from django.db import DatabaseError, connection
from django.db.models import Sum

from core.references import new_secret
from orders.models import Cart, CartLine, Order, OrderLine
from orders.queries.cart_review import review_cart
from orders.services.purchase import payment_failed, place_purchase
from orders.services.urgent import take_urgent, wait_for_urgent
from stores.models import StockHold, StockLevel, StockMovement, UrgentClaim, UrgentLevel, UrgentPlace
from stores.queries.urgent import shopper_key, standing_of
from stores.services.stock import take_out
from stores.services.urgent import SalePlan, book_sold, change_sale, end_sale, finish_sales, free_claim
from tests.factories.accounts import UserFactory
from tests.factories.orders import NOW, market
from tests.factories.urgent import HOUR, buy, is_proven, ready, take, urgent_sale
from tests.orders.test_races import at_once

pytestmark = pytest.mark.django_db(transaction=True)
LATER = NOW + timedelta(minutes=11)


@pytest.fixture
def place():
    return market(stock=20)


def taker(sale, token="", user=None, now=NOW):
    def job():
        token_of = token or new_secret()
        take_urgent(union=sale.union, user=user, token=token_of, ref=sale.ref, quantity=1, now=now)

    return job


def payer(cart, *, at):
    """Pays what was shown when this was made, and nothing else."""
    digest = review_cart(cart=cart, now=NOW).digest
    return lambda: place_purchase(cart=cart, digest=digest, language="en", origin="website", now=at)


def figures(sale):
    level = UrgentLevel.objects.get(pk=sale.pk)
    return level.left, level.held, level.sold, level.returned


def test_two_shoppers_want_the_last_piece(place):
    sale = urgent_sale(place.bread, quantity=1)
    said = at_once(taker(sale), taker(sale))
    assert sorted(said) == ["done", "urgent_busy"]
    assert figures(sale) == (0, 1, 0, 0) and is_proven(sale)


def test_rush_gives_exactly_what_there_is(place):
    sale = urgent_sale(place.bread, quantity=5)
    said = at_once(*(taker(sale) for _shopper in range(16)))
    assert sorted(said) == ["done"] * 5 + ["urgent_busy"] * 11
    assert figures(sale) == (0, 5, 0, 0) and is_proven(sale)
    assert CartLine.objects.filter(urgent=sale).count() == 5


def test_one_shopper_in_many_tabs_stays_within_the_limit(place):
    sale = urgent_sale(place.bread, quantity=10, per_shopper=2)
    user = UserFactory()
    said = at_once(*(taker(sale, user=user) for _tab in range(6)))
    assert sorted(said) == ["done"] * 2 + ["urgent_limit"] * 4
    assert figures(sale) == (8, 2, 0, 0) and CartLine.objects.get().quantity == 2 and is_proven(sale)


def test_one_guest_in_many_tabs_stays_within_the_limit(place):
    sale = urgent_sale(place.bread, quantity=10, per_shopper=2)
    said = at_once(*(taker(sale, token="t" * 43) for _tab in range(6)))
    assert sorted(said) == ["done"] * 2 + ["urgent_limit"] * 4
    assert figures(sale) == (8, 2, 0, 0) and is_proven(sale)


def test_one_address_in_many_browsers_buys_within_the_limit(place):
    sale = urgent_sale(place.bread, quantity=10, per_shopper=1)
    carts = [ready(take(sale), place) for _browser in range(4)]
    said = at_once(*((lambda cart=cart: buy(cart)) for cart in carts))
    assert sorted(said) == ["done"] + ["urgent_limit"] * 3
    assert Order.objects.count() == 1 and is_proven(sale)


def test_end_of_the_sale_against_the_last_piece(place):
    sale = urgent_sale(place.bread, quantity=1)
    at = NOW + timedelta(minutes=1)
    said = at_once(taker(sale, now=at), lambda: end_sale(sale=sale, actor=None, now=at))
    assert said[1] == "done" and said[0] in ("done", "urgent_over", "sold_out")
    left, held, sold, returned = figures(sale)
    assert (left, held + returned, sold) == (0, 1, 0)
    assert held == CartLine.objects.count() and is_proven(sale)
    finish_sales(now=NOW + 2 * HOUR)
    assert figures(sale) == (0, 0, 0, 1)
    assert StockLevel.objects.get(variant=place.bread).available == 20 and is_proven(sale)


def test_calling_the_sale_off_against_a_purchase(place):
    sale = urgent_sale(place.bread, quantity=3)
    at = NOW + timedelta(minutes=1)
    cart = ready(take(sale), place)
    said = at_once(lambda: buy(cart, now=at), lambda: end_sale(sale=sale, actor=None, now=at))
    assert said == ["done", "done"]
    assert OrderLine.objects.get().unit_price == 200
    finish_sales(now=at)
    assert figures(sale) == (0, 0, 1, 2)
    level = StockLevel.objects.get(variant=place.bread)
    assert (level.on_hand, level.held) == (19, 0) and is_proven(sale)


def test_claim_that_lapses_against_its_purchase(place):
    sale = urgent_sale(place.bread, quantity=1)
    cart = ready(take(sale), place)
    before = LATER - timedelta(minutes=1, seconds=1)
    said = at_once(payer(cart, at=before), lambda: finish_sales(now=LATER), taker(sale, now=LATER))
    assert said[0] in ("done", "review_changed")
    bought = Order.objects.count()
    claimed = UrgentClaim.objects.filter(held__gt=0).count()
    assert bought + claimed <= 1
    finish_sales(now=LATER)
    left, held, sold, _returned = figures(sale)
    assert (left + held, sold) == (1 - bought, bought) and is_proven(sale)


def test_booking_twice_at_once_books_once(place):
    sale = urgent_sale(place.bread, quantity=3)
    for number in range(3):
        buy(ready(take(sale), place, email=f"buyer{number}@example.com"))
    at_once(*((lambda: book_sold(sale=sale, now=NOW)) for _worker in range(4)))
    assert StockMovement.objects.filter(kind="sold").count() == 3
    assert figures(sale) == (0, 0, 3, 0) and is_proven(sale)


def test_buying_while_the_worker_books(place):
    sale = urgent_sale(place.bread, quantity=6)
    carts = [ready(take(sale), place, email=f"buyer{number}@example.com") for number in range(6)]
    said = at_once(
        *((lambda cart=cart: buy(cart)) for cart in carts), *((lambda: finish_sales(now=NOW)) for _worker in range(3))
    )
    assert set(said) == {"done"}
    finish_sales(now=NOW)
    assert figures(sale) == (0, 0, 6, 0) and is_proven(sale)
    assert StockLevel.objects.get(variant=place.bread).on_hand == 14


def test_failed_payment_told_twice_at_once_gives_back_once(place):
    sale = urgent_sale(place.bread, quantity=3)
    purchase = buy(ready(take(sale, quantity=2), place))
    said = at_once(
        *((lambda: payment_failed(union=place.union, reference=purchase.number, now=NOW)) for _answer in range(3)),
        lambda: finish_sales(now=NOW),
    )
    assert set(said) == {"done"}
    finish_sales(now=NOW)
    assert figures(sale) == (1, 2, 0, 0) and is_proven(sale)
    assert Cart.objects.filter(state="open", lines__urgent=sale, lines__quantity=2).count() == 1


def test_freed_pieces_go_to_the_queue_and_to_nobody_twice(place):
    sale = urgent_sale(place.bread, quantity=2)
    first, second = take(sale), take(sale)
    tokens = [
        wait_for_urgent(union=sale.union, user=None, token="", ref=sale.ref, quantity=1, now=NOW)[1]
        for _one in range(3)
    ]
    keys = list(UrgentClaim.objects.order_by("pk").values_list("shopper", flat=True))
    said = at_once(
        *((lambda key=key: free_claim(sale=sale, shopper=key, now=NOW)) for key in keys),
        *(taker(sale) for _newcomer in range(3)),
        *(taker(sale, token=token) for token in tokens),
    )
    assert said[:2] == ["done", "done"] and said[2:5] == ["urgent_busy"] * 3
    finish_sales(now=NOW)
    assert figures(sale) == (0, 2, 0, 0) and UrgentPlace.objects.count() == 1 and is_proven(sale)
    assert (first.pk, second.pk) != (None, None)


def settled(sale, place, *, bought: int) -> None:
    """Long after the end: what was bought has left the shelf, the rest is back on it, nothing is set aside any more."""
    finish_sales(now=NOW + 3 * HOUR)
    allotted = UrgentLevel.objects.get(pk=sale.pk).allotted
    assert figures(sale) == (0, 0, bought, allotted - bought)
    level = StockLevel.objects.get(variant=place.bread)
    assert (level.on_hand, level.held, level.available) == (20 - bought, 0, 20 - bought)
    assert not StockHold.objects.exists()
    # A payment that failed after its pieces were booked is a movement back.
    moved = StockMovement.objects.filter(variant=place.bread, kind__in=("sold", "returned"))
    sold = moved.aggregate(pieces=-Sum("quantity"))["pieces"]
    assert (sold or 0) == bought and is_proven(sale)


def test_end_of_the_sale_by_the_clock_against_the_last_claims_and_payments(place):
    sale = urgent_sale(place.bread, quantity=3)
    end, just = NOW + HOUR, NOW + HOUR - timedelta(milliseconds=1)
    carts = [ready(take(sale, now=just), place, email=f"b{number}@example.com", now=just) for number in range(2)]
    said = at_once(
        *((lambda cart=cart: buy(cart, now=end)) for cart in carts),
        taker(sale, now=just),
        taker(sale, now=just),
        taker(sale, now=end),
        lambda: finish_sales(now=end),
        lambda: finish_sales(now=end),
    )
    assert said[:2] == ["done", "done"] and said[4] == "urgent_over" and said[5:] == ["done", "done"]
    assert set(said[2:4]) <= {"done", "urgent_over", "urgent_busy", "sold_out"} and said[2:4].count("done") <= 1
    assert set(OrderLine.objects.values_list("unit_price", "urgent_id")) == {(200, sale.pk)}
    settled(sale, place, bought=2)


def test_ending_by_hand_against_a_rush(place):
    sale = urgent_sale(place.bread, quantity=10)
    at = NOW + timedelta(minutes=1)
    said = at_once(
        *(taker(sale, now=at) for _shopper in range(12)),
        lambda: end_sale(sale=sale, actor=None, now=at),
    )
    assert said[-1] == "done" and set(said) <= {"done", "urgent_over", "urgent_busy"}
    claimed = said[:-1].count("done")
    assert figures(sale) == (0, claimed, 0, 10 - claimed) and is_proven(sale)
    assert CartLine.objects.filter(urgent=sale).count() == claimed
    settled(sale, place, bought=0)


def test_ending_twice_at_once_ends_once(place):
    sale = urgent_sale(place.bread, quantity=4)
    take(sale)
    at = NOW + timedelta(minutes=1)
    said = at_once(*((lambda: end_sale(sale=sale, actor=None, now=at)) for _hand in range(3)))
    assert sorted(said) == ["done", "urgent_over", "urgent_over"]
    assert figures(sale) == (0, 1, 0, 3)
    settled(sale, place, bought=0)


def test_two_shoppers_pay_for_the_last_piece_of_which_one_has_lapsed(place):
    sale = urgent_sale(place.bread, quantity=1)
    first = ready(take(sale), place)
    too_late = payer(first, at=LATER)
    finish_sales(now=LATER)
    second = ready(take(sale, now=LATER), place, email="second@example.com", now=LATER)
    assert at_once(too_late, lambda: buy(second, now=LATER)) == ["review_changed", "done"]
    assert list(OrderLine.objects.values_list("order__purchase__email", flat=True)) == ["second@example.com"]
    settled(sale, place, bought=1)


def test_claim_that_lapses_in_the_instant_of_its_payment_is_bought_or_free(place):
    sale = urgent_sale(place.bread, quantity=1)
    cart = ready(take(sale), place)
    lapse = NOW + timedelta(minutes=10)
    _sale, waiting = wait_for_urgent(union=sale.union, user=None, token="", ref=sale.ref, quantity=1, now=NOW)
    pays = payer(cart, at=lapse - timedelta(milliseconds=1))
    said = at_once(pays, lambda: finish_sales(now=lapse))
    assert said[0] in ("done", "review_changed") and said[1] == "done"
    bought = Order.objects.count()
    assert bought == (said[0] == "done")
    finish_sales(now=lapse)
    standing = standing_of(sale, shopper_key(user_id=None, token=waiting), now=lapse)
    assert standing.held == 1 - bought and not UrgentPlace.objects.exists() and is_proven(sale)
    settled(sale, place, bought=bought)


def test_payment_that_fails_as_the_sale_ends_leaves_nothing_behind(place):
    sale = urgent_sale(place.bread, quantity=3)
    at = NOW + timedelta(minutes=55)
    purchase = buy(ready(take(sale, quantity=2, now=at), place, now=at), now=at)
    end = NOW + HOUR
    said = at_once(
        lambda: payment_failed(union=place.union, reference=purchase.number, now=end),
        lambda: finish_sales(now=end),
        lambda: finish_sales(now=end),
    )
    assert set(said) == {"done"}
    # Their shopper keeps the pieces for a while, at the price.
    assert figures(sale)[1] == 2 and CartLine.objects.get(cart__state="open").seen_price == 200
    settled(sale, place, bought=0)


def test_letting_in_against_newcomers_gives_to_those_who_wait(place):
    sale = urgent_sale(place.bread, quantity=3)
    for _cart in range(3):
        take(sale)
    tokens = [
        wait_for_urgent(union=sale.union, user=None, token="", ref=sale.ref, quantity=1, now=NOW)[1]
        for _one in range(2)
    ]
    said = at_once(
        *(taker(sale, now=LATER) for _newcomer in range(4)),
        lambda: finish_sales(now=LATER),
        lambda: finish_sales(now=LATER),
    )
    assert set(said[:4]) <= {"done", "urgent_busy"} and said[:4].count("done") <= 1
    finish_sales(now=LATER)
    held = [standing_of(sale, shopper_key(user_id=None, token=token), now=LATER).held for token in tokens]
    assert held == [1, 1] and not UrgentPlace.objects.exists()
    assert figures(sale)[1] == 2 + said[:4].count("done") and is_proven(sale)
    settled(sale, place, bought=0)


def test_plan_that_changes_as_the_sale_begins_never_takes_away_what_was_claimed(place):
    start = NOW + HOUR
    sale = urgent_sale(place.bread, starts_at=start, ends_at=start + HOUR, quantity=3)
    plan = SalePlan(variant=place.bread, quantity=1, starts_at=start, ends_at=start + HOUR, price=150)
    before = start - timedelta(milliseconds=1)
    said = at_once(
        *(taker(sale, now=start) for _shopper in range(3)),
        lambda: change_sale(sale=sale, plan=plan, actor=None, now=before),
    )
    claimed = said[:3].count("done")
    assert said[3] in ("done", "urgent_begun")
    sale.refresh_from_db()
    left, held, _sold, _returned = figures(sale)
    assert (held, left) == (claimed, 1 - claimed if said[3] == "done" else 3 - claimed) and is_proven(sale)
    assert sale.price == (150 if said[3] == "done" else 200)
    settled(sale, place, bought=0)


@pytest.mark.parametrize("killed_at", ["set level", "note movements"])
def test_worker_killed_while_it_books_leaves_all_of_it_to_the_next(place, killed_at):
    sale = urgent_sale(place.bread, quantity=3)
    for number in range(2):
        buy(ready(take(sale), place, email=f"buyer{number}@example.com"))
    statement = {"set level": 'UPDATE "stores_urgentlevel"', "note movements": "INSERT INTO stores_stockmovement"}
    seen = []

    def kill(execute, sql, params, many, context):
        answer = execute(sql, params, many, context)
        if statement[killed_at] in sql:
            seen.append(sql)
            # As when its machine dies: the server notices and takes everything back.
            with psycopg.connect(**dsn, autocommit=True) as other:
                other.execute("SELECT pg_terminate_backend(%s)", [context["connection"].connection.info.backend_pid])
        return answer

    parameters = connection.get_connection_params()
    dsn = {name: parameters[name] for name in ("host", "port", "user", "password", "dbname") if name in parameters}

    def worker():
        with connection.execute_wrapper(kill), suppress(DatabaseError):
            finish_sales(now=NOW)

    assert at_once(worker) == ["done"] and len(seen) == 1
    assert figures(sale) == (1, 2, 0, 0) and not StockMovement.objects.filter(kind="sold").exists() and is_proven(sale)
    finish_sales(now=NOW)
    assert figures(sale) == (1, 0, 2, 0)
    settled(sale, place, bought=2)


def test_no_worker_at_all_and_the_next_who_needs_the_shelf_settles(place):
    sale = urgent_sale(place.bread, quantity=20)
    buy(ready(take(sale, quantity=5), place))
    at = NOW + 2 * HOUR
    jobs = [lambda: take_out(variant=place.bread, quantity=3, actor=None, reason="broken", now=at)] * 3
    said = at_once(*jobs)
    assert set(said) == {"done"}
    assert figures(sale) == (0, 0, 5, 15)
    level = StockLevel.objects.get(variant=place.bread)
    assert (level.on_hand, level.held) == (6, 0) and is_proven(sale)
