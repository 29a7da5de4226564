"""kill -9 of web, worker and PostgreSQL in the middle of purchases, fulfilment and settlement."""

from __future__ import annotations

import contextlib
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Event, Lock
from typing import Any

import pytest

from tests.api.story import DETAILS
from tests.races.platform import Gone, Platform

pytestmark = pytest.mark.timeout(500)

STOCK = 5000
BUYERS = 3
ACCOUNTS = ("bank:approves", "bank:approves", "bank:declines-funds", "bank:answers-twice", "bank:approves")
OPEN = """
import json
from tests.races.stage import completed_purchase, open_market, told
place = open_market(0, stock=5000)
for _ in range(4):
    completed_purchase(place)
print(json.dumps(told(place)))
"""
SWEEP = """
import json
from datetime import timedelta
from django.utils import timezone
from core.outbox import deliver_waiting
from core.models import OutboxEvent
from orders.services.cancelling import release_forgotten_money
from orders.services.daily_check import check_union
from payments.services.sweeper import repeat_unanswered_calls, retry_failed_refunds, send_waiting_payouts
from payments.services.settlement import make_payouts
from payments.services.withdrawal import give_up_unanswered
from stores.services.stock import release_lapsed_holds
from unions.models import Union
union = Union.objects.get(slug="race0")
for hours in (1, 2, 3):
    now = timezone.now() + timedelta(hours=hours)
    repeat_unanswered_calls(now=now, limit=5000)
    give_up_unanswered(now=now)
    retry_failed_refunds(now=now)
    release_forgotten_money(now=now)
    make_payouts(union=union, now=now)
    send_waiting_payouts(now=now)
    release_lapsed_holds(now=now)
    while deliver_waiting(now=now):
        pass
found = [difference["text"] for difference in check_union(union=union, now=now).differences]
print(json.dumps({"found": found, "waiting": OutboxEvent.objects.filter(delivered_at=None).count()}))
"""


class Trade:
    """Buyers and a store's program that go on asking until they are answered, whatever dies meanwhile."""

    def __init__(self, platform: Platform, place: dict[str, Any]) -> None:
        self.platform, self.place = platform, place
        self.over = Event()
        self.lock = Lock()
        self.answers: dict[str, str] = {}
        self.tracebacks: list[str] = []
        self.unanswered = 0

    def ask(self, method: str, path: str, body: Any = None, *, key: str = "", **headers: str) -> tuple[int, Any]:
        """Ask until there is an answer. A key whose first request died is given up after a while for another one."""
        for attempt in range(600):
            if key:
                headers["Idempotency_Key"] = f"{key}-{attempt // 10}"
            with contextlib.suppress(Gone):
                status, answer = self.platform.ask(method, self.place["api"] + path, body, **headers)
                busy = status == 409 and answer["code"] == "idempotency_in_progress"
                if status < 500 and not busy:
                    return status, answer
            with self.lock:
                self.unanswered += 1
            time.sleep(0.2)
        raise AssertionError(f"{method} {path} was never answered")

    def buy(self, buyer: int) -> None:
        """Buy from both stores again and again; what the server said is kept."""
        round_ = 0
        while not self.over.is_set():
            token = {"Cart_Token": f"chaos-{buyer}-{round_:05}-{'x' * 32}"}
            lines = [{"variant": self.place["bread"], "quantity": 2}, {"variant": self.place["lamp"], "quantity": 1}]
            status, _ = self.ask("POST", "/cart/lines/", {"lines": lines}, key="fill", **token)
            assert status == 201
            payment = {"token": ACCOUNTS[round_ % len(ACCOUNTS)]}
            for _ in range(5):
                _, review = self.ask("PUT", "/checkout/", {**DETAILS, "payment": payment}, **token)
                # An answer that was lost may have filled the cart twice, or bought it already.
                status, purchase = self.ask(
                    "POST", "/purchases/", {"digest": review.get("digest", "")}, key="buy", **token
                )
                if status == 201:
                    break
            assert status == 201, purchase
            with self.lock:
                self.answers[purchase["number"]] = purchase["payment"]["state"]
            round_ += 1

    def fulfil(self) -> None:
        """Accept, pack and ship what comes in at the first store; every fifth is cancelled instead."""
        key = {"Authorization": f"Bearer {self.place['keys'][0]}"}
        done = 0
        while not self.over.is_set():
            _, waiting = self.ask("GET", "/orders/?state=paid", **key)
            for order in waiting["results"][:3]:
                path = f"/orders/{order['number']}"
                done += 1
                self.ask("POST", f"{path}/accept/", {}, key=f"{done}-accept", **key)
                if done % 5 == 0:
                    self.ask("POST", f"{path}/cancel/", {"reason": "burnt"}, key=f"{done}-cancel", **key)
                else:
                    self.ask("POST", f"{path}/pack/", {}, **key)
                    self.ask("POST", f"{path}/ship/", {"carrier": "Post"}, **key)
            time.sleep(0.1)

    def bought(self) -> int:
        with self.lock:
            return len(self.answers)


