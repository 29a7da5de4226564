"""Handing an order over at the counter: with the code that only the shopper sees, with a signature, or just so."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.errors import DomainError, Invalid, WrongState
from core.pictures import NoStroke, redrawn_signature
from orders.models import HandOver, HandOverRule, Order
from orders.services.locking import lock_order
from orders.services.moving import is_open, move_order
from stores.models import Store

Proof = HandOverRule.Proof
MOST_TRIES = 10


class ProofNeeded(DomainError):
    """The store asks for the shopper's code or a signature before it hands over; `proof` says for which."""

    code = "proof_needed"
    detail = _("Ask the shopper for the code, or let them sign.")


class WrongCode(Invalid):
    """Not the code of this order; `left` says how many tries there are."""

    code = "wrong_code"
    detail = _("This is not the code of this order.")


class CodeOver(DomainError):
    """Too many wrong codes: only a signature counts from now on."""

    code = "code_over"
    detail = _("Too many wrong codes were entered. Let the shopper sign instead.")


def proof_of(*, store_id: int) -> str:
    """What the store asks for before it hands over."""
    found = HandOverRule.objects.filter(store=store_id).values_list("proof", flat=True).first()
    return found or Proof.NONE


@transaction.atomic
def ask_for_proof(*, store: Store, proof: str, actor: User, now: datetime) -> HandOverRule:
    """From now on the store asks for this. Raises Invalid."""
    if proof not in Proof.values:
        raise Invalid(field="proof")
    rule, _made = HandOverRule.objects.update_or_create(union=store.union, store=store, defaults={"proof": proof})
    return rule


def code_of(*, order: Order) -> str:
    """The six digits that the shopper says at the counter. They follow from the order, so nothing is kept of them."""
    return _code(order, settings.SECRET_KEY)


def pickup_code(*, order: Order, proof: str | None = None) -> str:
    """The code, for whoever bought it, where it will be asked for (`proof`, else looked up); empty everywhere else."""
    if order.delivery_kind != "pickup" or order.state not in (
        Order.State.PAID,
        Order.State.ACCEPTED,
        Order.State.PACKED,
    ):
        return ""
    return code_of(order=order) if (proof or proof_of(store_id=order.store_id)) == Proof.CODE else ""


def _code(order: Order, key: str) -> str:
    digest = hmac.new(key.encode(), f"hand-over:{order.union_id}:{order.number}".encode(), sha256).digest()
    return f"{int.from_bytes(digest[:8]) % 1_000_000:06d}"


@dataclass(frozen=True, slots=True)
class Signed:
    """A signature that is drawn anew already, and whose it is."""

    signature: bytes
    name: str


def hand_over_order(*, order: Order, actor: User | None, now: datetime, signed: Signed | None = None) -> Order:
    """The shopper picked it up, or has been served; `signed`: for these goods, in a step of the store's procedure.
    Raises WrongState, ProofNeeded.
    """
    if is_open(order=order, move="hand_over") and order.delivery_kind == "pickup":
        proof = proof_of(store_id=order.store_id)
        if proof != Proof.NONE and signed is None:
            raise ProofNeeded(proof=proof)
        if proof != Proof.NONE and signed is not None:
            how = HandOver.How.SIGNATURE
            return _done(order, how, actor=actor, now=now, signature=signed.signature, name=signed.name)
    return move_order(order=order, move="hand_over", actor=actor, now=now)


def hand_over_with_code(*, order: Order, code: str, actor: User | None, now: datetime) -> Order:
    """The shopper has said the code of the order. Ten tries, also when many are made at once.

    A try counts before it is compared, in a transaction of its own. Raises WrongCode, CodeOver, WrongState.
    """
    if not is_open(order=order, move="hand_over"):
        raise WrongState(state=order.state)
    if proof_of(store_id=order.store_id) == Proof.SIGNATURE:
        raise ProofNeeded(proof=Proof.SIGNATURE)
    tries = _count_try(order)
    typed = "".join(sign for sign in code if sign.isdecimal())
    keys = [settings.SECRET_KEY, *map(str, settings.SECRET_KEY_FALLBACKS)]
    fits = [hmac.compare_digest(_code(order, key).encode(), typed.encode()) for key in keys]
    if not any(fits):
        raise WrongCode(field="code", left=MOST_TRIES - tries)
    return _done(order, HandOver.How.CODE, actor=actor, now=now)


@transaction.atomic
def _count_try(order: Order) -> int:
    # The order first, as everywhere: the new row's key to it is checked at the end, when another may hold the order.
    lock_order(order=order)
    HandOver.objects.bulk_create([HandOver(union_id=order.union_id, order=order)], ignore_conflicts=True)
    mine = HandOver.objects.filter(union=order.union_id, order=order, tries__lt=MOST_TRIES)
    if not mine.update(tries=F("tries") + 1):
        raise CodeOver
    return HandOver.objects.values_list("tries", flat=True).get(union=order.union_id, order=order)


def hand_over_signed(
    *, order: Order, drawing: UploadedFile | None, name: str, actor: User | None, now: datetime
) -> Order:
    """The shopper, or who came for them (`name`), has signed on the store's screen. Raises Invalid, WrongState."""
    if not is_open(order=order, move="hand_over"):
        raise WrongState(state=order.state)
    signature = drawn_signature(drawing=drawing)
    return _done(order, HandOver.How.SIGNATURE, actor=actor, now=now, signature=signature, name=name)


def drawn_signature(*, drawing: UploadedFile | None) -> bytes:
    """What is kept of a signature on the store's screen. Raises Invalid for what is none, too large or no picture."""
    try:
        return redrawn_signature(drawing)
    except NoStroke as error:
        raise Invalid(_("Let the shopper sign in the field."), field="signature") from error


@transaction.atomic
def _done(
    order: Order, how: str, *, actor: User | None, now: datetime, signature: bytes | None = None, name: str = ""
) -> Order:
    move_order(order=order, move="hand_over", actor=actor, now=now)
    HandOver.objects.update_or_create(
        union=order.union,
        order=order,
        defaults={"how": how, "signature": signature, "signed_by": name.strip()[:120], "actor": actor, "at": now},
    )
    return order
