from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail
from django.utils import timezone

from core.errors import Invalid, NotAllowed, NotFound
from core.outbox import deliver_waiting
from stores.models import StaffInvitation, StoreStaff
from stores.services.team import (
    InvitationOver,
    InvitedOther,
    LastOwner,
    accept_invitation,
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
from tests.factories.unions import owner_of
from unions.models import EnterpriseMember

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def invite_to(store, email="new@example.com", permissions=("stock", "orders"), now=NOW):
    return invite(store=store, email=email, permissions=permissions, actor=owner_of(store.membership), now=now)


def test_invite_gives_a_known_person_the_role_at_once():
    store, user = StoreFactory(), UserFactory(email="kim@example.com")
    staff = invite_to(store, email=" Kim@Example.com ")
    assert (staff.user, staff.permissions, staff.union) == (user, ["orders", "stock"], store.union)
    invite_to(store, email="kim@example.com", permissions=["catalogue"])
    assert StoreStaff.objects.get().permissions == ["catalogue"]
    assert not StaffInvitation.objects.exists()


def test_a_known_person_is_told_by_mail():
    store = StoreFactory(name="Harbour Bakery")
    UserFactory(email="kim@example.com")
    invite_to(store, email="kim@example.com")
    deliver_waiting(now=timezone.now())
    assert [(message.to, message.subject) for message in mail.outbox] == [
        (["kim@example.com"], "You are now on the team of Harbour Bakery")
    ]
    assert f"/manage/{store.union.slug}/{store.slug}/" in mail.outbox[0].body


def test_invite_mails_a_link_to_a_stranger_which_joins_after_sign_up(settings):
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


def test_invite_refuses_an_owner():
    store = StoreFactory()
    with pytest.raises(Invalid):
        invite_to(store, email=owner_of(store.membership).email)
    assert not StoreStaff.objects.exists()


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
