"""Telling those who are connected.

`announce` speaks from plain synchronous code; `hub` holds the sockets of this process by topic and hears what other
processes announce; `Socket` is one connection with its limits. A topic is a text such as `stock.17` or `store.4`.
"""

from core.live.announcing import (
    announce,
    announce_all,
    announce_to,
    check_access,
    end_session,
    membership_topic,
    person_topic,
    redis_connection,
    session_topic,
)
from core.live.hub import Hub, the_hub
from core.live.socket import Closed, Socket

__all__ = [
    "Closed",
    "Hub",
    "Socket",
    "announce",
    "announce_all",
    "announce_to",
    "check_access",
    "end_session",
    "membership_topic",
    "person_topic",
    "redis_connection",
    "session_topic",
    "the_hub",
]
