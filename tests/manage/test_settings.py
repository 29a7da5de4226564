from datetime import date, time, timedelta

import pytest
from django.utils import timezone

from stores.models import DeliveryOption, OpeningHours, SpecialDay
from tests.factories.stores import DeliveryOptionFactory, StoreFactory

pytestmark = pytest.mark.django_db


def test_texts_are_saved_and_a_wrong_entry_keeps_everything(shop):
    client = shop.owner()
    form = {"form": "texts", "name": "Old Bakery", "tagline": "Since 1902", "slug": shop.store.slug}
    assert client.post(shop.url("settings/"), form).status_code == 302
    shop.store.refresh_from_db()
    assert (shop.store.name, shop.store.tagline) == ("Old Bakery", "Since 1902")
    answer = client.post(shop.url("settings/"), {**form, "slug": "cart", "tagline": "Typed with care"})
    assert answer.context["texts"].errors["slug"] == ["This word is reserved; choose another short name."]
    assert "Typed with care" in answer.content.decode()
    shop.store.refresh_from_db()
    assert shop.store.tagline == "Since 1902"


def test_a_new_short_name_moves_the_pages(shop):
    form = {"form": "texts", "name": "Bakery", "slug": "new-name"}
    answer = shop.owner().post(shop.url("settings/"), form)
    assert answer.headers["Location"] == f"/manage/{shop.store.union.slug}/new-name/settings/"


def test_place_is_saved(shop):
    form = {"form": "place", "city": "Truro", "latitude": "50.26", "longitude": "-5.05"}
    shop.owner().post(shop.url("settings/"), form)
    shop.store.refresh_from_db()
    assert (shop.store.city, shop.store.latitude, shop.store.longitude) == ("Truro", 50.26, -5.05)


def test_week_is_saved_and_a_wrong_one_shown_beside_its_day(shop):
    client = shop.owner()
    week = {"form": "week", "opens_1_0": "09:00", "closes_1_0": "12:00", "opens_1_1": "13:00", "closes_1_1": "17:30"}
    assert client.post(shop.url("hours/"), week).status_code == 302
    kept = [(1, time(9), time(12)), (1, time(13), time(17, 30))]
    assert list(OpeningHours.objects.values_list("weekday", "opens", "closes")) == kept
    for wrong, said in (
        ({"opens_1_1": "11:00"}, "These times overlap."),
        ({"closes_1_1": ""}, "Give both times, or neither for a closed day."),
    ):
        answer = client.post(shop.url("hours/"), {**week, **wrong})
        assert answer.context["week"].days()[1]["errors"] == [said]
        assert list(OpeningHours.objects.values_list("weekday", "opens", "closes")) == kept


def test_special_days_come_and_go(shop):
    client = shop.owner()
    day = (timezone.localdate() + timedelta(days=30)).isoformat()
    client.post(shop.url("hours/"), {"form": "day", "day": day, "reason": "Stocktaking"})
    special = SpecialDay.objects.get()
    assert (special.date.isoformat(), special.reason, special.opens) == (day, "Stocktaking", None)
    assert client.post(shop.url("hours/special-day-gone/"), {"day": "tomorrow"}).status_code == 404
    client.post(shop.url("hours/special-day-gone/"), {"day": day})
    assert not SpecialDay.objects.exists()


def test_public_holidays_are_proposed_and_taken_over(shop):
    client = shop.owner()
    proposed = client.get(shop.url("hours/")).context["proposed"]
    first, name = proposed[0]
    assert " checked" not in client.get(shop.url("hours/")).content.decode()
    client.post(shop.url("hours/holidays/"), {"day": [first.isoformat(), date(1999, 1, 1).isoformat()]})
    assert list(SpecialDay.objects.values_list("date", "reason")) == [(first, name)]
    assert first not in dict(client.get(shop.url("hours/")).context["proposed"])


def test_delivery_options_are_added_changed_and_taken_out_of_the_offer(shop):
    client = shop.owner()
    form = {
        "kind": "delivery",
        "name": "Courier",
        "price": "5.50",
        "free_from": "50",
        "tax_bp": "20",
        "lead_days_min": "0",
        "lead_days_max": "1",
        "once": "a",
    }
    for _ in range(2):
        assert client.post(shop.url("delivery/option/"), form).status_code == 302
    option = DeliveryOption.objects.get(name="Courier")
    assert (option.price, option.free_from, option.tax_bp) == (550, 5000, 2000)
    client.post(shop.url(f"delivery/option/?id={option.pk}"), {**form, "name": "Bicycle", "once": "b"})
    client.post(shop.url("delivery/offer/"), {"option": option.pk, "offered": "0"})
    option.refresh_from_db()
    assert (option.name, option.is_active) == ("Bicycle", False)
    answer = client.post(shop.url("delivery/option/"), {**form, "lead_days_min": "9", "once": "c"})
    assert answer.context["form"].errors["lead_days_max"] == ["The longest time cannot be shorter than the shortest."]
    foreign = DeliveryOptionFactory(store=StoreFactory(union=shop.store.union))
    assert client.post(shop.url("delivery/offer/"), {"option": foreign.pk}).status_code == 404


def test_a_round_with_days_of_its_own(shop):
    form = {
        "kind": "delivery",
        "name": "Van",
        "price": "4",
        "tax_bp": "20",
        "lead_days_min": "1",
        "lead_days_max": "2",
        "weekdays": ["4", "1"],
        "once": "a",
    }
    client = shop.owner()
    assert client.post(shop.url("delivery/option/"), form).status_code == 302
    option = DeliveryOption.objects.get(name="Van")
    assert option.weekdays == "14"
    shown = client.get(shop.url(f"delivery/option/?id={option.pk}"))
    assert shown.context["form"]["weekdays"].value() == ["1", "4"]
    refused = client.post(shop.url("delivery/option/"), {**form, "weekdays": ["7"], "name": "Train", "once": "b"})
    assert (refused.status_code, DeliveryOption.objects.filter(name="Train").exists()) == (200, False)


def test_a_third_span_of_a_day_is_kept(shop):
    OpeningHours.objects.all().delete()
    spans = {"opens_0_0": "08:00", "closes_0_0": "10:00", "opens_0_1": "12:00", "closes_0_1": "14:00"}
    spans |= {"opens_0_2": "18:00", "closes_0_2": "20:00"}
    client = shop.owner()
    client.post(shop.url("hours/"), {"form": "week", **spans})
    shown = client.get(shop.url("hours/")).context["week"]
    client.post(shop.url("hours/"), {"form": "week", **{name: f"{shown[name].value():%H:%M}" for name in spans}})
    assert list(OpeningHours.objects.order_by("opens").values_list("opens__hour", flat=True)) == [8, 12, 18]


def test_store_opens_when_its_steps_are_done(shop):
    client = shop.owner()
    client.post(shop.url("unpublish/"))
    shop.store.refresh_from_db()
    assert shop.store.is_published is False
    OpeningHours.objects.all().delete()
    steps = client.get(shop.url()).context["steps"]
    assert [(step["page"], step["is_done"]) for step in steps] == [
        ("settings", True),
        ("hours", False),
        ("delivery", True),
        ("catalogue", True),
        ("settlement", False),
    ]
    client.post(shop.url("publish/"))
    shop.store.refresh_from_db()
    assert shop.store.is_published is False
    OpeningHours.objects.create(union=shop.store.union, store=shop.store, weekday=0, opens=time(9), closes=time(12))
    client.post(shop.url("publish/"))
    shop.store.refresh_from_db()
    assert shop.store.is_published is True
