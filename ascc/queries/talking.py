"""Vouchers of a conversation: only its shopper's own."""

from __future__ import annotations

from ascc.errors import NoSuchVoucher
from ascc.models import Transmission, Voucher, VoucherStep
from chat.models import Conversation
from core.errors import NotFound
from stores.models import Store

STEP = "voucher-step-"


def voucher_talked_of(conversation: Conversation, code: str) -> Voucher:
    """The voucher of the conversation's shopper, as long as it is theirs. Raises NoSuchVoucher."""
    found = None
    if code and conversation.customer_id is not None:
        vouchers = Voucher.objects.filter(union=conversation.union_id, owner=conversation.customer_id, code=code[:24])
        found = vouchers.select_related("union", "program", "version", "store", "provider__store", "order_line").first()
    if found is None:
        raise NoSuchVoucher
    return found


def store_that_sold(voucher: Voucher) -> Store:
    """The store that sold what the voucher is for, as long as it is open to shoppers. Raises NotFound."""
    found = Store.objects.visible().filter(union=voucher.union_id, pk=voucher.store_id).first()
    if found is None:
        raise NotFound
    return found


def last_transmission(voucher: Voucher) -> Transmission | None:
    """To whom it was sent last."""
    sent = Transmission.objects.filter(union=voucher.union_id, voucher=voucher).order_by("-id").first()
    if sent is not None:
        sent.voucher = voucher
    return sent


def step_of_message(voucher: Voucher, mark: str) -> VoucherStep | None:
    """The step that a message tells of, by the message's client id; None for one that only shows the voucher."""
    key = mark.removeprefix(STEP) if mark.startswith(STEP) else ""
    if not key.isascii() or not key.isdigit():
        return None
    return VoucherStep.objects.filter(union=voucher.union_id, voucher=voucher, pk=int(key)).first()
