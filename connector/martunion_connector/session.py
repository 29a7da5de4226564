"""What a program has to remember of the talk with a union, without any network: calls, and answers not yet heard of.

Nothing is lost, because a call stays here until its answer is acknowledged or it is over, and what was never answered
comes again with the next `hello`. Nothing is answered twice, because a call's answer carries the same id however often
it is sent, after a restart too.
"""

from __future__ import annotations

import logging
from collections import OrderedDict, deque
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from martunion_connector.choosing import Shop

logger = logging.getLogger("martunion")
MOST_CALLS = 5000
MOST_REMEMBERED = 10_000
FINAL = {"too_late", "answer_gone", "answered_by_person", "not_found", "not_allowed", "invalid"}


class Session:
    """One shop's talk, over any number of connections."""

    def __init__(self, *, declines: bool = True) -> None:
        self.declines = declines
        self.shop: Shop | None = None
        self.is_open = False
        self.ahead = timedelta(0)
        """How far the union's clock is ahead of ours."""
        self.calls: OrderedDict[str, Mapping[str, Any]] = OrderedDict()
        """Those that are not over, by their number; also those for which there was nothing."""
        self.to_think: deque[str] = deque()
        self.unheard: OrderedDict[str, dict[str, Any]] = OrderedDict()
        """Frames without an `ack` yet, by id, in their order; sent again with each connection."""
        self.to_send: deque[str] = deque()
        self.settled: OrderedDict[str, str] = OrderedDict()
        """What became of calls: answered, declined, over."""
        self.sold: OrderedDict[str, None] = OrderedDict()

    # From the union.

    def hello(self, frame: Mapping[str, Any], now: datetime) -> list[Mapping[str, Any]]:
        """A connection begins: send again what nobody confirmed, take the calls that wait. Returns what was sold."""
        self.ahead = (moment_in(frame, "now") or now) - now
        self.shop = Shop(str(frame["currency"]), int(frame["digits"]))
        self.is_open = True
        self.to_send = deque(self.unheard)
        for call in reversed(frame.get("calls", [])):
            self.call(call)
        return [used for used in reversed(frame.get("used", [])) if self.used(used)]

    def call(self, frame: Mapping[str, Any]) -> bool:
        """A shopper wishes something; True when it is new. The same call twice is one."""
        ref = str(frame["request"])
        if ref in self.calls or ref in self.settled:
            return False
        self.calls[ref] = frame
        self.to_think.append(ref)
        while len(self.calls) > MOST_CALLS:
            self._forget(next(iter(self.calls)))
        return True

    def over(self, ref: str) -> None:
        """Nothing more is said about it."""
        self._forget(ref)
        self._settle(ref, "over")

    def acknowledged(self, frame_id: str) -> dict[str, Any] | None:
        """What was acknowledged, if it still waited for that."""
        sent = self.unheard.pop(frame_id, None)
        if sent is not None and sent["type"] == "answer":
            self._forget(sent["request"])
            self._settle(sent["request"], "answered")
        return sent

    def refused(self, frame_id: str | None, code: str) -> dict[str, Any] | None:
        """What was refused. A good that the union does not know is offered by its title instead."""
        sent = self.unheard.pop(frame_id, None) if frame_id is not None else None
        if sent is None:
            return None
        if code == "unknown_sku" and "sku" in sent:
            again = {name: value for name, value in sent.items() if name != "sku"}
            self._say({**again, "id": f"{sent['id']}-t"})
        else:
            self._forget(sent["request"])
            self._settle(sent["request"], "over" if code in FINAL else "refused")
        return sent

    def used(self, frame: Mapping[str, Any]) -> bool:
        """Whether this is news: `hello` tells of the last day again and again."""
        ref = str(frame["response"])
        if ref in self.sold:
            return False
        self.sold[ref] = None
        while len(self.sold) > MOST_REMEMBERED:
            self.sold.popitem(last=False)
        return True

    # From the shop.

    def answer(self, ref: str, answer: Mapping[str, Any] | None) -> None:
        """What the shop says to a call; None: it has nothing. Too late is nothing at all."""
        if ref not in self.calls:
            return
        if answer is not None:
            self.unheard.pop(f"{ref}.no", None)
            self._say({**answer, "type": "answer", "id": f"{ref}.1", "request": ref})
        elif self.declines and self.settled.get(ref) != "declined":
            self.settled[ref] = "declined"
            self._say({"type": "decline", "id": f"{ref}.no", "request": ref})

    def think_again(self) -> int:
        """The list is another: calls for which there was nothing are looked at anew. Returns how many."""
        answered = {frame["request"] for frame in self.unheard.values() if frame["type"] == "answer"}
        again = [ref for ref in self.calls if ref not in self.to_think and ref not in answered]
        self.to_think.extend(again)
        return len(again)

    # To the union.

    def next_frame(self) -> dict[str, Any] | None:
        """What is to be sent now; it is kept until it is acknowledged or refused."""
        while self.is_open and self.to_send:
            frame = self.unheard.get(self.to_send.popleft())
            if frame is not None:
                return frame
        return None

    def closed(self) -> None:
        """The connection is gone; everything else stays."""
        self.is_open = False

    def tidy(self, now: datetime) -> None:
        """Forget calls whose time is over."""
        for ref, call in list(self.calls.items()):
            until = moment_in(call, "answers_until")
            if until is not None and until < now + self.ahead:
                self.over(ref)

    def _say(self, frame: dict[str, Any]) -> None:
        self.unheard[frame["id"]] = frame
        if self.is_open:
            self.to_send.append(frame["id"])

    def _forget(self, ref: str) -> None:
        self.calls.pop(ref, None)
        for frame_id in (f"{ref}.1", f"{ref}.1-t", f"{ref}.no"):
            self.unheard.pop(frame_id, None)

    def _settle(self, ref: str, what: str) -> None:
        self.settled[ref] = what
        while len(self.settled) > MOST_REMEMBERED:
            self.settled.popitem(last=False)


def moment_in(frame: Mapping[str, Any], name: str) -> datetime | None:
    """A time in a frame; None if it does not say, or says it in a way that is not a moment."""
    try:
        found = datetime.fromisoformat(str(frame[name]))
    except (KeyError, ValueError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
