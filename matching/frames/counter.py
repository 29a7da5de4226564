"""A store's console hears calls: every management page has that socket."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from chat.frames import CONSOLE, greeting
from chat.frames.sessions import ConsoleSession
from matching.queries.calls import waiting_calls_of
from matching.services.telling import answers_topic, calls_topic, counter_topic


@greeting(of=CONSOLE)
def calls_here(session: ConsoleSession) -> dict[str, Any]:
    """`wishes`: the numbers of the wishes that wait for this store, newest first. From here on its calls are heard.

    First listen, then look: what is called meanwhile comes twice and not never. Programs have a socket of their own.
    """
    store = session.store
    if store is None or session.key is not None:
        return {}
    topics = [of(store_id=store.pk) for of in (calls_topic, answers_topic, counter_topic)]
    session.socket.listen("calls.", topics[:1])
    session.socket.listen("answers.", topics[1:2])
    session.socket.listen("counter.", topics[2:])
    return {"wishes": [request.ref for request in waiting_calls_of(store, now=timezone.now())]}
