"""Times that nobody means, and numbers that no column holds: refused where they are typed, and nothing is kept."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from chat.models import AccessCode, Campaign, ListImport, Rule
from core.errors import Invalid
from core.importing.maps import Map
from core.moments import EARLIEST, LATEST, is_plausible, require_plausible
from orders.models import Reservation
from tests.chat.test_codes import campaign_of
from tests.chat.test_rule_pages import filled
from tests.factories.reservations import repair_shop

pytestmark = pytest.mark.django_db
FIRST, LAST = "0001-01-01T00:00", "9999-12-31T23:59"
HUGE = ["2147483648", "9" * 30]


def test_plausible_times_are_of_a_few_centuries():
    assert is_plausible(moment=EARLIEST)
    assert not is_plausible(moment=EARLIEST - timedelta(microseconds=1))
    assert not is_plausible(moment=LATEST)
    require_plausible(moment=None, field="ends_at")
    with pytest.raises(Invalid) as refusal:
        require_plausible(moment=datetime(9999, 12, 31, 23, tzinfo=UTC), field="ends_at")
    assert refusal.value.facts == {"field": "ends_at"}


@pytest.mark.parametrize("moment", [FIRST, LAST])
def test_a_campaign_that_ends_at_the_edge_of_time_spoils_no_page(shop, moment):
    owner = shop.owner()
    form = {"name": "Spring", "short": "spring", "kind": "print", "rule_days": "9", "expires_at": moment}
    answer = owner.post(shop.url("codes/"), form)
    assert b'aria-invalid="true"' in answer.content
    assert not Campaign.objects.exists()
    assert owner.get(shop.url("codes/")).status_code == 200


@pytest.mark.parametrize("uses", HUGE)
@pytest.mark.parametrize("what", ["person", "print", "list"])
def test_a_code_is_used_a_countable_number_of_times(shop, what, uses):
    campaign = campaign_of(shop.store, short="spring")
    form = {
        "do": what, "max_uses": uses, "label": "window", "quantity": "1", "name": "Ada", "email": "a@example.com",
        "language": shop.store.union.default_language, "file": SimpleUploadedFile("a.csv", b"name,email\n"),
    }  # fmt: skip
    answer = shop.owner().post(shop.url(f"codes/{campaign.short}/"), form)
    assert answer.status_code == 200
    assert not AccessCode.objects.exists()
    assert not ListImport.objects.exists()


@pytest.mark.parametrize(
    "odd",
    [{"begins_at": FIRST}, {"ends_at": LAST}, *({"g0_0_value": text} for text in ("1e999999999", "Infinity", "NaN"))],
)
def test_a_rule_of_odd_times_and_amounts_is_refused(shop, odd):
    answer = shop.owner().post(shop.url("rules/new/"), filled(**odd))
    assert b'aria-invalid="true"' in answer.content
    assert Rule.objects.count() == 0


@pytest.mark.parametrize("start", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "9999-12-31T23:59:00Z"])
def test_a_reservation_at_the_edge_of_time_is_refused(start):
    bookable = repair_shop()
    page = reverse("orders:book", kwargs={"union": bookable.union.slug, "key": bookable.key})
    form = {"name": "Ada", "email": "ada@example.com", "phone": "", "note": "", "once": "abc", "start": start}
    assert Client().post(page, form).status_code < 500
    assert not Reservation.objects.exists()


def test_a_table_with_odd_values_has_refused_rows_and_is_read_on():
    table = Map.__new__(Map)
    table.moments, table.time_format, table.time_zone = {}, "", UTC
    table.thousands, table.decimal = "", "."
    for odd in ("0001-01-01", "9999-12-31T23:59"):
        with pytest.raises(ValueError, match=odd):
            table._moment(odd)
    assert table._moment("2026-01-02") == "2026-01-02T00:00:00+00:00"
    assert table._decimal("1e3") == Decimal(1000)


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31", "9999-99-99"])
@pytest.mark.parametrize(
    "path",
    [
        "settlement/account/?from={day}&to={day}",
        "settlement/account.csv?from={day}&to={day}",
        "reservations/calendar/?day={day}",
        "reservations/calendar/?day={day}&span=day",
        "figures/?time=own&first={day}&last={day}",
        "figures/days.csv?time=own&first={day}&last={day}",
    ],
)
def test_a_page_that_is_asked_for_a_day_at_the_edge_of_time_shows_a_usual_one(shop, path, day):
    assert shop.owner().get(shop.url(path.format(day=day))).status_code == 200
