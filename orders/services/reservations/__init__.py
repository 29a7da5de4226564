"""Reservations: proposing a time, answering, changing, ending. Other apps call what is named here."""

from orders.services.reservations.deciding import (
    accept_reservation,
    cancel_reservation,
    counter_reservation,
    decline_reservation,
    finish_reservation,
    reschedule_reservation,
)
from orders.services.reservations.moving import expire_proposed_times, open_moves
from orders.services.reservations.proposing import propose_reservation

__all__ = [
    "accept_reservation",
    "cancel_reservation",
    "counter_reservation",
    "decline_reservation",
    "expire_proposed_times",
    "finish_reservation",
    "open_moves",
    "propose_reservation",
    "reschedule_reservation",
]
