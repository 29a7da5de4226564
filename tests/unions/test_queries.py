from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import AnonymousUser

from core.errors import NotFound
from tests.factories.accounts import CenterAdminFactory, UserFactory
from tests.factories.unions import (
    EnterpriseFactory,
    MembershipFactory,
    UnionFactory,
    UnionRegionFactory,
    UnionStaffFactory,
    owner_of,
)
from unions import queries
from unions.models import HomeUnion, Redirect
from unions.services.redirects import record_redirect, remember_home

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 2, 8, 30, tzinfo=UTC)


def test_a_union_is_found_by_path_or_domain():
    by_path = UnionFactory(slug="busan")
    by_domain = UnionFactory(domain="mart.example")

    assert queries.unions_at(host="mart.example", slug="busan") == (by_domain, by_path)
    assert queries.unions_at(host="mart.example", slug=None) == (by_domain, None)
    assert queries.unions_at(host="other.example", slug=None) == (None, None)
    assert queries.union_named("busan") == by_path
    assert queries.union_named("nowhere") is None


def test_host_and_path_are_looked_up_with_one_query(django_assert_num_queries):
    by_path = UnionFactory(slug="busan")
    by_domain = UnionFactory(domain="mart.example")

    with django_assert_num_queries(1):
        assert queries.unions_at(host="mart.example", slug="busan") == (by_domain, by_path)
    with django_assert_num_queries(0):
        assert queries.unions_at(host=None, slug=None) == (None, None)


def test_unions_of_a_region_are_the_published_ones_that_cover_it():
    union = UnionRegionFactory(code="TW-KHH").union
    shared = UnionRegionFactory(code="TW-KHH").union
    UnionRegionFactory(code="TW-KHH", union__is_published=False)
    UnionRegionFactory(code="TW-TPE")

    assert set(queries.unions_of_region(" tw-khh ")) == {union, shared}
    assert list(queries.unions_of_region("XX-000")) == []


def test_nearest_unions_come_by_great_circle_distance():
    truro = UnionFactory(latitude=50.2632, longitude=-5.051)
    busan = UnionFactory(latitude=35.1796, longitude=129.0756)
    kaohsiung = UnionFactory(latitude=22.6273, longitude=120.3014)
    UnionFactory(latitude=50.3, longitude=-5.0, is_published=False)
    UnionFactory()

    found = queries.nearest_unions(33.5902, 130.4017, limit=3)

    assert found == [busan, kaohsiung, truro]
    assert [round(union.distance_km) for union in found] == [215, 1569, 9715]


def test_distance_across_the_date_line_and_at_the_same_spot():
    fiji = UnionFactory(latitude=-17.0, longitude=179.9)
    found = queries.nearest_unions(-17.0, -179.9, limit=1)
    assert found == [fiji]
    assert round(found[0].distance_km) == 21
    assert queries.nearest_unions(-17.0, 179.9)[0].distance_km == pytest.approx(0, abs=0.001)


def test_union_admins_are_those_of_the_office():
    staff = UnionStaffFactory()
    support = UnionStaffFactory(union=staff.union, role="support")
    other = UnionFactory()

    assert queries.is_union_admin(staff.user, staff.union)
    assert not queries.is_union_admin(staff.user, other)
    assert not queries.is_union_admin(support.user, staff.union)
    assert not queries.is_union_admin(UserFactory(), staff.union)
    assert not queries.is_union_admin(None, staff.union)
    assert queries.is_union_admin(CenterAdminFactory(), other)
    assert list(queries.administered_unions(staff.user)) == [staff.union]
    assert list(queries.administered_unions(support.user)) == []
    assert set(queries.administered_unions(CenterAdminFactory())) == {staff.union, other}
    assert list(queries.administered_unions(AnonymousUser())) == []


def test_an_inactive_admin_decides_nothing():
    staff = UnionStaffFactory(user__is_active=False)

    assert not queries.is_union_admin(staff.user, staff.union)
    assert list(queries.administered_unions(staff.user)) == []


def test_enterprises_and_memberships_of_an_owner():
    membership = MembershipFactory()
    owner = owner_of(membership)
    second = EnterpriseFactory(owner=owner)
    MembershipFactory()

    assert set(queries.enterprises_of(owner)) == {membership.enterprise, second}
    assert list(queries.memberships_of(owner)) == [membership]
    assert list(queries.enterprises_of(AnonymousUser())) == []


def test_home_union_is_the_persons_then_the_cookies():
    union, other = UnionFactory(), UnionFactory(slug="busan")
    user = UserFactory()
    assert queries.home_union_of(AnonymousUser(), "busan") == other
    assert queries.home_union_of(user, None) is None

    remember_home(user=user, union=other, now=NOW)
    remember_home(user=user, union=union, now=NOW)

    assert HomeUnion.objects.count() == 1
    assert queries.home_union_of(user, "busan") == union
    union.is_published = False
    union.save()
    assert queries.home_union_of(user, "busan") == other


def test_redirects_are_recorded_as_they_were():
    union, user = UnionFactory(), UserFactory()

    record_redirect(
        union=union,
        kind=Redirect.Kind.TO_STORE,
        way="class",
        target="tea-house",
        visitor="v1",
        user=user,
        now=NOW,
        words="oolong",
        business_class="47",
    )
    record_redirect(
        union=union, kind=Redirect.Kind.TO_UNION, way="made-up", target="x" * 300, visitor="", user=None, now=NOW
    )

    assert list(
        Redirect.objects.order_by("id").values_list(
            "union", "kind", "way", "target", "visitor", "user", "words", "business_class", "at"
        )
    ) == [
        (union.pk, "to_store", "class", "tea-house", "v1", user.pk, "oolong", "47", NOW),
        (union.pk, "to_union", "list", "x" * 200, "", None, "", "", NOW),
    ]


@pytest.mark.parametrize(
    ("fields", "address"),
    [
        ({}, "http://localhost:8000/u/busan/cart/"),
        ({"domain": "mart.example"}, "http://mart.example:8000/cart/"),
        ({"address": "https://elsewhere.example/shops/"}, "https://elsewhere.example/shops/"),
    ],
)
def test_absolute_address_leads_to_where_the_union_is_at_home(fields, address):
    union = UnionFactory.build(slug="busan", **fields)
    assert queries.absolute_address(union, "/u/busan/cart/") == address


def test_published_union_hides_the_others():
    union = UnionFactory(slug="open")
    UnionFactory(slug="closed", is_published=False)

    assert queries.published_union("open") == union
    for slug in ("closed", "nowhere"):
        with pytest.raises(NotFound):
            queries.published_union(slug)
