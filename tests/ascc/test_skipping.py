"""The next visit does not have to wait for a word about the last one."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from ascc.models import Assessment, Redemption, Voucher
from ascc.services.ending import skip_assessment
from ascc.services.redeeming import redeem_voucher
from ascc.services.working import confirm_work
from core.errors import WrongState
from tests.ascc.desks import desk, state_of, taken_on, visited

pytestmark = pytest.mark.django_db


@pytest.fixture
def there():
    there = desk()
    there.shopper = Client()
    there.shopper.force_login(there.customer)
    there.own = f"/account/vouchers/{there.voucher.code}/"
    return there


def test_owner_skips_the_assessment_and_sends_the_next_visit(there):
    confirm_work(visit=visited(there, reported=True), by=there.by, now=timezone.now())
    page = there.shopper.get(there.own).content.decode()
    assert "as soon as you have said how it was, or have skipped that" in page and f'action="{there.own}skip/"' in page
    away = there.shopper.get(f"{there.own}send/{there.provider.ref}/", follow=True).content.decode()
    assert "First say how the last visit was, or skip that" in away
    assert there.shopper.post(f"{there.own}skip/")["Location"] == there.own
    assert state_of(there) == ("active", "confirmed")
    assert (there.voucher.provider_id, there.voucher.visits_left, Assessment.objects.count()) == (None, 1, 0)
    assert there.shopper.get(f"{there.own}send/{there.provider.ref}/").status_code == 200


def test_nothing_is_skipped_within_the_tills_minute_or_with_no_visit_left(there):
    redeem_voucher(voucher=taken_on(there), provider=there.provider, by=there.by, now=timezone.now())
    with pytest.raises(WrongState):
        skip_assessment(voucher=there.voucher, by=there.by, now=timezone.now())
    assert state_of(there)[0] == "performed"
    assert f'action="{there.own}skip/"' not in there.shopper.get(there.own).content.decode()
    Redemption.objects.update(at=timezone.now() - timedelta(minutes=2))
    Voucher.objects.update(visits=1)
    with pytest.raises(WrongState):
        skip_assessment(voucher=there.voucher, by=there.by, now=timezone.now())
    page = there.shopper.get(there.own).content.decode()
    assert state_of(there)[0] == "performed" and "skipped that" not in page
    Voucher.objects.update(visits=2)
    skip_assessment(voucher=there.voucher, by=there.by, now=timezone.now())
    assert state_of(there)[0] == "active"
