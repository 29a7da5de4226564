"""Goods that come back: asked for, approved or declined, received piece by piece, refunded whole or less."""

from orders.services.returns.asking import ask_return, cancel_return
from orders.services.returns.deciding import approve_return, decline_return
from orders.services.returns.exchanging import exchange_return
from orders.services.returns.receiving import Received, receive_return
from orders.services.returns.refunding import refund_return

__all__ = [
    "Received",
    "approve_return",
    "ask_return",
    "cancel_return",
    "decline_return",
    "exchange_return",
    "receive_return",
    "refund_return",
]
