"""What every management page has: who may see it, the sections around it, and forms that work once."""

from __future__ import annotations

import functools
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.forms import BaseForm
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.addresses import page_of_ours
from core.errors import DomainError, Invalid, NotAllowed, NotFound
from core.idempotency import form_once
from stores.models import Store, StoreStaff
from stores.queries.access import managed_store
from stores.queries.manage import permissions_in

Permission = StoreStaff.Permission
View = Callable[..., HttpResponseBase]


@dataclass(frozen=True, slots=True)
class Section:
    """An entry of the navigation. `main` ones stand in the phone's bottom bar."""

    name: str
    title: str | Promise
    icon: str
    permission: str | None
    group: str | Promise = ""
    main: bool = False
    address: str = ""
    """The name of its address where that is not `manage:<name>`."""


SECTIONS = (
    Section("dashboard", _("Today"), "home", None, main=True),
    Section("orders", _("Orders"), "receipt", Permission.ORDERS, main=True),
    Section("work", _("Steps to do"), "check", None),
    Section("parcels", _("Parcels"), "truck", Permission.ORDERS),
    Section("console", _("Conversations"), "talk", Permission.CONSOLE, main=True),
    Section("calls", _("Wishes"), "match", Permission.CONSOLE),
    Section("reservations", _("Reservations"), "calendar", Permission.ORDERS),
    Section("returns", _("Returns"), "package", Permission.ORDERS),
    Section("proposals", _("Price proposals"), "coins", Permission.ORDERS),
    Section("responses", _("Responses"), "mail", Permission.ORDERS),
    Section("service", _("After-sales service"), "hand", Permission.SERVICE, address="provider:day"),
    Section("programs", _("Service programs"), "check", Permission.CATALOGUE),
    Section("catalogue", _("Goods"), "tag", Permission.CATALOGUE, main=True),
    Section("stock", _("Stock"), "stock", Permission.STOCK),
    Section("suppliers", _("Suppliers"), "truck", Permission.STOCK),
    Section("urgent_sales", _("Urgent sales"), "bolt", Permission.CATALOGUE),
    Section("settings", _("About the store"), "store", Permission.CATALOGUE, _("The store")),
    Section("hours", _("Opening hours"), "clock", Permission.CATALOGUE, _("The store")),
    Section("booking", _("Booking"), "calendar", Permission.CATALOGUE, _("The store")),
    Section("proposal_rules", _("Rules for prices"), "coins", Permission.CATALOGUE, _("The store")),
    Section("procedures", _("Sales procedures"), "sort", Permission.CATALOGUE, _("The store")),
    Section("delivery", _("Delivery"), "truck", Permission.CATALOGUE, _("The store")),
    Section("rules", _("Whom to help"), "hand", Permission.CONSOLE, _("The store")),
    Section("codes", _("Codes and lists"), "key", Permission.CONSOLE, _("The store")),
    Section("plans", _("Preferred buyers"), "people", Permission.CONSOLE, _("The store")),
    Section("rooms", _("Rooms"), "eye", Permission.CONSOLE, _("The store")),
    Section("signals", _("What to be asked for"), "bolt", Permission.CATALOGUE, _("The store")),
    Section("talk", _("How we talk"), "settings", Permission.CONSOLE, _("The store")),
    Section("visitors", _("Visitors"), "eye", Permission.ORDERS, _("The office")),
    Section("figures", _("Figures"), "chart", Permission.ORDERS, _("The office")),
    Section("settlement", _("Settlement"), "coins", Permission.SETTLEMENT, _("The office")),
    Section("bills", _("Ask for a payment"), "receipt", Permission.ORDERS, _("The office")),
    Section("files", _("Files in and out"), "download", None, _("The office")),
    Section("team", _("Team"), "people", Permission.TEAM, _("The office")),
    Section("keys", _("API keys"), "key", Permission.TEAM, _("The office")),
)


