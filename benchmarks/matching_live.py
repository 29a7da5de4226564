"""Wishes and connected shops: until the last one is called, until ten have answered, and a hundred wishes a second.

Wishes come over HTTP to gunicorn, as in production; the shops' programs and the shopper hang on one process of sockets.
The floor is a bare Redis publish of the same text to as many bare sockets: no HTTP, no database, no choice of shops.
"""

from __future__ import annotations

import asyncio
import json
import os
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from statistics import median
from typing import Any

import redis.asyncio

from benchmarks.goods import SEED
from benchmarks.load import Client
from benchmarks.machine import ROOT, Machine, http_server
from benchmarks.measures import Measure
from benchmarks.talk.parties import PRODUCTION
from benchmarks.talk.servers import asgi_server
from benchmarks.talk.shout import CHANNEL
from benchmarks.talk.wire import Wire, connect, kept_alive, most_files

COUNTS = (10, 100, 1_000, 5_000)
ROUNDS = 15
SERVER = "daphne"
OF_FLOOR = 2.0
PER_SECOND, SHOPS, CLASSES, EACH = 100, 1_000, 50, 3
AT_ONCE = 100
"""Handshakes under way at a time."""
ANSWERS = 10
SEEDED = """
from django_scopes import scopes_disabled
from django.core import signing
from core.references import new_secret
from matching.models import CallSettings, Subscription
from stores.models import ApiKey, Product, Store
from stores.services.keys import hash_of
from stores.services.search import index_products
from unions.middleware.visitor import COOKIE, SALT
from unions.models import SignalCode
with scopes_disabled():
    stores = list(Store.objects.select_related("union").order_by("pk"))
    union, plain = stores[0].union, ["mu_" + new_secret() for _ in stores]
    ApiKey.objects.bulk_create([ApiKey(union=union, store=store, name="bench", hint=text[:8], key_hash=hash_of(plain=text),
        scopes=["calls:write"]) for store, text in zip(stores, plain)])
    names = [f"all-{{count}}" for count in {counts}] + [f"some-{{n}}" for n in range({classes})]
    SignalCode.objects.bulk_create([SignalCode(code=name, title=name, ancestors=[name]) for name in names])
    wants = [(store, f"all-{{count}}") for count in {counts} for store in stores[:count]]
    wants += [(store, f"some-{{(7 * n + 17 * k) % {classes}}}") for n, store in enumerate(stores[:{shops}]) for k in range({each})]
    Subscription.objects.bulk_create([Subscription(union=union, store=store, code_id=name) for store, name in wants])
    CallSettings.objects.bulk_create([CallSettings(union=union, store=store, answers_itself=True) for store in stores[:{answers}]])
    ids = [Product.objects.filter(store=store).order_by("pk").first().pk for store in stores[:{answers}]]
    Product.objects.filter(pk__in=ids).update(title="Brass reading lamp")
    index_products(product_ids=list(Product.objects.values_list("pk", flat=True)))
print("TOLD", union.slug, COOKIE)
for text in plain:
    print("KEY", text)
for n in range({visitors}):
    print("VISITOR", signing.dumps(f"bench{{n}}", salt=SALT))
"""


@dataclass
class Site:
    """The ports and who is there."""

    web: int
    sockets: int
    union: str
    cookie: str
    visitors: list[str]
    heard: dict[str, list[float]] = field(default_factory=dict)
    """Of each wish, by its words, when the shops heard of it."""

    def on_call(self, _wire: Wire, text: bytes) -> None:
        if text.startswith(b'{"type":"wish","'):
            words = json.loads(text)["words"]
            self.heard.setdefault(words, []).append(time.perf_counter())


