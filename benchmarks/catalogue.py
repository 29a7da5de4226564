"""The list page and the product page: against a bare view of the same rows and against django-oscar.

Then the same pages with 1, 50 and 500 unions and with 1,000 and more goods: they should not notice.
"""

from __future__ import annotations

from contextlib import ExitStack

from benchmarks import oscar
from benchmarks.goods import seed, some_product
from benchmarks.load import page, rate
from benchmarks.machine import ROOT, Machine, http_server, machine
from benchmarks.measures import Measure

SCALES = ((1, 1_000), (50, 1_000), (500, 10_000), (1, 1_000_000))
LIST_OF_FLOOR, LIST_OF_PEER, PRODUCT_OF_PEER, SCALE_WITHIN = 0.5, 15, 10, 0.75


def run(*, quick: bool) -> list[Measure]:
    seconds = 2.0 if quick else 8.0
    goods = 1_000
    measures = []
    with machine() as here:
        first = _seeded(here, 1, goods)
        peer = oscar.prepare(here, goods=goods)
        lists, products = _ours(here, first, seconds)
        floor_lists, floor_products = _floor(here, first, seconds)
        peer_lists, peer_products = oscar.pages(here, peer, seconds)
        one = Measure("list of 24 with facets", "pages/s", lists, floor_lists, peer_lists)
        one.goal = f"≥ {LIST_OF_FLOOR} of floor, ≥ {LIST_OF_PEER} × oscar"
        one.holds = lists >= LIST_OF_FLOOR * floor_lists and lists >= LIST_OF_PEER * peer_lists
        two = Measure("product page", "pages/s", products, floor_products, peer_products)
        two.goal, two.holds = f"≥ {PRODUCT_OF_PEER} × oscar", products >= PRODUCT_OF_PEER * peer_products
        measures += [one, two]
        for unions, many in SCALES[1:2] if quick else SCALES[1:]:
            name = _seeded(here, unions, many)
            for what, ours, small in zip(
                ("list", "product"), _ours(here, name, seconds), (lists, products), strict=True
            ):
                measure = Measure(f"{what}, {unions} unions, {many:,} goods", "pages/s", ours, small)
                measure.goal = "≥ 0.75 of the same with 1 union and 1,000 goods"
                measure.holds = ours >= SCALE_WITHIN * small
                measures.append(measure)
    return measures


def _seeded(here: Machine, unions: int, goods: int) -> str:
    name = f"ours_{unions}_{goods}"
    seed(here, name, unions=unions, goods=goods)
    return name


def _ours(here: Machine, name: str, seconds: float) -> tuple[float, float]:
    union, store, product = some_product(here, name)
    with http_server("martunion.wsgi", environment=production(here, name), folder=ROOT) as port:
        return (
            rate(page(f"/u/{union}/search/"), port=port, seconds=seconds),
            rate(page(f"/u/{union}/{store}/{product}/"), port=port, seconds=seconds),
        )


def _floor(here: Machine, name: str, seconds: float) -> tuple[float, float]:
    union, store, product = some_product(here, name)
    environment = here.environment(name) | {"DJANGO_SETTINGS_MODULE": "benchmarks.floor.settings"}
    with ExitStack() as stack:
        port = stack.enter_context(http_server("benchmarks.floor.pages", environment=environment, folder=ROOT))
        return (
            rate(page(f"/u/{union}/"), port=port, seconds=seconds),
            rate(page(f"/u/{union}/{store}/{product}/"), port=port, seconds=seconds),
        )


def production(here: Machine, name: str) -> dict[str, str]:
    """Production settings behind a proxy that speaks TLS, except that the benchmark speaks to gunicorn directly."""
    return here.environment(name) | {"DJANGO_SETTINGS_MODULE": "benchmarks.settings"}
