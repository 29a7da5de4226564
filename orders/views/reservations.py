"""A reservation by its secret link: where it stands, answering, moving, cancelling, the calendar file."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from core.errors import DomainError, NotFound
from orders.forms.reservations import MoveForm, NoteForm
from orders.models import Reservation, Side
from orders.presenting.reservations import reservation_shown, state_words, when_text
from orders.queries.bookables import title_of
from orders.queries.reservations import reservation_by_token, reservations_of
from orders.services.reservations import (
    accept_reservation,
    cancel_reservation,
    decline_reservation,
    reschedule_reservation,
)
from orders.services.reservations.calendar_file import calendar_file
from orders.views.choosing import next_words, times_shown
from orders.views.shopping import person, union_of
from unions.queries import absolute_address

PER_PAGE = 20
STEPS: dict[str, Callable[..., Reservation]] = {
    "accept": accept_reservation,
    "decline": decline_reservation,
    "cancel": cancel_reservation,
}


def reservation_at(request: HttpRequest, token: str) -> Reservation:
    """The reservation whose link this is; otherwise there is no such page."""
    try:
        found = reservation_by_token(union=union_of(request), token=token)
    except NotFound as error:
        raise Http404 from error
    found.union = found.bookable.union = union_of(request)
    return found


@require_GET
@never_cache
def reservation(request: HttpRequest, union: str, token: str) -> HttpResponse:
    """Everything about one. With htmx (it asks by itself while it may change) only what is in its frame."""
    found = reservation_at(request, token)
    seen = f"{found.changed_at.timestamp()}"
    if request.htmx and request.GET.get("seen") == seen:  # type: ignore[attr-defined]
        return HttpResponse(status=204)
    address = reverse("orders:reservation", kwargs={"union": union, "token": token})
    context = {
        "item": reservation_shown(found, now=timezone.now()),
        "poll_url": f"{address}?{urlencode({'seen': seen})}",
        "note": NoteForm(auto_id="id_cancel_%s"),
    }
    template = "orders/_reservation.html" if request.htmx else "orders/reservation.html"  # type: ignore[attr-defined]
    return render(request, template, context)


@require_POST
def step(request: HttpRequest, union: str, token: str, step: str) -> HttpResponse:
    """Accept or decline what the store proposed, or cancel."""
    found = reservation_at(request, token)
    note = NoteForm(request.POST)
    words = note.cleaned_data["note"] if note.is_valid() else ""
    try:
        STEPS[step](reservation=found, side="customer", actor=person(request), now=timezone.now(), note=words)
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _said(step))
    return redirect("orders:reservation", union=union, token=token)


def _said(step: str) -> str:
    return {
        "accept": _("Agreed. The store has been told."),
        "decline": _("Declined. The store has been told."),
        "cancel": _("Cancelled. The store has been told."),
    }[step]


@require_http_methods(["GET", "POST"])
@never_cache
def move(request: HttpRequest, union: str, token: str) -> HttpResponse:
    """Another time: at once where the rules say so, else the store has to agree."""
    found = reservation_at(request, token)
    now = timezone.now()
    shown = reservation_shown(found, now=now)
    if not shown["move_url"]:
        messages.error(request, _("This can no longer be moved here."))
        return redirect("orders:reservation", union=union, token=token)
    times = times_shown(request, bookable=found.bookable, now=now, moving=found)
    form = MoveForm(request.POST or None)
    refused = ""
    if request.method == "POST" and form.is_valid():
        try:
            moved = reschedule_reservation(
                reservation=found,
                starts_at=form.cleaned_data["start"],
                side="customer",
                actor=person(request),
                now=now,
                resource=times["who"],
                note=form.cleaned_data["note"],
            )
        except DomainError as refusal:
            refused = f"{refusal} {next_words(refusal.facts.get('next', []), found.union.time_zone)}".strip()
        else:
            is_settled = moved.state == Reservation.State.CONFIRMED
            messages.success(request, _("Moved.") if is_settled else _("The store has been asked for the new time."))
            return redirect("orders:reservation", union=union, token=token)
    elif request.method == "POST":
        refused = str(next(iter(form.errors.values()))[0])
    context = {"item": shown, "times": times, "form": form, "refused": refused, "wished": request.POST.get("start", "")}
    return render(request, "orders/reservation_move.html", context, status=422 if refused else 200)


@require_GET
@never_cache
def calendar(request: HttpRequest, union: str, token: str) -> HttpResponse:
    """The calendar file, as the mails carry it. A time that was never confirmed has none."""
    found = reservation_at(request, token)
    if found.confirmed_at is None:
        raise Http404
    path = reverse("orders:reservation", kwargs={"union": union, "token": token})
    content = calendar_file(
        reservation=found,
        title=title_of(found.bookable),
        address=absolute_address(found.union, path),
        language=get_language() or "en",
    )
    response = HttpResponse(content, content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{found.number}.ics"'
    return response


@require_GET
@never_cache
@login_required
def listing(request: HttpRequest) -> HttpResponse:
    """The person's reservations in all unions."""
    user = person(request)
    assert user is not None  # signed in
    page = Paginator(reservations_of(user), PER_PAGE).get_page(request.GET.get("page"))
    rows = [
        {
            "reservation": found,
            "title": title_of(found.bookable),
            "when": when_text(found),
            "state": state_words(found, side=Side.CUSTOMER),
        }
        for found in page
    ]
    return render(request, "orders/reservations.html", {"page": page, "rows": rows})
