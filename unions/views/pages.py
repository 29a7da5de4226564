"""Pages that a union writes itself."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from unions.queries import pages_of

ROBOTS = """User-agent: *
Disallow: /account/
Disallow: /admin/
Disallow: /api/
Disallow: /find/
Disallow: /go/
Disallow: /manage/
Disallow: /*/cart/
Disallow: /*/checkout/
Disallow: /*/go/
Disallow: /*/search/
Disallow: /*/track/
Disallow: /*/reservations/
Disallow: /cart/
Disallow: /checkout/
Disallow: /search/
Disallow: /track/
Disallow: /reservations/
"""


@require_safe
def about(request: HttpRequest, union: str) -> HttpResponse:
    """The first of the union's pages."""
    first = pages_of(request.union).first()  # type: ignore[attr-defined]
    if first is None:
        raise Http404
    return redirect("unions:page", union=union, slug=first.slug)


@require_safe
def page(request: HttpRequest, union: str, slug: str) -> HttpResponse:
    pages = list(pages_of(request.union))  # type: ignore[attr-defined]
    shown = next((page for page in pages if page.slug == slug), None)
    if shown is None:
        raise Http404
    return render(request, "unions/page.html", {"page": shown, "pages": pages})


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """Programs read the shops, not people's own pages, and follow no redirects that are counted."""
    return HttpResponse(ROBOTS, content_type="text/plain; charset=utf-8")
