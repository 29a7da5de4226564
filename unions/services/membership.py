"""An enterprise joins and leaves a union: applied → active ⇄ suspended → left, and again applied."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.errors import DomainError, Invalid, NotAllowed, WrongState, constraint_of
from core.live import check_access, membership_topic
from core.outbox import publish
from unions.events import MEMBERSHIP_CHANGED
from unions.models import Enterprise, EnterpriseMember, Membership, MembershipChange, MembershipPaper, Union
from unions.queries import owns_enterprise, require_union_admin
from unions.services.papers import CheckedPaper, check_papers

State = Membership.State

MOVES: dict[str, tuple[frozenset[str], str]] = {
    "apply": (frozenset({State.LEFT}), State.APPLIED),
    "approve": (frozenset({State.APPLIED, State.SUSPENDED}), State.ACTIVE),
    "suspend": (frozenset({State.ACTIVE}), State.SUSPENDED),
    "release": (frozenset({State.APPLIED, State.ACTIVE, State.SUSPENDED}), State.LEFT),
    "leave": (frozenset({State.APPLIED, State.ACTIVE, State.SUSPENDED}), State.LEFT),
}
"""move → (states from which it is allowed, state to which it leads). A new membership starts as applied."""


class AlreadyMember(DomainError):
    """The enterprise has a membership in this union, or applied for one."""

    code = "already_member"
    detail = _("This enterprise has applied to this union before or belongs to it already.")


class RegistrationTaken(Invalid):
    """Another enterprise has this registration number."""

    code = "registration_taken"
    detail = _(
        "An enterprise with this registration number is known already. If it is yours, sign in as its owner and apply "
        "with it."
    )


class ElsewhereUnion(DomainError):
    """The union is hosted on another deployment and takes its own applications."""

    code = "union_elsewhere"
    detail = _("This union is at home on another site: please apply there.")


@dataclass(frozen=True, slots=True)
class ApplicationDetails:
    """What an enterprise says of itself. With `enterprise` an existing one applies and the fields up to
    `business_class` (a code of ISIC Rev.4) are not used."""

    enterprise: Enterprise | None = None
    name: str = ""
    legal_name: str = ""
    registration_number: str = ""
    tax_number: str = ""
    country: str = ""
    address: str = ""
    email: str = ""
    phone: str = ""
    business_class: str = ""
    store_name: str = ""
    message: str = ""


def apply(
    *, union: Union, user: User, details: ApplicationDetails, papers: list[UploadedFile], now: datetime
) -> Membership:
    """Open an application of a new enterprise, whose owner `user` becomes, or of one that `user` owns.

    An enterprise that left may apply again. Raises PaperRefused, TooManyPapers, ElsewhereUnion, NotAllowed,
    RegistrationTaken, Invalid, AlreadyMember; then nothing is kept.
    """
    if union.is_elsewhere:
        raise ElsewhereUnion
    checked = check_papers(papers=papers)
    with transaction.atomic():
        enterprise = _existing(details, user) if details.enterprise else _new_enterprise(details, user)
        membership, created = Membership.objects.get_or_create(
            union=union,
            enterprise=enterprise,
            defaults={
                "state": State.APPLIED,
                "message": details.message.strip(),
                "store_name": details.store_name.strip() or enterprise.name,
                "applied_at": now,
            },
        )
        if created:
            _keep_change(membership, from_state="", actor=user, now=now, reason="")
        else:
            try:
                _move(
                    membership,
                    "apply",
                    actor=user,
                    now=now,
                    reason="",
                    message=details.message.strip(),
                    store_name=details.store_name.strip() or membership.store_name,
                    applied_at=now,
                    decided_at=None,
                )
            except WrongState as error:
                raise AlreadyMember(state=membership.state) from error
        # Last, so that a refusal leaves no file behind.
        _keep_papers(membership, checked)
    return membership


def approve(*, membership: Membership, actor: User | None, now: datetime, reason: str = "") -> Membership:
    """Let an applicant in, or a suspended member back in. Its stores may open. Raises NotAllowed, WrongState."""
    require_union_admin(actor, membership.union)
    return _move(membership, "approve", actor=actor, now=now, reason=reason, decided_at=now)


def suspend(*, membership: Membership, actor: User | None, now: datetime, reason: str = "") -> Membership:
    """Take a member's stores off the pages at once; its open orders go on. Raises NotAllowed, WrongState."""
    require_union_admin(actor, membership.union)
    return _move(membership, "suspend", actor=actor, now=now, reason=reason, decided_at=now)


