"""Addresses on a union's own domain: `/u/<union>` falls away, by URL resolving alone (see docs/adr).

`urlconf_of("kaohsiung")` is the platform's URL configuration with every pattern below `u/<slug:union>/` given a second,
shorter form whose `union` is a default argument. Django matches default arguments when reversing, so
`{% url "shop:store" union="kaohsiung" store="tea" %}` is `/tea/` here, while the same tag for another union stays
`/u/busan/tea/` (which leads to that union's home). Views, templates and names know nothing of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from django.conf import settings
from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.resolvers import RoutePattern

UNION_ROUTE = "u/<slug:union>/"
CENTER_PREFIX = "/center/"
CENTER_WORDS = ("", "find", "go", "search")
"""First words of the center's own pages. Their place belongs to the union here; below `/center/` they lead back."""


class DomainURLconf:
    """A URL configuration that is no module; Django keeps one resolver for each by identity."""

    def __init__(self, urlpatterns: list[URLPattern | URLResolver]) -> None:
        self.urlpatterns = urlpatterns


@cache
def urlconf_of(slug: str) -> DomainURLconf:
    """The URL configuration of this union's domain; one per union and process, built when first asked for."""
    return DomainURLconf(list(_shortened(get_resolver(settings.ROOT_URLCONF).url_patterns, slug)))


def _shortened(patterns: list[URLPattern | URLResolver], slug: str) -> Iterator[URLPattern | URLResolver]:
    for pattern in patterns:
        route = str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield from _shortened_page(pattern, route, slug)
        elif route == "":
            children = list(_shortened(pattern.url_patterns, slug))
            yield URLResolver(RoutePattern("", is_endpoint=False), children, {}, pattern.app_name, pattern.namespace)
        elif route.startswith(UNION_ROUTE):
            short = RoutePattern(route.removeprefix(UNION_ROUTE), is_endpoint=False)
            # Django tries the last of equal names first when reversing, the first of equal paths when resolving.
            children = [
                URLResolver(pattern.pattern, pattern.url_patterns, pattern.default_kwargs),
                URLResolver(short, pattern.url_patterns, {**pattern.default_kwargs, "union": slug}),
            ]
            yield URLResolver(RoutePattern("", is_endpoint=False), children, {}, pattern.app_name, pattern.namespace)
        else:
            yield pattern


def _shortened_page(page: URLPattern, route: str, slug: str) -> Iterator[URLPattern]:
    if route.startswith(UNION_ROUTE):
        yield page
        short = RoutePattern(route.removeprefix(UNION_ROUTE), name=page.name, is_endpoint=True)
        yield URLPattern(short, page.callback, {**page.default_args, "union": slug}, page.name)
    elif route.partition("/")[0] in CENTER_WORDS:
        moved = RoutePattern(CENTER_PREFIX.lstrip("/") + route, name=page.name, is_endpoint=True)
        yield URLPattern(moved, page.callback, page.default_args, page.name)
    else:
        yield page
