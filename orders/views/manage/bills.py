"""A store asks customers for payments: the form, what became of each, taking one back, giving money back."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core.errors import DomainError
from orders.forms.bills import AskForm
from orders.presenting.orders import bill_words
from orders.queries.bills import bill_numbered, bill_state, bills_of_store
from orders.services.bills import ask_for_payment, give_back_bill, withdraw_bill
from stores.models import Store
from stores.views.manage.frame import Permission, actor_of, blame, kwargs_of, manage_page, show, to, work_once

PER_PAGE = 25
WITHDRAWABLE = {"asked", "refused"}
PAID = {"paid", "settled"}


@manage_page(Permission.ORDERS)
def bills(request: HttpRequest, store: Store) -> HttpResponse:
    """What was asked of customers, newest first, and the form to ask for more."""
    form = AskForm(request.POST or None, union=store.union)
    if request.method == "POST" and form.is_valid():
        try:
            address = work_once(request, lambda: _ask(request, store, form))
        except DomainError as refusal:
            blame(form, refusal)
        else:
            messages.success(request, _("Asked. The customer was written to; you see here when it is paid."))
            return HttpResponse(status=302, headers={"Location": address})
    now = timezone.now()
    page = Paginator(bills_of_store(store).prefetch_related("payment__splits"), PER_PAGE).get_page(
        request.GET.get("page")
    )
    rows = []
    for bill in page:
        state = bill_state(bill, now=now)
        [part] = bill.payment.splits.all()
        rows.append(
            {
                "bill": bill,
                **bill_words(state),
                "can_withdraw": state in WITHDRAWABLE,
                "can_give_back": state in PAID and part.captured > part.refunded + part.refunding,
                "given_back": part.refunded + part.refunding,
            }
        )
    return show(request, store, "bills.html", {"page": page, "rows": rows, "form": form}, section="bills")


def _ask(request: HttpRequest, store: Store, form: AskForm) -> str:
    ask_for_payment(store=store, actor=actor_of(request), now=timezone.now(), **form.cleaned_data)
    return reverse("manage:bills", kwargs=kwargs_of(store))


@manage_page(Permission.ORDERS)
@require_POST
def bill_withdraw(request: HttpRequest, store: Store, number: str) -> HttpResponse:
    """It need not be paid any more."""
    withdraw_bill(bill=bill_numbered(bills_of_store(store), number), now=timezone.now())
    messages.success(request, _("Withdrawn. Nobody can pay it any more."))
    return to(store, "bills")


@manage_page(Permission.ORDERS)
@require_POST
def bill_give_back(request: HttpRequest, store: Store, number: str) -> HttpResponse:
    """All of it goes back to the customer."""
    bill = bill_numbered(bills_of_store(store), number)
    give_back_bill(bill=bill, reason=bill.title, now=timezone.now())
    messages.success(request, _("The money is on its way back to the customer."))
    return to(store, "bills")
