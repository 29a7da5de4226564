import re

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from core.outbox import deliver_waiting
from stores.models import ApiKey, StaffInvitation, Store, StoreStaff
from stores.services.keys import find_key
from stores.services.team import invitation_token
from tests.factories.accounts import UserFactory
from tests.factories.stores import StoreFactory, StoreStaffFactory
from tests.factories.unions import MembershipFactory, owner_of
from tests.manage.people import signed_in
from unions.models import EnterpriseMember, Membership

pytestmark = pytest.mark.django_db


def invite(shop, email="new@example.com", **changes):
    form = {"email": email, "permissions": ["orders", "stock"], "once": "a", **changes}
    return shop.owner().post(shop.url("team/"), form)


def test_a_stranger_is_mailed_a_link_and_joins_after_sign_up(shop):
    assert invite(shop).status_code == 302
    deliver_waiting(now=timezone.now())
    link = re.search(r"/manage/invitations/\S+", mail.outbox[0].body).group(0)
    page = Client().get(link)
    assert (page.status_code, "Sign up to join" in page.content.decode()) == (200, True)
    newcomer = signed_in(UserFactory(email="new@example.com"))
    answer = newcomer.post(link)
    assert answer.headers["Location"] == shop.url()
    assert newcomer.get(shop.url("orders/")).status_code == 200
    assert newcomer.get(shop.url("team/")).status_code == 403
    assert newcomer.get(link).status_code == 410


@pytest.mark.parametrize("known", [True, False])
def test_the_team_page_does_not_tell_who_has_a_sign_in(shop, known):
    if known:
        UserFactory(email="new@example.com")
    answer = invite(shop)
    page = shop.owner().get(answer.headers["Location"]).content.decode()
    assert "valid until" in page
    assert [row.email for row in StaffInvitation.objects.all()] == ["new@example.com"]
    assert not StoreStaff.objects.exists()


def test_the_invited_find_the_invitation_in_their_own_pages_and_decline_it(shop):
    user = signed_in(UserFactory(email="new@example.com"))
    assert "No store yet" in user.get("/manage/").content.decode()
    invite(shop)
    # Its signature carries the second in which the page was made.
    [link] = set(re.findall(r"/manage/invitations/[^/\"]+/", user.get("/manage/").content.decode()))
    assert "/manage/invitations/" not in shop.owner().get("/manage/?all").content.decode()
    assert user.post(link, {"answer": "decline"}).headers["Location"] == "/manage/"
    assert "/manage/invitations/" not in user.get("/manage/").content.decode()
    assert user.post(link).status_code == 410
    assert not StoreStaff.objects.exists()
    assert "declined" in shop.owner().get(shop.url("team/")).content.decode()


def test_a_helper_with_the_team_gives_no_more_than_its_own(shop):
    helper = StoreStaffFactory(store=shop.store, permissions=["stock", "team"])
    client = signed_in(helper.user)
    page = client.get(shop.url("team/")).content.decode()
    assert ('value="stock"' in page, 'value="settlement"' in page) == (True, False)
    client.post(shop.url("team/"), {"email": "new@example.com", "permissions": ["settlement"], "once": "a"})
    client.post(shop.url("team/permissions/"), {"staff": helper.pk, "permissions": ["stock", "settlement", "team"]})
    answer = client.post(shop.url("keys/"), {"name": "Till", "scopes": ["settlement:read"]})
    assert "scopes" in answer.context["form"].errors
    helper.refresh_from_db()
    assert helper.permissions == ["stock", "team"]
    assert not StaffInvitation.objects.exists()
    assert not ApiKey.objects.exists()
    scopes = client.get(shop.url("keys/")).content.decode()
    assert ('value="stock:write"' in scopes, 'value="orders:read"' in scopes) == (True, False)


def test_someone_else_cannot_use_the_link(shop):
    invite(shop)
    link = f"/manage/invitations/{invitation_token(invitation=StaffInvitation.objects.get())}/"
    other = signed_in(UserFactory())
    assert "Sign out, then open this link again." in other.get(link).content.decode()
    assert other.post(link).status_code == 403
    assert not StoreStaff.objects.exists()
    assert Client().get("/manage/invitations/made-up/").status_code == 404


