"""Whom the demo's shops help: a rule for the union and some for its stores, and a week of visitors who agreed."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db import transaction

from chat.models import Rule, TalkSettings
from chat.services.rules import Wording, create_rule
from martunion.demo.pictures.palette import Dice
from martunion.demo.trade import Trade
from stores.models import Product, Store
from unions.models import BrowsingEvent, Union
from unions.services.browsing import make_month

Words = dict[str, str]
SEARCH: Words = {
    "en": "Nothing found? Tell us what you are looking for; somebody in the street may have it.",
    "zh-hant": "沒找到嗎？告訴我們您在找什麼，商店街上也許有。",
    "ko": "못 찾으셨나요? 찾으시는 것을 알려 주세요. 거리 어딘가에 있을지도 몰라요.",
}
LOOKING: Words = {
    "en": "May we help you choose?",
    "zh-hant": "需要幫您挑選嗎？",
    "ko": "고르시는 걸 도와드릴까요?",
}
CART: Words = {
    "en": "A full basket! Shall we look together whether everything fits?",
    "zh-hant": "購物車滿滿的！要一起看看是否都合適嗎？",
    "ko": "장바구니가 가득하네요! 다 잘 맞는지 함께 볼까요?",
}
NAMES = {
    "en": ("Searched in vain", "Looks for long", "Full cart"),
    "zh-hant": ("搜尋無結果", "看了很久", "購物車滿了"),
    "ko": ("검색 결과 없음", "오래 보는 손님", "가득한 장바구니"),
}
FULL = {"TWD": 300_000, "KRW": 80_000, "GBP": 6_000}
VISITORS = 40


@transaction.atomic
def load_rules(*, union: Union, trade: Trade, until: datetime) -> None:
    """Three rules that speak, one that waits for a fair, and the record of last week."""
    if Rule.objects.filter(union=union).exists():
        return
    stores = sorted(trade.stores.values(), key=lambda store: store.slug)
    in_vain, looking, full = NAMES.get(union.default_language, NAMES["en"])
    _rule(union, None, in_vain, SEARCH, {"if": "empty_searches", "value": 1}, until, priority=10)
    tree = {"all": [{"if": "time_on_page", "value": 30}, {"not": {"if": "signed_in", "value": True}}]}
    _rule(union, stores[0], looking, LOOKING, tree, until, picture=Rule.Picture.ITEM)
    least = FULL.get(union.currency, 10_000)
    tree = {"any": [{"if": "cart_value", "value": least}, {"if": "item_value", "value": least}]}
    _rule(union, stores[1], full, CART, tree, until, offer=Rule.Offer.VIDEO, picture=Rule.Picture.STORE)
    TalkSettings.objects.update_or_create(union=union, store=stores[1], defaults={"free_minutes": 10})
    _visits(union, stores[:4], least, until)


def _rule(
    union: Union,
    store: Store | None,
    name: str,
    words: Words,
    tree: Mapping[str, object],
    now: datetime,
    **more: object,
) -> None:
    wording: dict[str, object] = {
        "name": name,
        "words": words.get(union.default_language, words["en"]),
        "translations": {language: {"words": text} for language, text in words.items()},
        "conditions": dict(tree),
        **more,
    }
    create_rule(union=union, store=store, wording=Wording(**wording), actor=None, now=now)  # type: ignore[arg-type]


def _visits(union: Union, stores: list[Store], least: int, until: datetime) -> None:
    """Each visitor walks through one store, some longer than others."""
    rows = []
    products = {
        store.pk: list(Product.objects.filter(union=union, store=store, is_published=True).order_by("pk")[:6])
        for store in stores
    }
    for number in range(VISITORS):
        dice = Dice(f"{union.slug}/visitor/{number}")
        store = stores[dice.between(0, len(stores) - 1)]
        at = until - timedelta(minutes=dice.between(60, 6 * 24 * 60))
        steps: list[dict[str, object]] = [
            {"kind": "page", "page": "/"},
            {"kind": "page", "page": f"/{store.slug}/"},
        ]
        for product in products[store.pk][: dice.between(1, 4)]:
            path = f"{store.slug}/{product.slug}"
            steps.append({"kind": "product", "page": f"/{path}/", "product": path, "value": product.price_from})
            steps.append({"kind": "dwell", "page": f"/{path}/", "seconds": dice.between(5, 90)})
        if dice.between(0, 3) == 0:
            steps.append({"kind": "cart", "page": "/cart/", "value": least})
        for n, step in enumerate(steps):
            moment = at + timedelta(seconds=40 * n)
            rows.append(
                BrowsingEvent(
                    union=union, visitor=f"demo-{number}", at=moment, entry=f"demo-{union.pk}-{number}-{n}", **step
                )
            )
    for year, month in sorted({(row.at.year, row.at.month) for row in rows}):
        make_month(year=year, month=month)
    BrowsingEvent.objects.bulk_create(rows, ignore_conflicts=True)
