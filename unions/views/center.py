"""The service center: all unions, finding one's own, and being sent there."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from django import forms
from django.conf import settings
from django.core.files.storage import default_storage
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language_info
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_safe

from core.countries import country_name
from core.errors import NotFound
from core.localized import localized
from core.money import locale_of
from unions.models import Redirect, Union
from unions.queries import (
    HOME_COOKIE,
    absolute_address,
    home_union_of,
    nearest_unions,
    published_regions,
    published_union,
    published_unions,
    unions_of_region,
)
from unions.services.redirects import remember_home
from unions.views.recording import record

YEAR = 365 * 24 * 3600
UNIONS_PER_PAGE = 12
FOUND_COOKIE = "find_place"
FOUND_FOR = 600
NEAR_KM = 500
"""Further away than this a union is nobody's own region."""


class PlaceForm(forms.Form):
    """Degrees, as the browser tells them."""

    lat = forms.FloatField(min_value=-90, max_value=90)
    lon = forms.FloatField(min_value=-180, max_value=180)


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    unions = published_unions().prefetch_related("regions")
    page = Paginator(unions, UNIONS_PER_PAGE).get_page(request.GET.get("page"))
    home_union = home_union_of(request.user, request.COOKIES.get(HOME_COOKIE))
    return render(
        request,
        "center/home.html",
        {
            "page": page,
            "cards": [card_of(union, way=Redirect.Way.LIST) for union in page],
            "countries": regions_by_country(),
            "home_union": home_union,
        },
    )


@require_GET
def find_by_region(request: HttpRequest) -> HttpResponse:
    """One union covers the region: straight on. Several: choose. None: say so and offer all.

    A union on another site is linked, not redirected to: browsers let no form of ours lead there (`form-action`).
    """
    code = request.GET.get("code", "").strip().upper()[:6]
    found = list(unions_of_region(code).prefetch_related("regions"))
    if len(found) == 1 and not (found[0].is_elsewhere or found[0].domain):
        return redirect(go_address(found[0], way=Redirect.Way.REGION))
    return render(
        request,
        "center/found.html",
        {
            "title": _("Unions in your region") if found else _("No union covers this region yet"),
            "cards": [card_of(union, way=Redirect.Way.REGION) for union in found],
            "only": card_of(found[0], way=Redirect.Way.REGION) if len(found) == 1 else None,
            "countries": regions_by_country(),
            "chosen": code,
        },
    )


@never_cache
@require_http_methods(["GET", "POST"])
def find_by_place(request: HttpRequest) -> HttpResponse:
    """The nearest centres. Sent and not asked for, so that nobody's place stands in an address or a log.

    What was sent stays in the browser for ten minutes, for this page alone: it can be read again, in another language.
    """
    here = reverse("center:find_by_place")
    if request.method == "POST":
        form = PlaceForm(request.POST)
        if form.is_valid():
            place = "{lat:.4f},{lon:.4f}".format(**form.cleaned_data)
            response = redirect(here)
            response.set_cookie(
                FOUND_COOKIE,
                place,
                max_age=FOUND_FOR,
                path=here,
                httponly=True,
                samesite="Lax",
                secure=settings.SESSION_COOKIE_SECURE,
            )
            return response
        return _found(request, title=_("Your place did not arrive"), unions=[], status=422)
    lat, _comma, lon = request.COOKIES.get(FOUND_COOKIE, "").partition(",")
    form = PlaceForm({"lat": lat, "lon": lon})
    if not form.is_valid():
        return HttpResponseRedirect(reverse("center:home") + "#find")
    found = nearest_unions(form.cleaned_data["lat"], form.cleaned_data["lon"], limit=3)
    if not found:
        title = _("No union is on the map yet")
    elif found[0].distance_km > NEAR_KM:  # type: ignore[attr-defined]
        title = _("No union is near you yet. These are the nearest:")
    else:
        title = _("Nearest to you")
    return _found(request, title=title, unions=found)


def _found(request: HttpRequest, *, title: str, unions: list[Union], status: int = 200) -> HttpResponse:
    cards = [card_of(union, way=Redirect.Way.PLACE) for union in unions]
    context = {"title": title, "cards": cards, "countries": regions_by_country()}
    return render(request, "center/found.html", context, status=status)


@never_cache
@require_safe
def go(request: HttpRequest, union: str) -> HttpResponse:
    """Send a shopper to a union: to one of its own pages (`to`), or its address on another deployment."""
    try:
        target = published_union(union)
    except NotFound as error:
        raise Http404 from error
    path = _own_path(target, request.GET.get("to", ""))
    address = absolute_address(target, path) if target.is_elsewhere or target.domain else path
    kind = Redirect.Kind.TO_UNION_ELSEWHERE if target.is_elsewhere else Redirect.Kind.TO_UNION
    response = HttpResponseRedirect(address)
    response["X-Robots-Tag"] = "noindex"
    if record(request, union=target, kind=kind, target=address if target.is_elsewhere else target.slug):
        user: Any = request.user
        if user.is_authenticated:
            remember_home(user=user, union=target, now=timezone.now())
        response.set_cookie(
            HOME_COOKIE,
            target.slug,
            max_age=YEAR,
            httponly=True,
            samesite="Lax",
            secure=settings.SESSION_COOKIE_SECURE,
        )
    return response


def go_address(union: Union, *, way: str, **more: str) -> str:
    return reverse("center:go", kwargs={"union": union.slug}, query={"way": way, **more})


def card_of(union: Union, *, way: str) -> dict[str, Any]:
    """What components/union_card.html shows; `regions` should be fetched with the unions."""
    distance = getattr(union, "distance_km", None)
    names = [localized(region, "name") for region in union.regions.all()]
    return {
        "url": go_address(union, way=way),
        "name": localized(union, "name"),
        "hue": union.hue,
        "region": ", ".join(names) or country_name(union.country),
        "distance": "" if distance is None else _("%(km)s km away") % {"km": f"{distance:,.0f}"},
        "tagline": localized(union, "tagline"),
        "picture": {"src": default_storage.url(union.picture)} if union.picture else {},
        "facts": [language_names(union), locale_of().currencies.get(union.currency, union.currency)],
        "external": union.is_elsewhere,
    }


def language_names(union: Union) -> str:
    """The union's languages, each by its own name."""
    return ", ".join(str(get_language_info(code)["name_local"]) for code in union.languages)


def regions_by_country() -> list[tuple[str, list[tuple[str, str]]]]:
    """(country's name, [(code, region's name)]) for the choice of a region; each region once."""
    regions = {region.code: localized(region, "name") for region in published_regions()}
    grouped = groupby(sorted(regions.items()), key=lambda item: item[0][:2])
    named = [(country_name(country), sorted(items, key=lambda item: item[1])) for country, items in grouped]
    return sorted(named)


def _own_path(union: Union, wanted: str) -> str:
    """`wanted` if it is a page of this union, else its home."""
    home_path = f"/u/{union.slug}/"
    plain = wanted.startswith(home_path) and "//" not in wanted and "\\" not in wanted and ".." not in wanted
    return wanted if plain and url_has_allowed_host_and_scheme(wanted, None) else home_path
