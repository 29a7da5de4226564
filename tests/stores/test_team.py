from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from core.errors import Invalid, NotAllowed, NotFound
from core.outbox import deliver_waiting
from stores.models import ApiKey, StaffInvitation, StoreStaff
from stores.queries.team import invitations_to, unaccepted_invitations
from stores.services.keys import NEEDED, SCOPES, issue_key
from stores.services.team import (
    BeyondOwn,
    InvitationOver,
    InvitedOther,
    LastOwner,
    accept_invitation,
    decline_invitation,
    find_invitation,
    invitation_token,
    invite,
    make_owner,
    remove_owner,
    remove_staff,
    set_permissions,
    withdraw_invitation,
)
from tests.factories.accounts import UserFactory
from tests.factories.stores import StoreFactory, StoreStaffFactory
from tests.factories.unions import UnionStaffFactory, owner_of
from unions.models import EnterpriseMember, Membership

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def invite_to(store, email="new@example.com", permissions=("stock", "orders"), now=NOW):
    return invite(store=store, email=email, permissions=permissions, actor=owner_of(store.membership), now=now)


@pytest.mark.parametrize("known", [True, False])
def test_invite_answers_alike_whether_the_address_is_known_and_joins_nobody(known):
    store = StoreFactory()
    if known:
        UserFactory(email="kim@example.com")
    with CaptureQueriesContext(connection) as captured:
        invitation = invite_to(store, email=" Kim@Example.com ")
    assert (invitation.email, invitation.permissions) == ("kim@example.com", ["orders", "stock"])
    assert (invitation.union, invitation.accepted_at, invitation.declined_at) == (store.union, None, None)
    assert not StoreStaff.objects.exists()
    asked = [query["sql"] for query in captured.captured_queries if "kim@example.com" in query["sql"]]
    tables = ("unions_enterprisemember", "stores_storestaff", "stores_staffinvitation")
    assert all(any(table in sql for table in tables) for sql in asked)


def test_an_invitation_is_mailed_in_the_language_of_who_has_one():
    store = StoreFactory(name="Harbour Bakery")
    UserFactory(email="kim@example.com", language="ko")
    invite_to(store, email="kim@example.com", now=timezone.now())
    deliver_waiting(now=timezone.now())
    (message,) = mail.outbox
    assert (message.to, "Harbour Bakery" in message.subject, "초대" in message.subject) == (
        ["kim@example.com"],
        True,
        True,
    )


def test_invite_mails_a_link_which_joins_when_it_is_accepted(settings):
    store = StoreFactory(name="Harbour Bakery")
    invitation = invite_to(store, now=timezone.now())
    deliver_waiting(now=timezone.now())
    assert [message.subject for message in mail.outbox] == ["Harbour Bakery invites you to its team"]
    assert (
        f"{settings.SITE_ADDRESS}/manage/invitations/{invitation_token(invitation=invitation)}/" in mail.outbox[0].body
    )
    user = UserFactory(email="new@example.com")
    staff = accept_invitation(invitation=invitation, user=user, now=timezone.now())
    assert (staff.store, staff.permissions) == (store, ["orders", "stock"])
    with pytest.raises(InvitationOver):
        accept_invitation(invitation=invitation, user=user, now=timezone.now())
    with pytest.raises(InvitationOver):
        find_invitation(token=invitation_token(invitation=invitation), now=timezone.now())
    deliver_waiting(now=timezone.now())
    assert mail.outbox[1].subject == "You are now on the team of Harbour Bakery"
    assert f"/manage/{store.union.slug}/{store.slug}/" in mail.outbox[1].body


def test_an_address_that_was_never_verified_accepts_and_declines_nothing():
    invitation = invite_to(StoreFactory())
    user = UserFactory(email="new@example.com", verified=False)
    for answer in (accept_invitation, decline_invitation):
        with pytest.raises(InvitedOther):
            answer(invitation=invitation, user=user, now=NOW)
    invitation.refresh_from_db()
    assert (invitation.accepted_at, invitation.declined_at) == (None, None)
    assert list(invitations_to(user, now=NOW)) == []
    assert not StoreStaff.objects.exists()


