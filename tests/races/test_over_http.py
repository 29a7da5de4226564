"""Races between real clients of a real server with several processes, and between real workers."""

from __future__ import annotations

from collections import Counter
from functools import partial

import pytest

from tests.api.story import DETAILS
from tests.races.platform import Platform, at_once

pytestmark = pytest.mark.timeout(400)


@pytest.fixture(scope="module")
def platform(tmp_path_factory):
    made = Platform(tmp_path_factory.mktemp("races"), durable=False)
    try:
        made.start_web()
        yield made
    finally:
        made.close()


def opened(platform: Platform, number: int, *, stock: int, then: str = "", **union) -> dict:
    return platform.python(
        "import json\nfrom tests.races.stage import completed_purchase, open_market, told\n"
        f"place = open_market({number}, stock={stock}, **{union!r})\n{then}\nprint(json.dumps(told(place)))"
    )


def bought(platform: Platform, place: dict, buyer: int, variant: int) -> list[int]:
    """One piece from nothing to paid; the status of every answer."""
    token = {"Cart_Token": f"buyer-{place['union']}-{buyer:03}-{'x' * 32}"}
    filled, _ = platform.ask(
        "POST", f"{place['api']}/cart/lines/", {"lines": [{"variant": variant, "quantity": 1}]}, **token
    )
    if filled != 201:
        return [filled]
    reviewed, review = platform.ask(
        "PUT", f"{place['api']}/checkout/", {**DETAILS, "payment": {"token": "bank:approves"}}, **token
    )
    placed, purchase = platform.ask(
        "POST", f"{place['api']}/purchases/", {"digest": review["digest"]}, Idempotency_Key="buy", **token
    )
    assert purchase["payment"]["state"] == "authorized"
    return [filled, reviewed, placed]


def test_four_hundred_buyers_get_exactly_the_hundred_pieces(platform):
    place = opened(platform, 1, stock=100)
    answers = at_once([partial(bought, platform, place, buyer, place["bread"]) for buyer in range(400)])
    assert Counter(map(tuple, answers)) == {(201, 200, 201): 100, (409,): 300}
    assert platform.rows("SELECT on_hand, held FROM stores_stocklevel WHERE variant_id = %s", place["bread"]) == [
        (0, 0)
    ]
    sold = platform.rows(
        "SELECT kind, sum(quantity) FROM stores_stockmovement WHERE variant_id = %s AND kind = 'sold' GROUP BY kind",
        place["bread"],
    )
    assert [abs(quantity) for _kind, quantity in sold] == [100]
    states = platform.rows(
        "SELECT state, count(*) FROM orders_order WHERE union_id = %s GROUP BY state", place["union"]
    )
    assert states == [("paid", 100)]
    assert "race1: 0 differences" in platform.manage("check_books", "--union", "race1")


def test_one_cart_bought_from_many_tabs_is_one_purchase(platform):
    place = opened(platform, 2, stock=50)
    for round_ in range(5):
        token = {"Cart_Token": f"tabs-{round_}-{'x' * 32}"}
        lines = [{"variant": place["bread"], "quantity": 2}, {"variant": place["lamp"], "quantity": 1}]
        platform.ask("POST", f"{place['api']}/cart/lines/", {"lines": lines}, **token)
        _, review = platform.ask(
            "PUT", f"{place['api']}/checkout/", {**DETAILS, "payment": {"token": "bank:approves"}}, **token
        )
        answers = at_once(
            [
                partial(
                    platform.ask,
                    "POST",
                    f"{place['api']}/purchases/",
                    {"digest": review["digest"]},
                    Idempotency_Key=f"tab-{tab}",
                    **token,
                )
                for tab in range(6)
            ]
        )
        assert [status for status, _ in answers] == [201] * 6
        assert len({purchase["number"] for _, purchase in answers}) == 1
    figures = "SELECT count(*), sum(amount) FROM payments_paymentrequest WHERE union_id = %s"
    assert platform.rows(figures, place["union"]) == [(5, 5 * 3500)]
    levels = platform.rows(
        "SELECT on_hand, held FROM stores_stocklevel WHERE variant_id = ANY(%s) ORDER BY variant_id",
        [place["bread"], place["lamp"]],
    )
    assert levels == [(40, 0), (45, 0)]
    assert "race2: 0 differences" in platform.manage("check_books", "--union", "race2")


def test_cancel_against_ship_ends_in_one_of_the_two(platform):
    place = opened(platform, 3, stock=50)
    key = {"Authorization": f"Bearer {place['keys'][0]}"}
    ends = Counter()
    for round_ in range(8):
        bought(platform, place, round_, place["bread"])
        _, waiting = platform.ask("GET", f"{place['api']}/orders/?state=paid", **key)
        order = f"{place['api']}/orders/{waiting['results'][0]['number']}"
        for step in ("accept", "pack"):
            assert platform.ask("POST", f"{order}/{step}/", {}, Idempotency_Key=f"{round_}-{step}", **key)[0] == 200
        cancelled, shipped, again = at_once(
            [
                partial(
                    platform.ask,
                    "POST",
                    f"{order}/cancel/",
                    {"reason": "burnt"},
                    Idempotency_Key=f"{round_}-cancel",
                    **key,
                ),
                partial(platform.ask, "POST", f"{order}/ship/", {"carrier": "Post", "tracking_number": "1"}, **key),
                partial(platform.ask, "POST", f"{order}/ship/", {"carrier": "Post", "tracking_number": "2"}, **key),
            ]
        )
        assert sorted([cancelled[0], shipped[0], again[0]]) == [200, 409, 409]
        end = platform.ask("GET", f"{order}/", **key)[1]["state"]
        assert end == ("cancelled" if cancelled[0] == 200 else "shipped")
        ends[end] += 1
    ((on_hand, held),) = platform.rows(
        "SELECT on_hand, held FROM stores_stocklevel WHERE variant_id = %s", place["bread"]
    )
    assert (on_hand, held) == (50 - ends["shipped"], 0)
    kept = "SELECT sum(captured - refunded) FROM payments_paymentsplit WHERE union_id = %s"
    assert platform.rows(kept, place["union"]) == [(750 * ends["shipped"],)]
    assert "race3: 0 differences" in platform.manage("check_books", "--union", "race3")


def test_settlement_by_two_workers_pays_everybody_once(platform):
    place = opened(platform, 4, stock=50, then="for _ in range(6): completed_purchase(place)")
    for name in ("left", "right"):
        platform.start_worker(name)
    platform.python("from payments.tasks import settle_unions\nfor _ in range(12): settle_unions.delay()")
    payouts = "SELECT amount, state, attempt FROM payments_payout WHERE union_id = %s ORDER BY amount"
    platform.wait_until(lambda: [row[1] for row in platform.rows(payouts, place["union"])] == ["paid", "paid"])
    done = "Task payments.tasks.settle_unions["
    platform.wait_until(
        lambda: sum(platform.log(name).read_text().count("succeeded in") for name in ("left", "right")) >= 12
    )
    assert min(platform.log(name).read_text().count(done) for name in ("left", "right")) > 0
    gross = {"first": 6 * 1100, "second": 6 * 2400}
    net = sorted(amount - round(amount * 0.05) for amount in gross.values())
    assert platform.rows(payouts, place["union"]) == [(amount, "paid", 1) for amount in net]
    assert platform.rows("SELECT count(*) FROM payments_earning WHERE payout_id IS NULL") == [(0,)]
    assert "race4: 0 differences" in platform.manage("check_books", "--union", "race4")
