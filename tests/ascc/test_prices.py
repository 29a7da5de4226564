"""A provider's price list: written on its pages, read where customers choose and over the API, used for extra work."""

import pytest
from django.test import Client
from django.utils import timezone

from ascc.models import ProviderPrice
from ascc.services.pricing import MOST_PRICES, EnoughPrices, set_price
from core.errors import Invalid
from orders.models import Bill
from tests.ascc.desks import desk, step, visited
from tests.factories.ascc import provider as a_provider
from tests.factories.stores import StoreStaffFactory
from tests.factories.unions import owner_of
from tests.payments.test_races import at_once
from unions.models import SignalCode, Union

pytestmark = pytest.mark.django_db


@pytest.fixture
def there():
    here = desk()
    Union.objects.filter(pk=here.union.pk).update(languages=["en", "ko"])
    here.code = SignalCode.objects.order_by("code")[0].code
    here.prices = f"{here.base}prices/"
    return here


def priced(there, title="Call-out", amount=4500, unit="visit", **said):
    return set_price(provider=there.provider, title=title, amount=amount, unit=unit, **said)


def browser_of(user):
    client = Client()
    client.force_login(user)
    return client


def test_a_price_is_added_changed_and_taken_away(there):
    page = there.browser.get(there.prices).content.decode()
    assert "What do you cost?" in page and "Your first price" in page
    said = {"title": "Call-out", "title_ko": "출장", "amount": "45", "unit": "visit", "code": there.code, "once": "o1"}
    for _again in range(2):
        assert there.browser.post(there.prices, said).status_code == 302
    kept = ProviderPrice.objects.get()
    assert (kept.title, kept.amount, kept.unit, kept.code, kept.translations) == (
        "Call-out",
        4500,
        "visit",
        there.code,
        {"ko": {"title": "출장"}},
    )
    one = f"{there.prices}{kept.key}/"
    assert 'value="45"' in there.browser.get(one).content.decode()
    there.browser.post(one, {**said, "amount": "39.50", "unit": "hour", "once": "o2"})
    kept.refresh_from_db()
    assert (kept.amount, kept.unit) == (3950, "hour")
    there.browser.post(f"{one}drop/", {"once": "o3"})
    assert not ProviderPrice.objects.exists()
    assert there.browser.post(f"{one}drop/", {"once": "o4"}).status_code == 404


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"title": " "}, "This field is required"),
        ({"amount": "0"}, "Say how much it comes to."),
        ({"amount": "-3"}, "greater than or equal to 0"),
        ({"amount": "1e5"}, "Enter a number."),
        ({"unit": "year"}, "Select a valid choice"),
        ({"code": "no-such"}, "Select a valid choice"),
        ({"title": "Hour"}, "Your list has this line already."),
    ],
)
def test_a_wrong_entry_is_refused_beside_its_field_and_nothing_is_kept(there, wrong, words):
    priced(there, "Hour", 3000, "hour")
    said = {"title": "Part", "amount": "12", "unit": "hour", "code": "", "once": "o1", **wrong}
    response = there.browser.post(there.prices, said)
    assert response.status_code == 422 and words in response.content.decode()
    assert ProviderPrice.objects.count() == 1


def test_only_who_leads_the_team_says_prices_and_only_its_own(there):
    kept = priced(there)
    worker = browser_of(StoreStaffFactory(store=there.provider.store, permissions=["service"]).user)
    page = worker.get(there.prices).content.decode()
    assert "Call-out" in page and "Who leads the team of this store says the prices." in page
    said = {"title": "Mine", "amount": "1", "unit": "visit", "once": "o1"}
    for address in (there.prices, f"{there.prices}{kept.key}/", f"{there.prices}{kept.key}/drop/"):
        assert worker.post(address, said).status_code == 403
    next_door = a_provider(there.union)
    other = browser_of(owner_of(next_door.store.membership))
    own = f"/provider/{there.union.slug}/{next_door.store.slug}/prices/{kept.key}/"
    assert other.post(own, said).status_code == other.post(f"{own}drop/", said).status_code == 404
    assert ProviderPrice.objects.get().title == "Call-out"


