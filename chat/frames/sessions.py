"""Who is at a socket: what the handlers of its frames need to know."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from accounts.models import User
from chat.models import Manager
from chat.queries.consoles import Door
from chat.queries.shoppers import Shopper
from chat.relay import Relay
from chat.services.meeting import Browsing
from stores.models import ApiKey, Store
from unions.models import Union


class Wire(Protocol):
    """What a handler, which runs in a thread, may ask of its socket."""

    relay: Relay

    def listen(self, family: str, topics: list[str]) -> None: ...


@dataclass
class ShopperSession:
    """What a handler of a shopper's frame needs to know. `cart` is the token of a guest's cart in their browser."""

    shopper: Shopper
    socket: Wire
    browsing: Browsing = field(default_factory=Browsing)
    cart: str = ""

    @property
    def union(self) -> Union:
        return self.shopper.union

    @property
    def language(self) -> str:
        return self.shopper.language


@dataclass
class ConsoleSession:
    """What a handler of a console's frame needs to know. `manager` is set while they are logged in here."""

    union: Union
    user: User
    language: str
    address: str | None
    device: str
    channel: str
    socket: Wire
    door: Door
    manager: Manager | None = None
    key: ApiKey | None = None

    @property
    def store(self) -> Store | None:
        return self.door.store
