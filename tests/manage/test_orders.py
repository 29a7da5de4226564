from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone, translation

from core.references import check_character
from orders.models import Order, OrderChange, Shipment
from orders.presenting.figures import fortnight_chart
from orders.queries.cart_review import review_cart
from orders.queries.manage import DaySales, sales_by_day, work_figures
from orders.services.figures import count_all_touched, touch_union
from orders.services.moving import move_orders
from orders.services.purchase import pay, place_purchase
from stores.models import StockLevel
from tests.factories.orders import OrderFactory, market, ready_cart
from tests.factories.stores import StoreFactory, StoreStaffFactory
from tests.factories.unions import UnionFactory, UnionStaffFactory
from tests.manage.people import Shop, signed_in

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@pytest.fixture
def bought(db):
    """A paid purchase across two stores; the order of the first one with its shop."""
    place = market()
    now = timezone.now()
    cart = ready_cart(place, now=now)
    purchase = place_purchase(
        cart=cart, digest=review_cart(cart=cart, now=now).digest, language="en", origin="website", now=now
    )
    pay(purchase=purchase, now=now)
    order = Order.objects.get(store=place.first)
    return Shop(place.first, place.bread.product, place.bread, order)


def step(shop, client, name, **form):
    answer = client.post(shop.url(f"orders/{shop.order.number}/{name}/"), form)
    shop.order.refresh_from_db()
    return answer


def test_the_address_names_its_country(bought):
    for path in ("", "slip/"):
        assert (
            "<br>United Kingdom</p>"
            in bought.owner().get(bought.url(f"orders/{bought.order.number}/{path}")).content.decode()
        )


@pytest.mark.parametrize(("language", "written"), [("en", "2 Mar"), ("zh-hant", "3月2日"), ("ko", "3월 2일")])
def test_the_days_of_the_chart_are_written_as_the_language_does(bought, language, written):
    with translation.override(language):
        chart = fortnight_chart(bought.store, [DaySales(NOON.date(), 1, 380)])
    assert [mark.point.label for mark in chart.marks] == [written]


def test_an_order_is_walked_from_payment_to_the_shoppers_door(bought):
    staff = StoreStaffFactory(store=bought.store, permissions=["orders"]).user
    client = signed_in(staff)
    page = client.get(bought.url(f"orders/{bought.order.number}/"))
    assert (page.context["step"], str(page.context["step_words"])) == ("accept", "Accept the order")
    assert "Ada Trevithick" in page.content.decode()
    step(bought, client, "accept")
    assert bought.order.state == "accepted"
    step(bought, client, "pack")
    shipped = {"carrier": "Royal Mail", "tracking_number": "RM123", "tracking_url": "https://example.com/RM123"}
    step(bought, client, "ship", **shipped)
    assert Shipment.objects.values_list("carrier", "tracking_number").get() == ("Royal Mail", "RM123")
    step(bought, client, "deliver")
    assert bought.order.state == "delivered"
    changes = OrderChange.objects.filter(order=bought.order, actor=staff).order_by("id")
    assert [change.to_state for change in changes] == ["accepted", "packed", "shipped", "delivered"]
    page = client.get(bought.url(f"orders/{bought.order.number}/"))
    assert (page.context["step"], page.context["may_cancel"]) == ("", False)


def test_a_step_pressed_twice_is_taken_once(bought):
    client = bought.staff("orders")
    step(bought, client, "accept")
    again = client.post(bought.url(f"orders/{bought.order.number}/accept/"), follow=True)
    assert "This order has moved on in the meantime." in again.content.decode()
    assert OrderChange.objects.filter(order=bought.order, to_state="accepted").count() == 1


def test_a_step_that_is_not_open_changes_nothing(bought):
    for name in ("pack", "deliver", "hand_over"):
        step(bought, bought.staff("orders"), name)
    assert bought.order.state == "paid"


def test_shipping_without_a_carrier_is_refused_on_its_page(bought):
    client = bought.staff("orders")
    step(bought, client, "accept")
    step(bought, client, "pack")
    answer = step(bought, client, "ship", carrier="", tracking_number="RM123")
    assert answer.status_code == 200
    assert answer.context["ship"].errors["carrier"] == ["This field is required."]
    assert 'value="RM123"' in answer.content.decode()
    assert (bought.order.state, Shipment.objects.count()) == ("packed", 0)


def test_cancelling_needs_a_reason_and_leaves_the_sibling_alone(bought):
    client = bought.staff("orders")
    before = StockLevel.objects.get(variant=bought.variant).on_hand
    answer = step(bought, client, "cancel", **{"cancel-reason": ""})
    assert answer.context["cancel"].errors["reason"] == ["This field is required."]
    assert bought.order.state == "paid"
    step(bought, client, "cancel", **{"cancel-reason": "Oven broken"})
    assert (bought.order.state, bought.order.cancel_reason) == ("cancelled", "Oven broken")
    assert StockLevel.objects.get(variant=bought.variant).on_hand == before + 2
    assert Order.objects.exclude(pk=bought.order.pk).get().state == "paid"


def test_an_order_of_another_store_does_not_exist_here(shop):
    other = OrderFactory(store=StoreFactory(union=shop.store.union), state="paid")
    client = shop.owner()
    for path in ("", "slip/"):
        assert client.get(shop.url(f"orders/{other.number}/{path}")).status_code == 404
    assert client.post(shop.url(f"orders/{other.number}/accept/")).status_code == 404
    other.refresh_from_db()
    assert other.state == "paid"


def test_an_unpaid_order_is_nobodys_work(shop):
    unpaid = OrderFactory(store=shop.store, state="placed")
    client = shop.owner()
    assert client.get(shop.url(f"orders/{unpaid.number}/")).status_code == 404
    numbers = [order.number for order in client.get(shop.url("orders/?view=all")).context["page"].object_list]
    assert numbers == [shop.order.number]


