"""Finding a provider, reading its record, asking, and handing a voucher over."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ascc.forms.customer import QuestionForm, WishForm
from ascc.models import ServiceProvider, Voucher
from ascc.presenting import voucher_shown
from ascc.presenting.choosing import choice_row, record_shown, said_row, service_row
from ascc.presenting.prices import price_rows
from ascc.queries.choosing import (
    SORTS,
    approved_providers,
    choices_here,
    open_talk,
    provider_at,
    said_of,
    usable_vouchers,
)
from ascc.queries.desk import known_work
from ascc.queries.talking import last_transmission, store_that_sold
from ascc.services.contact import is_with_buyer
from ascc.services.conversing import show_voucher, talk_about
from ascc.services.transmitting import have_back, send_voucher
from ascc.views.customer.wallet import customer, own_voucher, person
from chat.services.handing import bring_store, bring_support
from chat.views.shopper.identity import shopper_of
from core.errors import DomainError, NotFound
from core.localized import localized
from core.money import format_money
from orders.queries.soonest import services_of, soonest_times
from orders.views.shopping import union_of
from stores.models import Store
from stores.views.shop.frame import remember_place, street
from stores.views.shop.listing import place_of
from stores.views.shop.words import day_text, time_text
from unions.models import Union

PER_PAGE = 12
SAID_PER_PAGE = 10
SHOWN_VOUCHERS = 6


def _voucher_asked(request: HttpRequest, here: Union) -> Voucher | None:
    """The reader's own voucher that `?voucher=` names, if it is one that can be handed over here."""
    code = request.GET.get("voucher", "")
    if not code or not request.user.is_authenticated:
        return None
    usable = usable_vouchers(person(request), here, now=timezone.now())
    return next((voucher for voucher in usable if voucher.code == code), None)


@require_GET
@never_cache
def providers(request: HttpRequest, union: str) -> HttpResponse:
    """Who does after-sales service here; for a voucher those first whose skills fit."""
    here, now = union_of(request), timezone.now()
    voucher, place = _voucher_asked(request, here), place_of(request)
    sort = request.GET.get("sort", "")
    if sort not in SORTS:
        sort = "near" if place else "rating"
    found = choices_here(here, now=now, place=place, voucher=voucher, sort=sort)
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    titles = {"near": _("Nearest"), "soon": _("Free soonest"), "rating": _("Best spoken of")}
    context = {
        "union": here,
        "street": street(here),
        "voucher": voucher,
        "page": page,
        "rows": [choice_row(each) for each in page],
        "sorts": [(each, titles[each], each == sort) for each in SORTS if each != "near" or place],
        "place": place,
    }
    return remember_place(request, render(request, "care/providers.html", context))


@require_GET
@never_cache
def provider(request: HttpRequest, union: str, ref: str) -> HttpResponse:
    """One provider's record: what it has done, how it was found, what it costs beyond vouchers."""
    here, now = union_of(request), timezone.now()
    found = _provider(here, ref)
    page = Paginator(said_of(found), SAID_PER_PAGE).get_page(request.GET.get("page"))
    free = soonest_times(here, [found.store_id], now=now).get(found.store_id)
    user = request.user
    vouchers = usable_vouchers(person(request), here, now=now)[:SHOWN_VOUCHERS] if user.is_authenticated else []
    asked = next((each for each in vouchers if each.code == request.GET.get("voucher", "")), None)
    context = {
        **record_shown(found),
        "union": here,
        "street": street(here),
        "provider": found,
        "store": found.store,
        "name": localized(found.store, "name"),
        "skills": [localized(code, "title") for code in known_work(found)],
        "services": [service_row(each) for each in services_of(here, found.store_id)],
        "prices": price_rows(found.prices.all(), here.currency),
        "free": f"{day_text(free.starts_at.date())}, {time_text(free.starts_at.time())}" if free else "",
        "page": page,
        "said": [said_row(each) for each in page],
        "voucher": asked,
        "vouchers": vouchers,
    }
    return render(request, "care/provider.html", context)


