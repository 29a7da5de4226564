"""Live matching in the demo: what the shops are asked for, a fortnight of wishes with their answers, one still open."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from chat.queries.shoppers import Shopper
from martunion.demo.content import UnionContent
from martunion.demo.pictures.palette import Dice
from martunion.demo.trade import Trade
from matching.models import MatchRequest, MatchResponse, Subscription
from matching.queries.answers import response_to
from matching.queries.codes import suggest_for_store
from matching.queries.signals import suggest_codes
from matching.services.answering import Answer, answer_call, decline_call
from matching.services.counting import count_days
from matching.services.ending import close_requests, expire_requests
from matching.services.subscribing import change_call_settings, subscribe_to_codes
from matching.services.throwing import Wish, throw_wish
from matching.services.using import use_response
from orders.services.contact import Contact
from stores.models import Product, Store
from unions.models import Union

WORDS: dict[str, dict[str, Any]] = {
    "en": {
        "stock": "Still on the shelf; it can be picked up today.",
        "answer": "We have just looked: it is here, and we keep it for you.",
        "missing": ("left-handed guitar", "pasta machine", "telescope for children"),
    },
    "zh-hant": {
        "stock": "架上還有，今天就可以來取。",
        "answer": "剛剛看過了：店裡有，我們替您留著。",
        "missing": ("左手吉他", "製麵機", "兒童望遠鏡"),
    },
    "ko": {
        "stock": "아직 진열대에 있어요. 오늘 찾아가실 수 있어요.",
        "answer": "방금 확인했어요. 매장에 있고, 따로 챙겨 둘게요.",
        "missing": ("왼손잡이 기타", "파스타 기계", "어린이 망원경"),
    },
}
CODES = 6
"""Kinds of goods that each store is asked for: what most of its goods mean."""
ITSELF = 3
"""Every third store answers by itself."""
LOOKED_AT = {"cornwall": "back-road-pottery", "kaohsiung": "shanhe-tea"}
"""Stores that the sign-ins lead to: somebody looks for something of theirs at this moment."""
PAST = 15
WITHIN = timedelta(minutes=30)
OPEN_FOR = timedelta(days=7)
GOODS_LOOKED_AT = 8


def load_matching(*, union: Union, content: UnionContent, trade: Trade, until: datetime) -> None:
    """Unless the union has it already."""
    if Subscription.objects.filter(union=union).exists():
        return
    _Street(union, content, trade, until).load()


class _Street:
    """One union's shops and who looks for something there."""

    def __init__(self, union: Union, content: UnionContent, trade: Trade, until: datetime) -> None:
        self.union, self.trade, self.until = union, trade, until
        self.words = WORDS[content.language]
        self.stores = sorted(trade.stores.values(), key=lambda store: store.slug)

    def load(self) -> None:
        """Subscriptions first: who is not asked cannot answer."""
        for number, store in enumerate(self.stores):
            codes = [meant.code.code for meant in suggest_for_store(store, limit=CODES)]
            if codes:
                subscribe_to_codes(store=store, codes=codes)
            if number % ITSELF == 1:
                change_call_settings(store=store, answers_itself=True, words=self.words["stock"])
        wanted = list(self._wanted())
        for number in range(PAST):
            # The oldest first: what is over is closed before the next one is thrown.
            at = self.until - timedelta(hours=40 + 17 * (PAST - number))
            if number % 4 == 3 or not wanted:
                self._missed(number, at)
            else:
                self._asked(number, wanted[number % len(wanted)], at)
        if wanted:
            named = LOOKED_AT.get(self.union.slug, self.stores[0].slug)
            self._open(next((product for product in wanted if product.store.slug == named), wanted[0]))
        count_days(now=self.until, days=14, demand_days=14)

    def _wanted(self) -> Iterator[Product]:
        """Goods that somebody looks for: those that their store is asked for by their very name, of each store some."""
        for store in self.stores:
            codes = set(Subscription.objects.filter(union=self.union, store=store).values_list("code", flat=True))
            goods = Product.objects.filter(union=self.union, store=store, is_published=True, kind="goods")
            found = 0
            for product in goods.select_related("store").order_by("pk")[:GOODS_LOOKED_AT]:
                meant = suggest_codes(product.title, limit=1)
                if meant and codes & set(meant[0].ancestors):
                    yield product
                    found += 1
                if found == 2:
                    break

    def _missed(self, number: int, at: datetime) -> None:
        """Nobody has it."""
        words = self.words["missing"][number % len(self.words["missing"])]
        self._throw(words, number, at)
        self._close(at)

    def _asked(self, number: int, product: Product, at: datetime) -> None:
        """Some answer within minutes; every second time an answer is used, else all lapse."""
        request = self._throw(product.title, number, at)
        dice = Dice(f"{self.union.slug}/wish/{number}")
        own = self._answer(request, product, at + timedelta(seconds=dice.between(20, 400)))
        for store_id in request.stores:
            store = next((each for each in self.stores if each.pk == store_id), None)
            if store is not None and store != product.store and dice.number(2):
                actor = self.trade.managers[store.slug]
                later = at + timedelta(seconds=dice.between(60, 900))
                if not MatchResponse.objects.filter(request=request, store=store).exists():
                    decline_call(request=request, store=store, by="person", actor=actor, now=later)
        if own is not None and number % 2 == 0:
            use_response(
                shopper=self._guest(number),
                response=response_to(request, own.ref),
                version=own.version,
                contact=Contact(name="", email=f"guest{number}@mail.example", language=self.union.default_language),
                cart_token=f"demo-{self.union.slug}-wish-{number}".ljust(40, "-"),
                now=at + timedelta(minutes=20),
            )
        self._close(at)

    def _open(self, product: Product) -> None:
        """One that everybody who looks at the demo can still answer."""
        customer = self.trade.customers[0]
        shopper = Shopper(self.union, "demo-open", customer, self.union.default_language, None)
        wish = Wish(words=product.title, answers_within=OPEN_FOR, quantity=2)
        throw_wish(shopper=shopper, wish=wish, now=self.until, key=f"demo-{self.union.slug}-open")

    def _throw(self, words: str, number: int, at: datetime) -> MatchRequest:
        wish = Wish(words=words, answers_within=WITHIN)
        key = f"demo-{self.union.slug}-{number}"
        return throw_wish(shopper=self._guest(number), wish=wish, now=at, key=key)

    def _guest(self, number: int) -> Shopper:
        return Shopper(self.union, f"demo-guest-{number}", None, self.union.default_language, None)

    def _answer(self, request: MatchRequest, product: Product, now: datetime) -> MatchResponse | None:
        """The store that has it, by a person, in words of its own; what its stock has said before is changed so."""
        store = next((each for each in self.stores if each.pk == product.store_id), None)
        if store is None or store.pk not in request.stores:
            return None
        price = product.price_from
        answer = Answer(title=product.title, price=price, words=self.words["answer"])
        actor = self.trade.managers[store.slug]
        return answer_call(request=request, store=self._whole(store), answer=answer, by="person", actor=actor, now=now)

    def _whole(self, store: Store) -> Store:
        store.union = self.union
        return store

    def _close(self, at: datetime) -> None:
        close_requests(now=at + WITHIN + timedelta(minutes=1))
        expire_requests(now=at + WITHIN + timedelta(hours=25))
