"""The pages of urgent sales: the union's, the sale's own, the product's; taking, waiting, being let in."""

from datetime import timedelta

import pytest
from django.utils import timezone

from orders.models import Cart, CartLine
from stores.models import UrgentClaim, UrgentLevel, UrgentPlace, UrgentSale
from stores.services.urgent import finish_sales, free_claim
from tests.factories.orders import market
from tests.factories.stores import VariantFactory
from tests.factories.urgent import urgent_sale

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def place():
    return market(slug="cornwall")


def running(variant, **plan):
    now = timezone.now()
    return urgent_sale(variant, now=now - HOUR, **{"starts_at": now - HOUR, "ends_at": now + HOUR, **plan})


def planned(variant, **plan):
    now = timezone.now()
    return urgent_sale(variant, now=now, **{"starts_at": now + HOUR, "ends_at": now + 2 * HOUR, **plan})


def url(sale, step=""):
    return f"/u/cornwall/urgent/{sale.ref}/{step}"


def test_union_page_shows_running_planned_and_nothing(client, place):
    page = client.get("/u/cornwall/urgent/").content.decode()
    assert "No urgent sale at the moment" in page
    first, second = running(place.bread), planned(place.lamp, price=2000)
    page = client.get("/u/cornwall/urgent/").content.decode()
    assert page.index(first.ref) < page.index(second.ref)
    assert "£2.00" in page and "3 left" in page and 'data-state="planned"' in page
    only = client.get(f"/u/cornwall/urgent/?store={place.second.slug}").content.decode()
    assert second.ref in only and first.ref not in only


def test_union_page_asks_as_much_for_three_sales_as_for_one(client, place, django_assert_num_queries):
    running(place.bread)
    client.get("/u/cornwall/urgent/")
    running(place.lamp, price=2000)
    running(VariantFactory(store=place.first, price=900))
    with django_assert_num_queries(3):
        page = client.get("/u/cornwall/urgent/").content.decode()
    assert page.count("data-urgent=") == 3


def test_street_leads_to_urgent_sales_when_there_are_some(client, place):
    running(place.bread)
    assert 'href="/u/cornwall/urgent/"' in client.get("/u/cornwall/").content.decode()


def test_product_page_shows_the_sale_and_the_usual_price(client, place):
    sale = running(place.bread)
    address = f"/u/cornwall/{place.first.slug}/{place.bread.product.slug}/"
    page = client.get(address).content.decode()
    assert f'data-urgent="{sale.ref}"' in page and "£2.00" in page and "£3.50" in page
    assert f'action="{url(sale, "take/")}"' in page


def test_card_shows_the_price_of_the_sale_as_long_as_it_runs(client, place):
    running(place.bread)
    page = client.get(f"/u/cornwall/{place.first.slug}/").content.decode()
    assert "£2.00" in page and "<del>£3.50</del>" in page and "Urgent sale" in page
    UrgentLevel.objects.update(held=3)
    page = client.get(f"/u/cornwall/{place.first.slug}/").content.decode()
    assert "£3.50" in page and "<del>£3.50</del>" not in page


def test_taking_puts_it_into_the_cart_at_its_price(client, place):
    sale = running(place.bread)
    answer = client.post(url(sale, "take/"), {"quantity": 2})
    assert (answer.status_code, answer.url) == (302, "/u/cornwall/cart/")
    page = client.get("/u/cornwall/cart/").content.decode()
    assert "Urgent sale: £2.00 each instead of £3.50" in page and "£4.00" in page
    own = client.get(url(sale)).content.decode()
    assert "In your cart" in own and "Take it at this price" not in own


def test_who_comes_too_late_waits_and_is_let_in(client, place):
    sale = running(place.bread, quantity=1)
    client.post(url(sale, "take/"))
    first = UrgentClaim.objects.get()
    other = type(client)()
    answer = other.post(url(sale, "take/"))
    assert (answer.status_code, answer.url) == (302, url(sale))
    assert UrgentPlace.objects.count() == 1
    page = other.get(url(sale)).content.decode()
    assert "You are next" in page and 'data-before="0"' in page
    third = type(client)()
    third.post(url(sale, "wait/"))
    assert "1 before you" in third.get(url(sale)).content.decode()
    free_claim(sale=sale, shopper=first.shopper, now=timezone.now())
    page = other.get(url(sale)).content.decode()
    assert "It is your turn" in page
    assert other.post(url(sale, "take/")).url == "/u/cornwall/cart/"
    assert CartLine.objects.filter(cart__state=Cart.State.OPEN, seen_price=200).count() == 2
    third.post(url(sale, "leave/"))
    assert UrgentPlace.objects.count() == 0


