"""Whoever thinks that a review does not belong on the pages says so; the union's office decides."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.models import User
from core.clients import address_of, network_of
from core.localized import localized
from stores.forms.reports import ReportForm
from stores.models import Review
from stores.queries.reviews import visible_review
from stores.services.reviews import report_review
from stores.views.shop.frame import not_here, union_of


@require_http_methods(["GET", "POST"])
@never_cache
def report(request: HttpRequest, union: str, ref: UUID) -> HttpResponse:
    """The review once more, and why it does not belong here."""
    here = union_of(request)
    review = visible_review(union=here, ref=ref)
    if review is None:
        not_here()
    form = ReportForm(request.POST or None)
    back = _page_of(review)
    if request.method == "POST" and form.is_valid():
        if report_review(review=review, asker=_asker(request), now=timezone.now(), **form.cleaned_data):
            messages.success(request, _("Thank you. The union looks at it."))
        else:
            messages.info(request, _("You have reported this review already."))
        return redirect(back)
    context = {"union": here, "review": review, "form": form, "back": back, "store": localized(review.store, "name")}
    return render(request, "shop/report_review.html", context, status=422 if form.errors else 200)


def _page_of(review: Review) -> str:
    names = {"union": review.union.slug, "store": review.store.slug}
    if review.product is None:
        return reverse("shop:store", kwargs=names)
    return reverse("shop:product", kwargs={**names, "product": review.product.slug})


def _asker(request: HttpRequest) -> str:
    """One account, or one place on the net, counts once; nobody can read from it where that was."""
    if isinstance(request.user, User):
        return f"user:{request.user.pk}"
    place = network_of(address_of(request)) or "nowhere"
    return salted_hmac("stores.reports", place, algorithm="sha256").hexdigest()
