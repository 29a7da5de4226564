"""Parcels on the management pages: where they are, what to do with those that did not arrive, who carries them."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from core.errors import DomainError, WrongState
from core.money import format_money
from core.references import new_secret
from orders.forms.parcels import EventForm
from orders.models import Carrier, Shipment, TrackingEvent
from orders.presenting.parcels import events_shown
from orders.queries.parcels import VIEWS, carriers_of, kept_by, parcel_counts, parcel_of, parcels_of
from orders.services.imports.tracking import TrackingImporter
from orders.services.tracking import record_event, take_in, try_again
from orders.views.manage.looking import looked_at
from stores.forms.files import ImportForm
from stores.models import Store
from stores.views.manage.frame import Permission, actor_of, blame, manage_page, show, to

PER_PAGE = 25
STEPS = ("event", "again", "back")
TABS = (
    ("way", gettext_lazy("On the way")),
    ("failed", gettext_lazy("Not delivered")),
    ("delivered", gettext_lazy("Delivered")),
    ("returned", gettext_lazy("Came back")),
)


@manage_page(Permission.ORDERS)
def parcels(request: HttpRequest, store: Store) -> HttpResponse:
    """The store's parcels by where they are."""
    view = request.GET.get("view", "way")
    view = view if view in VIEWS else "way"
    words = request.GET.get("q", "").strip()[:100]
    counts = parcel_counts(store)
    context = {
        "page": Paginator(parcels_of(store, view=view, words=words), PER_PAGE).get_page(request.GET.get("page")),
        "view": view,
        "words": words,
        "tabs": [{"name": name, "title": title, "count": counts.get(name)} for name, title in TABS],
        "failed": counts["failed"],
        "now": timezone.now(),
        "part": "parcels",
    }
    return show(request, store, "parcels/list.html", context, section="parcels")


@manage_page(Permission.ORDERS)
def parcel(request: HttpRequest, store: Store, number: str) -> HttpResponse:
    """One parcel: what is in it and what was told of it."""
    return _show_parcel(request, store, parcel_of(store, number))


def _show_parcel(request: HttpRequest, store: Store, found: Shipment, *, form: EventForm | None = None) -> HttpResponse:
    looked_at(request, store, found.order)
    tries = sum(event.state == Shipment.State.FAILED for event in found.events.all())
    context = {
        "parcel": found,
        "order": found.order,
        "purchase": found.order.purchase,
        "rows": list(found.lines.all()),
        "moments": events_shown(found, for_staff=True),
        "cost": "" if found.cost is None else format_money(found.cost, store.union.currency),
        "tries": tries,
        "form": form or EventForm(),
        "part": "parcels",
    }
    return show(request, store, "parcels/parcel.html", context, section="parcels")


@manage_page(Permission.ORDERS)
@require_POST
def parcel_step(request: HttpRequest, store: Store, number: str, step: str) -> HttpResponse:
    """Note what happened, have it brought again, or take it back in. The same form sent twice is one event."""
    found = parcel_of(store, number)
    found.order.union = store.union
    form = EventForm(request.POST) if step == "event" else None
    if form is not None and not form.is_valid():
        return _show_parcel(request, store, found, form=form)
    key = request.POST.get("once", "")[:40] or new_secret(12)
    by: dict[str, Any] = {"actor": actor_of(request), "now": timezone.now()}
    words = request.POST.get("words", "")[:200]
    try:
        if form is not None:
            said = form.cleaned_data
            source = TrackingEvent.Source.MANUAL
            record_event(shipment=found, source=source, external_id=key, **said, **by)
        elif step == "again":
            try_again(shipment=found, key=key, words=words, **by)
        else:
            take_in(shipment=found, key=key, words=words, **by)
    except WrongState:
        messages.info(request, _("This parcel has moved on in the meantime. Here is where it is now."))
    except DomainError as refusal:
        if form is None:
            raise
        blame(form, refusal)
        return _show_parcel(request, store, parcel_of(store, number), form=form)
    else:
        messages.success(request, _said(step))
    return to(store, "parcel", number=number)


def _said(step: str) -> str:
    return {
        "event": _("Noted."),
        "again": _("It is brought again. The shopper has been told."),
        "back": _("It is back. Send its pieces again, or call them off on the order’s page."),
    }[step]


@manage_page(Permission.ORDERS)
@require_safe
def upload(request: HttpRequest, store: Store) -> HttpResponse:
    """A carrier's file of events, sent from here to where all files come in."""
    context = {
        "form": ImportForm(initial={"is_dry": False}),
        "columns": list(TrackingImporter.fields),
        "part": "upload",
    }
    return show(request, store, "parcels/upload.html", context, section="parcels")


@manage_page(Permission.ORDERS)
def carriers(request: HttpRequest, store: Store) -> HttpResponse:
    """Whom the union has contracts with: contact, services, prices, and how well they keep deadlines."""
    context = {
        "carriers": [_carrier_shown(carrier, store) for carrier in carriers_of(store.union, now=timezone.now())],
        "part": "carriers",
    }
    return show(request, store, "parcels/carriers.html", context, section="parcels")


def _carrier_shown(carrier: Carrier, store: Store) -> dict[str, Any]:
    currency = store.union.currency
    return {
        "carrier": carrier,
        "kept": kept_by(carrier),
        "prices": [
            {"service": service, "zone": price, "price": format_money(price.price, currency)}
            for service in carrier.services.all()
            for price in service.prices.all()
        ],
    }
