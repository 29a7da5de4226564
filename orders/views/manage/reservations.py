"""Reservations on the management pages: what waits for an answer, the calendar, one reservation and what is done."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from core.errors import DomainError, WrongState
from core.moments import is_plausible_day
from orders.forms.booking import NewReservationForm, TimeForm
from orders.forms.reservations import NoteForm
from orders.models import Reservation, Side
from orders.presenting.reservations import badge_of, moment_text, moments_of, state_words, when_text
from orders.queries.bookables import bookables_to_manage, resources_to_manage, title_of
from orders.queries.reservations import VIEWS, calendar_of, store_reservation, store_reservations, waiting_count
from orders.services.reservations import (
    accept_reservation,
    cancel_reservation,
    decline_reservation,
    finish_reservation,
    open_moves,
    propose_reservation,
    reschedule_reservation,
)
from stores.models import Store
from stores.views.manage.frame import Permission, actor_of, blame, kwargs_of, manage_page, show, to, work_once
from stores.views.shop.words import day_text, time_text

PER_PAGE = 25
STEPS = ("accept", "decline", "cancel", "done", "no_show", "counter")
TABS = (
    ("waiting", gettext_lazy("To answer")),
    ("coming", gettext_lazy("Coming")),
    ("past", gettext_lazy("Done")),
    ("off", gettext_lazy("Came to nothing")),
    ("all", gettext_lazy("All")),
)
SPANS = {"day": 1, "week": 7}


@manage_page(Permission.ORDERS)
def reservations(request: HttpRequest, store: Store) -> HttpResponse:
    """What waits on top. New ones ask htmx for the rows again."""
    now = timezone.now()
    view = request.GET.get("view", "waiting")
    view = view if view in VIEWS else "waiting"
    words = request.GET.get("q", "").strip()[:100]
    page = Paginator(store_reservations(store, view=view, words=words), PER_PAGE).get_page(request.GET.get("page"))
    waiting = waiting_count(store, now=now)
    context = {
        "page": page,
        "rows": [row_of(found) for found in page],
        "view": view,
        "words": words,
        "tabs": [{"name": name, "title": title, "count": waiting if name == "waiting" else 0} for name, title in TABS],
    }
    template = "reservations/rows.html" if request.htmx else "reservations/list.html"  # type: ignore[attr-defined]
    return show(request, store, template, context, section="reservations", counts={"reservations": waiting})


def row_of(found: Reservation) -> dict[str, Any]:
    """One line of a list or an entry of the calendar."""
    return {
        "reservation": found,
        "title": title_of(found.bookable),
        "when": when_text(found),
        "time": time_text(timezone.localtime(found.starts_at).time()),
        "until": time_text(timezone.localtime(found.ends_at).time()),
        "state": state_words(found, side=Side.STORE),
        "badge": badge_of(found),
        "answer": found.state in Reservation.OPEN and found.proposed_by == Side.CUSTOMER,
    }


@manage_page(Permission.ORDERS)
def calendar(request: HttpRequest, store: Store) -> HttpResponse:
    """A day or a week, of all resources or of one."""
    span = request.GET.get("span", "week")
    span = span if span in SPANS else "week"
    try:
        first = date.fromisoformat(request.GET.get("day", ""))
    except ValueError:
        first = timezone.localdate()
    if not is_plausible_day(day=first):
        first = timezone.localdate()
    if span == "week":
        first -= timedelta(days=first.weekday())
    resources = list(resources_to_manage(store))
    chosen = next((one for one in resources if one.key == request.GET.get("who")), None)
    found = calendar_of(store, first=first, days=SPANS[span])
    if chosen is not None:
        found = [one for one in found if one.resource_id == chosen.pk]
    days: list[dict[str, Any]] = []
    for ahead in range(SPANS[span]):
        day = first + timedelta(days=ahead)
        entries = [row_of(one) for one in found if timezone.localtime(one.starts_at).date() == day]
        days.append({"date": day, "text": day_text(day), "is_today": day == timezone.localdate(), "entries": entries})
    context = {
        "span": span,
        "days": days,
        "first": first,
        "earlier": first - timedelta(days=SPANS[span]),
        "later": first + timedelta(days=SPANS[span]),
        "resources": resources,
        "chosen": chosen,
    }
    template = "reservations/agenda.html" if request.htmx else "reservations/calendar.html"  # type: ignore[attr-defined]
    return show(request, store, template, context, section="reservations")


@manage_page(Permission.ORDERS)
def new(request: HttpRequest, store: Store) -> HttpResponse:
    """A time for someone who called or stands at the counter, or one to propose to them."""
    bookables = [one for one in bookables_to_manage(store) if one.is_active]
    resources = [one for one in resources_to_manage(store) if one.is_active]
    form = NewReservationForm(request.POST or None, bookables=bookables, resources=resources)
    if request.method == "POST" and form.is_valid():

        def work() -> str:
            made = propose_reservation(
                bookable=form.bookable_chosen(),
                starts_at=form.cleaned_data["start"],
                resource=form.resource_chosen(),
                side="store",
                contact=form.contact(),
                actor=actor_of(request),
                note=form.cleaned_data["note"],
                agreed=form.cleaned_data["agreed"],
                now=timezone.now(),
            )
            return reverse("manage:reservation", kwargs={**kwargs_of(store), "number": made.number})

        try:
            address = work_once(request, work)
        except DomainError as refusal:
            blame(form, refusal)
        else:
            messages.success(request, _("Saved. The shopper has been told."))
            return HttpResponseRedirect(address)
    context = {"form": form, "bookables": bookables, "resources": resources}
    return show(request, store, "reservations/new.html", context, section="reservations")


@manage_page(Permission.ORDERS)
def reservation(request: HttpRequest, store: Store, number: str) -> HttpResponse:
    """One reservation with what can be done."""
    return show_reservation(request, store, store_reservation(store, number))


def show_reservation(
    request: HttpRequest, store: Store, found: Reservation, *, time: TimeForm | None = None
) -> HttpResponse:
    """The page of one, with the form that was refused in its place."""
    now = timezone.now()
    resources = [row.resource for row in found.bookable.served_by.select_related("resource").order_by("id")]
    initial = {"start": timezone.localtime(found.starts_at), "resource": found.resource.key}
    context = {
        "item": row_of(found),
        "reservation": found,
        "moves": open_moves(reservation=found, side=Side.STORE, now=now),
        "moments": moments_of(found),
        "answer_by": moment_text(found.expires_at, found) if found.state in Reservation.OPEN else "",
        "time": time or TimeForm(resources=resources, initial=initial),
        "note": NoteForm(auto_id="id_cancel_%s"),
    }
    return show(request, store, "reservations/reservation.html", context, section="reservations")


@manage_page(Permission.ORDERS)
@require_POST
def step(request: HttpRequest, store: Store, number: str, step: str) -> HttpResponse:
    """Answer, move, call off, or note what became of it. Of two who press at once, one does it."""
    found = store_reservation(store, number)
    if step == "counter":
        return _counter(request, store, found)
    note = NoteForm(request.POST)
    words = note.cleaned_data["note"] if note.is_valid() else ""
    act = _acts()[step]
    try:
        act(reservation=found, actor=actor_of(request), now=timezone.now(), note=words)
    except WrongState:
        messages.info(request, _("This reservation has moved on in the meantime. Here is where it is now."))
    else:
        messages.success(request, _said(step))
    return to(store, "reservation", number=number)


def _counter(request: HttpRequest, store: Store, found: Reservation) -> HttpResponse:
    resources = [row.resource for row in found.bookable.served_by.select_related("resource").order_by("id")]
    form = TimeForm(request.POST, resources=resources)
    if not form.is_valid():
        return show_reservation(request, store, found, time=form)
    try:
        reschedule_reservation(
            reservation=found,
            starts_at=form.cleaned_data["start"],
            resource=form.resource_chosen(),
            side="store",
            actor=actor_of(request),
            note=form.cleaned_data["note"],
            agreed=form.cleaned_data["agreed"],
            now=timezone.now(),
        )
    except DomainError as refusal:
        blame(form, refusal)
        return show_reservation(request, store, store_reservation(store, found.number), time=form)
    messages.success(request, _("Saved. The shopper has been told."))
    return to(store, "reservation", number=found.number)


def _acts() -> dict[str, Callable[..., Reservation]]:
    return {
        "accept": lambda **by: accept_reservation(side="store", **by),
        "decline": lambda **by: decline_reservation(side="store", **by),
        "cancel": lambda **by: cancel_reservation(side="store", **by),
        "done": lambda **by: finish_reservation(came=True, **by),
        "no_show": lambda **by: finish_reservation(came=False, **by),
    }


def _said(step: str) -> str:
    return {
        "accept": _("Confirmed. The shopper has been told."),
        "decline": _("Declined. The shopper has been told."),
        "cancel": _("Cancelled. The shopper has been told."),
        "done": _("Noted as done."),
        "no_show": _("Noted: nobody came."),
    }[step]
