"""Names that others typed end up in the heads of mails."""

import pytest
from django.core import mail

from orders.services.mail.orders import send_order_mail
from tests.factories.orders import NOW, OrderFactory

pytestmark = pytest.mark.django_db


def test_a_line_break_in_a_stores_name_neither_makes_a_header_nor_stops_the_mail():
    order = OrderFactory()
    order.store.name = "Tea\r\nBcc: everyone@example.com"
    order.purchase.email = "ada@example.com"
    send_order_mail(order=order, state="packed", now=NOW)
    (message,) = mail.outbox
    assert "Tea Bcc: everyone@example.com" in message.subject
    assert message.recipients() == ["ada@example.com"]
