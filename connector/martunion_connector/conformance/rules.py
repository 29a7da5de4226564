"""The rules, each as a scene. A scene returns what is to be looked at once more at the very end, or nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from time import monotonic
from typing import Any

from martunion_connector.conformance.stage import KEY, PATH, Broken, Stage

UNKNOWN = "left-handed submarine periscope zxqv"
SHORTEST_PAUSE = 0.2
Look = Callable[[], None]
Scene = Callable[[Stage], Awaitable[Look | None]]


@dataclass(frozen=True)
class Rule:
    """`says` is the rule itself, for who reads the result."""

    name: str
    says: str
    scene: Scene


async def connects(stage: Stage) -> None:
    """The first line of all."""
    line = await stage.arrival(30.0)
    request: Any = line.socket.request
    if request.path != PATH:
        raise Broken(f"it asked for {request.path}, not for {PATH}")
    if request.headers.get("Authorization") != f"Bearer {KEY}":
        raise Broken(f"the header is not `Authorization: Bearer {KEY}` but {request.headers.get('Authorization')!r}")


async def waits_for_hello(stage: Stage) -> Look:
    """Whoever is silent is listening."""
    if not stage.lines:
        raise Broken("there is no line")
    line = stage.lines[-1]
    await asyncio.sleep(min(1.0, stage.patience / 2))
    await stage.greet(line)

    def look() -> None:
        early = [text for text in stage.wrong if "before hello" in text]
        if early:
            raise Broken(early[0])

    return look


async def answers(stage: Stage) -> None:
    """With the price of one piece in minor units."""
    call = stage.new_call(budget=10 * stage.good.price)
    line = await stage.line()
    await line.say(call)
    answer = await stage.hear(line, call["request"])
    if answer.get("price") != stage.good.price:
        raise Broken(f"the price is {answer.get('price')!r}; the list says {stage.good.price} in minor units")


async def answers_what_waits(stage: Stage) -> None:
    """Calls that came while nobody listened."""
    await (await stage.line()).close(1001)
    call = stage.new_call()
    line = await stage.arrival(40.0)
    await stage.greet(line, call)
    await stage.hear(line, call["request"])


async def keeps_within_budget(stage: Stage) -> Look:
    """The budget is for all pieces together."""
    calls = [
        stage.new_call(budget=stage.good.price - 1),
        stage.new_call(quantity=2, budget=2 * stage.good.price - 1),
    ]
    await _called_with_a_known_one(stage, calls)

    def look() -> None:
        for call in calls:
            for answer in stage.all_answers_to(call["request"]):
                total = number_in(answer, "price", 0) * number_in(answer, "quantity", call["quantity"])
                if total > call["budget"]["amount"]:
                    raise Broken(f"{total} was asked where the budget is {call['budget']['amount']}")

    return look


async def says_nothing_to_the_unknown(stage: Stage) -> Look:
    """What the shop does not have it does not offer."""
    call = stage.new_call(words=UNKNOWN)
    await _called_with_a_known_one(stage, [call])
    return _never_answered(stage, call, f"it answered a call for {UNKNOWN!r}")


async def promises_what_there_is(stage: Stage) -> Look:
    """Not more pieces than are in stock."""
    call = stage.new_call(quantity=stage.good.stock + 1)
    await _called_with_a_known_one(stage, [call])

    def look() -> None:
        for answer in stage.all_answers_to(call["request"]):
            if number_in(answer, "quantity", call["quantity"]) > stage.good.stock:
                raise Broken(f"it promised {call['quantity']} pieces where {stage.good.stock} are in stock")

    return look


async def pongs(stage: Stage) -> None:
    """Or the union takes it for asleep."""
    line = await stage.line()
    await line.say({"type": "ping", "n": 4711})
    if not await stage.until(line, lambda: [f for f in line.frames if f["type"] == "pong" and f.get("n") == 4711]):
        raise Broken("there was no pong with the n of the ping")


async def passes_over_news(stage: Stage) -> None:
    """A later version of the union says more than this one."""
    line = await stage.line()
    await line.say({"type": "weather", "sun": True})
    call = stage.new_call(mood="sunny")
    await line.say(call)
    await stage.hear(line, call["request"])


async def waits_for_the_ack(stage: Stage) -> None:
    """A slow union is no lost line."""
    line = await stage.line()
    call = stage.new_call()
    stage.acknowledges = False
    try:
        await line.say(call)
        answer = await stage.hear(line, call["request"])
        await asyncio.sleep(min(3.0, stage.patience))
    finally:
        stage.acknowledges = True
    if len(line.answers_to(call["request"])) > 1:
        raise Broken("it sent its answer again on the same line")
    await stage.reply(line, answer)


async def sends_again_with_the_same_id(stage: Stage) -> None:
    """What was not acknowledged may not have arrived, or may have."""
    line = await stage.line()
    call = stage.new_call()
    stage.acknowledges = False
    try:
        await line.say(call)
        first = await stage.hear(line, call["request"])
        line.cut()
        again = await stage.arrival(40.0)
        await stage.greet(again, call)
        second = await stage.hear(again, call["request"])
    finally:
        stage.acknowledges = True
    if second["id"] != first["id"]:
        raise Broken(f"the id was {first['id']!r} and is now {second['id']!r}: the union takes that for two answers")
    await stage.reply(again, second)


async def answers_once(stage: Stage) -> Look:
    """The same call twice is one call."""
    line = await stage.line()
    call = stage.new_call()
    await line.say(call)
    await stage.hear(line, call["request"])
    await asyncio.sleep(0.2)
    await line.say(call)

    def look() -> None:
        if len({answer.get("id") for answer in stage.all_answers_to(call["request"])}) > 1:
            raise Broken("it answered the same call under two ids")

    return look


async def answers_all_after_a_cut(stage: Stage) -> None:
    """In the middle of answering."""
    line = await stage.line()
    calls = [stage.new_call() for _ in range(5)]
    stage.acknowledges = False
    try:
        for call in calls:
            await line.say(call)
        await stage.hear(line, calls[0]["request"])
        line.cut()
    finally:
        stage.acknowledges = True
    again = await stage.arrival(40.0)
    await stage.greet(again, *calls)
    for call in calls:
        await stage.hear(again, call["request"])
        if len({answer["id"] for answer in stage.all_answers_to(call["request"])}) > 1:
            raise Broken("a call was answered under two ids")


async def forgets_what_is_over(stage: Stage) -> Look:
    """`wish.over` ends it, acknowledged or not."""
    line = await stage.line()
    call = stage.new_call()
    stage.acknowledges = False
    try:
        await line.say(call)
        await stage.hear(line, call["request"])
        await line.say({"type": "wish.over", "request": call["request"], "state": "used"})
        await asyncio.sleep(0.3)
        await line.close(1001)
        again = await stage.arrival(40.0)
    finally:
        stage.acknowledges = True
    await stage.greet(again)
    known = stage.new_call()
    await again.say(known)
    await stage.hear(again, known["request"])

    def look() -> None:
        if any(line.answers_to(call["request"]) for line in stage.lines[again.number :]):
            raise Broken("it sent an answer to a call that was over")

    return look


async def takes_a_refusal(stage: Stage) -> Look:
    """It is not said again, and the next call is answered."""
    line = await stage.line()
    calls = {code: stage.new_call() for code in ("too_late", "invalid")}
    for code, call in calls.items():
        stage.refusals[call["request"]] = code
        await line.say(call)
        await stage.hear(line, call["request"])
    known = stage.new_call()
    await line.say(known)
    await stage.hear(line, known["request"])

    def look() -> None:
        for code, call in calls.items():
            if len(stage.all_answers_to(call["request"])) > 1:
                raise Broken(f"it said again what was refused with {code}")

    return look


async def pauses_before_it_comes_back(stage: Stage) -> None:
    """Or a union that starts anew is run down by its own shops."""
    await (await stage.line()).close(1001)
    before = monotonic()
    for _time in range(3):
        line = await stage.arrival(40.0)
        if line.opened_at - before < SHORTEST_PAUSE:
            raise Broken(f"it came back after {line.opened_at - before:.2f} s; {SHORTEST_PAUSE} s is the least")
        line.cut()
        before = monotonic()
    call = stage.new_call()
    line = await stage.line()
    await line.say(call)
    await stage.hear(line, call["request"])


async def stays_away_when_told(stage: Stage) -> None:
    """The key was revoked: asking ten times a minute does not bring it back."""
    line = await stage.line()
    await line.say({"type": "error", "id": None, "code": "not_found", "detail": "This does not exist here."})
    await line.close(4403)
    try:
        await stage.arrival(min(5.0, 2 * stage.patience))
    except Broken:
        return
    raise Broken("it came back at once after the close code 4403")


RULES = (
    Rule("connects", f"opens {PATH} with the key in the header", connects),
    Rule("waits_for_hello", "answers nothing before hello", waits_for_hello),
    Rule("answers", "answers what the shop has, at its price in minor units", answers),
    Rule("answers_what_waits", "answers the calls that hello brings", answers_what_waits),
    Rule("keeps_within_budget", "offers nothing above the budget", keeps_within_budget),
    Rule("says_nothing_to_the_unknown", "offers nothing else than what was wished", says_nothing_to_the_unknown),
    Rule("promises_what_there_is", "promises no more pieces than are in stock", promises_what_there_is),
    Rule("pongs", "answers ping with pong and its n", pongs),
    Rule("passes_over_news", "passes over frames and fields that it does not know", passes_over_news),
    Rule("waits_for_the_ack", "does not send again on the same line", waits_for_the_ack),
    Rule(
        "sends_again_with_the_same_id", "sends again under the same id on the next line", sends_again_with_the_same_id
    ),
    Rule("answers_once", "answers the same call once", answers_once),
    Rule("answers_all_after_a_cut", "loses no call when the line breaks in the middle", answers_all_after_a_cut),
    Rule("forgets_what_is_over", "says nothing more to a call that is over", forgets_what_is_over),
    Rule("takes_a_refusal", "takes a refusal and goes on", takes_a_refusal),
    Rule("pauses_before_it_comes_back", "waits a moment before it connects again", pauses_before_it_comes_back),
    Rule("stays_away_when_told", "stays away after close code 4403", stays_away_when_told),
)
"""In this order, on one program that runs all the time."""


def number_in(answer: dict[str, Any], name: str, otherwise: int) -> int | float:
    """What the answer says; `otherwise` where it says nothing, or nothing that is a number."""
    said = answer.get(name)
    return said if isinstance(said, (int, float)) and not isinstance(said, bool) else otherwise


async def _called_with_a_known_one(stage: Stage, calls: list[dict[str, Any]]) -> None:
    """Say these calls, and one that is answered, so that they are past."""
    line = await stage.line()
    known = stage.new_call()
    for call in (*calls, known):
        await line.say(call)
    await stage.hear(line, known["request"])


def _never_answered(stage: Stage, call: dict[str, Any], text: str) -> Look:
    def look() -> None:
        if stage.all_answers_to(call["request"]):
            raise Broken(text)

    return look
