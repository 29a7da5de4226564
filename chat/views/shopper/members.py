"""Joining the preferred buyers of a union or store, and one's own memberships."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from accounts.models import User
from chat.forms.members import AccountForm, JoinForm
from chat.models import PreferredBuyer
from chat.queries.members import (
    joined_plans,
    membership_of_person,
    memberships_of_person,
    open_plan,
    open_plans,
    payment_of,
)
from chat.services.dues import collect_dues
from chat.services.members import cancel_membership, change_account, join_plan, resume_membership
from chat.views.shopper.identity import union_of
from core.errors import DomainError, NotFound
from core.localized import localized
from payments.queries.accounts import verified_accounts_of


@require_GET
def plans(request: HttpRequest, union: str) -> HttpResponse:
    """What can be joined here."""
    here = union_of(request)
    found = open_plans(here)
    joined = joined_plans(here, request.user) if request.user.is_authenticated else {}
    rows = [
        {
            "plan": plan,
            "name": localized(plan, "name"),
            "promise": localized(plan, "promise"),
            "place": localized(plan.store or here, "name"),
            "own": joined.get(plan.pk, ""),
        }
        for plan in found
    ]
    return render(request, "talk/plans.html", {"rows": rows, "place": localized(here, "name")})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def join(request: HttpRequest, union: str, ref: str) -> HttpResponse:
    """The terms, the price, and one form; who is not signed in is asked to first."""
    here = union_of(request)
    try:
        plan = open_plan(here, ref)
    except NotFound as error:
        raise Http404 from error
    form = None
    if request.user.is_authenticated:
        user = request.user
        form = JoinForm(request.POST or None, user=user)
        if request.method == "POST" and form.is_valid():
            try:
                buyer = join_plan(
                    plan=plan,
                    customer=user,
                    account=form.cleaned_data["account"],
                    language=get_language() or "",
                    now=timezone.now(),
                )
            except DomainError as refusal:
                form.add_error(None, str(refusal))
            else:
                return _collect(request, buyer)
    elif request.method == "POST":
        return redirect(f"{reverse('account_login')}?{urlencode({'next': request.path})}")
    context = {
        "plan": plan,
        "name": localized(plan, "name"),
        "promise": localized(plan, "promise"),
        "terms": localized(plan, "terms"),
        "place": localized(plan.store or here, "name"),
        "form": form,
        "has_accounts": request.user.is_authenticated and bool(verified_accounts_of(request.user)),
        "sign_in": f"{reverse('account_login')}?{urlencode({'next': request.path})}",
    }
    return render(request, "talk/join.html", context, status=422 if form is not None and form.errors else 200)


def _collect(request: HttpRequest, buyer: PreferredBuyer) -> HttpResponse:
    """Charge what is outstanding now, and say what became of it."""
    here = reverse("talk:membership", args=[buyer.ref])
    dues = buyer.dues.filter(state="open").first()
    if dues is None:
        return redirect(here)
    if collect_dues(dues_id=dues.pk, now=timezone.now()):
        messages.success(request, _("Paid. You are recognised from now on; a receipt is on its way."))
        return redirect(here)
    payment = payment_of(dues)
    if payment is not None and payment.confirm_url and payment.state == payment.State.CREATED:
        return redirect(f"{payment.confirm_url}?{urlencode({'next': here})}")
    dues.refresh_from_db()
    if dues.state == dues.State.DROPPED:
        messages.error(request, _("The bank declined. Nothing was charged; you can join from another account."))
    else:
        messages.info(request, _("Your bank has not answered yet. You hear by e-mail as soon as it has."))
    return redirect(here)


@login_required
@require_GET
def memberships(request: HttpRequest) -> HttpResponse:
    """All of a person's, in all unions."""
    return render(request, "talk/memberships.html", {"rows": memberships_of_person(cast(User, request.user))})


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def membership(request: HttpRequest, ref: str) -> HttpResponse:
    """One: what is paid, another account, cancelling to the period's end."""
    user = cast(User, request.user)
    try:
        buyer = membership_of_person(user, ref)
    except NotFound as error:
        raise Http404 from error
    form = AccountForm(
        request.POST if "account" in request.POST else None, user=user, initial={"account": buyer.account_id}
    )
    if request.method == "POST":
        try:
            if "cancel" in request.POST:
                cancel_membership(buyer=buyer, now=timezone.now())
                messages.success(request, _("Cancelled. Nothing more is charged."))
            elif "resume" in request.POST:
                resume_membership(buyer=buyer, now=timezone.now())
                messages.success(request, _("You stay a member."))
            elif form.is_valid():
                change_account(buyer=buyer, account=form.cleaned_data["account"], now=timezone.now())
                messages.success(request, _("Saved."))
                return _collect(request, buyer)
        except DomainError as refusal:
            messages.error(request, str(refusal))
        return redirect("talk:membership", ref=ref)
    place = localized(buyer.plan.store or buyer.union, "name")
    context = {"buyer": buyer, "form": form, "place": place, "name": localized(buyer.plan, "name")}
    return render(request, "talk/membership.html", context)
