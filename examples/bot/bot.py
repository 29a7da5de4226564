"""A program that answers shoppers through the console socket of a store, with an API key. See README.md.

It greets, answers from the store's goods, shows what it speaks of, answers prices and times that are proposed, proposes
the next free time itself, and hands over to a person when asked. It reconnects for ever and goes on where it was. It
needs nothing but `websockets`.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import logging
import os
import random
import re
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

logger = logging.getLogger("bot")

WORDS = json.loads((Path(__file__).parent / "words.json").read_text())
PING_EVERY = 25.0
LONGEST_PAUSE = 30.0
AGREES_FROM = 90
"""Percent of the usual price that the store's own people have allowed this program to agree to."""
COUNTERS = (95, AGREES_FROM)
"""What it answers to less, first and then; after that it declines."""
STOP_WORDS = set(
    "a an and any anything are can do does for have how i in is it me need of on or please sell some the there to want "
    "we what with you your".split()
)


def words_for(language: str) -> dict[str, Any]:
    """The answers in a shopper's language; English where there are none."""
    return WORDS.get(language) or WORDS["en"]


@dataclass(frozen=True)
class Place:
    """A store at a site, and the key that opens it."""

    site: str
    union: str
    store: str
    key: str

    def socket(self) -> str:
        return f"{re.sub('^http', 'ws', self.site)}/ws/console/{self.union}/{self.store}/"

    def call(self, path: str, *, sent: dict[str, Any] | None = None, language: str = "en", **asked: Any) -> Any:
        """A call of the REST API, with the key. Raises OSError."""
        request = urllib.request.Request(
            f"{self.site}/api/v1/unions/{self.union}/{path}/?{urllib.parse.urlencode(asked)}",
            data=None if sent is None else json.dumps(sent).encode(),
            headers={
                "Accept-Language": language,
                "Authorization": f"Bearer {self.key}",
                "Content-Type": "application/json",
            },
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)

    def goods(self, words: str, language: str) -> list[dict[str, Any]]:
        """The best three goods of this store for these words. Raises OSError."""
        return list(self.call("products", q=words, store=self.store, page_size=3, language=language)["results"])

    def free_time(self, words: str, language: str) -> tuple[str, str] | None:
        """(service, start) of the next time that is free: of what the words name, else of anything."""
        named = (
            [{"store": self.store, "product": good["slug"]} for good in self.goods(words, language)] if words else []
        )
        resources = self.call("resources", store=self.store)["results"]
        any_of_it = [{"service": key} for resource in resources for key in resource["services"][:1]]
        for wanted in named + any_of_it:
            try:
                found = self.call("slots", **wanted)
            except urllib.error.HTTPError:  # a good that is not booked
                continue
            for slot in (slot for day in found["days"] for slot in day["slots"]):
                return found["service"]["key"], slot["starts_at"]
        return None

    def answer_price(self, conversation: str, note: str) -> bool:
        """Agree to what stands in this conversation, name another price, or decline; False: a person has to."""
        for one in self.call("proposals", conversation=conversation, page_size=5)["results"]:
            if "accept" not in one["next_actions"]:  # answered already, or the shopper has to answer
                continue
            if one["list_price"] is None:
                return False
            usual, offered = one["list_price"]["amount"], one["price"]["amount"]
            given = sum(step["side"] == "store" for step in one["steps"])
            sent: dict[str, Any] = {"expected": offered}
            if offered * 100 >= usual * AGREES_FROM:
                move = "accept"
            elif given < len(COUNTERS):
                move, sent = "counter", {**sent, "price": usual * COUNTERS[given] // 100, "note": note}
            else:
                move = "decline"
            self.call(f"proposals/{one['number']}/{move}", sent=sent)
        return True


def price(amount: dict[str, Any], language: str = "en") -> str:
    """`{"amount": 1250, "currency": "GBP"}` as `£12.50`, as the shop's pages write it; `XYZ 12.50` without a sign."""
    currency, minor = amount["currency"], amount["amount"]
    places = 0 if currency in {"JPY", "KRW"} else 2
    # People leave the hundredths of these away where there are none.
    shown = 0 if currency in {"TWD", "HUF"} and minor % 100 == 0 else places
    sign = words_for(language)["money"].get(currency, f"{currency} ")
    return f"{sign}{minor / 10**places:,.{shown}f}"


def wish_of(text: str) -> str:
    """What a shopper is after: `person`, `price`, `time`, `greeting`, or `goods`."""
    lowered = text.lower()
    for words in WORDS.values():
        for wish, signs in words["signs"].items():
            if any(_stands_in(sign, lowered) for sign in signs) and (wish != "greeting" or _only_greets(lowered)):
                return str(wish)
    return "goods"


def _stands_in(sign: str, text: str) -> bool:
    return bool(re.search(rf"\b{re.escape(sign)}\b", text)) if sign.isascii() else sign in text


def _only_greets(text: str) -> bool:
    """Not `Hello, do you have a tree fern?`"""
    return not search_words(text)


def search_words(text: str) -> str:
    """The words of a question that may be in the name of a good."""
    text = text.lower()
    for known in WORDS.values():
        for sign in known["signs"]["greeting"]:
            text = re.sub(rf"\b{re.escape(sign)}\b", " ", text) if sign.isascii() else text.replace(sign, " ")
        for noise in known["noise"]:
            text = text.replace(noise, " ")
    words = [word for word in re.findall(r"[^\W_]+", text) if word not in STOP_WORDS]
    return " ".join(words[:6])


@dataclass
class Talk:
    """A conversation that this program has."""

    ref: str
    language: str
    messages: dict[int, dict[str, Any]] = field(default_factory=dict)
    is_whole: bool = False
    answered: int = 0
    greeted: bool = False
    handed: bool = False


@dataclass
class Bot:
    """One store's counter."""

    place: Place
    talks: dict[str, Talk] = field(default_factory=dict)
    me: int = 0
    _line: Any = None
    _sent: int = 0

    async def stay(self) -> None:
        """Be at the counter for ever."""
        pause = 1.0
        while True:
            try:
                async with connect(
                    self.place.socket(), additional_headers={"Authorization": f"Bearer {self.place.key}"},
                    ping_interval=None, proxy=None,
                ) as line:  # fmt: skip
                    self._line = line
                    pinging = asyncio.create_task(self._ping())
                    try:
                        async for text in line:
                            pause = 1.0
                            await self.take(json.loads(text))
                    finally:
                        pinging.cancel()
            except (OSError, WebSocketException, TimeoutError) as error:
                logger.info("%s: %s; coming back", self.place.store, error)
            # Not all at once after a restart of the site.
            await asyncio.sleep(pause * random.uniform(0.5, 1.0))
            pause = min(LONGEST_PAUSE, pause * 2)

    async def _ping(self) -> None:
        while True:
            await asyncio.sleep(PING_EVERY)
            await self.send(type="ping")

    async def send(self, **frame: Any) -> None:
        """Send a frame; one that carries no id gets one."""
        self._sent += 1
        await self._line.send(json.dumps({"id": f"f{self._sent}", **frame}))

    async def take(self, frame: dict[str, Any]) -> None:
        """One frame of the server."""
        kind = frame["type"]
        if kind == "hello":
            self.me = frame["you"]
            await self.send(type="presence", state="available")
            for info in frame.get("conversations", []):
                await self.look_at(info)
        elif kind == "conversation":
            await self.look_at(frame)
        elif kind == "ack" and isinstance(frame.get("conversation"), dict):
            await self.look_at(frame["conversation"])
        elif kind == "ack" and str(frame["id"]).startswith("resume:"):
            ref = frame["id"].partition(":")[2]
            if ref in self.talks:
                self.talks[ref].is_whole = True
            await self.answer_open(ref)
        elif kind == "message" and frame["conversation"] in self.talks:
            self.talks[frame["conversation"]].messages[frame["seq"]] = frame
            if frame["role"] == "shopper":
                await self.answer_open(frame["conversation"])
        elif kind == "ping":
            await self._line.send(json.dumps({"type": "pong", "n": frame["n"]}))
        elif kind == "error":
            logger.info("%s: refused: %s", self.place.store, frame)

    async def look_at(self, info: dict[str, Any]) -> None:
        """Take what is offered, follow what is ours, forget what is not ours any more."""
        ref = info["conversation"]
        if info["state"] == "waiting" and info["offered_to"] == self.me:
            await self.send(type="accept", conversation=ref)
        elif info["state"] == "active" and info["manager"] == self.me:
            if ref not in self.talks:
                self.talks[ref] = Talk(ref, info["language"])
                await self.send(type="resume", id=f"resume:{ref}", conversations={ref: 0})
        else:
            self.talks.pop(ref, None)

    async def answer_open(self, ref: str) -> None:
        """Answer what the shopper has said since the last answer. Ids follow from numbers: nothing is said twice."""
        talk = self.talks.get(ref)
        if talk is None or talk.handed or not talk.is_whole:
            return
        ordered = sorted(talk.messages)
        said_by_us = [seq for seq in ordered if talk.messages[seq]["role"] == "program"]
        after = max([talk.answered, *said_by_us])
        new = [talk.messages[seq] for seq in ordered if seq > after]
        # An order that the shopper makes of an agreed price asks nothing; the shopper confirms it on its card.
        questions = [each for each in new if each["role"] == "shopper" and each["kind"] != "order"]
        if not questions:
            return
        talk.answered = questions[-1]["seq"]
        for question in questions:
            # Of several lines the last one is answered; what is proposed, always.
            if question["kind"] in {"proposal", "reservation"} or question is questions[-1]:
                await self.answer(talk, question, is_first=not said_by_us and not talk.greeted)

    async def answer(self, talk: Talk, question: dict[str, Any], *, is_first: bool) -> None:
        """Say what there is to say to this."""
        words = words_for(talk.language)
        seq, wish = question["seq"], wish_of(question["text"])
        if question["kind"] == "reservation":
            # Refused when nothing is asked of the store: the shopper has said yes to our own proposal.
            await self.send(type="accept_reservation", conversation=talk.ref, **question["card"])
            return
        if question["kind"] == "proposal":
            await self.answer_proposal(talk, question, words)
            return
        await self.send(type="typing", conversation=talk.ref, on=True)
        if is_first:
            # Its own words come back as acknowledgements: what was said on this line has to be remembered here.
            talk.greeted = True
            await self.say(talk, "hello", words["hello"])
        if wish == "person":
            await self.hand_over(talk, question, words)
        elif wish == "price":
            await self.say(talk, f"price-{seq}", words["price"])
        elif wish == "time":
            await self.propose_time(talk, question, words)
        elif wish == "greeting":
            if not is_first:
                await self.say(talk, f"welcome-{seq}", words["welcome"])
        else:
            await self.answer_from_goods(talk, question, words)

    async def hand_over(self, talk: Talk, question: dict[str, Any], words: dict[str, Any]) -> None:
        """A person goes on from here."""
        talk.handed = True
        await self.say(talk, f"person-{question['seq']}", words["person"])
        await self.send(type="assign", conversation=talk.ref, to=0, note=words["note"])

    async def answer_proposal(self, talk: Talk, question: dict[str, Any], words: dict[str, Any]) -> None:
        """A price that the shopper has named."""
        try:
            is_answered = await asyncio.to_thread(self.place.answer_price, talk.ref, words["counter"])
        except (OSError, ValueError) as error:
            logger.info("%s: price not answered: %s", self.place.store, error)
            is_answered = False
        if not is_answered:
            await self.hand_over(talk, question, words)

    async def propose_time(self, talk: Talk, question: dict[str, Any], words: dict[str, Any]) -> None:
        """The next free time, as a card that the shopper accepts or answers with another one."""
        seq = question["seq"]
        try:
            free = await asyncio.to_thread(self.place.free_time, search_words(question["text"]), talk.language)
        except (OSError, ValueError):
            free = None
        if free is None:
            await self.say(talk, f"no-time-{seq}", words["no_time"])
            return
        await self.say(talk, f"time-{seq}", words["time"])
        service, starts_at = free
        await self.send(
            type="reserve", id=f"reserve-{seq}", conversation=talk.ref, service=service, starts_at=starts_at
        )

    async def answer_from_goods(self, talk: Talk, question: dict[str, Any], words: dict[str, Any]) -> None:
        """What the store has of what was asked for, with a card of the best."""
        seq = question["seq"]
        try:
            found = await asyncio.to_thread(self.place.goods, search_words(question["text"]), talk.language)
        except (OSError, ValueError):
            found = []
        if not found:
            await self.say(talk, f"nothing-{seq}", words["nothing"])
            return
        best = found[0]
        text = words["in_stock" if best["in_stock"] else "sold_out"]
        await self.say(
            talk, f"goods-{seq}", text.format(title=best["title"], price=price(best["price_from"], talk.language))
        )
        if question["kind"] == "product":  # the shopper has shown it
            return
        await self.send(
            type="message", id=f"card-{seq}", conversation=talk.ref, kind="product", card={"product": best["slug"]}
        )

    async def say(self, talk: Talk, client_id: str, text: str) -> None:
        """The same id for the same answer, so that one which is sent again is there once."""
        await self.send(type="message", id=client_id, conversation=talk.ref, text=text)


def places(wanted: argparse.Namespace) -> list[Place]:
    """From a file of stores, or one from the command line and the environment."""
    if wanted.stores:
        return [Place(wanted.site, **each) for each in json.loads(Path(wanted.stores).read_text())]
    return [Place(wanted.site, wanted.union, wanted.store, os.environ["MARTUNION_KEY"])]


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--site", default="http://127.0.0.1:8000")
    parser.add_argument("--union")
    parser.add_argument("--store")
    parser.add_argument("--stores", help="a JSON file: [{union, store, key}, …]; without it MARTUNION_KEY is the key")
    wanted = parser.parse_args()
    logging.basicConfig(level=os.environ.get("LOG_LEVEL", "WARNING"), format="%(message)s")
    await asyncio.gather(*(Bot(place).stay() for place in places(wanted)))


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(main())
