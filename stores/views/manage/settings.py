"""What a store says of itself: texts and place, opening hours, delivery, and whether it is open to shoppers."""

from __future__ import annotations

from datetime import date

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core.errors import DomainError, NotFound
from stores.forms.settings import DeliveryForm, FrontForm, HoursForm, PlaceForm, SpecialDayForm, TextsForm
from stores.models import DeliveryOption, Store
from stores.queries.cards import media_url
from stores.queries.manage import special_days_from
from stores.services.fronts import clear_front, set_front
from stores.services.opening import NotReady, missing_steps, publish_store, unpublish_store
from stores.services.settings import (
    close_on_holidays,
    offer_delivery_option,
    remove_special_day,
    save_delivery_option,
    save_place,
    save_texts,
    set_opening_hours,
    set_special_day,
)
from stores.views.manage.frame import Permission, actor_of, blame, kwargs_of, manage_page, show, to, work_once
from unions.services.holidays import holidays_to_propose


@manage_page(Permission.CATALOGUE)
def settings(request: HttpRequest, store: Store) -> HttpResponse:
    """Texts, place and the photograph of the front, a form each."""
    sent = request.POST.get("form") if request.method == "POST" else None
    texts = TextsForm(request.POST if sent == "texts" else None, store=store)
    place = PlaceForm(request.POST if sent == "place" else None, store=store)
    is_front = sent == "front"
    front = FrontForm(
        data=request.POST if is_front else None, files=request.FILES if is_front else None, prefix="front"
    )
    form = {"texts": texts, "place": place, "front": front}.get(sent or "")
    if form is not None and form.is_valid():
        try:
            if form is texts:
                save_texts(store=store, texts=texts.texts(), actor=actor_of(request), now=timezone.now())
            elif form is front:
                set_front(store=store, file=front.cleaned_data["file"], actor=actor_of(request), now=timezone.now())
            else:
                save_place(store=store, place=place.place(), actor=actor_of(request), now=timezone.now())
        except DomainError as refusal:
            store.refresh_from_db()
            blame(form, refusal)
        else:
            messages.success(request, _("Uploaded. Its sizes are being prepared.") if form is front else _("Saved."))
            return to(store, "settings")
    context = {
        "texts": texts,
        "place": place,
        "front": front,
        "front_small": media_url(store.front_sizes[0]["path"]) if store.front_sizes else "",
        "missing": missing_steps(store=store),
    }
    return show(request, store, "settings/about.html", context, section="settings")


@manage_page(Permission.CATALOGUE)
@require_POST
def front_gone(request: HttpRequest, store: Store) -> HttpResponse:
    """Take the photograph of the front down."""
    clear_front(store=store, actor=actor_of(request), now=timezone.now())
    messages.success(request, _("The picture is deleted."))
    return to(store, "settings")


@manage_page(Permission.CATALOGUE)
@require_POST
def store_state(request: HttpRequest, store: Store, change: str) -> HttpResponse:
    """Open the store to shoppers, or close it."""
    try:
        if change == "publish":
            publish_store(store=store, actor=actor_of(request), now=timezone.now())
            messages.success(request, _("Your store is open to shoppers."))
        else:
            unpublish_store(store=store, actor=actor_of(request), now=timezone.now())
            messages.success(request, _("Your store is closed to shoppers. Open orders stay."))
    except NotReady as refusal:
        messages.error(request, str(refusal))
    return to(store, "dashboard")


