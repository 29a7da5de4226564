"""Prices planned ahead, and the history that every price leaves."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import DatabaseError, transaction
from django.test import Client

from core.errors import Invalid, WrongState
from stores.models import PlannedPrice, PriceChange
from stores.services.catalogue import VariantDetails, generate_variants, save_variant, set_price
from stores.services.catalogue.planning import PlansOverlap, apply_planned_prices, call_off_plan, plan_price
from tests.factories.stores import ProductFactory, VariantFactory
from tests.manage.people import new_shop
from tests.stores.supply import NOW

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


def plan(variant, price=800, start=HOUR, end=3 * HOUR, **more):
    ends_at = NOW + end if end else None
    return plan_price(variant=variant, price=price, starts_at=NOW + start, ends_at=ends_at, actor=None, now=NOW, **more)


def price_of(variant):
    variant.refresh_from_db()
    return variant.price, variant.was_price


def history(variant):
    return list(PriceChange.objects.filter(variant=variant).order_by("pk").values_list("price", "was_price"))


def test_a_planned_price_begins_and_ends_by_itself():
    variant = VariantFactory(price=1000)
    plan(variant)
    assert apply_planned_prices(now=NOW + HOUR - timedelta(seconds=1)) == 0
    assert price_of(variant) == (1000, None)
    assert [apply_planned_prices(now=NOW + HOUR) for _ in range(2)] == [1, 0]
    assert price_of(variant) == (800, 1000)
    assert apply_planned_prices(now=NOW + 3 * HOUR) == 1
    assert price_of(variant) == (1000, None)
    assert history(variant) == [(800, 1000), (1000, None)]
    variant.product.refresh_from_db()
    assert variant.product.price_from == 1000


def test_a_price_for_good_stays_and_may_hide_the_one_before():
    variant = VariantFactory(price=1000)
    plan(variant, end=None, shows_before=False)
    apply_planned_prices(now=NOW + HOUR)
    assert price_of(variant) == (800, None)
    assert PlannedPrice.objects.get().state == "over"


def test_what_was_changed_by_hand_meanwhile_is_not_undone():
    variant = VariantFactory(price=1000)
    plan(variant)
    apply_planned_prices(now=NOW + HOUR)
    set_price(variant=variant, price=700, actor=None, now=NOW + HOUR)
    apply_planned_prices(now=NOW + 3 * HOUR)
    assert price_of(variant)[0] == 700


def test_a_plan_that_went_by_unseen_never_was_a_price():
    variant = VariantFactory(price=1000)
    plan(variant)
    assert apply_planned_prices(now=NOW + 4 * HOUR) == 1
    assert (price_of(variant), PlannedPrice.objects.get().state, history(variant)) == ((1000, None), "over", [])


def test_one_offer_after_the_other_changes_over_in_one_sweep():
    variant = VariantFactory(price=1000)
    plan(variant)
    plan(variant, price=600, start=3 * HOUR + timedelta(seconds=1), end=5 * HOUR)
    apply_planned_prices(now=NOW + HOUR)
    assert apply_planned_prices(now=NOW + 4 * HOUR) == 2
    assert price_of(variant) == (600, 1000)


def test_plans_of_a_variant_do_not_overlap_and_lie_ahead():
    variant, other = VariantFactory(), VariantFactory()
    plan(variant)
    plan(other)
    with pytest.raises(PlansOverlap):
        plan(variant, start=2 * HOUR, end=None)
    for start, end in ((-HOUR, HOUR), (HOUR, HOUR)):
        with pytest.raises(Invalid):
            plan(variant, start=start, end=end)
    assert PlannedPrice.objects.filter(variant=variant).count() == 1


def test_calling_off_stops_a_plan_and_ends_a_running_one():
    variant = VariantFactory(price=1000)
    first = plan(variant)
    call_off_plan(plan=first, actor=None, now=NOW)
    running = plan(variant)
    apply_planned_prices(now=NOW + HOUR)
    call_off_plan(plan=running, actor=None, now=NOW + 2 * HOUR)
    assert price_of(variant) == (1000, None)
    assert list(PlannedPrice.objects.order_by("pk").values_list("state", flat=True)) == ["cancelled", "over"]
    with pytest.raises(WrongState):
        call_off_plan(plan=running, actor=None, now=NOW + 2 * HOUR)


def test_every_service_that_sets_a_price_leaves_it_in_the_history():
    product = ProductFactory()
    variant = save_variant(product=product, details=VariantDetails(price=500), actor=None, now=NOW)
    save_variant(product=product, details=VariantDetails(price=500), actor=None, now=NOW, variant=variant)
    set_price(variant=variant, price=400, actor=None, now=NOW, was_price=500)
    assert history(variant) == [(500, None), (400, 500)]
    made = generate_variants(product=product, options={"size": ["S", "M"]}, price=300, actor=None, now=NOW)
    assert [history(one) for one in made] == [[(500, None), (400, 500)], [(300, None)]]


def test_the_history_is_not_edited():
    variant = VariantFactory(price=1000)
    set_price(variant=variant, price=900, actor=None, now=NOW)
    for change in (lambda rows: rows.update(price=1), lambda rows: rows.delete()):
        with pytest.raises(DatabaseError), transaction.atomic():
            change(PriceChange.objects.all())
    assert history(variant) == [(900, None)]


def test_a_reduced_product_shows_its_lowest_price_of_the_thirty_days_before():
    variant = VariantFactory(price=1000)
    for days, price in ((90, 700), (50, 1200), (20, 900), (10, 1000)):
        set_price(variant=variant, price=price, actor=None, now=NOW - timedelta(days=days))
    set_price(variant=variant, price=800, actor=None, now=NOW, was_price=1000)
    address = f"/u/{variant.union.slug}/{variant.store.slug}/{variant.product.slug}/"
    body = Client().get(address).content.decode()
    assert "Lowest price of the 30 days before: " in body
    assert "9.00" in body.partition("30 days before: ")[2][:20]
    set_price(variant=variant, price=800, actor=None, now=NOW, was_price=None)
    assert "30 days before" not in Client().get(address).content.decode()


def test_the_page_plans_shows_and_calls_off():
    shop = new_shop()
    client = shop.staff("catalogue")
    address = shop.url("catalogue/loaf/prices/")
    form = {"variant": shop.variant.pk, "price": "3.10", "starts_at": "2050-01-01T08:00", "once": "a"}
    assert client.post(address, form).status_code == 302
    planned = PlannedPrice.objects.get()
    assert (planned.price, planned.state, planned.shows_before) == (310, "planned", False)
    late = client.post(address, {**form, "starts_at": "2020-01-01T08:00", "once": "b"})
    assert late.context["form"].errors["starts_at"] == ["This moment is over already."]
    client.post(address + "call-off/", {"plan": planned.pk})
    planned.refresh_from_db()
    assert planned.state == "cancelled"


@pytest.mark.parametrize("field", ["starts_at", "ends_at"])
def test_a_price_at_the_edge_of_time_is_refused(field):
    variant = VariantFactory(price=1000)
    times = {"starts_at": NOW + HOUR, "ends_at": None} | {field: datetime(9999, 12, 31, 23, 59, tzinfo=UTC)}
    with pytest.raises(Invalid) as refusal:
        plan_price(variant=variant, price=800, actor=None, now=NOW, **times)
    assert refusal.value.facts == {"field": field}
    assert not PlannedPrice.objects.exists()
