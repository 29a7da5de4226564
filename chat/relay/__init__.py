"""The hot path: what is said is written in groups and reaches the other side in the same moment."""

from chat.relay.relay import Relay, Speaker, the_relay

__all__ = ["Relay", "Speaker", "the_relay"]