def live(here: Machine, quick: bool) -> list[Measure]:
    """In a database of its own."""
    most_files()
    counts, rounds, seconds = ((10, 100), 5, 4.0) if quick else (COUNTS, ROUNDS, 20.0)
    shops = 100 if quick else SHOPS
    wishes = rounds * len(counts) + round(PER_SECOND * (seconds + 2)) + 10
    here.psql('CREATE DATABASE "live"')
    here.manage("migrate", "--verbosity=0", name="live")
    here.psql(SEED.format(unions=1, stores=max(*counts, shops), goods=max(*counts, shops)), name="live")
    script = SEEDED.format(
        counts=list(counts), classes=CLASSES, shops=shops, each=EACH, answers=ANSWERS, visitors=wishes
    )
    said = here.manage("shell", "--no-imports", "-c", script, name="live", **PRODUCTION).splitlines()
    here.psql("VACUUM ANALYZE", name="live")
    _, union, cookie = next(line for line in said if line.startswith("TOLD")).split()
    keys = [line.split()[1] for line in said if line.startswith("KEY")]
    visitors = [line.split()[1] for line in said if line.startswith("VISITOR")]
    # Each wish comes from an address of its own, as those of many shoppers do.
    environment = here.environment("live", NUM_PROXIES="1", **PRODUCTION)
    with ExitStack() as stack:
        bare = stack.enter_context(asgi_server(SERVER, "benchmarks.talk.shout:application", environment=environment))
        floor = asyncio.run(_floor(bare, counts, rounds))
    with ExitStack() as stack:
        sockets = stack.enter_context(asgi_server(SERVER, "martunion.asgi:application", environment=environment))
        web = stack.enter_context(http_server("martunion.wsgi:application", environment=environment, folder=ROOT))
        site = Site(web, sockets, union, cookie, visitors)
        return asyncio.run(_ours(site, keys, counts, rounds, floor, shops, seconds))


async def _floor(port: int, counts: tuple[int, ...], rounds: int) -> dict[int, float]:
    """Milliseconds from the publish to the last of so many bare sockets; the median round."""
    heard: list[float] = []
    wires: list[Wire] = []
    text = json.dumps({"type": "wish", "words": "x" * 600})
    found = {}
    async with redis.asyncio.Redis.from_url(os.environ["REDIS_URL"]) as line, kept_alive(wires):
        for count in counts:
            await _more(
                wires, count, lambda n: connect(port, f"/{n}/", heard=lambda *_: heard.append(time.perf_counter()))
            )
            took = []
            for _ in range(rounds):
                heard.clear()
                began = time.perf_counter()
                await line.publish(CHANNEL, text)
                await _until(lambda count=count: len(heard) >= count, 30.0)
                took.append(1000 * (max(heard) - began))
                await asyncio.sleep(0.05)
            found[count] = median(took)
    for wire in wires:
        wire.close()
    return found


async def _ours(
    site: Site,
    keys: list[str],
    counts: tuple[int, ...],
    rounds: int,
    floor: dict[int, float],
    shops: int,
    seconds: float,
) -> list[Measure]:
    wires: list[Wire] = []
    measures = []

    async def shop(number: int) -> Wire:
        greeted: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        def heard(wire: Wire, text: bytes) -> None:
            if not greeted.done():
                greeted.set_result(None)
            site.on_call(wire, text)

        wire = await connect(
            site.sockets, "/ws/connector/", heard=heard, headers={"Authorization": f"Bearer {keys[number]}"}
        )
        await asyncio.wait_for(greeted, 60)
        return wire

    async with kept_alive(wires):
        for count in counts:
            await _more(wires, count, shop)
            last, first_ten = [], []
            for number in range(rounds + 2):
                called, answered = await _round(site, count, number)
                if number >= 2:
                    last.append(called)
                    first_ten.append(answered)
            measure = Measure(
                f"a wish to {count:,} connected shops, until the last is called", "ms", median(last), floor[count]
            )
            measure.goal, measure.holds = f"<= {OF_FLOOR:g} × floor", median(last) <= OF_FLOOR * floor[count]
            measures += [
                measure,
                Measure(f"the same, until {ANSWERS} answers from stock are at the shopper", "ms", median(first_ten)),
            ]
        await _more(wires, max(len(wires), shops), shop)
        measures += await _sustained(site, shops, seconds)
    for wire in wires:
        wire.close()
    return measures


