"""Who works in a store: staff with permissions, owners of its enterprise, invitations by e-mail."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from django.core import signing
from django.db import transaction
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.queries import proofs_of_address
from core.errors import DomainError, Invalid, NotAllowed, NotFound
from core.live import check_access, person_topic
from core.outbox import publish
from stores.events import STAFF_INVITED, STAFF_JOINED
from stores.models import StaffInvitation, Store, StoreStaff
from stores.queries.access import MANAGED_STATES, permissions_of
from stores.queries.team import open_invitations, owners_of, staff_of
from unions.models import EnterpriseMember

INVITATION_LASTS = timedelta(days=7)
SALT = "stores.staff-invitation"


class LastOwner(DomainError):
    """The store would be left without an owner."""

    code = "last_owner"
    detail = _("This is the only owner. Make someone else an owner first.")


class InvitationOver(DomainError):
    """The invitation was used, withdrawn or has lapsed."""

    code = "invitation_over"
    status = 410
    detail = _("This invitation is no longer valid. Ask the store for a new one.")


class BeyondOwn(Invalid):
    """A permission that the one who gives it does not hold."""

    code = "beyond_own"
    status = 403
    detail = _("You can give others only what you may do yourself.")


class InvitedOther(NotAllowed):
    """The invitation was sent to another address."""

    code = "invited_other"
    detail = _("This invitation went to another e-mail address. Sign in with that address to accept it.")


@transaction.atomic
def invite(
    *, store: Store, email: str, permissions: Collection[str], actor: User | None, now: datetime
) -> StaffInvitation:
    """Ask a person into the store by mail. They join by accepting; nothing here tells whether they have a sign-in.

    Inviting again replaces permissions and renews the link. Raises Invalid for those who are in the team already and
    for no or unknown permissions, BeyondOwn for those that the actor does not hold.
    """
    email = email.strip().lower()
    allowed = check_permissions(permissions=permissions)
    if set(allowed) - held_by(actor=actor, store=store):
        raise BeyondOwn(field="permissions")
    # Both are on the page of whoever asks, so these answers tell nothing new.
    if any(owner.user.email == email for owner in owners_of(store)):
        raise Invalid(_("This person owns the store and may do everything already."), field="email")
    if staff_of(store).filter(user__email=email).exists():
        raise Invalid(_("This person is on the team already. Change there what they may do."), field="email")
    invitation, _created = StaffInvitation.objects.update_or_create(
        store=store,
        email=email,
        accepted_at=None,
        defaults={
            "union_id": store.union_id,
            "permissions": allowed,
            "language": get_language() or "",
            "invited_by": actor,
            "invited_at": now,
            "expires_at": now + INVITATION_LASTS,
            "declined_at": None,
        },
    )
    publish(STAFF_INVITED, aggregate=f"store:{store.pk}", invitation_id=invitation.pk)
    return invitation


def invitation_token(*, invitation: StaffInvitation) -> str:
    """What the mailed link carries."""
    return signing.dumps({"invitation": invitation.pk, "at": int(invitation.invited_at.timestamp())}, salt=SALT)


def find_invitation(*, token: str, now: datetime) -> StaffInvitation:
    """The open invitation behind a link, with its store and union. Raises NotFound, InvitationOver."""
    try:
        content = signing.loads(token, salt=SALT)
    except signing.BadSignature as error:
        raise NotFound from error
    invitation = open_invitations(now=now).filter(pk=content["invitation"]).first()
    if invitation is None or int(invitation.invited_at.timestamp()) != content["at"] or not _still_meant(invitation):
        raise InvitationOver
    return invitation


@transaction.atomic
def accept_invitation(*, invitation: StaffInvitation, user: User, now: datetime) -> StoreStaff:
    """The invited person joins the store.

    Raises InvitedOther for another address or one that is not verified; InvitationOver when it was used, declined or
    withdrawn, and when whoever asked may no longer give what it holds.
    """
    _require_invited(invitation, user)
    if not _still_meant(invitation):
        raise InvitationOver
    if not open_invitations(now=now).filter(pk=invitation.pk).update(accepted_at=now):
        raise InvitationOver
    staff, _created = StoreStaff.objects.update_or_create(
        store_id=invitation.store_id,
        user=user,
        defaults={"union_id": invitation.union_id, "permissions": invitation.permissions},
    )
    publish(STAFF_JOINED, aggregate=f"store:{invitation.store_id}", store_id=invitation.store_id, user_id=user.pk)
    return staff


def decline_invitation(*, invitation: StaffInvitation, user: User, now: datetime) -> None:
    """The invited person does not want to join; the team sees it. Raises InvitedOther, InvitationOver."""
    _require_invited(invitation, user)
    if not open_invitations(now=now).filter(pk=invitation.pk).update(declined_at=now):
        raise InvitationOver


def withdraw_invitation(*, invitation: StaffInvitation, actor: User | None, now: datetime) -> None:
    """The mailed link opens nothing any more."""
    StaffInvitation.objects.filter(pk=invitation.pk, accepted_at=None).delete()


@transaction.atomic
def set_permissions(*, staff: StoreStaff, permissions: Collection[str], actor: User | None, now: datetime) -> None:
    """Replace what a person may do in the store; what the actor does not hold stays as it is.

    Raises BeyondOwn for more than the actor holds and the person has, Invalid when nothing is left or unknown.
    """
    held = held_by(actor=actor, store=staff.store)
    row = StoreStaff.objects.select_for_update(of=("self",)).get(pk=staff.pk)
    had, wanted = set(row.permissions), set(permissions)
    if (wanted & set(StoreStaff.Permission.values)) - held - had:
        raise BeyondOwn(field="permissions")
    staff.permissions = check_permissions(permissions=wanted | (had - held))
    staff.save(update_fields=["permissions"])
    check_access(person_topic(staff.user_id))


def remove_staff(*, staff: StoreStaff, actor: User | None, now: datetime) -> None:
    """The person no longer works in the store. Raises NotAllowed for a person who may more than the actor.

    Anybody may go by themselves.
    """
    himself = actor is not None and actor.pk == staff.user_id
    if not himself and set(staff.permissions) - held_by(actor=actor, store=staff.store):
        raise NotAllowed(_("This person may do more than you. Ask an owner to take them out of the team."))
    staff.delete()
    check_access(person_topic(staff.user_id))


@transaction.atomic
def make_owner(*, store: Store, user: User, actor: User, now: datetime) -> None:
    """Make a person an owner of the store's enterprise. Only an owner may. Raises NotAllowed."""
    _require_owner(actor, store)
    EnterpriseMember.objects.update_or_create(
        enterprise_id=store.membership.enterprise_id, user=user, defaults={"role": EnterpriseMember.Role.OWNER}
    )
    StoreStaff.objects.filter(store=store, user=user).delete()


