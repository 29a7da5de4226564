"""Pages about payment accounts, and the page on which the built-in bank asks the payer."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.models import User
from core.addresses import page_of_ours
from core.errors import DomainError, Invalid, NotFound
from payments.forms import AccountForm, CodeForm
from payments.models import PaymentAccount
from payments.providers import Outcome
from payments.providers.bank import Bank, confirmed_key
from payments.queries.accounts import payment_account_of, payment_accounts_of
from payments.queries.calls import number_of
from payments.services.accounts import add_payment_account, revoke_payment_account, use_first, verify_payment_account
from payments.services.notices import take_notice


@require_http_methods(["GET", "POST"])
def bank_confirm(request: HttpRequest, signed: str) -> HttpResponse:
    """The bank's page: the payer approves or refuses. Whoever holds the signed address may; guests pay too."""
    try:
        key = confirmed_key(signed)
    except signing.BadSignature as error:
        raise Http404 from error
    transfer = Bank().transfer(key)
    if transfer is None:
        raise Http404
    back = page_of_ours(request, request.GET.get("next", ""), "/")
    if request.method == "POST":
        Bank().decide(key, approve=request.POST.get("decision") == "approve")
        take_notice(provider=Bank.name, payload={"notice": f"{key}:page", "key": key}, now=timezone.now())
        return HttpResponseRedirect(back)
    return render(
        request,
        "payments/bank_confirm.html",
        {
            "transfer": transfer,
            "reference": number_of(key),
            "undecided": transfer.answer["outcome"] == Outcome.CONFIRM,
            "back": back,
        },
    )


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # login_required has seen to it
    return request.user


def _chosen(request: HttpRequest) -> PaymentAccount:
    """The person's own account that the form names; anybody else's does not exist."""
    try:
        return payment_account_of(_person(request), request.POST.get("account", ""))
    except NotFound as error:
        raise Http404 from error


@login_required
def accounts(request: HttpRequest) -> HttpResponse:
    """The person's accounts, and a form to add one."""
    form = AccountForm(request.POST or None, initial={"holder": _person(request).name})
    if request.method == "POST" and form.is_valid():
        try:
            add_payment_account(
                user=_person(request), provider=Bank.name, details=form.cleaned_data, now=timezone.now()
            )
        except DomainError as refusal:
            form.add_error(refusal.field if isinstance(refusal, Invalid) else None, str(refusal))
        else:
            messages.success(request, _("Added. Enter the code that came with the small amount."))
            return redirect("payments:accounts")
    return _show_accounts(request, form=form)


def _show_accounts(
    request: HttpRequest, *, form: AccountForm, code: CodeForm | None = None, wrong: PaymentAccount | None = None
) -> HttpResponse:
    rows = [
        {"account": account, "code": code if code and account == wrong else CodeForm(prefix=f"a{account.pk}")}
        for account in payment_accounts_of(_person(request))
    ]
    return render(request, "payments/accounts.html", {"rows": rows, "form": form})


@require_POST
@login_required
def verify(request: HttpRequest) -> HttpResponse:
    """The code is entered."""
    account = _chosen(request)
    code = CodeForm(request.POST, prefix=f"a{account.pk}")
    if code.is_valid():
        try:
            verify_payment_account(account=account, code=code.cleaned_data["code"], now=timezone.now())
        except DomainError as refusal:
            code.add_error("code", str(refusal))
            if not payment_accounts_of(_person(request)).filter(pk=account.pk).exists():
                messages.error(request, str(refusal))
        else:
            messages.success(request, _("Verified. You can pay with it now, in every union."))
            return redirect("payments:accounts")
    return _show_accounts(request, form=AccountForm(), code=code, wrong=account)


@require_POST
@login_required
def first(request: HttpRequest) -> HttpResponse:
    """This account is offered first from now on."""
    try:
        use_first(account=_chosen(request))
    except DomainError as refusal:
        messages.error(request, str(refusal))
    return redirect("payments:accounts")


@require_POST
@login_required
def revoke(request: HttpRequest) -> HttpResponse:
    """The account is removed; what was asked of it before goes on."""
    revoke_payment_account(account=_chosen(request))
    messages.success(request, _("Removed. Nothing new can be paid with it."))
    return redirect("payments:accounts")
