"""Settlement on the management pages: what was earned and paid out, the statements, and where the money goes."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core.errors import DomainError, NotAllowed, NotFound
from core.moments import is_plausible_day
from payments.forms import CodeForm, PayoutAccountForm
from payments.models import PayoutAccount
from payments.models.accounts import AccountState
from payments.periods import last_closed_period
from payments.presenting import MOVEMENT_WORDS, Table, as_csv, as_pdf, payout_table, period_table
from payments.providers.bank import Bank
from payments.queries.accounts import payout_account_of, payout_accounts_of
from payments.queries.credits import credit_movements, credit_of
from payments.queries.payouts import member_figures, payout_of, payouts_of, unpaid_earnings
from payments.queries.statements import period_statement, statement_of
from payments.services.accounts import add_payout_account, revoke_payout_account, verify_payout_account
from payments.services.payouts import retry_payout, send_payout
from stores.models import Store
from stores.views.manage.frame import Permission, blame, manage_page, show, to

PER_PAGE = 25
UNPAID_SHOWN = 50
CREDITS_SHOWN = 20


@manage_page(Permission.SETTLEMENT)
def overview(request: HttpRequest, store: Store) -> HttpResponse:
    """Payouts, what waits for the next one, and the account that it goes to."""
    return _overview(request, store)


def _overview(
    request: HttpRequest,
    store: Store,
    *,
    form: PayoutAccountForm | None = None,
    code: CodeForm | None = None,
    wrong: PayoutAccount | None = None,
) -> HttpResponse:
    member = store.membership
    accounts = list(payout_accounts_of(member))
    context: dict[str, Any] = {
        "figures": member_figures(member),
        "unpaid": [
            {"row": earning, "word": MOVEMENT_WORDS.get(earning.posted_as, earning.get_kind_display())}
            for earning in unpaid_earnings(member)[:UNPAID_SHOWN]
        ],
        "credit": credit_of(member),
        "credits": [
            {"row": entry, "amount": -entry.amount, "word": MOVEMENT_WORDS.get(entry.transaction.kind, "")}
            for entry in credit_movements(member)[:CREDITS_SHOWN]
        ],
        "page": Paginator(payouts_of(member), PER_PAGE).get_page(request.GET.get("page")),
        "accounts": [
            {"account": account, "code": code if code and account == wrong else CodeForm(prefix=f"a{account.pk}")}
            for account in accounts
        ],
        "has_verified": any(account.state == AccountState.VERIFIED for account in accounts),
        "form": form or PayoutAccountForm(prefix="new", initial={"holder": member.enterprise.legal_name}),
        "last_closed": last_closed_period(union=store.union, now=timezone.now()).end,
    }
    return show(request, store, "settlement/overview.html", context, section="settlement")


@manage_page(Permission.SETTLEMENT)
def statement(request: HttpRequest, store: Store, number: str, shape: str = "page") -> HttpResponse:
    """The statement of a payout: as a page, as CSV, as PDF."""
    payout = payout_of(store.membership, number)
    found = statement_of(payout)
    if shape != "page":
        return _file(store, payout_table(found), shape)
    words = [{"row": line, "word": MOVEMENT_WORDS.get(line.posted_as, line.kind)} for line in found.lines]
    context = {"payout": payout, "statement": found, "lines": words}
    return show(request, store, "settlement/statement.html", context, section="settlement")


@manage_page(Permission.SETTLEMENT)
def account_statement(request: HttpRequest, store: Store, shape: str = "page") -> HttpResponse:
    """The enterprise's account over any days, this month at first: as a page, as CSV, as PDF."""
    today = timezone.now().astimezone(ZoneInfo(store.union.time_zone)).date()
    start = _day(request, "from") or today.replace(day=1)
    end = _day(request, "to") or today
    if end < start:
        start, end = end, start
    found = period_statement(store.membership, start=start, end=min(end, start + timedelta(days=366)))
    if shape != "page":
        return _file(store, period_table(found), shape)
    context = {
        "statement": found,
        "movements": [{"row": move, "word": MOVEMENT_WORDS.get(move.kind, move.kind)} for move in found.movements],
    }
    return show(request, store, "settlement/account.html", context, section="settlement")


def _day(request: HttpRequest, name: str) -> date | None:
    try:
        day = parse_date(request.GET.get(name, ""))
    except ValueError:
        return None
    return day if day is not None and is_plausible_day(day=day) else None


def _file(store: Store, table: Table, shape: str) -> HttpResponse:
    if shape == "csv":
        content, kind = as_csv(table), "text/csv; charset=utf-8"
    else:
        content, kind = as_pdf(table, store.union), "application/pdf"
    headers = {"Content-Disposition": f'attachment; filename="{table.file_name}.{shape}"'}
    return HttpResponse(content, content_type=kind, headers=headers)


@manage_page(Permission.SETTLEMENT)
@require_POST
def account_add(request: HttpRequest, store: Store) -> HttpResponse:
    """An owner names the account for the enterprise's earnings."""
    _owner_only(store)
    form = PayoutAccountForm(request.POST, prefix="new")
    if form.is_valid():
        try:
            add_payout_account(
                membership=store.membership, provider=Bank.name, details=form.cleaned_data, now=timezone.now()
            )
        except DomainError as refusal:
            blame(form, refusal)
        else:
            messages.success(request, _("Added. Enter the code that came with the small amount."))
            return to(store, "settlement")
    return _overview(request, store, form=form)


@manage_page(Permission.SETTLEMENT)
@require_POST
def account_verify(request: HttpRequest, store: Store) -> HttpResponse:
    """An owner enters the code; payouts that waited for an account follow by themselves."""
    _owner_only(store)
    account = payout_account_of(store.membership, request.POST.get("account", ""))
    code = CodeForm(request.POST, prefix=f"a{account.pk}")
    if code.is_valid():
        try:
            verify_payout_account(account=account, code=code.cleaned_data["code"], now=timezone.now())
        except DomainError as refusal:
            code.add_error("code", str(refusal))
            messages.error(request, str(refusal))
        else:
            messages.success(request, _("Verified. Payouts go to this account from now on."))
            return to(store, "settlement")
    return _overview(request, store, code=code, wrong=account)


@manage_page(Permission.SETTLEMENT)
@require_POST
def account_revoke(request: HttpRequest, store: Store) -> HttpResponse:
    """An owner takes the account away; earnings wait for another one."""
    _owner_only(store)
    revoke_payout_account(account=payout_account_of(store.membership, request.POST.get("account", "")))
    messages.success(request, _("Removed. Earnings wait until another account is verified."))
    return to(store, "settlement")


@manage_page(Permission.SETTLEMENT)
@require_POST
def payout_retry(request: HttpRequest, store: Store, number: str) -> HttpResponse:
    """An owner has a returned payout sent again: the same payout, to the account that is verified now."""
    _owner_only(store)
    payout = payout_of(store.membership, number)
    if payout.state != payout.State.FAILED:
        raise NotFound
    now = timezone.now()
    payout = send_payout(payout=retry_payout(payout=payout, now=now), now=now)
    messages.success(request, _("Sent again: %(state)s.") % {"state": payout.get_state_display()})
    return to(store, "settlement")


def _owner_only(store: Store) -> None:
    if not store.may_owner:  # type: ignore[attr-defined]
        raise NotAllowed
