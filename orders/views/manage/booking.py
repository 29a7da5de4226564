"""What can be booked at a store, by what rules, and who or what does it."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core.errors import DomainError, NotFound
from orders.forms.booking import BookableForm, ResourceForm
from orders.models import Bookable, Resource
from orders.presenting.reservations import length_text
from orders.queries.bookables import (
    bookable_to_manage,
    bookables_to_manage,
    full_title_of,
    resource_to_manage,
    resources_to_manage,
    services_to_book,
)
from orders.services.reservations.rules import (
    remove_resource_day,
    save_bookable,
    save_resource,
    set_resource_day,
    set_resource_hours,
)
from stores.forms.settings import HoursForm, SpecialDayForm
from stores.models import Store
from stores.views.manage.frame import Permission, actor_of, blame, kwargs_of, manage_page, show, to, work_once


@manage_page(Permission.CATALOGUE)
def overview(request: HttpRequest, store: Store) -> HttpResponse:
    """Both lists."""
    bookables = [
        {
            "bookable": one,
            "title": full_title_of(one),
            "length": length_text(one.minutes),
            "served_by": ", ".join(row.resource.name for row in one.served_by.all()),
        }
        for one in bookables_to_manage(store)
    ]
    context = {"bookables": bookables, "resources": list(resources_to_manage(store))}
    return show(request, store, "booking/overview.html", context, section="booking")


@manage_page(Permission.CATALOGUE)
def bookable_new(request: HttpRequest, store: Store) -> HttpResponse:
    """Make a service or a visit bookable."""
    return _bookable_page(request, store, None)


@manage_page(Permission.CATALOGUE)
def bookable(request: HttpRequest, store: Store, key: str) -> HttpResponse:
    """Change its rules."""
    return _bookable_page(request, store, bookable_to_manage(store, key))


def _bookable_page(request: HttpRequest, store: Store, found: Bookable | None) -> HttpResponse:
    form = BookableForm(
        request.POST or None,
        store=store,
        products=services_to_book(store) if found is None else [],
        resources=list(resources_to_manage(store)),
        instance=found or Bookable(union=store.union, store=store),
    )
    title = full_title_of(found) if found else ""
    if request.method == "POST" and form.is_valid():
        kept = bookable_to_manage(store, found.key) if found else None
        product, variant = (None, None) if kept else form.chosen()

        def work() -> str:
            save_bookable(
                store=store,
                rules=form.rules_over(kept),
                bookable=kept,
                product=product,
                variant=variant,
                resources=form.resources_chosen(),
                actor=actor_of(request),
                now=timezone.now(),
            )
            return reverse("manage:booking", kwargs=kwargs_of(store))

        try:
            address = work_once(request, work)
        except DomainError as refusal:
            blame(form, refusal)
        else:
            messages.success(request, _("Saved."))
            return HttpResponseRedirect(address)
    context = {"form": form, "title": title}
    return show(request, store, "booking/bookable.html", context, section="booking")


@manage_page(Permission.CATALOGUE)
def resource_new(request: HttpRequest, store: Store) -> HttpResponse:
    """Add a person, room, chair or machine."""
    return _resource_page(request, store, None)


@manage_page(Permission.CATALOGUE)
def resource(request: HttpRequest, store: Store, key: str) -> HttpResponse:
    """Change it, its own hours and its special days."""
    return _resource_page(request, store, resource_to_manage(store, key))


def _resource_page(request: HttpRequest, store: Store, found: Resource | None) -> HttpResponse:
    sent = request.POST.get("form") if request.method == "POST" else None
    by: dict[str, Any] = {"actor": actor_of(request), "now": timezone.now()}
    bookables = list(bookables_to_manage(store))
    form = ResourceForm(request.POST if sent == "resource" else None, store=store, bookables=bookables, resource=found)
    week = HoursForm(request.POST if sent == "week" else None, rows=found.hours.all()) if found else None
    day = SpecialDayForm(request.POST if sent == "day" else None)
    day.fields["reason"].required = False
    try:
        if sent == "resource" and form.is_valid():

            def work() -> str:
                saved = save_resource(
                    store=store, details=form.details(), resource=found, bookables=form.services_chosen(), **by
                )
                return reverse("manage:booking_resource", kwargs={**kwargs_of(store), "key": saved.key})

            address = work_once(request, work)
            messages.success(request, _("Saved."))
            return HttpResponseRedirect(address)
        if sent == "week" and found and week and week.is_valid():
            set_resource_hours(resource=found, spans=week.spans(), **by)
            messages.success(request, _("Saved."))
            return to(store, "booking_resource", key=found.key)
        if sent == "day" and found and day.is_valid():
            set_resource_day(resource=found, **day.cleaned_data, **by)
            messages.success(request, _("Saved."))
            return to(store, "booking_resource", key=found.key)
    except DomainError as refusal:
        weekday = str(refusal.facts.get("field", "")).removeprefix("day-")
        if sent == "week" and week:
            week.add_error(f"opens_{weekday}_0", str(refusal))
        else:
            blame(day if sent == "day" else form, refusal)
    special = [one for one in found.special_days.all() if one.date >= timezone.localdate()] if found else []
    context = {"form": form, "resource": found, "week": week, "day": day, "special_days": special}
    return show(request, store, "booking/resource.html", context, section="booking")


@manage_page(Permission.CATALOGUE)
@require_POST
def resource_day_gone(request: HttpRequest, store: Store, key: str) -> HttpResponse:
    """Take a special day out."""
    found = resource_to_manage(store, key)
    try:
        day = date.fromisoformat(request.POST.get("day", ""))
    except ValueError as error:
        raise NotFound from error
    remove_resource_day(resource=found, day=day, actor=actor_of(request), now=timezone.now())
    messages.success(request, _("The day is like any other again."))
    return to(store, "booking_resource", key=found.key)