@pytest.fixture
def platform(tmp_path):
    made = Platform(tmp_path, durable=True)
    try:
        yield made
    finally:
        made.close()


def restarted_worker(platform: Platform) -> None:
    platform.kill("worker")
    platform.start_worker()


def restarted_web(platform: Platform) -> None:
    platform.kill("web")
    platform.start_web()


def restarted_postgres(platform: Platform) -> None:
    platform.kill_postgres()
    platform.start_postgres()


def test_nothing_is_lost_whatever_is_killed(platform):
    place = platform.python(OPEN)
    platform.start_web()
    platform.start_worker()
    trade = Trade(platform, place)
    settle = "from payments.tasks import settle_unions, sweep_payments\nfor _ in range(6): settle_unions.delay()"
    with ThreadPoolExecutor(BUYERS + 1) as threads:
        busy = [threads.submit(trade.buy, buyer) for buyer in range(BUYERS)] + [threads.submit(trade.fulfil)]
        try:
            for kill in (restarted_web, restarted_worker, restarted_postgres, restarted_web, restarted_postgres):
                goal = trade.bought() + 15
                if kill is restarted_worker:
                    platform.python(settle)
                wait_for(platform, lambda goal=goal: trade.bought() >= goal, busy)
                kill(platform)
            goal = trade.bought() + 15
            wait_for(platform, lambda: trade.bought() >= goal, busy)
        finally:
            trade.over.set()
        for one in busy:
            one.result()
    assert trade.unanswered > 0
    swept = platform.python(SWEEP)
    assert swept == {"found": [], "waiting": 0}
    check_purchases(platform, place, trade)
    check_stock(platform, place)
    check_payouts(platform, place)


def wait_for(platform: Platform, ready: Callable[[], bool], busy: list[Any]) -> None:
    """Until it is so; somebody who gave up fails the test at once."""
    platform.wait_until(lambda: ready() or any(one.done() for one in busy))
    for one in busy:
        if one.done():
            one.result()


def check_purchases(platform: Platform, place: dict[str, Any], trade: Trade) -> None:
    """What a buyer was told is so, and every purchase is paid for or cancelled."""
    rows = platform.rows(
        "SELECT purchase.number, request.state, array_agg(DISTINCT orders.state) "
        "FROM orders_purchase purchase JOIN orders_order orders ON orders.purchase_id = purchase.id "
        "JOIN payments_paymentrequest request ON request.reference = purchase.number "
        "WHERE purchase.union_id = %s GROUP BY 1, 2",
        place["union"],
    )
    states = {number: (payment, set(orders)) for number, payment, orders in rows}
    for number, told in trade.answers.items():
        assert told in ("authorized", "captured", "failed", "created"), told
        payment, _orders = states[number]
        assert (payment == "failed") == (told == "failed"), (number, told, states[number])
    for number, (payment, orders) in states.items():
        if payment == "failed":
            assert orders == {"cancelled"}, number
        else:
            assert payment in ("authorized", "captured"), (number, payment)
            assert not orders & {"placed"}, number
    # Nobody bought twice, however often the same cart was sent.
    assert (
        platform.rows("SELECT cart_id FROM orders_purchase WHERE cart_id IS NOT NULL GROUP BY 1 HAVING count(*) > 1")
        == []
    )
    assert Counter(told for told in trade.answers.values())["failed"] > 0


def check_stock(platform: Platform, place: dict[str, Any]) -> None:
    """What is missing on the shelf was sold; nothing is held any more."""
    for variant in (place["bread"], place["lamp"]):
        ((on_hand, held),) = platform.rows("SELECT on_hand, held FROM stores_stocklevel WHERE variant_id = %s", variant)
        ((sold,),) = platform.rows(
            "SELECT coalesce(sum(line.quantity), 0) FROM orders_orderline line JOIN orders_order orders "
            "ON orders.id = line.order_id WHERE line.variant_id = %s AND orders.state <> 'cancelled'",
            variant,
        )
        assert (on_hand, held) == (STOCK - sold, 0)


def check_payouts(platform: Platform, place: dict[str, Any]) -> None:
    """The four purchases that were earned before were paid out once."""
    payouts = platform.rows("SELECT amount, state FROM payments_payout WHERE union_id = %s ORDER BY 1", place["union"])
    assert payouts == [(4 * (1100 - 55), "paid"), (4 * (2400 - 120), "paid")]
