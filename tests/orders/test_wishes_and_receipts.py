"""A day wished for a service, from checkout to order; the receipt as a file in three languages."""

import io
from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection
from django.db.models import F
from pypdf import PdfReader

from orders.models import Order
from orders.presenting.receipts import seller_lines
from orders.queries.shopper import with_sellers
from tests.factories.orders import OrderFactory, market
from tests.orders.test_pages import bought, confirmed, details, page, put
from unions.models import Enterprise

pytestmark = pytest.mark.django_db


def test_a_wish_for_a_service_reaches_review_and_tracking_page(client):
    place = market()
    place.lamp.product.kind = "service"
    place.lamp.product.save()
    put(client, place, place.lamp)
    assert "Which day and time would suit you?" in client.get(page("checkout", place)).content.decode()
    wish = {f"wish-{place.second.pk}": "Friday after four", "note": "Ring twice"}
    client.post(page("checkout", place), details(place, **wish))
    assert "You wish for: Friday after four" in client.get(page("review", place)).content.decode()
    track = client.post(page("place", place), confirmed(client, place)).url
    shown = client.get(track).content.decode()
    for text in ("The shop agrees a time with you.", "You wish for: Friday after four", "Ring twice"):
        assert text in shown
    assert Order.objects.get().wish == "Friday after four"


@pytest.mark.parametrize("language", ["en", "zh-hant", "ko"])
def test_the_receipt_is_a_pdf_in_the_readers_language(client, language):
    place = market()
    purchase = bought(client, place)
    client.cookies["django_language"] = language
    answer = client.get(page("receipt_file", place, token=purchase.token))
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/pdf")
    assert answer.headers["Content-Disposition"] == f'inline; filename="receipt-{purchase.number}.pdf"'
    assert answer.content.startswith(b"%PDF-")
    Order.objects.update(state="cancelled")
    assert client.get(page("receipt_file", place, token=purchase.token)).status_code == 404


def test_the_receipt_says_who_sold_as_it_was_then(client):
    place = market()
    seller = place.first.membership.enterprise
    seller.legal_name, seller.registration_number, seller.tax_number = "Carne & Sons Ltd", "REG-77", "GB 123"
    seller.save()
    Enterprise.objects.exclude(pk=seller.pk).update(tax_number="")
    purchase = bought(client, place)
    Enterprise.objects.update(
        legal_name="Somebody Else Ltd", address="Elsewhere", registration_number=F("id"), tax_number="GB 999"
    )

    shown = client.get(page("receipt", place, token=purchase.token)).content.decode()

    numbers = "Registration number: REG-77 · Tax number: GB 123"
    assert f"Sold by Carne &amp; Sons Ltd, {seller.address}<br>{numbers}" in shown
    assert shown.count("Registration number:") == 2
    assert shown.count("Tax number:") == 1
    assert "Elsewhere" not in shown
    other = place.second.membership.enterprise
    order = Order.objects.get(store=place.second)
    assert seller_lines(order) == [
        f"Sold by {other.legal_name}, {other.address}",
        f"Registration number: {other.registration_number}",
    ]
    file = client.get(page("receipt_file", place, token=purchase.token))
    text = "".join(sheet.extract_text() for sheet in PdfReader(io.BytesIO(file.content)).pages)
    assert "Sold by Carne & Sons Ltd" in text
    assert numbers in text


def test_an_order_without_a_frozen_seller_names_todays_enterprise(client, django_assert_num_queries):
    place = market()
    bought(client, place)
    orders = list(Order.objects.order_by("id"))
    with django_assert_num_queries(0):
        assert with_sellers(orders, union=place.union) == orders
    Order.objects.filter(store=place.first).update(
        seller_name="", seller_address="", seller_registration="", seller_tax_number=""
    )
    orders = list(Order.objects.order_by("id"))
    seller = place.first.membership.enterprise
    with django_assert_num_queries(1):
        with_sellers(orders, union=place.union)
    assert [orders[0].seller_name, orders[0].seller_registration] == [seller.legal_name, seller.registration_number]
    assert orders[1].seller_name == place.second.membership.enterprise.legal_name


def test_sellers_of_older_orders_are_filled_in():
    mine, other = OrderFactory(), OrderFactory(seller_name="Kept as it was")
    assert mine.seller_name == ""
    fill = import_module("orders.migrations.0010_sellers_of_older_orders")
    fill.fill(apps, connection.schema_editor())
    mine.refresh_from_db()
    other.refresh_from_db()
    seller = mine.membership.enterprise
    assert (mine.seller_name, mine.seller_address) == (seller.legal_name, seller.address)
    assert (mine.seller_registration, mine.seller_tax_number) == (seller.registration_number, seller.tax_number)
    assert other.seller_name == "Kept as it was"


def test_the_tracking_page_says_lost_lines_and_what_cancelling_does(client):
    place = market()
    purchase = bought(client, place)
    shown = client.get(page("track", place, token=purchase.token)).content.decode()

    assert "data-connection hidden" in shown
    assert "Its money goes back to the account you paid from" in shown
    assert "data-confirm-danger" in shown
    Order.objects.update(state="completed")
    assert "data-connection" not in client.get(page("track", place, token=purchase.token)).content.decode()
