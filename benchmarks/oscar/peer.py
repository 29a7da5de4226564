"""The same stories told to django-oscar."""

from __future__ import annotations

import asyncio
import itertools
import re
import subprocess
import time
from pathlib import Path
from urllib.parse import urlencode

from benchmarks.load import Answer, Client, page, rate
from benchmarks.machine import Machine, http_server, own_environment

HERE = Path(__file__).parent
PACKAGES = ["django-oscar[sorl-thumbnail]==4.2.1", "gunicorn", "psycopg[binary]", "whoosh-reloaded"]
DATABASE = "peer"
LISTED = 20
PRICE = re.compile(rb'<p class="price_color">[^<]*\d')
ADDRESS = {
    "first_name": "Ada",
    "last_name": "Trevithick",
    "line1": "3 Lemon Street",
    "line4": "Truro",
    "postcode": "TR1 2LZ",
    "country": "GB",
}


def prepare(here: Machine, *, goods: int) -> str:
    """Install oscar once, then a fresh database with the goods; its python."""
    python = own_environment("oscar", PACKAGES)
    here.psql(f'CREATE DATABASE "{DATABASE}"')
    result = subprocess.run(
        [python, "seed.py", str(goods)], cwd=HERE, env=_environment(here), capture_output=True, text=True, check=False
    )
    if result.returncode:
        raise RuntimeError(result.stderr[-3000:])
    here.psql("VACUUM ANALYZE", name=DATABASE)
    return python


def pages(here: Machine, python: str, seconds: float) -> tuple[float, float]:
    """(lists, product pages) a second. A list shows 20 goods, which is oscar's own number."""
    product = here.psql("SELECT slug || '_' || id FROM catalogue_product ORDER BY id LIMIT 1", name=DATABASE)
    look = page(f"/catalogue/{product}/")
    with _server(here, python) as port:
        # Its first views one after the other: several at once make oscar fail on a record that it counts views in.
        for _ in range(4):
            asyncio.run(look(Client("127.0.0.1", port)))
        return rate(_list, port=port, seconds=seconds), rate(look, port=port, seconds=seconds)


async def _list(client: Client) -> None:
    """Look at the catalogue, and that it really lists goods with their prices."""
    answer = await client.send("GET", "/catalogue/")
    shown = answer.body.count(b'<article class="product_pod"'), len(PRICE.findall(answer.body))
    if answer.status != 200 or shown != (LISTED, LISTED):
        raise AssertionError(f"/catalogue/: {answer.status}, goods and prices {shown}")


def purchases(here: Machine, python: str, seconds: float) -> float:
    """Two-line orders of guests a second, from empty basket to placed."""
    many = int(here.psql("SELECT max(id) FROM catalogue_product", name=DATABASE))
    pairs = itertools.cycle((1 + n, 1 + (n + many // 2) % many) for n in range(many))

    async def buy(client: Client) -> None:
        client.cookies.clear()
        assert await _buy(client, next(pairs)) == 302

    with _server(here, python) as port:
        return rate(buy, port=port, seconds=seconds)


def rush(here: Machine, python: str, *, buyers: int, pieces: int) -> tuple[int, float]:
    """How many pieces oscar sells, and the seconds until the last buyer has an answer."""
    here.psql(f"UPDATE partner_stockrecord SET num_in_stock = {pieces} WHERE product_id = 1", name=DATABASE)

    async def all_at_once(port: int) -> float:
        begun = time.perf_counter()
        await asyncio.gather(*(_buy(Client("127.0.0.1", port), (1,)) for _ in range(buyers)), return_exceptions=True)
        return time.perf_counter() - begun

    with _server(here, python) as port:
        seconds = asyncio.run(all_at_once(port))
    return int(
        here.psql("SELECT coalesce(sum(quantity), 0) FROM order_line WHERE product_id = 1", name=DATABASE)
    ), seconds


async def _buy(client: Client, products: tuple[int, ...]) -> int:
    """Basket, guest's e-mail, address, order; the status of the last answer (302 to the thanks when placed)."""
    for product in products:
        await _form(client, f"/basket/add/{product}/", quantity=1)
    await _form(client, "/checkout/", options="anonymous", username="ada@example.org")
    await _form(client, "/checkout/shipping-address/", **ADDRESS)
    await client.send("GET", "/checkout/shipping-method/")
    await client.send("GET", "/checkout/payment-method/")
    answer = await _form(client, "/checkout/preview/", action="place_order")
    placed = answer.status == 302 and "thank-you" in answer.header("location")
    return 302 if placed else 409


async def _form(client: Client, path: str, **fields: object) -> Answer:
    body = urlencode(fields).encode()
    return await client.send("POST", path, body, Content_Type="application/x-www-form-urlencoded")


def _environment(here: Machine) -> dict[str, str]:
    kept = {name: value for name, value in here.environment(DATABASE).items() if name != "DJANGO_SETTINGS_MODULE"}
    return kept | {"DJANGO_SETTINGS_MODULE": "settings", "PYTHONPATH": str(HERE)}


def _server(here: Machine, python: str):  # type: ignore[no-untyped-def]
    return http_server("pages", environment=_environment(here), folder=HERE, python=python)
