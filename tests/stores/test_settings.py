from datetime import UTC, date, datetime, time

import pytest
from django.utils import timezone

from core.errors import Invalid
from core.outbox import deliver_waiting
from stores.models import DeliveryOption, OpeningHours, SpecialDay
from stores.services.opening import SlugTaken
from stores.services.settings import (
    DeliveryDetails,
    Span,
    StorePlace,
    StoreTexts,
    close_on_holidays,
    offer_delivery_option,
    remove_special_day,
    save_delivery_option,
    save_place,
    save_texts,
    set_opening_hours,
    set_special_day,
)
from tests.factories.stores import StoreFactory, VariantFactory
from tests.factories.unions import UnionFactory, UnionRegionFactory
from unions.services.holidays import public_holidays

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
DONE_BY = {"actor": None, "now": NOW}


def test_save_texts_replaces_words_and_keeps_the_short_name():
    store = StoreFactory(slug="bakery")
    texts = StoreTexts(name=" Old Bakery ", tagline="Since 1902", translations={"ko": {"name": "빵집"}})
    save_texts(store=store, texts=texts, **DONE_BY)
    store.refresh_from_db()
    assert (store.name, store.tagline, store.slug) == ("Old Bakery", "Since 1902", "bakery")
    assert store.translations == {"ko": {"name": "빵집"}}


def test_a_renamed_store_is_found_by_its_new_name():
    product = VariantFactory().product
    save_texts(store=product.store, texts=StoreTexts(name="Zennor Smithy"), **DONE_BY)
    deliver_waiting(now=timezone.now())
    product.refresh_from_db()
    assert "zennor" in product.search


@pytest.mark.parametrize(("slug", "error"), [("cart", Invalid), ("Bad Slug", Invalid), ("taken", SlugTaken)])
def test_save_texts_refuses_short_names(slug, error):
    store = StoreFactory(slug="bakery", name="Bakery")
    StoreFactory(union=store.union, slug="taken")
    with pytest.raises(error) as refusal:
        save_texts(store=store, texts=StoreTexts(name="Other", slug=slug), **DONE_BY)
    assert refusal.value.field == "slug"
    store.refresh_from_db()
    assert (store.slug, store.name) == ("bakery", "Bakery")


def test_save_place_refuses_half_a_position_and_one_off_the_globe():
    store = StoreFactory()
    save_place(store=store, place=StorePlace(city="Truro", latitude=50.26, longitude=-5.05), **DONE_BY)
    for place in (StorePlace(latitude=50.0), StorePlace(latitude=91.0, longitude=0.0), StorePlace(email="nobody")):
        with pytest.raises(Invalid):
            save_place(store=store, place=place, **DONE_BY)
    store.refresh_from_db()
    assert (store.city, store.latitude, store.longitude, store.email) == ("Truro", 50.26, -5.05, "")


def test_set_opening_hours_replaces_the_week():
    store = StoreFactory()
    morning, afternoon = Span(0, time(9), time(12)), Span(0, time(13), time(18))
    set_opening_hours(store=store, spans=[Span(5, time(9), time(12))], **DONE_BY)
    set_opening_hours(store=store, spans=[afternoon, morning], **DONE_BY)
    rows = OpeningHours.objects.filter(store=store).values_list("weekday", "opens", "closes")
    assert list(rows) == [(0, time(9), time(12)), (0, time(13), time(18))]


@pytest.mark.parametrize(
    "spans",
    [
        [Span(2, time(9), time(9))],
        [Span(2, time(9), time(13)), Span(2, time(12), time(18))],
        [Span(2, time(hour), time(hour, 30)) for hour in (8, 10, 12, 14)],
    ],
)
def test_set_opening_hours_refuses_and_keeps_the_old_week(spans):
    store = StoreFactory()
    set_opening_hours(store=store, spans=[Span(1, time(9), time(12))], **DONE_BY)
    with pytest.raises(Invalid) as refusal:
        set_opening_hours(store=store, spans=spans, **DONE_BY)
    assert refusal.value.field == "day-2"
    assert OpeningHours.objects.get(store=store).weekday == 1


def test_special_day_is_replaced_and_removed():
    store, day = StoreFactory(), date(2026, 12, 24)
    set_special_day(store=store, day=day, reason="Christmas Eve", **DONE_BY)
    set_special_day(store=store, day=day, reason="Short day", opens=time(9), closes=time(12), **DONE_BY)
    special = SpecialDay.objects.get(store=store)
    assert (special.reason, special.opens, special.closes) == ("Short day", time(9), time(12))
    with pytest.raises(Invalid):
        set_special_day(store=store, day=day, reason="", opens=time(9), **DONE_BY)
    remove_special_day(store=store, day=day, **DONE_BY)
    assert not SpecialDay.objects.exists()


def test_close_on_holidays_keeps_days_with_an_entry_of_their_own():
    store = StoreFactory()
    set_special_day(store=store, day=date(2026, 4, 3), reason="Open", opens=time(9), closes=time(12), **DONE_BY)
    days = [(date(2026, 4, 3), "Good Friday"), (date(2026, 4, 6), "Easter Monday")]
    assert close_on_holidays(store=store, days=days, **DONE_BY) == 1
    assert close_on_holidays(store=store, days=days, **DONE_BY) == 0
    assert list(SpecialDay.objects.values_list("reason", flat=True)) == ["Open", "Easter Monday"]


def test_public_holidays_follow_the_unions_place_and_language():
    cornwall = UnionFactory(country="GB")
    UnionRegionFactory(union=cornwall, code="GB-CON")
    names = dict(public_holidays(union=cornwall, language="en", start=date(2026, 4, 1), days=30))
    assert names == {date(2026, 4, 3): "Good Friday", date(2026, 4, 6): "Easter Monday"}
    busan = UnionFactory(country="KR")
    assert (date(2026, 3, 1), "삼일절") in public_holidays(union=busan, language="ko", start=date(2026, 3, 1), days=5)
    assert public_holidays(union=UnionFactory(country="XX"), language="en", start=date(2026, 1, 1)) == []


def test_save_delivery_option_adds_behind_the_others_and_changes():
    store = StoreFactory()
    first = save_delivery_option(store=store, details=DeliveryDetails(kind="pickup", name="At the counter"), **DONE_BY)
    second = save_delivery_option(
        store=store, details=DeliveryDetails(kind="delivery", name="Post", price=350, countries="gb,ie"), **DONE_BY
    )
    assert (first.position, second.position, second.countries) == (0, 1, "GB, IE")
    changed = DeliveryDetails(kind="delivery", name="Courier", price=500, free_from=5000, lead_days_max=2)
    save_delivery_option(store=store, details=changed, option=second, **DONE_BY)
    second.refresh_from_db()
    assert (second.name, second.price, second.free_from, second.position) == ("Courier", 500, 5000, 1)
    offer_delivery_option(option=second, offered=False, **DONE_BY)
    assert list(DeliveryOption.objects.filter(is_active=True)) == [first]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"lead_days_min": 4, "lead_days_max": 2}, "lead_days_max"),
        ({"name": "  "}, "name"),
        ({"countries": "GBR"}, "countries"),
    ],
)
def test_save_delivery_option_refuses(changes, field):
    store = StoreFactory()
    with pytest.raises(Invalid) as refusal:
        save_delivery_option(
            store=store, details=DeliveryDetails(**{"kind": "delivery", "name": "Post", **changes}), **DONE_BY
        )
    assert refusal.value.field == field
    assert not DeliveryOption.objects.exists()
