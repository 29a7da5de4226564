"""Work on orders: what is mine, free, late; one step and what its buttons do; where time is lost."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from core.errors import DomainError, NotAllowed, WrongState
from orders.forms.procedures import ChooseForm, DoForm, GiveForm, SkipForm
from orders.models import ProcedureStep, RunStep
from orders.presenting.runs import run_context, step_shown
from orders.presenting.step_figures import figures_shown
from orders.queries.manage import order_to_handle
from orders.queries.procedures import people_of, store_procedures
from orders.queries.runs import WORK, drawn_at, run_step, step_to_do, work_counts, work_of
from orders.queries.step_figures import PERIODS, step_figures
from orders.services.runs.deposits import ask_deposit
from orders.services.runs.doing import do_step, give_step, makes_leave, note_step, skip_step, take_step
from orders.services.runs.starting import choose_procedure
from orders.views.manage.looking import looked_at
from stores.models import Store
from stores.views.manage.frame import Permission, actor_of, blame, first_error, manage_page, show, to

PER_PAGE = 25
ACTS = ("take", "give", "note", "done", "skip", "deposit")
TABS = {
    "mine": gettext_lazy("Mine"),
    "free": gettext_lazy("Nobody's yet"),
    "late": gettext_lazy("Late"),
    "all": gettext_lazy("All"),
}


def _rights(store: Store) -> frozenset[str]:
    """What the reader sees: their own kinds of work; the office that looks sees all."""
    return frozenset(Permission.values) if store.only_looking else store.allowed  # type: ignore[attr-defined]


@manage_page(None)
def work(request: HttpRequest, store: Store) -> HttpResponse:
    """Open steps, what is due first on top; the page asks for them again when something moves."""
    now, user = timezone.now(), actor_of(request)
    counts = work_counts(store, user, allowed=_rights(store), now=now)
    view = request.GET.get("view", "")
    if view not in WORK:
        view = "mine" if counts["mine"] else "all"
    page = Paginator(work_of(store, user, view=view, allowed=_rights(store), now=now), PER_PAGE).get_page(
        request.GET.get("page")
    )
    for row in page:
        row.store, row.union = store, store.union
    context = {
        "page": page,
        "rows": [step_shown(row, now=now, user_id=user.pk) for row in page],
        "view": view,
        "late": counts["late"],
        "tabs": [{"name": name, "title": title, "count": counts[name]} for name, title in TABS.items()],
    }
    template = "steps/rows.html" if request.htmx else "steps/list.html"  # type: ignore[attr-defined]
    return show(request, store, template, context, section="work")


@manage_page(None)
def work_step(request: HttpRequest, store: Store, number: str, place: int) -> HttpResponse:
    """One step of an order with all that is to be done in it."""
    return _page(request, store, run_step(store, number, place))


def _page(
    request: HttpRequest, store: Store, found: RunStep, *, form: DoForm | None = None, skip: SkipForm | None = None
) -> HttpResponse:
    if found.step.permission not in _rights(store) and found.assignee_id != request.user.pk:
        raise PermissionDenied
    looked_at(request, store, found.run.order)
    now = timezone.now()
    context = {
        **run_context(store, found.run.order, user_id=request.user.pk, now=now),
        "item": step_shown(found, now=now, user_id=request.user.pk),
        "order": found.run.order,
        "purchase": found.run.order.purchase,
        "sees_orders": Permission.ORDERS in _rights(store),
        "form": form or DoForm(step=found, sends=makes_leave(step=found)),
        "skip": skip or SkipForm(),
        "give": GiveForm(people=_colleagues(store, found), initial={"person": str(found.assignee_id or "")}),
        "asks_deposit": found.step.kind == ProcedureStep.Kind.TAKE_DEPOSIT,
    }
    return show(request, store, "steps/step.html", context, section="work")


@manage_page(None)
@require_GET
@never_cache
def work_signature(request: HttpRequest, store: Store, number: str, place: int) -> HttpResponse:
    """The signature that somebody gave in a step, for who sees the step."""
    try:
        drawn = drawn_at(store, number, place, user=actor_of(request), allowed=_rights(store))
    except NotAllowed as refusal:
        raise PermissionDenied from refusal
    return HttpResponse(drawn, content_type="image/png")


def _colleagues(store: Store, step: RunStep) -> list[Any]:
    """Who could do it; asked for only while it waits."""
    if step.state not in RunStep.WAITING or store.only_looking:  # type: ignore[attr-defined]
        return []
    return people_of(store, permission=step.step.permission)


@manage_page(None)
@require_POST
def work_act(request: HttpRequest, store: Store, number: str, place: str, act: str) -> HttpResponse:
    """Take it, hand it over, note something, do it, leave it out. Of two who do it, one does; the other is told."""
    user, position = actor_of(request), int(place)
    try:
        found = step_to_do(store, number, position, user=user, allowed=store.allowed)  # type: ignore[attr-defined]
    except NotAllowed as refusal:
        raise PermissionDenied from refusal
    form: Any = {"skip": SkipForm, "give": GiveForm}.get(act, DoForm)
    options: dict[str, Any] = {"give": {"people": _colleagues(store, found)}, "skip": {}}.get(
        act, {"step": found, "sends": makes_leave(step=found)}
    )
    form = form(request.POST, request.FILES, **options)
    if act in ("note", "done", "skip", "give") and not form.is_valid():
        return _again(request, store, found, act, form)
    try:
        said = _act(act, found, form, actor=user)
    except WrongState:
        messages.info(request, _("This has moved on in the meantime. Here is where it is now."))
    except DomainError as refusal:
        if act in ("done", "skip"):
            blame(form, refusal)
            return _again(request, store, run_step(store, number, position), act, form)
        messages.error(request, str(refusal))
    else:
        messages.success(request, said)
        if act == "done":
            return to(store, "work")
    return to(store, "work_step", number=number, place=position)


def _again(request: HttpRequest, store: Store, found: RunStep, act: str, form: Any) -> HttpResponse:
    if act == "give":
        messages.error(request, first_error(form))
    shown = {"skip": form} if act == "skip" else {"form": form} if act != "give" else {}
    return _page(request, store, found, **shown)


def _act(act: str, step: RunStep, form: Any, *, actor: Any) -> str:
    now = timezone.now()
    if act == "take":
        take_step(step=step, actor=actor, now=now)
        return _("It is yours.")
    if act == "give":
        to_whom = form.chosen()
        give_step(step=step, to=to_whom, now=now)
        return _("Handed over.") if to_whom else _("It is open to everybody again.")
    if act == "deposit":
        ask_deposit(step=step, actor=actor, now=now)
        return _("The shopper has been asked by mail. The step is done as soon as it is paid.")
    if act == "skip":
        skip_step(step=step, reason=form.cleaned_data["reason"], actor=actor, now=now)
        return _("Left out.")
    note_step(step=step, actor=actor, now=now, **form.noted())
    if act == "note":
        return _("Saved.")
    by_name = form.cleaned_data.get("by_name", False)
    do_step(step=step, actor=actor, now=now, parcel=form.parcel(), by_name=by_name)
    return _("Done.")


@manage_page(Permission.ORDERS)
@require_POST
def order_procedure(request: HttpRequest, store: Store, number: str) -> HttpResponse:
    """Let one order walk by another procedure."""
    found = order_to_handle(store, number)
    form = ChooseForm(request.POST, store=store, procedures=list(store_procedures(store)))
    if not form.is_valid():
        messages.error(request, first_error(form))
        return to(store, "order", number=number)
    try:
        choose_procedure(order=found, procedure=form.chosen(), actor=actor_of(request), now=timezone.now())
    except WrongState:
        messages.info(request, _("This order has moved on in the meantime. Here is where it is now."))
    else:
        messages.success(request, _("The order walks by it from here on."))
    return to(store, "order", number=number)


@manage_page(Permission.ORDERS)
def figures(request: HttpRequest, store: Store) -> HttpResponse:
    """Where orders lie longest."""
    days = request.GET.get("days", "")
    period = int(days) if days in {str(one) for one in PERIODS} else PERIODS[0]
    rows = step_figures(store, days=period, now=timezone.now())
    context = {**figures_shown(rows), "period": period, "periods": PERIODS}
    return show(request, store, "steps/figures.html", context, section="work")
