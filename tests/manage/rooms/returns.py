"""Pieces called off, replaced, and asked back."""

import io

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image

from orders.models import CreditNote, Return, ReturnRule
from orders.services.returns import ask_return
from tests.factories.orders import OrderFactory
from tests.manage.people import Shop

PAGES = {
    "orders/{order}/call-off/": "orders",
    "orders/{order}/substitute/": "orders",
    "orders/{arrived}/return/": "orders",
    "returns/": "orders",
    "returns-rules/": "orders",
    "returns/{return}/": "orders",
    "returns/{return}/photo/": "orders",
}
SENT = {
    "orders/{order}/call-off/": "orders",
    "orders/{order}/substitute/": "orders",
    "orders/{order}/substitute/1/withdraw/": "orders",
    "orders/{arrived}/return/": "orders",
    "returns-rules/": "orders",
    "returns/{return}/approve/": "orders",
    "returns/{return}/decline/": "orders",
    "returns/{return}/receive/": "orders",
    "returns/{return}/refund/": "orders",
    "returns/{return}/exchange/": "orders",
    "returns/{return}/cancel/": "orders",
}
MODELS = (Return, ReturnRule, CreditNote)


def names(shop: Shop, path: str) -> dict[str, str]:
    """An order that has arrived and what is asked back of it; the shop's own has two pieces to call off."""
    if not path.startswith(("orders/{arrived", "returns/{", "orders/{order}/call-off")):
        return {}
    shop.order.lines.update(quantity=2, total=2000)
    back = asked_return(shop)
    return {"arrived": back.order.number, "return": back.number}


def asked_return(shop: Shop) -> Return:
    """One of two pieces of an order that has arrived, with a photograph."""
    found = Return.objects.filter(store=shop.store).first()
    if found is None:
        order = OrderFactory(store=shop.store, state="delivered", delivered_at=timezone.now())
        order.lines.update(quantity=2, total=2000)
        picture = io.BytesIO()
        Image.new("RGB", (60, 60)).save(picture, "PNG")
        found = ask_return(
            order=order,
            pieces={order.lines.get().pk: 1},
            reason="Cracked",
            actor=None,
            now=timezone.now(),
            photo=SimpleUploadedFile("crack.png", picture.getvalue()),
        )
    return found
