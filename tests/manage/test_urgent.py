"""Planning, changing and ending urgent sales on the management pages."""

from datetime import timedelta

import pytest
from django.utils import timezone

from stores.models import UrgentSale
from stores.services.stock import receive
from tests.factories.urgent import urgent_sale
from tests.manage.people import Shop

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def moments(start=HOUR, end=2 * HOUR):
    now = timezone.now()
    return {"starts_at": f"{now + start:%Y-%m-%dT%H:%M}", "ends_at": f"{now + end:%Y-%m-%dT%H:%M}"}


@pytest.fixture
def owner(shop: Shop):
    receive(variant=shop.variant, quantity=20, actor=None, reason="", now=timezone.now())
    return shop.owner()


def plan(shop, **more):
    return {"variant": shop.variant.pk, "quantity": 5, "price": "0.50", "once": "1", **moments(), **more}


def test_empty_list_offers_the_first_step(shop, owner):
    page = owner.get(shop.url("urgent-sales/")).content.decode()
    assert "Sell something quickly" in page and shop.url("urgent-sales/new/") in page


def test_sale_is_planned_once_though_sent_twice(shop, owner):
    body = plan(shop)
    for _twice in range(2):
        answer = owner.post(shop.url("urgent-sales/new/"), body)
        assert answer.status_code == 302
    sale = UrgentSale.objects.get()
    assert (sale.price, sale.level.allotted, answer.url) == (50, 5, shop.url(f"urgent-sales/{sale.ref}/"))
    page = owner.get(answer.url).content.decode()
    assert "Change the plan" in page and "Call it off" in page
    assert "0 of 5 sold" in owner.get(shop.url("urgent-sales/")).content.decode()


def test_plan_that_cannot_be_is_explained_beside_the_field(shop, owner):
    page = owner.post(shop.url("urgent-sales/new/"), plan(shop, quantity=5000)).content.decode()
    assert "of this can be had now." in page
    page = owner.post(shop.url("urgent-sales/new/"), plan(shop, price="", percent="")).content.decode()
    assert "Give either a price or a percentage." in page
    assert UrgentSale.objects.count() == 0


def test_planned_sale_is_changed_and_called_off(shop, owner):
    sale = urgent_sale(
        shop.variant, now=timezone.now(), price=50, starts_at=timezone.now() + HOUR, ends_at=timezone.now() + 2 * HOUR
    )
    body = {"quantity": 7, "percent": 50, "price": "0.50", "once": "2", **moments()}
    answer = owner.post(shop.url(f"urgent-sales/{sale.ref}/"), body)
    assert answer.status_code == 302
    sale.refresh_from_db()
    assert (sale.price, sale.level.__class__.objects.get(pk=sale.pk).allotted) == (shop.variant.price // 2, 7)
    owner.post(shop.url(f"urgent-sales/{sale.ref}/end/"))
    sale.refresh_from_db()
    assert sale.cancelled_at is not None
    assert "called off" in owner.get(shop.url("urgent-sales/")).content.decode()


def test_running_sale_shows_its_figures_and_is_ended(shop, owner):
    now = timezone.now()
    sale = urgent_sale(shop.variant, now=now - HOUR, price=50, ends_at=now + HOUR)
    page = owner.get(shop.url(f"urgent-sales/{sale.ref}/")).content.decode()
    assert "Change the plan" not in page and "End it now" in page
    owner.post(shop.url(f"urgent-sales/{sale.ref}/end/"))
    sale.refresh_from_db()
    assert sale.ends_at <= timezone.now() and sale.cancelled_at is None


def test_list_asks_as_much_for_three_sales_as_for_one(shop, owner, django_assert_max_num_queries):
    now = timezone.now()
    for day in range(3):
        start = now + day * 24 * HOUR
        urgent_sale(shop.variant, now=now, price=50, quantity=1, starts_at=start, ends_at=start + HOUR)
        with django_assert_max_num_queries(14):
            assert owner.get(shop.url("urgent-sales/")).status_code == 200


def test_figures_that_are_fetched_again_bring_the_state_along(shop, owner):
    now = timezone.now()
    sale = urgent_sale(shop.variant, now=now - HOUR, price=50, ends_at=now + HOUR)
    address = shop.url(f"urgent-sales/{sale.ref}/")
    part = owner.get(address, headers={"HX-Request": "true"}).content.decode()
    assert 'hx-trigger="every 5s"' in part and 'id="sale-state" hx-swap-oob="true"' in part and "running" in part
    sale.ends_at = now
    sale.save(update_fields=["ends_at"])
    part = owner.get(address, headers={"HX-Request": "true"}).content.decode()
    assert "hx-trigger" not in part and "over" in part