def manage_page(permission: str | None) -> Callable[[View], View]:
    """A page of one store: `view(request, store, …)` for those who may; `store.allowed` says what else they may.

    The union's office may look at every page but send nothing. Strangers get 404, colleagues without the permission
    403, anonymous people the sign-in. A refusal that the view lets through becomes a message on the page it came from.
    """

    def wrap(view: View) -> View:
        @functools.wraps(view)
        @login_required
        def page(request: HttpRequest, union: str, store: str, **rest: Any) -> HttpResponseBase:
            looking = request.method in {"GET", "HEAD"}
            if request.union is None:  # type: ignore[attr-defined]
                raise Http404
            try:
                found = managed_store(request.user, request.union, store, permission, looking=looking)  # type: ignore[attr-defined]
            except NotFound as error:
                raise Http404 from error
            except NotAllowed as error:
                raise PermissionDenied from error
            _furnish(found, request)
            try:
                with timezone.override(ZoneInfo(found.union.time_zone)):
                    return view(request, found, **rest)
            except NotFound as error:
                raise Http404 from error
            except DomainError as refusal:
                if looking:
                    raise
                messages.error(request, str(refusal))
                return HttpResponseRedirect(where_from(request, otherwise=dashboard_url(found)))

        return page

    return wrap


def _furnish(store: Store, request: HttpRequest) -> None:
    store.url = reverse("shop:store", kwargs=kwargs_of(store)) if store.is_published else ""  # type: ignore[attr-defined]
    store.manage_url = dashboard_url(store)  # type: ignore[attr-defined]
    store.allowed = permissions_in(store, request.user)  # type: ignore[attr-defined, arg-type]
    inside = store.may_owner or store.works_here  # type: ignore[attr-defined]
    store.only_looking = not inside  # type: ignore[attr-defined]


def where_from(request: HttpRequest, *, otherwise: str) -> str:
    """The page of ours on which the form stood, else the other one."""
    return page_of_ours(request, request.headers.get("Referer", ""), otherwise)


def actor_of(request: HttpRequest) -> User:
    """The signed-in person; every page here asks for one."""
    return cast(User, request.user)


def kwargs_of(store: Store, **more: Any) -> dict[str, Any]:
    """The names that every address of a store's page carries."""
    return {"union": store.union.slug, "store": store.slug, **more}


def dashboard_url(store: Store) -> str:
    return reverse("manage:dashboard", kwargs=kwargs_of(store))


def to(store: Store, name: str, **more: Any) -> HttpResponse:
    """Redirect to a management page of the store."""
    return redirect(reverse(f"manage:{name}", kwargs=kwargs_of(store, **more)))


def sections_of(store: Store, current: str, counts: dict[str, int] | None = None) -> list[dict[str, Any]]:
    """The sections that the person may see; a looker from the office sees all of them."""
    shown = []
    for section in SECTIONS:
        if section.permission and not store.only_looking and section.permission not in store.allowed:  # type: ignore[attr-defined]
            continue
        shown.append(
            {
                "name": section.name,
                "url": reverse(section.address or f"manage:{section.name}", kwargs=kwargs_of(store)),
                "title": section.title,
                "icon": section.icon,
                "group": section.group,
                "main": section.main,
                "current": section.name == current,
                "count": (counts or {}).get(section.name) or "",
            }
        )
    return shown


def show(
    request: HttpRequest,
    store: Store,
    template: str,
    context: dict[str, Any],
    *,
    section: str,
    counts: dict[str, int] | None = None,
    status: int = 200,
) -> HttpResponse:
    """Render `templates/manage/<template>` in the frame; forms on it carry `once` so that they work once."""
    frame = {"store": store, "sections": sections_of(store, section, counts), "once": secrets.token_urlsafe(12)}
    return render(request, f"manage/{template}", {**frame, **context}, status=status)


def work_once(request: HttpRequest, work: Callable[[], str]) -> str:
    """Do a form's work and return the address to go to; the same form sent twice is done once.

    `work` runs in a transaction together with the note that it was done; a refusal leaves no note.
    """
    return str(form_once(request=request, actor=f"user:{request.user.pk}", work=work, now=timezone.now()))


def blame(form: BaseForm, refusal: DomainError) -> None:
    """Show a refusal beside the field it names, else above the form."""
    field = refusal.field if isinstance(refusal, Invalid) else None
    form.add_error(field if field in form.fields else None, str(refusal))


def first_error(form: BaseForm) -> str:
    """The first thing that is wrong, for forms without a page of their own."""
    return next((str(message) for messages_of in form.errors.values() for message in messages_of), "")