def test_staff_permissions_are_changed_and_staff_removed(shop):
    staff = StoreStaffFactory(store=shop.store, permissions=["orders"])
    client = shop.owner()
    client.post(shop.url("team/permissions/"), {"staff": staff.pk, "permissions": ["stock"]})
    staff.refresh_from_db()
    assert staff.permissions == ["stock"]
    client.post(shop.url("team/permissions/"), {"staff": staff.pk})
    staff.refresh_from_db()
    assert staff.permissions == ["stock"]
    client.post(shop.url("team/remove/"), {"staff": staff.pk})
    assert not StoreStaff.objects.exists()
    foreign = StoreStaffFactory()
    assert client.post(shop.url("team/remove/"), {"staff": foreign.pk}).status_code == 404
    assert StoreStaff.objects.filter(pk=foreign.pk).exists()


def test_the_last_owner_stays_and_only_owners_make_owners(shop):
    owner = owner_of(shop.store.membership)
    staff = StoreStaffFactory(store=shop.store, permissions=["team"])
    client = signed_in(owner)
    client.post(shop.url("team/owner-remove/"), {"user": owner.pk})
    assert EnterpriseMember.objects.filter(user=owner, role="owner").exists()
    signed_in(staff.user).post(shop.url("team/owner/"), {"staff": staff.pk})
    assert not EnterpriseMember.objects.filter(user=staff.user).exists()
    client.post(shop.url("team/owner/"), {"staff": staff.pk})
    client.post(shop.url("team/owner-remove/"), {"user": owner.pk})
    assert [member.user for member in EnterpriseMember.objects.filter(role="owner")] == [staff.user]


def test_invitation_is_withdrawn(shop):
    invite(shop)
    shop.owner().post(shop.url("team/withdraw/"), {"invitation": StaffInvitation.objects.get().pk})
    assert not StaffInvitation.objects.exists()


def test_key_is_shown_once_and_ended(shop):
    client = shop.owner()
    answer = client.post(shop.url("keys/"), {"name": "Till", "scopes": ["stock:write"]})
    plain = answer.context["plain"]
    assert plain in answer.content.decode()
    key = find_key(plain=plain)
    assert (key.store, key.scopes) == (shop.store, ["stock:write"])
    again = client.get(shop.url("keys/")).content.decode()
    assert plain not in again
    assert "Till" in again
    client.post(shop.url("keys/revoke/"), {"key": key.pk})
    assert find_key(plain=plain) is None


def test_key_without_a_scope_is_refused(shop):
    answer = shop.owner().post(shop.url("keys/"), {"name": "Till"})
    assert "scopes" in answer.context["form"].errors
    assert not ApiKey.objects.exists()


def test_chooser_leads_straight_to_a_single_store(shop):
    client = shop.owner()
    assert client.get("/manage/").headers["Location"] == shop.url()
    StoreFactory(membership=shop.store.membership)
    assert [store.pk for store in client.get("/manage/").context["stores"]][:1] == [shop.store.pk]
    assert len(client.get("/manage/").context["stores"]) == 2


def test_chooser_of_a_newcomer_says_what_will_be_here(db):
    client = signed_in(UserFactory())
    assert "No store yet" in client.get("/manage/").content.decode()
    assert client.get("/manage/stores/new/").status_code == 404


def test_chooser_names_waiting_applications(db):
    membership = MembershipFactory(state=Membership.State.APPLIED)
    page = signed_in(owner_of(membership)).get("/manage/").content.decode()
    assert "is looking at the application of" in page


def test_owner_opens_another_store(shop):
    client = shop.owner()
    form = {"membership": shop.store.membership_id, "name": "Second Bakery", "slug": "", "once": "a"}
    answer = client.post("/manage/stores/new/", form)
    second = Store.objects.get(name="Second Bakery")
    assert answer.headers["Location"] == f"/manage/{shop.store.union.slug}/second-bakery/"
    assert (second.membership, second.is_published) == (shop.store.membership, False)
    answer = client.post("/manage/stores/new/", {**form, "slug": "cart"})
    assert answer.context["form"].errors["slug"] == ["This word is reserved; choose another short name."]
    stranger = MembershipFactory()
    answer = client.post("/manage/stores/new/", {**form, "membership": stranger.pk})
    assert "membership" in answer.context["form"].errors
    assert Store.objects.count() == 2