def release(*, membership: Membership, actor: User | None, now: datetime, reason: str = "") -> Membership:
    """End a membership, or decline an application, from the union's side. Raises NotAllowed, WrongState."""
    require_union_admin(actor, membership.union)
    return _move(membership, "release", actor=actor, now=now, reason=reason, decided_at=now)


def leave(*, membership: Membership, actor: User | None, now: datetime, reason: str = "") -> Membership:
    """End a membership, or withdraw an application, from the owner's side. Raises NotAllowed, WrongState."""
    if actor is not None and not owns_enterprise(actor, membership.enterprise):
        raise NotAllowed
    return _move(membership, "leave", actor=actor, now=now, reason=reason, decided_at=now)


@transaction.atomic
def _move(
    membership: Membership, move: str, *, actor: User | None, now: datetime, reason: str, **fields: Any
) -> Membership:
    """Move by one conditional UPDATE, write the history row and publish. Raises WrongState with the true `state`."""
    allowed, to_state = MOVES[move]
    row = Membership.objects.select_for_update(of=("self",)).filter(pk=membership.pk, union=membership.union_id)
    from_state = row.values_list("state", flat=True).get()
    moved = Membership.objects.filter(pk=membership.pk, union=membership.union_id, state__in=allowed).update(
        state=to_state, **fields
    )
    if not moved:
        membership.state = from_state
        raise WrongState(state=from_state)
    for name, value in {"state": to_state, **fields}.items():
        setattr(membership, name, value)
    _keep_change(membership, from_state=from_state, actor=actor, now=now, reason=reason)
    check_access(membership_topic(membership.pk))
    return membership


def _keep_change(membership: Membership, *, from_state: str, actor: User | None, now: datetime, reason: str) -> None:
    MembershipChange.objects.create(
        union_id=membership.union_id,
        membership=membership,
        from_state=from_state,
        to_state=membership.state,
        actor=actor,
        reason=reason.strip(),
        at=now,
    )
    publish(
        MEMBERSHIP_CHANGED,
        aggregate=f"membership:{membership.pk}",
        membership_id=membership.pk,
        to_state=str(membership.state),
    )


def _existing(details: ApplicationDetails, user: User) -> Enterprise:
    assert details.enterprise is not None
    if not owns_enterprise(user, details.enterprise):
        raise NotAllowed
    return details.enterprise


def _new_enterprise(details: ApplicationDetails, user: User) -> Enterprise:
    enterprise = Enterprise(
        name=details.name.strip(),
        legal_name=details.legal_name.strip() or details.name.strip(),
        registration_number=details.registration_number.strip(),
        tax_number=details.tax_number.strip(),
        country=details.country.strip().upper(),
        address=details.address.strip(),
        email=details.email.strip().lower(),
        phone=details.phone.strip(),
        business_class_id=details.business_class or None,
    )
    try:
        enterprise.clean_fields(exclude=["business_class"] if not details.business_class else [])
    except ValidationError as error:
        field, messages = next(iter(error.message_dict.items()))
        raise Invalid(messages[0], field=field) from error
    try:
        with transaction.atomic():
            enterprise.save()
    except IntegrityError as error:
        if constraint_of(error) == "enterprise_registration_once":
            raise RegistrationTaken(field="registration_number") from error
        raise
    EnterpriseMember.objects.create(enterprise=enterprise, user=user, role=EnterpriseMember.Role.OWNER)
    return enterprise


def _keep_papers(membership: Membership, papers: list[CheckedPaper]) -> None:
    for paper in papers:
        row = MembershipPaper(
            union_id=membership.union_id,
            membership=membership,
            title=paper.title,
            content_type=paper.content_type,
            size=paper.file.size,
        )
        row.file.save(f"paper.{paper.ending}", paper.file, save=True)
