"""What is picked up says where, when and with whom to speak, on every page and mail that tells of it."""

import re

import pytest
from django.core import mail

from orders.services.mail.orders import send_order_mail, send_purchase_mail
from stores.models import Store
from tests.factories.orders import NOW, OrderFactory, market
from tests.factories.stores import OpeningHoursFactory
from tests.factories.unions import owner_of
from tests.manage.people import signed_in
from tests.orders.test_pages import bought, page

pytestmark = pytest.mark.django_db


def test_a_pickup_order_says_where_to_go_and_when(client):
    place = market()
    Store.objects.filter(pk=place.second.pk).update(
        street="5 River Street", postal_code="TR1 2SQ", city="Truro", phone="01872 555 020"
    )
    for weekday in range(7):
        OpeningHoursFactory(store=place.second, weekday=weekday, opens="00:00", closes="23:59:59.999999")
    purchase = bought(client, place)
    order = purchase.orders.select_related("union", "purchase", "store").get(store=place.second)
    send_purchase_mail(purchase=purchase, now=NOW)
    send_order_mail(order=order, state="packed", now=NOW)
    send_order_mail(order=order, state="cancelled", now=NOW)
    confirmation, packed, cancelled = (message.body for message in mail.outbox)
    tracking, receipt = (
        client.get(page(name, place, token=purchase.token)).content.decode() for name in ("track", "receipt")
    )
    for said in (tracking, receipt, confirmation, packed):
        for text in ("Pick it up at Lamps", "5 River Street", "TR1 2SQ Truro", "01872 555 020"):
            assert text in said
        assert "Pick it up at Bakery" not in said
    assert "Open until" in tracking and "#truck" not in tracking
    assert len(re.findall(r"^.+: 00:00\W+23:59$", packed, re.MULTILINE)) == 2
    assert "5 River Street" not in cancelled


def test_a_pickup_is_not_reviewed_beside_a_truck(client):
    place = market()
    client.post(page("add", place), {"variant": place.lamp.pk, "quantity": 1})
    shown = client.get(page("review", place), follow=True).content.decode()
    assert "#truck" not in shown


@pytest.mark.parametrize(("kind", "words"), [("pickup", "To be picked up by"), ("delivery", "To be delivered by")])
def test_the_store_reads_what_the_deadline_is_for(kind, words):
    order = OrderFactory(delivery_kind=kind)
    client = signed_in(owner_of(order.membership))
    for path in ("", "slip/"):
        address = f"/manage/{order.union.slug}/{order.store.slug}/orders/{order.number}/{path}"
        shown = client.get(address).content.decode()
        assert [text for text in ("To be picked up by", "To be delivered by") if text in shown] == [words]
