"""Addresses on a union's own domain: `/u/<union>` falls away, by URL resolving alone (see docs/adr).

`urlconf_of("kaohsiung")` is the platform's URL configuration in which every pattern below `u/<slug:union>/` has a
second, shorter form. In it the argument `union` matches the empty text and means this union; the other way round only
this union can be written as the empty text. So `{% url "shop:store" union="kaohsiung" store="tea" %}` is `/tea/` here,
while the same tag for another union stays `/u/busan/tea/`, which leads to that union's home. Views, templates and names
know nothing of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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


class ThisUnion:
    """A path converter between the empty text and the domain's union."""

    regex = ""

    def __init__(self, slug: str) -> None:
        self.slug = slug

    def to_python(self, value: str) -> str:
        return self.slug

    def to_url(self, value: object) -> str:
        """Raises ValueError for another union, so that Django goes on to the long form."""
        if str(value) != self.slug:
            raise ValueError(value)
        return ""


class ShortPattern(RoutePattern):
    """A route below `u/<slug:union>/` without these words, which still takes and gives the argument `union`."""

    def __init__(self, route: str, slug: str, *, name: str | None = None, is_endpoint: bool) -> None:
        super().__init__(route, name=name, is_endpoint=is_endpoint)
        without_union: str = self._regex  # type: ignore[has-type]
        self._regex = f"^(?P<union>){without_union.removeprefix('^')}"
        self.converters = {**self.converters, "union": ThisUnion(slug)}


def _shortened(patterns: list[URLPattern | URLResolver], slug: str) -> Iterator[URLPattern | URLResolver]:
    for pattern in patterns:
        route = str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield from _shortened_page(pattern, route, slug)
        elif route == "":
            yield _like(pattern, list(_shortened(pattern.url_patterns, slug)))
        elif route.startswith(UNION_ROUTE):
            short = ShortPattern(route.removeprefix(UNION_ROUTE), slug, is_endpoint=False)
            # Django tries the last of equal names first when reversing, the first of equal paths when resolving.
            long_and_short = [
                URLResolver(pattern.pattern, pattern.url_patterns, pattern.default_kwargs),
                URLResolver(short, pattern.url_patterns, pattern.default_kwargs),
            ]
            yield _like(pattern, long_and_short)
        else:
            yield pattern


def _shortened_page(page: URLPattern, route: str, slug: str) -> Iterator[URLPattern]:
    if route.startswith(UNION_ROUTE):
        yield page
        short = ShortPattern(route.removeprefix(UNION_ROUTE), slug, name=page.name, is_endpoint=True)
        yield URLPattern(short, page.callback, page.default_args, page.name)
    elif route.partition("/")[0] in CENTER_WORDS:
        moved = RoutePattern(CENTER_PREFIX.lstrip("/") + route, name=page.name, is_endpoint=True)
        yield URLPattern(moved, page.callback, page.default_args, page.name)
    else:
        yield page


def _like(resolver: URLResolver, children: Sequence[URLPattern | URLResolver]) -> URLResolver:
    """The resolver's namespace around other children, without a path of its own."""
    return URLResolver(RoutePattern("", is_endpoint=False), children, {}, resolver.app_name, resolver.namespace)
