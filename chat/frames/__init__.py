"""What the frames of a socket do, apart from the message itself, which has a path of its own.

A handler is a plain function in a file here, run in a thread and in the union's scope:

    @frame("end", of=CONSOLE)
    def end(session: ConsoleSession, asked: dict[str, Any]) -> dict[str, Any] | None: ...

What it returns goes into the `ack`. A DomainError becomes the `error` frame. Higher apps register theirs alike
(`matching`, `ascc`), in a module that their AppConfig imports.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

SHOPPER = "shopper"
CONSOLE = "console"

Handler = Callable[[Any, dict[str, Any]], dict[str, Any] | None]
handlers: dict[tuple[str, str], Handler] = {}
greetings: dict[str, list[Callable[[Any], dict[str, Any]]]] = {SHOPPER: [], CONSOLE: []}


def frame(kind: str, *, of: str | tuple[str, ...]) -> Callable[[Handler], Handler]:
    """Register the function for this type of frame on these kinds of socket."""

    def register(handler: Handler) -> Handler:
        for side in (of,) if isinstance(of, str) else of:
            handlers[side, kind] = handler
        return handler

    return register


def greeting(*, of: str) -> Callable[[Callable[[Any], dict[str, Any]]], Callable[[Any], dict[str, Any]]]:
    """Register what is added to `hello`: a function of the session that returns fields."""

    def register(tell: Callable[[Any], dict[str, Any]]) -> Callable[[Any], dict[str, Any]]:
        greetings[of].append(tell)
        return tell

    return register
