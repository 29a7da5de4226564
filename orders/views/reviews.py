"""A buyer says how something was, from the page that tracks it."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from core.errors import DomainError
from orders.forms.reviews import ReviewForm
from orders.presenting.orders import can_be_reviewed
from orders.queries.shopper import stars_given
from orders.views.shopping import person, union_of
from orders.views.tracking import order_of, purchase_at
from stores.services import reviews
from stores.views.manage.frame import blame


@require_http_methods(["GET", "POST"])
def write_review(request: HttpRequest, union: str, token: str, number: str, line: int) -> HttpResponse:
    """Stars and words about one line, once it has arrived: by the person who bought it, or by a guest with the link."""
    purchase = purchase_at(request, token)
    order = order_of(purchase, number)
    user = person(request) if purchase.user_id else None
    if purchase.user_id and user is None:
        return redirect_to_login(request.get_full_path())
    bought = next((one for one in order.lines.all() if one.pk == line), None)
    if (user and purchase.user_id != user.pk) or bought is None or bought.variant is None:
        raise Http404
    if not can_be_reviewed(order, purchase, bought):
        raise Http404
    given = stars_given([order], union=purchase.union)
    if request.method == "GET" and (order.number, bought.variant.product_id) in given:
        messages.info(request, _("You have reviewed this purchase already."))
        return redirect("orders:track", union=union, token=token)
    form = ReviewForm(
        request.POST or None, request.FILES or None, initial={"author_name": user.name if user else purchase.recipient}
    )
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            reviews.write_review(
                union=union_of(request),
                store=order.store,
                product=bought.variant.product,
                author=user,
                order_number=order.number,
                language=get_language() or "",
                now=timezone.now(),
                files=said.pop("pictures"),
                **said,
            )
        except DomainError as refusal:
            blame(form, refusal)
        else:
            messages.success(request, _("Thank you! Others can read it now."))
            return redirect("orders:track", union=union, token=token)
    return render(request, "orders/write_review.html", {"form": form, "line": bought, "purchase": purchase})
