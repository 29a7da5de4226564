"""What became of orders after they were placed: a piece called off, and returns at every step of their way.

Stock stays as the plan of the trade says: what is called off was not there, and what came back is written off.
"""

from datetime import datetime, timedelta
from typing import Any

from orders.models import Order, OrderLine, Return
from orders.services.calling_off import call_off_pieces
from orders.services.returns import Received, approve_return, ask_return, receive_return, refund_return
from unions.models import Union

State = Order.State
WORDS = {
    "en": (
        "The glaze is cracked.",
        "Not what I thought it was.",
        "It broke on the second day.",
        "Bring it to the counter.",
    ),
    "zh-hant": ("釉面有裂痕。", "和我想的不一樣。", "第二天就壞了。", "請拿到櫃檯來。"),
    "ko": ("유약에 금이 갔어요.", "생각한 것과 달라요.", "이틀 만에 고장 났어요.", "매장으로 가져오세요."),
}
MISSING = {"en": "One piece is missing from the shelf", "zh-hant": "架上少了一件", "ko": "진열대에 한 개가 모자랍니다"}


def load_changes(*, union: Union, until: datetime) -> None:
    """Once; a load that was killed in between goes on behind the last return."""
    words = WORDS.get(union.default_language, WORDS["en"])
    have = Return.objects.filter(union=union, external_id="").count()
    arrived = [*_orders(union, State.COMPLETED)[:1], *_orders(union, State.DELIVERED)[:2]]
    for place, order in enumerate(arrived):
        if place < have:
            continue
        at = until - timedelta(hours=20 - place)
        line = order.lines.order_by("pk").first()
        assert line is not None
        by: dict[str, Any] = {"actor": None, "now": at}
        returned = ask_return(
            order=order, pieces={line.pk: 1}, reason=words[(place + 2) % 3], by_store=place == 0, **by
        )
        if place < 2:
            approve_return(returned=returned, answer=words[3], **by)
        if place < 1:
            # Paid out long ago: it is taken off the store's next payout.
            came = {returned.lines.get().pk: Received(write_off=1)}
            receive_return(returned=returned, pieces=came, **by)
            refund_return(returned=returned, **by)
    open_orders = _orders(union, State.ACCEPTED).filter(lines__quantity__gt=1, given_back=0)
    order = None if have else open_orders.first()
    if order is not None:
        line = order.lines.filter(quantity__gt=1).order_by("pk")[0]
        missing = MISSING.get(union.default_language, MISSING["en"])
        call_off_pieces(
            order=order, pieces={line.pk: 1}, actor=None, reason=missing, now=until, by_store=True, restock=False
        )


def _orders(union: Union, state: str):
    goods = OrderLine.objects.filter(union=union, variant__product__kind="goods", unit_price__gt=0)
    orders = Order.objects.filter(union=union, state=state, lines__in=goods).distinct()
    return orders.select_related("union", "store", "purchase").order_by("-pk")