def test_a_declined_invitation_is_over_until_it_is_sent_again():
    store, user = StoreFactory(), UserFactory(email="new@example.com")
    invitation = invite_to(store)
    assert list(invitations_to(user, now=NOW)) == [invitation]
    decline_invitation(invitation=invitation, user=user, now=NOW)
    with pytest.raises(InvitationOver):
        find_invitation(token=invitation_token(invitation=invitation), now=NOW)
    with pytest.raises(InvitationOver):
        accept_invitation(invitation=invitation, user=user, now=NOW)
    with pytest.raises(InvitationOver):
        decline_invitation(invitation=invitation, user=user, now=NOW)
    assert not StoreStaff.objects.exists()
    assert list(invitations_to(user, now=NOW)) == []
    assert [row.declined_at for row in unaccepted_invitations(store)] == [NOW]
    again = invite_to(store, now=NOW + timedelta(days=1))
    assert list(invitations_to(user, now=NOW + timedelta(days=1))) == [again]


def test_an_invitation_ends_with_what_its_inviter_may():
    store = StoreFactory()
    helper = StoreStaffFactory(store=store, permissions=["orders", "team"])
    mine = invite(store=store, email="new@example.com", permissions=["orders"], actor=helper.user, now=NOW)
    set_permissions(staff=helper, permissions=["team"], actor=None, now=NOW)
    user = UserFactory(email="new@example.com")
    with pytest.raises(InvitationOver):
        accept_invitation(invitation=mine, user=user, now=NOW)
    remove_staff(staff=helper, actor=None, now=NOW)
    with pytest.raises(InvitationOver):
        find_invitation(token=invitation_token(invitation=mine), now=NOW)
    assert not StoreStaff.objects.exists()


def test_an_invitation_ends_with_the_membership():
    store, user = StoreFactory(), UserFactory(email="new@example.com")
    invitation = invite_to(store)
    Membership.objects.update(state=Membership.State.LEFT)
    with pytest.raises(InvitationOver):
        find_invitation(token=invitation_token(invitation=invitation), now=NOW)
    assert list(invitations_to(user, now=NOW)) == []


def test_nobody_gives_away_what_they_do_not_hold():
    store = StoreFactory()
    helper = StoreStaffFactory(store=store, permissions=["orders", "team"])
    other = StoreStaffFactory(store=store, permissions=["stock"])
    elsewhere = StoreStaffFactory(permissions=list(StoreStaff.Permission.values)).user
    with pytest.raises(BeyondOwn):
        invite(store=store, email="a@example.com", permissions=["orders", "settlement"], actor=helper.user, now=NOW)
    with pytest.raises(BeyondOwn):
        invite(store=store, email="a@example.com", permissions=["orders"], actor=elsewhere, now=NOW)
    for staff in (helper, other):
        with pytest.raises(BeyondOwn):
            set_permissions(staff=staff, permissions=["orders", "settlement"], actor=helper.user, now=NOW)
    assert not StaffInvitation.objects.exists()
    assert list(StoreStaff.objects.filter(store=store).order_by("pk").values_list("permissions", flat=True)) == [
        ["orders", "team"],
        ["stock"],
    ]


def test_what_the_actor_does_not_hold_stays_as_it_is():
    store = StoreFactory()
    helper = StoreStaffFactory(store=store, permissions=["orders", "team"])
    other = StoreStaffFactory(store=store, permissions=["stock", "settlement"])
    set_permissions(staff=other, permissions=["orders"], actor=helper.user, now=NOW)
    other.refresh_from_db()
    assert other.permissions == ["orders", "stock", "settlement"]
    set_permissions(staff=other, permissions=[], actor=helper.user, now=NOW)
    other.refresh_from_db()
    assert other.permissions == ["stock", "settlement"]
    with pytest.raises(NotAllowed):
        remove_staff(staff=other, actor=helper.user, now=NOW)
    assert StoreStaff.objects.filter(pk=other.pk).exists()
    remove_staff(staff=other, actor=other.user, now=NOW)
    assert not StoreStaff.objects.filter(pk=other.pk).exists()