def test_an_order_whose_payment_failed_is_not_the_stores_business(shop):
    unpaid = OrderFactory(store=shop.store, state="placed")
    move_orders(move="fail", union=shop.store.union, order_id=unpaid.pk, actor=None, now=timezone.now())
    called_off = OrderFactory(store=shop.store, state="paid")
    move_orders(move="cancel", union=shop.store.union, order_id=called_off.pk, actor=None, now=timezone.now())
    client = shop.owner()

    def numbers(view):
        return [order.number for order in client.get(shop.url(f"orders/?view={view}")).context["page"].object_list]

    assert numbers("cancelled") == [called_off.number]
    assert numbers("all") == [called_off.number, shop.order.number]
    assert client.get(shop.url(f"orders/{unpaid.number}/")).status_code == 404
    assert client.get(shop.url(f"orders/{called_off.number}/")).status_code == 200
    office = UnionStaffFactory(union=shop.store.union, user__is_staff=True).user
    for order, words in ((unpaid, "payment failed"), (called_off, "cancelled")):
        shown = signed_in(office).get(reverse("admin:orders_order_change", args=[order.pk])).content.decode()
        assert f'<span class="office-badge danger">{words}</span>' in shown


def test_work_list_puts_what_is_due_first_on_top(shop):
    now = timezone.now()
    Order.objects.filter(pk=shop.order.pk).update(deadline=now + timedelta(days=3))
    late = OrderFactory(store=shop.store, state="accepted", deadline=now - timedelta(days=1))
    OrderFactory(store=shop.store, state="shipped", deadline=now)
    done = OrderFactory(store=shop.store, state="completed", purchase__recipient="Demelza Carne")
    client = shop.owner()

    def numbers(query=""):
        return [order.number for order in client.get(shop.url(f"orders/{query}")).context["page"].object_list]

    assert numbers() == [late.number, shop.order.number]
    assert numbers("?late=1") == [late.number]
    assert numbers("?view=done") == [done.number]
    assert numbers("?view=all&q=demelza") == [done.number]
    assert numbers("?view=nonsense") == [late.number, shop.order.number]


def test_the_badge_of_new_orders_follows_with_the_rows(shop):
    client = shop.owner()
    OrderFactory(store=shop.store, state="paid")
    count = client.get(shop.url("orders/")).context["figures"].paid
    badge = f'<span hx-swap-oob="innerHTML:[data-count=orders]">{count}</span>'
    for path in ("orders/", ""):
        whole = client.get(shop.url(path)).content.decode()
        assert whole.count(f'<span class="count" data-count="orders">{count}</span>') == 2
        assert badge not in whole
        assert badge in client.get(shop.url(path), headers={"HX-Request": "true"}).content.decode()


def test_rows_come_alone_for_htmx(shop):
    page = shop.owner().get(shop.url("orders/"), headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in page
    assert shop.order.number in page


def test_figures_count_open_late_and_todays_orders_in_the_unions_day(db):
    store = StoreFactory(union=UnionFactory(time_zone="Asia/Taipei"))
    # 17:00 UTC is one in the morning of the next day in Taipei.
    now = datetime(2026, 3, 2, 17, 0, tzinfo=UTC)
    OrderFactory(store=store, state="paid", placed_at=now - timedelta(minutes=30), deadline=now + timedelta(days=1))
    OrderFactory(store=store, state="packed", placed_at=now - timedelta(hours=2), deadline=now - timedelta(hours=1))
    OrderFactory(store=store, state="completed", placed_at=now)
    OrderFactory(store=store, state="cancelled", placed_at=now)
    OrderFactory(store=store, state="placed", placed_at=now)
    figures = work_figures(store, now=now)
    assert (figures.paid, figures.accepted, figures.packed, figures.shipped) == (1, 0, 1, 0)
    assert (figures.late, figures.today, figures.open) == (1, 2, 2)


def test_sales_by_day_fill_empty_days_and_leave_out_what_was_not_sold(shop):
    OrderFactory(store=shop.store, state="completed", placed_at=NOON)
    OrderFactory(store=shop.store, state="cancelled", placed_at=NOON)
    OrderFactory(store=shop.store, state="placed", placed_at=NOON)
    OrderFactory(store=shop.store, state="paid", placed_at=NOON - timedelta(days=13))
    OrderFactory(store=shop.store, state="paid", placed_at=NOON - timedelta(days=14))
    touch_union(union=shop.store.union)
    count_all_touched(union=shop.store.union)
    sales = sales_by_day(shop.store, now=NOON)
    assert [(day.day.isoformat(), day.orders, day.total) for day in sales if day.orders] == [
        ("2026-02-17", 1, 1400),
        ("2026-03-02", 2, 2800),
    ]
    assert len(sales) == 14


def test_dashboard_of_staff_without_orders_shows_no_sales(shop):
    page = shop.staff("catalogue").get(shop.url())
    assert [name for name in ("figures", "sales", "low") if name in page.context] == []


def test_packing_slip_names_what_goes_into_the_parcel_and_no_price(bought):
    page = bought.staff("orders").get(bought.url(f"orders/{bought.order.number}/slip/")).content.decode()
    assert "Bread" in page
    assert "Lamp" not in page
    assert "£" not in page


def test_a_number_read_out_over_the_phone_is_found(bought):
    Order.objects.filter(pk=bought.order.pk).update(number=f"KH-10AB2CD3-{check_character('10AB2CD3')}")
    dictated = f"kh-loab2cd3{check_character('10AB2CD3').lower()}"
    answer = bought.owner().get(bought.url("orders/"), {"view": "all", "q": dictated})
    assert "KH-10AB2CD3" in answer.text
