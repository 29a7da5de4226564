"""kill -9 of web, worker, beat, sockets, Redis and PostgreSQL in the middle of purchases, fulfilment and settlement."""

from __future__ import annotations

import contextlib
import json
import re
import socket
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Event, Lock
from typing import Any

import pytest
from websockets.exceptions import WebSocketException
from websockets.sync.client import connect

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
    # What a living worker has in its hands would count as waiting.
    platform.kill("worker")
    swept = platform.python(SWEEP)
    assert swept == {"found": [], "waiting": 0}
    check_purchases(platform, place, trade)
    check_stock(platform, place)
    check_payouts(platform, place)


class Watcher:
    """A shopper's browser: it watches a product on the union's socket and connects again when the line is cut."""

    def __init__(self, platform: Platform, product: int) -> None:
        self.platform, self.product = platform, product
        self.over = Event()
        self.figures: list[int] = []
        self.lines = 0

    def look(self) -> None:
        """Go on until it is over; every stock frame that comes by itself is kept."""
        while not self.over.is_set():
            with contextlib.suppress(OSError, WebSocketException, TimeoutError):
                self._one_line()
            time.sleep(0.2)

    def _one_line(self) -> None:
        with connect(f"{self.platform.sockets}/ws/u/race0/", origin=self.platform.address) as line:
            self.lines += 1
            line.send(json.dumps({"type": "watch", "id": "w", "products": [self.product]}))
            first = True
            while not self.over.is_set():
                with contextlib.suppress(TimeoutError):
                    frame = json.loads(line.recv(timeout=1))
                    if frame["type"] == "stock":
                        # The first one answers the question, the others are live.
                        self.figures += [] if first else [frame["variants"][0]["available"]]
                        first = False


def test_redis_beat_and_sockets_may_die_at_any_time(platform):
    """What was queued in Redis is done all the same, and who watched live goes on watching."""
    place = platform.python(OPEN)
    for start in (platform.start_web, platform.start_worker, platform.start_beat, platform.start_sockets):
        start()
    ((product,),) = platform.rows("SELECT product_id FROM stores_variant WHERE id = %s", place["bread"])
    trade, watcher = Trade(platform, place), Watcher(platform, product)

    def redis_restarted() -> None:
        platform.kill_redis()
        time.sleep(2)
        platform.start_redis()

    def restarted(name: str) -> None:
        platform.kill(name)
        getattr(platform, f"start_{name}")()

    with ThreadPoolExecutor(BUYERS + 2) as threads:
        busy = [threads.submit(trade.buy, buyer) for buyer in range(BUYERS)] + [threads.submit(trade.fulfil)]
        busy.append(threads.submit(watcher.look))
        try:
            for name in ("redis", "beat", "worker", "sockets", "redis"):
                goal, seen = trade.bought() + 8, len(watcher.figures)
                wait_for(platform, lambda goal=goal: trade.bought() >= goal, busy)
                wait_for(platform, lambda seen=seen: len(watcher.figures) > seen, busy)
                redis_restarted() if name == "redis" else restarted(name)
            goal, seen = trade.bought() + 8, len(watcher.figures)
            wait_for(platform, lambda: trade.bought() >= goal and len(watcher.figures) > seen, busy)
        finally:
            trade.over.set()
            watcher.over.set()
        for one in busy:
            one.result()
    assert watcher.lines >= 2
    # The worker has come back to its queue by itself: every paid purchase is written to, also those during the outage.
    paid = "SELECT count(*) FROM core_outboxevent WHERE kind = 'orders.purchase_paid' AND delivered_at IS NULL"
    platform.wait_until(lambda: platform.rows(paid) == [(0,)])
    ((expected,),) = platform.rows("SELECT count(*) FROM core_outboxevent WHERE kind = 'orders.purchase_paid'")
    platform.wait_until(lambda: len(confirmed(platform)) == expected)
    assert platform.python(SWEEP) == {"found": [], "waiting": 0}
    check_purchases(platform, place, trade)
    check_stock(platform, place)
    check_payouts(platform, place)


def test_mail_that_a_killed_worker_had_begun_is_sent_by_the_next_one(platform):
    """The worker had taken the task from the queue: nobody else knows of it until it counts as lost."""
    usual = dict(platform.environment)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(60)
        platform.environment |= {
            "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
            "EMAIL_HOST": "127.0.0.1",
            "EMAIL_PORT": str(silent.getsockname()[1]),
            "EMAIL_TIMEOUT": "600",
        }
        platform.start_worker()
        platform.python(OPEN)
        # A mail server that takes the call and says nothing.
        line, _address = silent.accept()
        platform.kill("worker")
        line.close()
    assert not confirmed(platform)
    platform.environment = usual
    platform.start_worker()
    platform.wait_until(lambda: len(confirmed(platform)) >= 4)
    assert len(confirmed(platform)) == 4


def confirmed(platform: Platform) -> set[str]:
    """Numbers of the purchases that were confirmed by mail."""
    mails = "".join(path.read_text() for path in (platform.folder / "mail").glob("*.log"))
    return set(re.findall(r"^Subject: Your purchase (\S+) at", mails, re.MULTILINE))


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
