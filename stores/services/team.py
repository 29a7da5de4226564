"""Who works in a store: staff with permissions, owners of its enterprise, invitations by e-mail."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from django.core import signing
from django.db import transaction
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.errors import DomainError, Invalid, NotAllowed, NotFound
from core.outbox import publish
from stores.events import STAFF_INVITED, STAFF_JOINED
from stores.models import StaffInvitation, Store, StoreStaff
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


class InvitedOther(NotAllowed):
    """The invitation was sent to another address."""

    code = "invited_other"
    detail = _("This invitation went to another e-mail address. Sign in with that address to accept it.")


@transaction.atomic
def invite(
    *, store: Store, email: str, permissions: Collection[str], actor: User | None, now: datetime
) -> StoreStaff | StaffInvitation:
    """Give a person a role in the store. Someone who signs in already has it at once, others are mailed a link.

    Inviting again replaces permissions and renews the link. Raises Invalid.
    """
    email = email.strip().lower()
    allowed = check_permissions(permissions=permissions)
    user = User.objects.filter(email=email, is_active=True).first()
    if user is not None:
        if is_owner(user=user, store=store):
            raise Invalid(_("This person owns the store and may do everything already."), field="email")
        staff, _created = StoreStaff.objects.update_or_create(
            store=store, user=user, defaults={"union_id": store.union_id, "permissions": allowed}
        )
        publish(STAFF_JOINED, aggregate=f"store:{store.pk}", store_id=store.pk, user_id=user.pk)
        return staff
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
    invitation = (
        StaffInvitation.objects.select_related("store__union", "invited_by")
        .filter(pk=content["invitation"], accepted_at=None, expires_at__gt=now)
        .first()
    )
    if invitation is None or int(invitation.invited_at.timestamp()) != content["at"]:
        raise InvitationOver
    return invitation


@transaction.atomic
def accept_invitation(*, invitation: StaffInvitation, user: User, now: datetime) -> StoreStaff:
    """The invited person joins the store. Raises InvitedOther for another address, InvitationOver when used."""
    if user.email != invitation.email:
        raise InvitedOther
    open_ones = StaffInvitation.objects.filter(pk=invitation.pk, accepted_at=None, expires_at__gt=now)
    if not open_ones.update(accepted_at=now):
        raise InvitationOver
    staff, _created = StoreStaff.objects.update_or_create(
        store_id=invitation.store_id,
        user=user,
        defaults={"union_id": invitation.union_id, "permissions": invitation.permissions},
    )
    publish(STAFF_JOINED, aggregate=f"store:{invitation.store_id}", store_id=invitation.store_id, user_id=user.pk)
    return staff


def withdraw_invitation(*, invitation: StaffInvitation, actor: User | None, now: datetime) -> None:
    """The mailed link opens nothing any more."""
    StaffInvitation.objects.filter(pk=invitation.pk, accepted_at=None).delete()


def set_permissions(*, staff: StoreStaff, permissions: Collection[str], actor: User | None, now: datetime) -> None:
    """Replace what a person may do in the store. Raises Invalid."""
    staff.permissions = check_permissions(permissions=permissions)
    staff.save(update_fields=["permissions"])


def remove_staff(*, staff: StoreStaff, actor: User | None, now: datetime) -> None:
    """The person no longer works in the store."""
    staff.delete()


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


def is_owner(*, user: User, store: Store) -> bool:
    """Whether the person owns the store's enterprise."""
    return EnterpriseMember.objects.filter(
        enterprise_id=store.membership.enterprise_id, user=user, role=EnterpriseMember.Role.OWNER
    ).exists()


def check_permissions(*, permissions: Collection[str]) -> list[str]:
    """The permissions in their usual order. Raises Invalid for none or unknown ones."""
    chosen = [value for value in StoreStaff.Permission.values if value in permissions]
    if not chosen or len(chosen) != len(set(permissions)):
        raise Invalid(_("Choose what this person may do."), field="permissions")
    return chosen


def _require_owner(actor: User, store: Store) -> None:
    if not is_owner(user=actor, store=store):
        raise NotAllowed(_("Only an owner of the store can change its owners."))