def test_a_list_stays_short_and_says_what_is_known(there):
    for number in range(MOST_PRICES):
        priced(there, f"Line {number}")
    with pytest.raises(EnoughPrices):
        priced(there, "One more")
    with pytest.raises(Invalid):
        priced(there, price=ProviderPrice.objects.first(), code="nonsense")
    assert ProviderPrice.objects.count() == MOST_PRICES


@pytest.mark.django_db(transaction=True)
def test_of_ten_that_write_the_last_line_one_does(there):
    for number in range(MOST_PRICES - 1):
        priced(there, f"Line {number}")

    def adding(number):
        def add():
            try:
                priced(there, f"Last {number}")
            except EnoughPrices:
                return 0
            return 1

        return add

    assert sum(at_once([adding(number) for number in range(10)])) == 1
    assert ProviderPrice.objects.count() == MOST_PRICES


def test_customers_read_it_where_they_choose_and_programs_over_the_api(there):
    listing, record = (f"/u/{there.union.slug}/providers/{rest}" for rest in ("", f"{there.provider.ref}/"))
    api = f"/api/v1/unions/{there.union.slug}/providers/"
    assert "Call-out from" not in Client().get(listing).content.decode()
    assert Client().get(api).json()["results"][0]["prices"] == []
    priced(there, "Hour of work", 3000, "hour", translations={"ko": {"title": "작업 시간"}})
    assert "an hour" in Client().get(listing).content.decode()
    priced(there, "Call-out", 4500)
    priced(there, "Call-out at night", 9000, code=there.code)
    page = Client().get(listing).content.decode()
    assert "Call-out from" in page and "45.00" in page and "90.00" not in page
    page = Client().get(record).content.decode()
    for words in ("Hour of work", "per hour", "Call-out at night", "90.00", "per visit"):
        assert words in page
    assert "It names its prices when you ask." not in page
    told = Client().get(f"{api}{there.provider.ref}/", headers={"Accept-Language": "ko"}).json()["prices"]
    assert [(each["title"], each["skill"], each["unit"]) for each in told] == [
        ("작업 시간", "", "hour"),
        ("Call-out", "", "visit"),
        ("Call-out at night", there.code, "visit"),
    ]
    assert told[0]["amount"] == Client().get(api).json()["results"][0]["prices"][0]["amount"]


def test_extra_work_is_asked_for_with_a_line_of_the_list(there):
    line = priced(there, "Hour of work", 3000, "hour", translations={"ko": {"title": "작업 시간"}})
    there.customer.language = "ko"
    there.customer.save()
    visited(there)
    page = there.browser.get(f"{there.base}vouchers/{there.voucher.code}/").content.decode()
    assert "From your price list" in page and "Hour of work, " in page
    refused = step(there, "extra", {"line": "", "title": "", "amount": ""})
    assert refused.status_code == 422 and "Say what it is for." in refused.content.decode()
    assert step(there, "extra", {"line": "other", "quantity": "1"}, once="o2").status_code == 422
    assert not Bill.objects.exists()
    assert step(there, "extra", {"line": line.key, "quantity": "2"}, once="o3").status_code == 302
    bill = Bill.objects.select_related("payment").get()
    assert (bill.title, bill.payment.amount) == ("2 × 작업 시간", 6000)


def test_own_words_and_amount_go_before_the_lines(there):
    line = priced(there, "Hour of work", 3000, "hour")
    visited(there)
    assert step(there, "extra", {"line": line.key, "title": "Night hour", "amount": "55"}).status_code == 302
    bill = Bill.objects.select_related("payment").get()
    assert (bill.title, bill.payment.amount) == ("Night hour", 5500)
    assert timezone.now() > bill.payment.created_at