def test_sold_out_and_over_are_said_honestly(client, place):
    sale = running(place.bread, quantity=2)
    UrgentLevel.objects.update(held=0, sold=2)
    page = client.get(url(sale)).content.decode()
    assert 'data-state="sold_out"' in page and "All 2 pieces at this price are sold." in page
    answer = client.post(url(sale, "take/"), follow=True).content.decode()
    assert "Every piece of this urgent sale is sold." in answer
    assert Cart.objects.count() == 0


def test_limit_is_said_with_its_number(client, place):
    sale = running(place.bread, per_shopper=1)
    client.post(url(sale, "take/"))
    page = client.post(url(sale, "take/"), follow=True).content.decode()
    assert "One shopper may have 1 piece." in page
    assert UrgentClaim.objects.get().held == 1


@pytest.mark.parametrize("step", ["", "take/", "wait/", "leave/"])
def test_sale_of_another_union_or_none_is_not_found(client, place, step):
    elsewhere = market(slug="elsewhere")
    sale = running(elsewhere.bread)
    for ref in (sale.ref, "nothing"):
        address = f"/u/cornwall/urgent/{ref}/{step}"
        assert (client.post(address) if step else client.get(address)).status_code == 404
    assert UrgentClaim.objects.count() == UrgentPlace.objects.count() == 0


def test_cart_names_what_became_of_a_lapsed_claim(client, place):
    sale = running(place.bread)
    client.post(url(sale, "take/"))
    UrgentClaim.objects.update(expires_at=timezone.now() - HOUR)
    page = client.get("/u/cornwall/cart/").content.decode()
    assert "The time at the urgent price of £2.00 is over; it is £3.50 now." in page


def test_load_after_the_end_shows_no_urgent_price_although_no_worker_came(client, place):
    now = timezone.now()
    sale = urgent_sale(
        place.bread, now=now - 2 * HOUR, starts_at=now - 2 * HOUR, ends_at=now - timedelta(minutes=1), price=123
    )
    product = f"/u/cornwall/{place.first.slug}/{place.bread.product.slug}/"
    seen = {
        address: client.get(address).content.decode()
        for address in (
            "/u/cornwall/urgent/",
            url(sale),
            product,
            f"/u/cornwall/{place.first.slug}/",
            "/u/cornwall/search/?q=Bread",
            "/api/v1/unions/cornwall/products/",
        )
    }
    for address in ("/u/cornwall/urgent/", url(sale)):
        price = seen[address].index("£1.23")
        assert 'data-state="over"' in seen[address] and "hidden>" in seen[address][price - 80 : price]
        assert "This urgent sale is over." in seen[address]
    for address in list(seen)[2:]:
        assert "1.23" not in seen[address] and "123}" not in seen[address], address
    assert sale.ref not in seen[product] and "£3.50" in seen[product]
    client.post(url(sale, "take/"))
    assert not CartLine.objects.exists()
    client.post("/u/cornwall/cart/add/", {"variant": place.bread.pk, "quantity": 1})
    assert CartLine.objects.get().seen_price == 350
    level = UrgentLevel.objects.get(pk=sale.pk)
    assert (level.left, level.returned) == (3, 0)


def test_kept_page_flips_at_the_start_and_at_the_end(client, place):
    sale = planned(place.bread)
    address = f"/u/cornwall/{place.first.slug}/{place.bread.product.slug}/"
    street = f"/u/cornwall/{place.first.slug}/"
    assert 'data-state="planned"' in client.get(address).content.decode()
    assert "£2.00" not in client.get(street).content.decode()
    now = timezone.now()
    UrgentSale.objects.update(starts_at=now - HOUR)
    assert 'data-state="running"' in client.get(address).content.decode()
    assert "£2.00" in client.get(street).content.decode()
    UrgentSale.objects.update(starts_at=now - HOUR, ends_at=now - HOUR / 2)
    assert sale.ref not in client.get(address).content.decode()
    assert "£2.00" not in client.get(street).content.decode()


def test_who_waits_when_all_is_sold_is_told_so_and_waits_no_longer(client, place):
    sale = running(place.bread, quantity=1)
    type(client)().post(url(sale, "take/"))
    client.post(url(sale, "wait/"))
    place_number = UrgentPlace.objects.get().pk
    assert f'data-number="{place_number}" data-before="0"' in client.get(url(sale)).content.decode()
    UrgentClaim.objects.update(held=0, bought=1)
    UrgentLevel.objects.update(held=0, sold=1)
    for _before_and_after_the_worker in range(2):
        page = client.get(url(sale)).content.decode()
        assert 'data-state="sold_out"' in page and "Your place in the queue" not in page
        finish_sales(now=timezone.now())