def test_a_key_may_only_what_its_maker_may():
    store = StoreFactory()
    helper = StoreStaffFactory(store=store, permissions=["stock", "team"]).user
    union, strangers = store.union, [UserFactory(), UnionStaffFactory(union=store.union).user]
    for actor, scopes in [(helper, ["stock:read", "orders:read"]), *((who, ["stock:read"]) for who in strangers)]:
        with pytest.raises(NotAllowed):
            issue_key(union=union, store=store, name="Till", scopes=scopes, actor=actor)
    for owner in ({}, {"user": UserFactory()}):
        with pytest.raises(NotAllowed):
            issue_key(union=union, name="Till", scopes=["stock:read"], actor=helper, **owner)
    assert not ApiKey.objects.exists()
    key, _plain = issue_key(union=union, store=store, name="Till", scopes=["stock:read"], actor=helper)
    assert key.scopes == ["stock:read"]
    everything = list(SCOPES)
    owner = owner_of(store.membership)
    assert issue_key(union=union, store=store, name="All", scopes=everything, actor=owner)[0].scopes == everything
    assert set(NEEDED) == set(SCOPES)


def test_invitation_is_for_its_address_only_and_for_a_week():
    invitation = invite_to(StoreFactory())
    with pytest.raises(InvitedOther):
        accept_invitation(invitation=invitation, user=UserFactory(), now=NOW)
    with pytest.raises(InvitationOver):
        find_invitation(token=invitation_token(invitation=invitation), now=NOW + timedelta(days=7))
    with pytest.raises(NotFound):
        find_invitation(token="made up", now=NOW)
    assert find_invitation(token=invitation_token(invitation=invitation), now=NOW) == invitation
    assert not StoreStaff.objects.exists()


def test_inviting_again_renews_the_link_and_withdrawing_ends_it():
    store = StoreFactory()
    old = invitation_token(invitation=invite_to(store))
    again = invite_to(store, permissions=["team"], now=NOW + timedelta(days=1))
    assert StaffInvitation.objects.get().permissions == ["team"]
    with pytest.raises(InvitationOver):
        find_invitation(token=old, now=NOW + timedelta(days=1))
    withdraw_invitation(invitation=again, actor=None, now=NOW)
    with pytest.raises(InvitationOver):
        find_invitation(token=invitation_token(invitation=again), now=NOW + timedelta(days=1))


@pytest.mark.parametrize("permissions", [[], ["everything"], ["orders", "everything"]])
def test_invite_refuses_unknown_or_no_permissions(permissions):
    with pytest.raises(Invalid) as refusal:
        invite_to(StoreFactory(), permissions=permissions)
    assert refusal.value.field == "permissions"
    assert not StaffInvitation.objects.exists()


def test_invite_refuses_those_who_are_here_already():
    store = StoreFactory()
    staff = StoreStaffFactory(store=store, permissions=["orders"])
    for person in (owner_of(store.membership), staff.user):
        with pytest.raises(Invalid) as refusal:
            invite_to(store, email=person.email)
        assert refusal.value.field == "email"
    assert not StaffInvitation.objects.exists()
    assert [row.permissions for row in StoreStaff.objects.all()] == [["orders"]]


def test_staff_permissions_change_and_end():
    staff = StoreStaffFactory(permissions=["orders"])
    set_permissions(staff=staff, permissions=["stock", "catalogue"], actor=None, now=NOW)
    staff.refresh_from_db()
    assert staff.permissions == ["catalogue", "stock"]
    remove_staff(staff=staff, actor=None, now=NOW)
    assert not StoreStaff.objects.exists()


def test_the_last_owner_cannot_be_removed():
    store = StoreFactory()
    owner = owner_of(store.membership)
    with pytest.raises(LastOwner):
        remove_owner(store=store, user=owner, actor=owner, now=NOW)
    second = StoreStaffFactory(store=store).user
    make_owner(store=store, user=second, actor=owner, now=NOW)
    assert not StoreStaff.objects.exists()
    remove_owner(store=store, user=owner, actor=second, now=NOW)
    assert [member.user for member in EnterpriseMember.objects.all()] == [second]


def test_only_owners_change_owners():
    staff = StoreStaffFactory(permissions=["team"])
    owner = owner_of(staff.store.membership)
    for change in (make_owner, remove_owner):
        with pytest.raises(NotAllowed):
            change(store=staff.store, user=owner, actor=staff.user, now=NOW)
    assert [member.user for member in EnterpriseMember.objects.all()] == [owner]
