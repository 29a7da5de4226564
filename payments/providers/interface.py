"""The few words every payment provider understands.

Each call carries an idempotency key; the same key is answered the same for ever, so a call that may or may not have
arrived is simply made again. `authorization` is the key under which the money was authorized.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol


class Outcome(StrEnum):
    """What a provider said."""

    APPROVED = "approved"
    DECLINED = "declined"
    CONFIRM = "confirm"
    """The payer must confirm at `confirm_url`; the provider sends a notice afterwards."""
    WAITING = "waiting"
    """The provider answers later with a notice."""
    RETURNED = "returned"
    """A transfer went out and came back."""


class ProviderSilent(Exception):
    """The provider did not answer in time: nobody knows what it did. Ask again with the same key."""


@dataclass(frozen=True, slots=True)
class Answer:
    """`code` says why, when declined or returned; `reference` is the provider's own."""

    outcome: Outcome
    code: str = ""
    reference: str = ""
    confirm_url: str = ""

    def as_json(self) -> dict[str, str]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class AccountGrant:
    """What a provider gives for an account's details: its token and how to show it to people."""

    token: str
    label: str
    holder: str


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction about money. `merchant` is the union's account with the provider."""

    key: str
    merchant: str
    token: str
    amount: int
    currency: str
    at: datetime
    authorization: str = ""
    reference: str = ""


@dataclass(frozen=True, slots=True)
class Arrival:
    """A provider's transfer of what it collected, less what it gave back; negative when it took more than it gave."""

    batch: str
    amount: int
    currency: str


class Provider(Protocol):
    """All methods raise ProviderSilent when no answer comes.

    With `books_here` the provider's books stand in this database: what is committed before it is asked needs no flush
    to disk of its own, as no answer of the provider's can survive without it.
    """

    name: str
    books_here: bool

    def authorize(self, instruction: Instruction) -> Answer: ...

    def capture(self, instruction: Instruction) -> Answer: ...

    def void(self, instruction: Instruction) -> Answer: ...

    def refund(self, instruction: Instruction) -> Answer: ...

    def pay_out(self, instruction: Instruction) -> Answer: ...

    def answers(self, key: str) -> Answer | None:
        """What was finally answered to that key; None when the provider has not made up its mind."""

    def register_account(self, details: dict[str, Any]) -> AccountGrant:
        """Turn what a person entered into a token. Raises core.errors.Invalid for an account that does not exist."""

    def verify_account(self, token: str, code: str) -> bool:
        """Whether this is the code that came with the small amount sent to the account."""

    def arrivals(self, *, merchant: str, batch: str, until: datetime) -> list[Arrival]:
        """Close the merchant's batch up to that moment and say what it brings; the same batch says the same again."""

    def booked(self, *, merchant: str, leaving_out: Sequence[str] = ()) -> dict[tuple[str, str], int]:
        """The provider's own totals of a merchant per (operation, currency), without the calls of these keys."""
