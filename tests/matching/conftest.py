"""What tests of sockets give back when they are over."""

from tests.chat.conftest import _let_go

__all__ = ["_let_go"]
