"""Reactions to what happens in this app itself: the mail that tells people of it."""

from __future__ import annotations

from typing import Any

from django.conf import settings

from accounts.models import User
from core.mail import send_templated_mail
from core.outbox import handles
from unions import tasks
from unions.events import BROWSER_SIGNED_IN, FILE_ASKED, MEMBERSHIP_CHANGED, PERSON_ERASED
from unions.models import EnterpriseMember, Membership
from unions.queries import absolute_address, latest_change
from unions.services.browsing import claim_browsing, copy_events
from unions.services.erasing import forget_traces, is_erased


@handles(MEMBERSHIP_CHANGED)
def mail_owners(*, membership_id: int, to_state: str, **_: Any) -> None:
    """Tell every owner, each in the own language, where the enterprise now stands."""
    membership = Membership.objects.select_related("union", "enterprise").get(pk=membership_id)
    change = latest_change(membership, to_state)
    context = {
        "union": membership.union,
        "enterprise": membership.enterprise,
        "state": to_state,
        "declined": to_state == Membership.State.LEFT and change.from_state == Membership.State.APPLIED,
        "withdrawn": _by_owner(membership, change.actor_id),
        "reason": change.reason,
        "address": absolute_address(membership.union, f"/u/{membership.union.slug}/apply/"),
    }
    owners = membership.enterprise.members.filter(role=EnterpriseMember.Role.OWNER, user__is_active=True)
    for owner in owners.select_related("user").order_by("id"):
        send_templated_mail(
            template="membership_changed",
            to=owner.user.email,
            language=owner.user.language or membership.union.default_language,
            context={**context, "person": owner.user},
            reply_to=membership.union.contact_email,
        )


@handles(MEMBERSHIP_CHANGED)
def mail_office(*, membership_id: int, to_state: str, **_: Any) -> None:
    """Tell the union's office of a new application."""
    if to_state != Membership.State.APPLIED:
        return
    membership = Membership.objects.select_related("union", "enterprise").get(pk=membership_id)
    if not membership.union.contact_email:
        return
    send_templated_mail(
        template="membership_applied",
        to=membership.union.contact_email,
        language=membership.union.default_language,
        context={
            "union": membership.union,
            "membership": membership,
            "enterprise": membership.enterprise,
            "address": f"{settings.SITE_ADDRESS}/admin/unions/membership/{membership.pk}/change/",
        },
        reply_to=membership.enterprise.email,
    )


@handles(BROWSER_SIGNED_IN)
def join_browsing(*, user_id: int, visitor: str, **_: Any) -> None:
    """What this browser looked at before belongs to the person, also what was still on its way."""
    user = User.objects.filter(pk=user_id).first()
    if user is not None and not is_erased(user=user):
        copy_events()
        claim_browsing(user=user, visitor=visitor)


@handles(FILE_ASKED)
def make_file(*, file_id: int, **_: Any) -> None:
    """The worker begins at once."""
    tasks.make_file.delay(file_id)


@handles(PERSON_ERASED)
def forget_person(*, user_id: int, **_: Any) -> None:
    """The browsing record and the files of somebody who is nobody any more."""
    forget_traces(user=User.objects.get(pk=user_id))


def _by_owner(membership: Membership, actor_id: int | None) -> bool:
    owners = membership.enterprise.members.filter(role=EnterpriseMember.Role.OWNER)
    return actor_id is not None and owners.filter(user_id=actor_id).exists()
