"""The chooser of stores, opening one more, and accepting an invitation."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from core.errors import DomainError, NotFound
from stores.forms.settings import NewStoreForm
from stores.models import StoreStaff
from stores.queries.access import stores_managed_by
from stores.queries.team import invitations_to
from stores.services.opening import open_store
from stores.services.team import accept_invitation, decline_invitation, find_invitation, invitation_token
from stores.views.manage.frame import actor_of, blame, dashboard_url, work_once
from unions.models import Membership
from unions.queries import memberships_of


def _memberships(request: HttpRequest) -> list[Membership]:
    return list(memberships_of(actor_of(request)).order_by("union__name", "enterprise__name"))


@login_required
def home(request: HttpRequest) -> HttpResponse:
    """The person's stores; with a single one straight to it."""
    stores = list(stores_managed_by(request.user))
    memberships = _memberships(request)
    waiting = [membership for membership in memberships if membership.state == Membership.State.APPLIED]
    invitations = list(invitations_to(actor_of(request), now=timezone.now()))
    if len(stores) == 1 and not waiting and not invitations and "all" not in request.GET:
        return redirect(dashboard_url(stores[0]))
    for store in stores:
        store.manage_url = dashboard_url(store)  # type: ignore[attr-defined]
    for one in invitations:
        one.token = invitation_token(invitation=one)  # type: ignore[attr-defined]
    may_open = any(membership.state == Membership.State.ACTIVE for membership in memberships)
    context = {
        "stores": stores,
        "waiting": waiting,
        "invitations": invitations,
        "may_open": may_open,
        "sections": [],
    }
    return render(request, "manage/home.html", context)


@login_required
def new_store(request: HttpRequest) -> HttpResponse:
    """Open one more store of an enterprise that the person owns."""
    memberships = {
        str(membership.pk): membership
        for membership in _memberships(request)
        if membership.state == Membership.State.ACTIVE
    }
    if not memberships:
        raise Http404
    form = NewStoreForm(request.POST or None, memberships=memberships.values())
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        membership = memberships[data["membership"]]

        def work() -> str:
            store = open_store(
                membership=membership,
                name=data["name"],
                slug=data["slug"],
                actor=actor_of(request),
                now=timezone.now(),
            )
            return reverse("manage:dashboard", kwargs={"union": membership.union.slug, "store": store.slug})

        try:
            return HttpResponseRedirect(work_once(request, work))
        except DomainError as refusal:
            blame(form, refusal)
    return render(request, "manage/new_store.html", {"form": form, "sections": []})


def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """What a mailed link opens: sign up or in with the invited address, then join or decline with one press."""
    try:
        found = find_invitation(token=token, now=timezone.now())
    except NotFound as error:
        raise Http404 from error
    except DomainError as refusal:
        return render(request, "manage/invitation.html", {"refusal": refusal, "sections": []}, status=refusal.status)
    labels = dict(StoreStaff.Permission.choices)
    context = {
        "invitation": found,
        "store_name": found.store.name,
        "may": [labels[value] for value in found.permissions if value in labels],
        "here": request.path,
        "sections": [],
    }
    if request.method == "POST" and request.user.is_authenticated:
        declines = request.POST.get("answer") == "decline"
        answer = decline_invitation if declines else accept_invitation
        try:
            answer(invitation=found, user=request.user, now=timezone.now())
        except DomainError as refusal:
            return render(request, "manage/invitation.html", {**context, "refusal": refusal}, status=refusal.status)
        if declines:
            messages.info(request, _("You have declined the invitation of %(store)s.") % {"store": found.store.name})
            return redirect("manage:home")
        messages.success(request, _("Welcome to the team."))
        return redirect(dashboard_url(found.store))
    is_other = request.user.is_authenticated and request.user.email != found.email
    return render(request, "manage/invitation.html", {**context, "is_other": is_other})