async def _round(site: Site, count: int, number: int) -> tuple[float, float]:
    """Milliseconds from sending the wish until the last shop has heard it, and until the shopper has ten answers."""
    visitor, words = site.visitors.pop(), f"brass reading lamp {count} {number}"
    greeted, told = asyncio.Event(), asyncio.Event()

    def heard(_wire: Wire, text: bytes) -> None:
        greeted.set()
        if text.startswith(b'{"type":"match"'):
            told.set()

    headers = {"Cookie": f"{site.cookie}={visitor}", "Origin": "http://127.0.0.1"}
    shopper = await connect(site.sockets, f"/ws/u/{site.union}/", heard=heard, headers=headers)
    await asyncio.wait_for(greeted.wait(), 30)
    client, base = Client("127.0.0.1", site.web), f"/api/v1/unions/{site.union}/match-requests/"
    began = time.perf_counter()
    sent = asyncio.create_task(_throw(client, base, visitor, words, f"all-{count}"))

    async def answers() -> float:
        await asyncio.wait_for(told.wait(), 30)
        ref = (await sent)["ref"]
        shown = await client.send("GET", f"{base}{ref}/responses/", Wish_Token=visitor)
        assert len(shown.json()["results"]) == ANSWERS, shown.body
        return 1000 * (time.perf_counter() - began)

    answered, _all = await asyncio.gather(answers(), _until(lambda: len(site.heard.get(words, ())) >= count, 30.0))
    shopper.close()
    client.close()
    return 1000 * (max(site.heard.pop(words)) - began), answered


async def _sustained(site: Site, shops: int, seconds: float) -> list[Measure]:
    """An open loop: wishes start on time, whether the ones before are done or not."""
    base, thrown, tasks = f"/api/v1/unions/{site.union}/match-requests/", {}, set()
    idle: list[Client] = []
    refused = 0

    async def one(number: int) -> None:
        nonlocal refused
        client = idle.pop() if idle else Client("127.0.0.1", site.web)
        words = f"wish {number}"
        began = time.perf_counter()
        try:
            made = await _throw(client, base, site.visitors.pop(), words, f"some-{number % CLASSES}")
        except (AssertionError, ConnectionError):
            refused += 1
            return
        thrown[words] = (began, time.perf_counter(), made["stores_called"])
        idle.append(client)

    total = round(PER_SECOND * seconds)
    start = time.perf_counter()
    for number in range(total):
        await asyncio.sleep(max(0.0, start + number / PER_SECOND - time.perf_counter()))
        task = asyncio.create_task(one(number))
        tasks.add(task)
        task.add_done_callback(tasks.discard)
    while tasks:
        await asyncio.wait(tasks)
    took = time.perf_counter() - start
    await _until(lambda: all(len(site.heard.get(words, ())) >= each[2] for words, each in thrown.items()), 30.0)
    calls = sum(each[2] for each in thrown.values())
    heard = sum(len(site.heard.get(words, ())) for words in thrown)
    last = sorted(1000 * (max(site.heard[words]) - began) for words, (began, _done, count) in thrown.items() if count)
    rate = len(thrown) / took
    keeps = Measure(
        f"wishes a second over {shops:,} shops, {calls / max(1, len(thrown)):.0f} called by each", "1/s", rate
    )
    keeps.goal, keeps.holds = (
        f">= {0.98 * PER_SECOND:.0f}, none lost",
        rate >= 0.98 * PER_SECOND and not refused and heard == calls,
    )
    return [
        keeps,
        Measure(
            "of its calls lost", "", float(calls - heard + refused), goal="0", holds=heard == calls and not refused
        ),
        Measure("until the last shop of a wish is called, median", "ms", median(last)),
        Measure("until the last shop of a wish is called, of 99 %", "ms", last[int(0.99 * (len(last) - 1))]),
    ]


async def _throw(client: Client, base: str, visitor: str, words: str, code: str) -> Any:
    number = abs(hash(visitor))
    answer = await client.post(
        base,
        {"words": words, "code": code, "answers_within": 30},
        Wish_Token=visitor,
        Idempotency_Key=visitor[-40:],
        X_Forwarded_For=f"10.{number % 250}.{number // 250 % 250}.{number // 62_500 % 250}",
    )
    assert answer.status == 201, answer.body[:500]
    return answer.json()


async def _more(wires: list[Wire], count: int, one: Any) -> None:
    """Open more until there are so many; each is kept alive from its first moment."""
    turn = asyncio.Semaphore(AT_ONCE)

    async def opened(number: int) -> None:
        async with turn:
            wires.append(await one(number))

    await asyncio.gather(*(opened(number) for number in range(len(wires), count)))


async def _until(done: Any, seconds: float) -> None:
    end = time.perf_counter() + seconds
    while not done():
        if time.perf_counter() > end:
            raise TimeoutError
        await asyncio.sleep(0.001)
