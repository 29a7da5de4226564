"""A voucher that was given to somebody else tells its provider nothing of whoever bought it."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from ascc.services.passing_on import accept_voucher, offer_voucher
from tests.ascc.desks import desk, sent, step
from tests.factories.accounts import UserFactory

pytestmark = pytest.mark.django_db
OF_THE_GIVER = ("Quay Street", "Falmouth", "TR11 3LH", "+44 1326 555", "Ada Trevithick")


@pytest.fixture
def there():
    return desk()


def passed_on(there) -> User:
    """The customer gives it to Ben, who hands it over from here on."""
    ben, now = UserFactory(name="Ben Tonkin", email="ben@example.com", phone=""), timezone.now()
    gift = offer_voucher(voucher=there.voucher, by=there.by, now=now, email=ben.email)
    accept_voucher(token=gift.token, user=ben, address=None, now=now + timedelta(seconds=1))
    there.voucher.refresh_from_db()
    return ben


def test_gifted_voucher_shows_the_provider_no_address_of_the_giver(there):
    ben = passed_on(there)
    purchase = there.voucher.order_line.order.purchase
    purchase.phone = "+44 1326 555"
    purchase.save()
    sent(there)
    asked = there.browser.get(there.base).content.decode()
    assert step(there, "accept").status_code == 302
    page = there.browser.get(f"{there.base}vouchers/{there.voucher.code}/").content.decode()
    day = there.browser.get(there.base).content.decode()
    for seen in (asked, page, day):
        assert not [word for word in OF_THE_GIVER if word in seen]
    assert ben.name in page and "agree with them where it is" in page and "openstreetmap" not in page


def test_new_owner_is_asked_where_it_is_when_handing_over(there):
    browser, address = Client(), f"/account/vouchers/{there.voucher.code}/send/{there.provider.ref}/"
    browser.force_login(there.customer)
    assert "where it is" not in browser.get(address).content.decode()
    browser.force_login(passed_on(there))
    assert "where it is: no address of yours came with this voucher" in browser.get(address).content.decode()


def test_what_a_guest_bought_keeps_its_address_with_the_owner_of_the_mail_address(there):
    purchase = there.voucher.order_line.order.purchase
    purchase.user, purchase.email = None, there.customer.email.upper()
    purchase.save()
    sent(there)
    step(there, "accept")
    page = there.browser.get(f"{there.base}vouchers/{there.voucher.code}/").content.decode()
    assert "Quay Street" in page
