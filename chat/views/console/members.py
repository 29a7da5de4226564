"""Plans of preferred buyers, and who is in them."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext as _

from chat.forms.members import PlanForm
from chat.queries.members import members_at, plans_at
from chat.services.members import save_plan
from chat.views.console.place import Place, for_answering, show_at
from core.errors import DomainError, NotFound
from core.numbers import row_id
from stores.views.manage.frame import blame

PER_PAGE = 50


@for_answering
def plans(request: HttpRequest, place: Place) -> HttpResponse:
    """What is offered, and the members with what they have paid; changed by who leads the team."""
    own = list(plans_at(place.union, place.store))
    sent = row_id(request.POST.get("plan", "")) if request.method == "POST" else None
    chosen = next((plan for plan in own if plan.pk == sent), None)
    if sent is not None and chosen is None:
        raise NotFound
    if request.method == "POST" and not place.may_decide:
        raise PermissionDenied
    new = PlanForm(request.POST if request.method == "POST" and chosen is None else None, union=place.union)
    rows = [
        (
            plan,
            PlanForm(
                request.POST if plan is chosen else None,
                instance=plan,
                union=place.union,
                auto_id=f"id_{plan.pk}_%s",
            ),
        )
        for plan in own
    ]
    form = new if chosen is None else next(form for plan, form in rows if plan is chosen)
    if request.method == "POST" and form.is_valid():
        try:
            save_plan(union=place.union, store=place.store, plan=chosen, now=timezone.now(), **form.cleaned_data)
        except DomainError as refusal:
            blame(form, refusal)
        else:
            messages.success(request, _("Saved."))
            return HttpResponseRedirect(place.address("plans"))
    page = Paginator(members_at(place.union, place.store), PER_PAGE).get_page(request.GET.get("page"))
    return show_at(request, place, "talk/plans.html", {"rows": rows, "form": new, "page": page}, section="plans")
