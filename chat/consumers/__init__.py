"""The two sockets of the redirect."""

from chat.consumers.console import ConsoleSocket
from chat.consumers.shopper import ShopperSocket

__all__ = ["ConsoleSocket", "ShopperSocket"]