@require_http_methods(["GET", "POST"])
@never_cache
@login_required
def send(request: HttpRequest, code: str, ref: str) -> HttpResponse:
    """Hand the voucher over, with a wish."""
    own, now = own_voucher(request, code), timezone.now()
    chosen = _provider(own.union, ref)
    item = voucher_shown(own, now=now)
    if not item["can_choose"]:
        if own.state == Voucher.State.PERFORMED and own.visits_left > 0:
            messages.info(request, _("First say how the last visit was, or skip that; then the next one is free."))
        return redirect("care:voucher", code=own.code)
    form = WishForm(request.POST if request.method == "POST" else None, was_passed_on=not is_with_buyer(voucher=own))
    if request.method == "POST" and form.is_valid():
        try:
            send_voucher(
                voucher=own,
                provider=chosen,
                by=customer(request),
                now=now,
                wish=form.cleaned_data["wish"],
                conversation=open_talk(person(request), chosen),
            )
        except DomainError as refusal:
            form.add_error(None, str(refusal))
        else:
            show_voucher(voucher_id=own.pk, now=now)
            messages.success(request, _("Handed over. You are told as soon as the provider answers."))
            return redirect("care:voucher", code=own.code)
    context = {"item": item, "provider": chosen, "name": localized(chosen.store, "name"), "form": form}
    if own.version.deductible:
        context["share"] = format_money(own.version.deductible, own.currency)
    return render(request, "care/send.html", {**context, **record_shown(chosen)}, status=422 if form.errors else 200)


@require_POST
@login_required
def back(request: HttpRequest, code: str) -> HttpResponse:
    """Take it back before the provider has answered or, later, before a time is agreed."""
    own, now = own_voucher(request, code), timezone.now()
    try:
        have_back(voucher=own, by=customer(request), now=now)
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        show_voucher(voucher_id=own.pk, now=now)
        messages.success(request, _("You have it back and can choose somebody else."))
    return redirect("care:voucher", code=own.code)


@require_POST
@login_required
def invite(request: HttpRequest, code: str) -> HttpResponse:
    """Ask who sold it (`who=store`) or the center into the conversation with the provider."""
    own, now = own_voucher(request, code), timezone.now()
    sent = last_transmission(own)
    if sent is None or sent.conversation is None or own.provider_id != sent.provider_id:
        raise Http404
    try:
        if request.POST.get("who") == "store":
            bring_store(conversation=sent.conversation, store=store_that_sold(own), now=now)
        else:
            bring_support(conversation=sent.conversation, now=now)
    except DomainError as refusal:
        messages.error(request, str(refusal))
        return redirect("care:voucher", code=own.code)
    messages.success(request, _("Asked. Who joins reads what was said and speaks there."))
    return HttpResponseRedirect(reverse("talk:conversation", args=[own.union.slug, sent.conversation.ref]) + "?open=1")


@require_http_methods(["GET", "POST"])
@never_cache
@login_required
def ask(request: HttpRequest, union: str, code: str) -> HttpResponse:
    """Talk about a voucher: with a provider (`?who=` its number), who sold it (`store`), or the center (`center`)."""
    own, here = own_voucher(request, code), union_of(request)
    if own.union_id != here.pk:
        raise Http404
    store = _whom(own, request.GET.get("who", "store"))
    form = QuestionForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            talk = talk_about(
                shopper=shopper_of(request, begins=True),
                store=store,
                voucher=own,
                text=form.cleaned_data["text"],
                now=timezone.now(),
            )
        except DomainError as refusal:
            form.add_error(None, str(refusal))
        else:
            return HttpResponseRedirect(reverse("talk:conversation", args=[here.slug, talk.ref]) + "?open=1")
    context: dict[str, Any] = {
        "item": voucher_shown(own, now=timezone.now()),
        "whom": localized(store if store is not None else here, "name"),
        "form": form,
        "store": store,
    }
    return render(request, "care/ask.html", context, status=422 if form.errors else 200)


def _whom(own: Voucher, who: str) -> Store | None:
    """The store to talk to; None is the center's own support."""
    if who == "center":
        return None
    shops = Store.objects.visible().filter(union=own.union_id).select_related("union")
    if who == "store":
        found = shops.filter(pk=own.store_id).first()
    else:
        found = shops.filter(service_provider__in=approved_providers(own.union).filter(ref=who)).first()
        if found is None and own.provider is not None and own.provider.ref == who:
            found = shops.filter(pk=own.provider.store_id).first()
    if found is None:
        raise Http404
    return found


def _provider(here: Union, ref: str) -> ServiceProvider:
    try:
        return provider_at(here, ref)
    except NotFound as error:
        raise Http404 from error
