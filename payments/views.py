"""Pages about payment accounts, and the page on which the built-in bank asks the payer."""

from __future__ import annotations

from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods

from payments.models import BankTransfer
from payments.providers import Outcome
from payments.providers.bank import Bank, confirmed_key
from payments.queries import number_of
from payments.services.notices import take_notice


@require_http_methods(["GET", "POST"])
def bank_confirm(request: HttpRequest, signed: str) -> HttpResponse:
    """The bank's page: the payer approves or refuses. Whoever holds the signed address may; guests pay too."""
    try:
        key = confirmed_key(signed)
    except signing.BadSignature as error:
        raise Http404 from error
    transfer = BankTransfer.objects.filter(key=key).first()
    if transfer is None:
        raise Http404
    back = request.GET.get("next", "")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}, require_https=False):
        back = "/"
    if request.method == "POST":
        Bank().decide(key, approve=request.POST.get("decision") == "approve")
        take_notice(provider=Bank.name, payload={"notice": f"{key}:page", "key": key}, now=timezone.now())
        return redirect(back)
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
