"""What stores ask of a customer: the list, and the page on which the customer confirms and pays."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from core.errors import DomainError, NotFound
from orders.forms.bills import PayForm
from orders.models import Bill
from orders.presenting.orders import bill_words
from orders.queries.bills import bill_numbered, bill_state, bills_of_customer
from orders.services.bills import pay_bill
from orders.views.shopping import person
from payments.models import PaymentRequest

PER_PAGE = 20
PAYABLE = {"asked", "refused"}


@login_required
@require_GET
def bills(request: HttpRequest) -> HttpResponse:
    """Everything that stores of all unions ask of the person, newest first."""
    page = Paginator(_mine(request), PER_PAGE).get_page(request.GET.get("page"))
    now = timezone.now()
    rows = [{"bill": bill, **_words(bill_state(bill, now=now))} for bill in page]
    return render(request, "orders/bills.html", {"page": page, "rows": rows})


def _words(state: str) -> dict[str, Any]:
    """A bill's state, to whom it waits for."""
    return {**bill_words(state), **({"words": _("To be paid by you")} if state == "asked" else {})}


def _mine(request: HttpRequest) -> QuerySet[Bill]:
    user = person(request)
    if user is None:
        raise Http404
    return bills_of_customer(user)


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def bill(request: HttpRequest, number: str) -> HttpResponse:
    """What for, how much, to whom; the customer consents by paying. Afterwards the receipt."""
    try:
        found = bill_numbered(_mine(request), number)
    except NotFound as error:
        raise Http404 from error
    form = PayForm(request.POST or None, user=person(request))
    if request.method == "POST" and form.is_valid():
        return _pay(request, found, form)
    state = bill_state(found, now=timezone.now())
    here = reverse("orders:bill", kwargs={"number": number})
    confirm = found.payment.confirm_url if state == "confirming" else ""
    context = {
        "bill": found,
        "form": form,
        "can_pay": state in PAYABLE,
        "confirm_url": f"{confirm}?{urlencode({'next': here})}" if confirm else "",
        **_words(state),
    }
    return render(request, "orders/bill.html", context)


def _pay(request: HttpRequest, found: Bill, form: PayForm) -> HttpResponse:
    try:
        paid = pay_bill(bill=found, account=form.cleaned_data["account"], now=timezone.now())
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        if paid.payment.state == PaymentRequest.State.FAILED:
            messages.error(request, _("The bank declined. Nothing was charged; you can pay from another account."))
        elif paid.payment.confirm_url and paid.payment.state == PaymentRequest.State.CREATED:
            here = reverse("orders:bill", kwargs={"number": found.number})
            return redirect(f"{paid.payment.confirm_url}?{urlencode({'next': here})}")
    return redirect("orders:bill", number=found.number)
