"""A person's own pages: overview, profile, language, address book. Signing in itself is allauth's."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.http import require_GET, require_POST

from accounts import services
from accounts.forms import AddressForm, ProfileForm
from accounts.models import Address, User
from accounts.queries import address_for, addresses_of
from core.addresses import page_of_ours
from core.errors import DomainError, NotFound

YEAR = 365 * 24 * 3600


@require_GET
@login_required
def home(request: HttpRequest) -> HttpResponse:
    return render(request, "accounts/home.html", {"addresses": addresses_of(_person(request))[:1]})


@login_required
def profile(request: HttpRequest) -> HttpResponse:
    form = ProfileForm(request.POST or None, instance=request.user)
    if request.method == "POST" and form.is_valid():
        services.save_profile(user=_person(request), **form.cleaned_data)
        response = redirect("accounts:profile")
        chosen = form.cleaned_data["language"]
        _remember_language(response, chosen)
        with override(chosen or None):
            messages.success(request, _("Your details are saved."))
        return response
    return render(request, "accounts/profile.html", {"form": form})


@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """The language switch on every page; works for guests, and without scripts."""
    chosen = request.POST.get("language", "")
    response = HttpResponseRedirect(back_to(request, "/"))
    if chosen in dict(settings.LANGUAGES):
        if request.user.is_authenticated:
            services.choose_language(user=request.user, language=chosen)
        _remember_language(response, chosen)
    return response


@require_GET
@login_required
def addresses(request: HttpRequest) -> HttpResponse:
    return render(request, "accounts/addresses.html", {"addresses": addresses_of(_person(request))})


@login_required
def new_address(request: HttpRequest) -> HttpResponse:
    person = _person(request)
    form = AddressForm(
        request.POST or None,
        initial={"recipient": person.name, "phone": person.phone, "country": _country_of(request, person)},
    )
    if request.method == "POST" and form.is_valid():
        try:
            services.add_address(
                user=person, details=form.details(), use_first=form.cleaned_data.get("use_first", False)
            )
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("The address is in your book."))
            return HttpResponseRedirect(back_to(request, reverse("accounts:addresses")))
    return render(request, "accounts/address.html", {"form": form, "next": request.GET.get("next", "")})


@login_required
def address(request: HttpRequest, key: UUID) -> HttpResponse:
    entry = _own(request, key)
    form = AddressForm(request.POST or None, instance=entry)
    if request.method == "POST" and form.is_valid():
        services.change_address(
            address=entry, details=form.details(), use_first=form.cleaned_data.get("use_first", False)
        )
        messages.success(request, _("The address is changed. Orders on their way keep the old one."))
        return redirect("accounts:addresses")
    return render(request, "accounts/address.html", {"form": form, "address": entry})


@require_POST
@login_required
def address_first(request: HttpRequest, key: UUID) -> HttpResponse:
    services.put_address_first(address=_own(request, key))
    return redirect("accounts:addresses")


@require_POST
@login_required
def address_remove(request: HttpRequest, key: UUID) -> HttpResponse:
    services.remove_address(address=_own(request, key))
    messages.success(request, _("The address is removed."))
    return redirect("accounts:addresses")


def back_to(request: HttpRequest, otherwise: str) -> str:
    """Where the form wants to return (`next`), if that is a page of this site."""
    return page_of_ours(request, request.POST.get("next") or request.GET.get("next") or "", otherwise)


def _person(request: HttpRequest) -> User:
    """Whoever has passed `login_required`."""
    assert isinstance(request.user, User)
    return request.user


def _country_of(request: HttpRequest, person: User) -> str:
    """Where the person probably lives: as in their first address, else where their union is; empty when unknown."""
    if kept := addresses_of(person).first():
        return kept.country
    union = getattr(request, "union", None) or request.find_home_union()  # type: ignore[attr-defined]
    return union.country if union else ""


def _own(request: HttpRequest, key: UUID) -> Address:
    try:
        return address_for(_person(request), key)
    except NotFound as error:
        raise Http404 from error


def _remember_language(response: HttpResponse, language: str) -> None:
    if not language:
        response.delete_cookie(settings.LANGUAGE_COOKIE_NAME)
        return
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME, language, max_age=YEAR, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE
    )
