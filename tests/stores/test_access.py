"""Owners may do all in their stores, staff what they were given, the office may look, strangers see nothing."""

import pytest
from django.contrib.auth.models import AnonymousUser

from core.errors import NotAllowed, NotFound
from stores.queries.access import managed_store, stores_managed_by
from tests.factories.accounts import CenterAdminFactory, UserFactory
from tests.factories.stores import StoreFactory, StoreStaffFactory
from tests.factories.unions import UnionStaffFactory, owner_of
from unions.models import Membership

pytestmark = pytest.mark.django_db


def test_managed_store_lets_the_owner_do_everything(django_assert_num_queries):
    store = StoreFactory()
    owner = owner_of(store.membership)
    for permission in ("orders", "catalogue", "stock", "settlement", "team", None):
        with django_assert_num_queries(1):
            assert managed_store(owner, store.union, store.slug, permission) == store


def test_managed_store_lets_staff_do_what_they_were_given():
    staff = StoreStaffFactory(permissions=["orders"])
    store = staff.store
    assert managed_store(staff.user, store.union, store.slug, "orders") == store
    assert managed_store(staff.user, store.union, store.slug, None) == store
    with pytest.raises(NotAllowed):
        managed_store(staff.user, store.union, store.slug, "stock")


def test_managed_store_does_not_exist_for_strangers():
    store, elsewhere = StoreFactory(), StoreFactory()
    for stranger in (UserFactory(), owner_of(elsewhere.membership), AnonymousUser()):
        with pytest.raises(NotFound):
            managed_store(stranger, store.union, store.slug, None)


def test_managed_store_is_looked_up_in_its_own_union():
    store, other = StoreFactory(), StoreFactory()
    with pytest.raises(NotFound):
        managed_store(owner_of(store.membership), other.union, store.slug, None)


def test_managed_store_shows_but_does_not_obey_the_office():
    store = StoreFactory()
    for admin in (UnionStaffFactory(union=store.union).user, CenterAdminFactory()):
        assert managed_store(admin, store.union, store.slug, "orders", looking=True) == store
        with pytest.raises(NotAllowed):
            managed_store(admin, store.union, store.slug, "orders")
    with pytest.raises(NotFound):
        managed_store(UnionStaffFactory().user, store.union, store.slug, "orders", looking=True)


def test_managed_store_stays_open_to_a_suspended_enterprise_and_closes_when_it_has_left():
    store = StoreFactory(membership__state=Membership.State.SUSPENDED)
    owner = owner_of(store.membership)
    assert managed_store(owner, store.union, store.slug, "orders") == store
    Membership.objects.update(state=Membership.State.LEFT)
    store.refresh_from_db()
    with pytest.raises(NotFound):
        managed_store(owner, store.union, store.slug, "orders")
    assert list(stores_managed_by(owner)) == []


def test_managed_store_refuses_a_person_who_was_switched_off():
    store = StoreFactory()
    owner = owner_of(store.membership)
    owner.is_active = False
    with pytest.raises(NotFound):
        managed_store(owner, store.union, store.slug, None)


def test_stores_managed_by_lists_own_workplaces(django_assert_num_queries):
    first, staff = StoreFactory(), StoreStaffFactory(permissions=["orders"])
    StoreFactory()
    owner = owner_of(first.membership)
    StoreStaffFactory(store=staff.store, user=owner)
    with django_assert_num_queries(1):
        assert {store.union.slug for store in stores_managed_by(owner)} == {first.union.slug, staff.union.slug}
    assert list(stores_managed_by(staff.user)) == [staff.store]
    assert list(stores_managed_by(owner, first.union)) == [first]
    assert list(stores_managed_by(UnionStaffFactory(union=first.union).user)) == []
    assert list(stores_managed_by(AnonymousUser())) == []