@manage_page(Permission.CATALOGUE)
def hours(request: HttpRequest, store: Store) -> HttpResponse:
    """The week, special days, and public holidays to take over."""
    sent = request.POST.get("form") if request.method == "POST" else None
    week = HoursForm(request.POST if sent == "week" else None, rows=store.opening_hours.all())
    day = SpecialDayForm(request.POST if sent == "day" else None)
    if sent == "week" and week.is_valid():
        try:
            set_opening_hours(store=store, spans=week.spans(), actor=actor_of(request), now=timezone.now())
        except DomainError as refusal:
            weekday = str(refusal.facts.get("field", "")).removeprefix("day-")
            week.add_error(f"opens_{weekday}_0", str(refusal))
        else:
            messages.success(request, _("Saved."))
            return to(store, "hours")
    if sent == "day" and day.is_valid():
        try:
            set_special_day(store=store, actor=actor_of(request), now=timezone.now(), **day.cleaned_data)
        except DomainError as refusal:
            blame(day, refusal)
        else:
            messages.success(request, _("Saved."))
            return to(store, "hours")
    today = timezone.localdate()
    special = special_days_from(store, today)
    known = {one.date for one in special}
    proposed = [
        (when, name)
        for when, name in holidays_to_propose(union=store.union, language=get_language() or "en", start=today)
        if when not in known
    ]
    context = {"week": week, "day": day, "special_days": special, "proposed": proposed}
    return show(request, store, "settings/hours.html", context, section="hours")


@manage_page(Permission.CATALOGUE)
@require_POST
def holidays(request: HttpRequest, store: Store) -> HttpResponse:
    """Close on the chosen public holidays."""
    chosen = set(request.POST.getlist("day"))
    proposed = holidays_to_propose(union=store.union, language=get_language() or "en", start=timezone.localdate())
    days = [(when, name) for when, name in proposed if when.isoformat() in chosen]
    count = close_on_holidays(store=store, days=days, actor=actor_of(request), now=timezone.now())
    said = ngettext("Closed on %(count)d more day.", "Closed on %(count)d more days.", count)
    messages.success(request, said % {"count": count})
    return to(store, "hours")


@manage_page(Permission.CATALOGUE)
@require_POST
def special_day_gone(request: HttpRequest, store: Store) -> HttpResponse:
    """Take a special day out."""
    try:
        day = date.fromisoformat(request.POST.get("day", ""))
    except ValueError as error:
        raise NotFound from error
    remove_special_day(store=store, day=day, actor=actor_of(request), now=timezone.now())
    messages.success(request, _("The day is like any other again."))
    return to(store, "hours")


@manage_page(Permission.CATALOGUE)
def delivery(request: HttpRequest, store: Store) -> HttpResponse:
    """The ways of delivery."""
    options = list(store.delivery_options.all())
    return show(request, store, "settings/delivery.html", {"options": options}, section="delivery")


@manage_page(Permission.CATALOGUE)
def delivery_option(request: HttpRequest, store: Store) -> HttpResponse:
    """Add a way of delivery, or change the one named by `?id=`."""
    chosen = _option_of(store, request.GET["id"]) if "id" in request.GET else None
    form = DeliveryForm(request.POST or None, store=store, option=chosen)
    if request.method == "POST" and form.is_valid():

        def work() -> str:
            save_delivery_option(
                store=store,
                details=form.details(),
                option=chosen,
                actor=actor_of(request),
                now=timezone.now(),
            )
            return reverse("manage:delivery", kwargs=kwargs_of(store))

        try:
            address = work_once(request, work)
        except DomainError as refusal:
            blame(form, refusal)
        else:
            messages.success(request, _("Saved."))
            return HttpResponseRedirect(address)
    context = {"form": form, "option": chosen}
    return show(request, store, "settings/delivery_option.html", context, section="delivery")


@manage_page(Permission.CATALOGUE)
@require_POST
def delivery_offer(request: HttpRequest, store: Store) -> HttpResponse:
    """Offer a way of delivery, or stop offering it."""
    option = _option_of(store, request.POST.get("option"))
    offered = request.POST.get("offered") == "1"
    offer_delivery_option(option=option, offered=offered, actor=actor_of(request), now=timezone.now())
    messages.success(request, _("Offered to shoppers.") if offered else _("No longer offered."))
    return to(store, "delivery")


def _option_of(store: Store, pk: str | None) -> DeliveryOption:
    found = [option for option in store.delivery_options.all() if str(option.pk) == pk]
    if not found:
        raise NotFound
    return found[0]
