"""Who works in a union's office. There is always an administrator left."""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.errors import DomainError, Invalid, constraint_of
from core.live import check_access, person_topic
from unions.models import Union, UnionStaff
from unions.queries import require_union_admin


class LastAdministrator(DomainError):
    """The union would be left without an administrator."""

    code = "last_administrator"
    detail = _("A union keeps at least one administrator: appoint another one first.")


@transaction.atomic
def appoint(*, union: Union, email: str, role: str, actor: User | None) -> UnionStaff:
    """Give the person with this address a place in the office, and with it the administration.

    Raises NotAllowed; Invalid for nobody's address and for someone who works here already.
    """
    require_union_admin(actor, union)
    user = User.objects.filter(email=email.strip().lower(), is_active=True).first()
    if user is None:
        raise Invalid(_("Nobody signs in with this address. Ask the person to sign up first."), field="email")
    try:
        with transaction.atomic():
            place = UnionStaff.objects.create(union=union, user=user, role=role)
    except IntegrityError as error:
        if constraint_of(error) == "union_staff_once":
            raise Invalid(_("This person works in the office already."), field="email") from error
        raise
    User.objects.filter(pk=user.pk, is_staff=False).update(is_staff=True)
    return place


@transaction.atomic
def change_role(*, place: UnionStaff, role: str, actor: User | None) -> UnionStaff:
    """Make someone an administrator, or support that only looks. Raises NotAllowed, LastAdministrator."""
    require_union_admin(actor, place.union)
    if role != UnionStaff.Role.ADMIN:
        _keep_an_administrator(place)
    UnionStaff.objects.filter(union=place.union_id, pk=place.pk).update(role=role)
    place.role = role
    return place


@transaction.atomic
def dismiss(*, place: UnionStaff, actor: User | None) -> None:
    """Take someone's place in the office; without another one they no longer open the administration.

    Raises NotAllowed, LastAdministrator.
    """
    require_union_admin(actor, place.union)
    _keep_an_administrator(place)
    UnionStaff.objects.filter(union=place.union_id, pk=place.pk).delete()
    if not UnionStaff.objects.filter(user_id=place.user_id).exists():
        User.objects.filter(pk=place.user_id, is_superuser=False).update(is_staff=False)
    check_access(person_topic(place.user_id))


def _keep_an_administrator(place: UnionStaff) -> None:
    """Locks the union's administrators, so that two of them cannot dismiss each other at once."""
    admins = UnionStaff.objects.select_for_update(of=("self",)).filter(union=place.union_id, role=UnionStaff.Role.ADMIN)
    others = [admin for admin in admins.order_by("pk") if admin.pk != place.pk]
    if not others:
        raise LastAdministrator
