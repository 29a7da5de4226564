import re
from datetime import UTC, datetime

import pytest

from core.errors import Invalid, WrongState
from core.outbox import deliver_waiting, publish
from stores.models import Store
from stores.services.opening import NotReady, SlugTaken, missing_steps, open_store, publish_store, unpublish_store
from tests.factories.stores import DeliveryOptionFactory, OpeningHoursFactory, StoreFactory, VariantFactory
from tests.factories.unions import MembershipFactory
from unions.models import Membership

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def approved(**changes):
    membership = MembershipFactory(**changes)
    publish(
        "unions.membership_changed",
        aggregate=f"membership:{membership.pk}",
        membership_id=membership.pk,
        to_state=membership.state,
    )
    return membership


def test_an_approved_membership_opens_its_first_store_once_and_hidden():
    membership = approved(store_name="Harbour Bakery")
    deliver_waiting(now=NOW)
    store = Store.objects.get()
    assert (store.name, store.slug, store.is_published) == ("Harbour Bakery", "harbour-bakery", False)
    assert (store.membership, store.union) == (membership, membership.union)
    publish("unions.membership_changed", aggregate="m", membership_id=membership.pk, to_state=Membership.State.ACTIVE)
    deliver_waiting(now=NOW)
    assert Store.objects.count() == 1


def test_a_suspended_membership_opens_nothing():
    membership = approved(state=Membership.State.SUSPENDED)
    deliver_waiting(now=NOW)
    with pytest.raises(WrongState):
        open_store(membership=membership, name="Bakery", actor=None, now=NOW)
    assert not Store.objects.exists()


def test_open_store_refuses_reserved_taken_and_shapeless_short_names():
    membership = MembershipFactory()
    StoreFactory(union=membership.union, slug="taken")
    for slug, error in (("checkout", Invalid), ("Not Good", Invalid), ("taken", SlugTaken)):
        with pytest.raises(error):
            open_store(membership=membership, name="Bakery", slug=slug, actor=None, now=NOW)
    assert Store.objects.count() == 1


def test_open_store_finds_a_free_short_name():
    membership = MembershipFactory()
    StoreFactory(union=membership.union, slug="bakery")
    for name, shape in (("Bakery", r"bakery-\w{4}"), ("Cart", r"cart-\w{4}"), ("麵包店", r"store-\w{4}")):
        assert re.fullmatch(shape, open_store(membership=membership, name=name, actor=None, now=NOW).slug)


def test_publish_store_needs_texts_hours_delivery_and_goods():
    store = StoreFactory(is_published=False)
    assert missing_steps(store=store) == ["texts", "hours", "delivery", "goods"]
    with pytest.raises(NotReady) as refusal:
        publish_store(store=store, actor=None, now=NOW)
    assert refusal.value.facts == {"missing": ["texts", "hours", "delivery", "goods"]}
    store.tagline, store.description = "Fresh", "Every morning."
    store.save()
    OpeningHoursFactory(store=store)
    DeliveryOptionFactory(store=store)
    VariantFactory(store=store)
    publish_store(store=store, actor=None, now=NOW)
    store.refresh_from_db()
    assert store.is_published is True
    unpublish_store(store=store, actor=None, now=NOW)
    store.refresh_from_db()
    assert store.is_published is False
