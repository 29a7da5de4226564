"""The team and the API keys of a store."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from accounts.models import User
from core.errors import DomainError, NotFound
from core.numbers import row_id
from stores.forms.team import InviteForm, KeyForm, PermissionsForm
from stores.models import Store
from stores.queries.team import (
    key_of,
    keys_of,
    owners_of,
    staff_member,
    staff_of,
    unaccepted_invitation,
    unaccepted_invitations,
)
from stores.services.keys import SCOPES, issue_key, revoke_key
from stores.services.team import (
    invite,
    make_owner,
    remove_owner,
    remove_staff,
    set_permissions,
    withdraw_invitation,
)
from stores.views.manage.frame import Permission, actor_of, blame, manage_page, show, to, work_once


@manage_page(Permission.TEAM)
def team(request: HttpRequest, store: Store) -> HttpResponse:
    """Owners, staff with their permissions, open invitations; POST invites."""
    form = InviteForm(request.POST or None, initial={"permissions": [Permission.ORDERS]}, held=store.allowed)  # type: ignore[attr-defined]
    if request.method == "POST" and form.is_valid():

        def work() -> str:
            invite(store=store, actor=actor_of(request), now=timezone.now(), **form.cleaned_data)
            return ""

        try:
            work_once(request, work)
        except DomainError as refusal:
            blame(form, refusal)
        else:
            messages.success(request, _("Invited: %(email)s.") % {"email": form.cleaned_data["email"]})
            return to(store, "team")
    return _show_team(request, store, form)


def _show_team(request: HttpRequest, store: Store, form: InviteForm) -> HttpResponse:
    labels, now = dict(Permission.choices), timezone.now()
    held = store.allowed  # type: ignore[attr-defined]
    context = {
        "form": form,
        "owners": owners_of(store),
        "staff": [
            {
                "row": row,
                "may": [labels[value] for value in row.permissions if value in labels],
                "stays": [labels[value] for value in row.permissions if value not in held],
                "form": PermissionsForm(initial={"permissions": row.permissions}, auto_id=f"id_{row.pk}_%s", held=held),
            }
            for row in staff_of(store)
        ],
        "invitations": [
            {
                "row": row,
                "may": [labels[value] for value in row.permissions if value in labels],
                "is_over": row.expires_at <= now,
            }
            for row in unaccepted_invitations(store)
        ],
    }
    return show(request, store, "team/team.html", context, section="team")


@manage_page(Permission.TEAM)
@require_POST
def staff_change(request: HttpRequest, store: Store, change: str) -> HttpResponse:
    """Change a person's permissions, take them out of the team, or make them an owner."""
    staff = staff_member(store, _number(request, "staff"))
    if change == "permissions":
        form = PermissionsForm(request.POST, held=store.allowed)  # type: ignore[attr-defined]
        permissions = form.cleaned_data["permissions"] if form.is_valid() else []
        set_permissions(staff=staff, permissions=permissions, actor=actor_of(request), now=timezone.now())
        messages.success(request, _("Saved."))
    elif change == "remove":
        remove_staff(staff=staff, actor=actor_of(request), now=timezone.now())
        messages.success(request, _("%(person)s is no longer on the team.") % {"person": staff.user})
    else:
        make_owner(store=store, user=staff.user, actor=actor_of(request), now=timezone.now())
        messages.success(request, _("%(person)s is an owner now.") % {"person": staff.user})
    return to(store, "team")


@manage_page(Permission.TEAM)
@require_POST
def owner_remove(request: HttpRequest, store: Store) -> HttpResponse:
    """End a person's ownership; the last owner stays."""
    person = User.objects.filter(pk=_number(request, "user")).first()
    if person is None:
        raise NotFound
    remove_owner(store=store, user=person, actor=actor_of(request), now=timezone.now())
    messages.success(request, _("%(person)s is no longer an owner.") % {"person": person})
    return to(store, "team") if person != request.user else to(store, "dashboard")


@manage_page(Permission.TEAM)
@require_POST
def invitation_withdraw(request: HttpRequest, store: Store) -> HttpResponse:
    """End an open invitation."""
    found = unaccepted_invitation(store, _number(request, "invitation"))
    withdraw_invitation(invitation=found, actor=actor_of(request), now=timezone.now())
    messages.success(request, _("The invitation is withdrawn."))
    return to(store, "team")


@never_cache
@manage_page(Permission.TEAM)
def keys(request: HttpRequest, store: Store) -> HttpResponse:
    """The store's API keys; POST issues one and shows it this once."""
    held = store.allowed  # type: ignore[attr-defined]
    form = KeyForm(request.POST or None, held=held)
    plain = ""
    if request.method == "POST" and form.is_valid():
        try:
            _key, plain = issue_key(
                union=store.union,
                store=store,
                actor=actor_of(request),
                **form.cleaned_data,
            )
            form = KeyForm(held=held)
        except DomainError as refusal:
            blame(form, refusal)
    context = {
        "form": form,
        "plain": plain,
        "keys": [
            {"row": row, "may": [SCOPES[scope] for scope in row.scopes if scope in SCOPES]} for row in keys_of(store)
        ],
    }
    return show(request, store, "team/keys.html", context, section="keys")


@manage_page(Permission.TEAM)
@require_POST
def key_revoke(request: HttpRequest, store: Store) -> HttpResponse:
    """End a key at once."""
    found = key_of(store, _number(request, "key"))
    revoke_key(key=found, actor=actor_of(request), now=timezone.now())
    messages.success(request, _("The key no longer works."))
    return to(store, "keys")


def _number(request: HttpRequest, name: str) -> int:
    number = row_id(request.POST.get(name, ""))
    if number is None:
        raise NotFound
    return number