@transaction.atomic
def remove_owner(*, store: Store, user: User, actor: User, now: datetime) -> None:
    """End a person's ownership of the store's enterprise. Only an owner may. Raises NotAllowed, LastOwner, NotFound."""
    _require_owner(actor, store)
    owners = list(
        EnterpriseMember.objects.select_for_update()
        .filter(enterprise_id=store.membership.enterprise_id, role=EnterpriseMember.Role.OWNER)
        .order_by("pk")
    )
    leaving = next((owner for owner in owners if owner.user_id == user.pk), None)
    if leaving is None:
        raise NotFound
    if len(owners) == 1:
        raise LastOwner
    leaving.delete()
    check_access(person_topic(user.pk))


def is_owner(*, user: User, store: Store) -> bool:
    """Whether the person owns the store's enterprise."""
    return EnterpriseMember.objects.filter(
        enterprise_id=store.membership.enterprise_id, user=user, role=EnterpriseMember.Role.OWNER
    ).exists()


def held_by(*, actor: User | None, store: Store) -> frozenset[str]:
    """What a person may give to others here: what they hold. No actor is the platform itself, which may all."""
    return frozenset(StoreStaff.Permission.values) if actor is None else permissions_of(actor, store)


def check_permissions(*, permissions: Collection[str]) -> list[str]:
    """The permissions in their usual order. Raises Invalid for none or unknown ones."""
    chosen = [value for value in StoreStaff.Permission.values if value in permissions]
    if not chosen or len(chosen) != len(set(permissions)):
        raise Invalid(_("Choose what this person may do."), field="permissions")
    return chosen


def _require_invited(invitation: StaffInvitation, user: User) -> None:
    if user.email != invitation.email or not proofs_of_address(user).exists():
        raise InvitedOther


def _still_meant(invitation: StaffInvitation) -> bool:
    """Whoever was taken out of the team, or may less now, leaves no door open behind them."""
    if invitation.store.membership.state not in MANAGED_STATES:
        return False
    inviter = invitation.invited_by
    held = held_by(actor=inviter, store=invitation.store)
    return inviter is None or (StoreStaff.Permission.TEAM in held and set(invitation.permissions) <= held)


def _require_owner(actor: User, store: Store) -> None:
    if not is_owner(user=actor, store=store):
        raise NotAllowed(_("Only an owner of the store can change its owners."))
